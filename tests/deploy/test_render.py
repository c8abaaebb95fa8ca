"""The step that puts a site's values into a template."""

import re
import subprocess

import pytest

from deploy.proxies import DEPLOY

TEMPLATES = sorted(DEPLOY.glob("*/*.in"))


def render(values, template):
    words = [DEPLOY / "render", values, template]
    return subprocess.run(words, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_the_shipped_values_are_all_that_a_template_needs(template):
    done = render(template.with_name("values.env"), template)
    assert done.returncode == 0, done.stderr
    assert not re.search("@[A-Z_]+@", done.stdout)
    # What was not to be replaced is as it was.
    assert len(done.stdout.splitlines()) == len(template.read_text().splitlines())


def test_a_value_that_is_missing_is_named(tmp_path):
    values, template = tmp_path / "values", tmp_path / "template"
    values.write_text("ONE=1\n# TWO=2\n")
    template.write_text("a @ONE@ b @TWO@\n")
    done = render(values, template)
    assert done.returncode == 1
    assert "no value for: @TWO@" in done.stderr
    assert done.stdout == ""


def test_values_are_taken_as_they_are(tmp_path):
    values, template = tmp_path / "values", tmp_path / "template"
    values.write_text("SERVERS=server 127.0.0.1:1 x=y; server [::1]:2; & \\1 $a\n")
    template.write_text("{ @SERVERS@ }\n")
    assert (
        render(values, template).stdout == "{ server 127.0.0.1:1 x=y; server [::1]:2; & \\1 $a }\n"
    )
