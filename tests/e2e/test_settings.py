"""Settings of a space in the browser: roles, rules, holds, and why somebody can or cannot."""

import json
import os
import subprocess

import httpx
import pytest
from playwright.sync_api import expect

from e2e.spaces import SPACE, at
from e2e.test_pages import AXE, RULES

pytestmark = pytest.mark.browser
PAGE = f"/spaces/{SPACE}/settings"
STRANGER = "un<b>known</b>"


@pytest.fixture(scope="module")
def cara(files) -> str:
    """An account, and its token."""
    return files.house.account("cara")


def make_space(files, name: str) -> str:
    """A space of its own for one test; the address of its settings."""
    words = ("--owner", files.house.name, "--store", "disk", "--title", f"Space {name}")
    files.house.command("space", "add", name, *words)
    return f"/spaces/{name}/settings"


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_roles_are_given_explained_and_taken(look, files, cara, scripts):
    name = f"roles-{'s' if scripts else 'p'}"
    page = look.open(make_space(files, name), java_script_enabled=scripts)
    people = page.get_by_role("region", name="Who may what")
    people.get_by_label("Name").fill(STRANGER)
    people.get_by_role("button", name="Give the role").click()
    expect(page.get_by_role("status").first).to_contain_text(f"There is no account '{STRANGER}'")
    people.get_by_label("Name").fill("cara")
    people.get_by_label("Role").select_option(label="may change files")
    people.get_by_role("button", name="Give the role").click()
    expect(people.get_by_role("listitem").filter(has_text="cara")).to_contain_text("may change")
    page.get_by_label("Account", exact=True).fill("cara")
    page.get_by_role("button", name="Explain").click()
    why = page.get_by_role("region", name="Why can somebody")
    expect(why).to_contain_text("cara is writer here")
    expect(why).to_contain_text(f"So cara may read, write in {name}")
    people.get_by_role("button", name="Take away the role of cara").click()
    expect(people.get_by_role("listitem").filter(has_text="cara")).to_have_count(0)
    owner = people.get_by_role("listitem").filter(has_text=files.house.name)
    expect(owner.get_by_role("button")).to_have_count(0)


def test_who_may_look_only_sees_no_settings(look, files, cara):
    name = "closed-doors"
    page = look.open(make_space(files, name))
    files.house.command("space", "role", name, "cara", "writer")
    headers = {"Authorization": f"Bearer {cara}"}
    explain = f"{files.house.url}/api/v1/spaces/{name}/explain?account=cara"
    assert httpx.get(explain, headers=headers).status_code == 403
    mine = {"Authorization": f"Bearer {files.house.token}"}
    told = httpx.get(explain, headers=mine).json()
    assert any("may read, write in" in line for line in told["lines"])
    assert httpx.get(explain.replace("=cara", "=nobody"), headers=mine).status_code == 404
    page.goto("/spaces/there-is-none/settings")
    expect(page.get_by_text("There is no space")).to_be_visible()


def test_the_space_itself_is_changed(look, files):
    page = look.open(make_space(files, "changing"))
    page.get_by_label("Title").fill("Better <i>name</i>")
    page.get_by_label("Days in the trash").fill("3")
    page.get_by_label("A file is acknowledged").uncheck()
    page.get_by_role("button", name="Change the space").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Settings of Better <i>name</i>")
    expect(page.get_by_label("Days in the trash")).to_have_value("3")
    expect(page.get_by_label("A file is acknowledged")).not_to_be_checked()
    page.get_by_label("Days in the trash").fill("99999")
    page.get_by_role("button", name="Change the space").click()
    expect(page.get_by_role("status").first).to_contain_text("for 0 to 36,500 days")


def test_a_hold_is_placed_seen_and_lifted(look, files):
    folder = files.folder(**{"letter.txt": b"Dear Sir"})
    page = look.open(PAGE)
    holds = page.get_by_role("region", name="Legal holds")
    holds.get_by_text("Hold something").click()
    holds.get_by_label("Folder or file").fill(f"/{folder}")
    holds.get_by_label("Why").fill("Letter of the counsel")
    holds.get_by_role("button", name="Hold it").click()
    line = holds.get_by_role("listitem").filter(has_text=f"/{folder}")
    expect(line).to_contain_text("Letter of the counsel")
    page.goto(at(folder))
    page.get_by_label("Tick letter.txt").check()
    page.get_by_role("button", name="Delete 1 thing").click()
    expect(page.get_by_role("status").first).to_contain_text("There is a legal hold on it")
    with files.dav() as http:
        refused = http.delete(f"/{folder}/letter.txt")
        assert (refused.status_code, refused.json()["code"]) == (403, "held")
        assert http.put(f"/{folder}/letter.txt", content=b"Dear Madam").status_code == 403
    page.goto(f"{at(folder)}letter.txt")
    expect(page.get_by_text("There is a legal hold on it")).to_be_visible()
    page.goto(PAGE)
    line.locator("summary").click()
    line.get_by_label("Why is it lifted?").fill("Case closed")
    line.get_by_role("button", name="Lift it").click()
    expect(line).to_have_count(0)
    with files.dav() as http:
        assert http.delete(f"/{folder}/letter.txt").status_code == 204


def test_files_are_kept_by_a_rule(look, files):
    name = "keeping"
    page = look.open(make_space(files, name))
    page.get_by_label("Keep for so many days").fill("30")
    page.get_by_label("Into the trash after").fill("20")
    page.get_by_role("button", name="Change the rules").click()
    expect(page.get_by_role("status").first).to_contain_text("cannot go after 20")
    page.get_by_label("Keep for so many days").fill("30")
    page.get_by_label("Into the trash after").fill("60")
    page.get_by_role("button", name="Change the rules").click()
    expect(page.get_by_label("Into the trash after")).to_have_value("60")
    headers = {"Authorization": f"Bearer {files.house.token}"}
    with httpx.Client(base_url=f"{files.house.url}/dav/{name}", headers=headers) as http:
        assert http.put("/a", content=b"1").status_code == 201
        told = http.delete("/a")
        assert (told.status_code, told.json()["code"]) == (403, "kept")
        assert http.put("/a", content=b"2").status_code == 403
        assert http.get("/a").content == b"1"


def test_limits_with_their_grace_stay_when_one_is_changed(look, files):
    make_space(files, "grace")
    words = ("--bytes", "9G", "--soft", "8G", "--files", "1000", "--grace-days", "2.5")
    files.house.command("space", "quota", "grace", *words)
    page = look.open("/administration/spaces")
    here = page.get_by_role("link", name="grace", exact=True)
    row = page.get_by_role("row").filter(has=here)
    row.locator("summary").click()
    expect(row.get_by_label("Days of grace")).to_have_value("2.5")
    row.get_by_label("Bytes at most").fill("10G")
    row.get_by_role("button", name="Set limits").click()
    found = files.house.rows(
        """SELECT q.hard_bytes, q.soft_bytes, q.hard_files, q.grace_s FROM quotas_quota q
           JOIN hosting_space s ON q.subject = 'space:' || s.id WHERE s.name = 'grace'"""
    )
    assert found == [(10**10, 8 * 10**9, 1000, 216_000)]
    page.goto("/spaces/grace/settings")
    room = page.get_by_role("region", name="Room", exact=True)
    expect(room).to_contain_text("8.00 GB")
    expect(room).to_contain_text("10.0 GB")


def test_nothing_stands_in_anybodys_way(look, files, cara, scheme):
    name = f"seen-{scheme}"
    address = make_space(files, name)
    files.house.command("space", "role", name, "cara", "manager")
    files.house.command("space", "role", name, "signed-in", "reader")
    files.house.command("space", "quota", name, "--bytes", "20T", "--soft", "18T")
    files.house.command("space", "hold", name, "/", "--why", "Letter of the counsel, 3 November")
    page = look.open(f"{address}?account=cara", color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.evaluate(AXE.read_text())
    found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
    assert [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found["violations"]] == []
    page.reload()
    seen(page, f"settings-{scheme}")
    small = look.open(address, width=360, color_scheme=scheme)
    assert small.evaluate("document.documentElement.scrollWidth") <= 360
    seen(small, f"settings-small-{scheme}")


@pytest.mark.parametrize(
    "path", ["/", "/tokens", "/tokens/jobs", f"/spaces/{SPACE}/links", PAGE, at()]
)
def test_every_page_offers_its_commands(look, files, path):
    page = look.open(path)
    shell = page.get_by_text("Do this in a shell")
    shell.first.click()
    texts = page.locator(".shell pre").all_inner_texts()
    assert any(text.startswith("way ") for text in texts)
    assert any(text.startswith("curl ") and files.house.url in text for text in texts)
    assert page.evaluate(
        "new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size"
    ) == page.evaluate("document.querySelectorAll('[id]').length")


def test_a_copied_line_makes_a_link(look, files):
    """The very text of the page, given to a shell."""
    folder = files.folder(**{"it's $(here).dat": b"1"})
    page = look.open(f"/spaces/{SPACE}/links?path={folder}/it's $(here).dat")
    page.get_by_text("Do this in a shell").click()
    line = page.locator("#shell-link").inner_text()
    variables = {"PATH": os.environ["PATH"], "WAYSTATION_TOKEN": files.house.token}
    done = subprocess.run(
        ["sh", "-c", f"{line} -s"], env=variables, capture_output=True, check=True, timeout=30
    )
    made = json.loads(done.stdout)
    assert made["path"] == f"{folder}/it's $(here).dat"
    assert httpx.get(made["url"]).status_code == 200


def seen(page, name: str) -> None:
    """A picture for whoever wants to look at it."""
    if where := os.environ.get("SHOTS"):
        page.screenshot(path=f"{where}/{name}.png", full_page=True)
