"""What stands on the command line: a variable that is set takes its argument off it.

The rule of the old commands: `datahost-put host user filename`, and with DATAHOST_ADDRESS and
DATAHOST_USER set just `datahost-put filename`. A variable that is empty is not set.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from waystation_client.errors import MalformedError

VARIABLES = {
    "host": "DATAHOST_ADDRESS",
    "user": "DATAHOST_USER",
    "password": "DATAHOST_PASSWORD",
    "cert": "DATAHOST_CERT",
    "key": "DATAHOST_KEY",
}


@dataclass(frozen=True, slots=True)
class Form:
    """A command's arguments.

    Attributes:
        name: of the command, without `datahost-`.
        arguments: in the order of old.
        help: what it does.
        optional: those that may be missing together although no variable is set.
    """

    name: str
    arguments: tuple[str, ...]
    help: str
    optional: tuple[str, ...] = ()


FORMS = {
    form.name: form
    for form in (
        Form("login", ("host", "user", "password"), "Sign in with a password.", ("password",)),
        Form("logout", ("host", "user"), "Sign out."),
        Form("ls", ("host", "user"), "List your files."),
        Form("rm", ("host", "user", "filename"), "Delete a file; the trash keeps it a while."),
        Form("put", ("host", "user", "filename"), "Send a file."),
        Form("get", ("host", "user", "filename"), "Fetch a file into this folder."),
        Form(
            "ssl-put",
            ("host", "user", "cert", "key", "filename"),
            "Send a file, with a certificate, a grid proxy or a token.",
            ("cert", "key"),
        ),
        Form(
            "ssl-get",
            ("host", "user", "cert", "key", "filename"),
            "Fetch a file, with a certificate, a grid proxy or a token.",
            ("cert", "key"),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Given:
    """What was said, on the line or by variables.

    Attributes:
        values: by argument; those that nobody gave are not in it.
        on_line: which of them stood on the line.
    """

    values: Mapping[str, str]
    on_line: frozenset[str] = field(default_factory=frozenset)


def wanted(form: Form, environment: Mapping[str, str]) -> tuple[str, ...]:
    """The arguments that belong on the line."""
    return tuple(name for name in form.arguments if not environment.get(VARIABLES.get(name, "")))


def read(form: Form, words: Sequence[str], environment: Mapping[str, str]) -> Given:
    """The arguments with their values.

    Raises:
        MalformedError: too many or too few; the words show the form that holds now.
    """
    expected = wanted(form, environment)
    short = tuple(name for name in expected if name not in form.optional)
    names = next((each for each in (expected, short) if len(each) == len(words)), None)
    if names is None:
        raise MalformedError(
            f"{len(expected)} arguments are wanted here, and {len(words)} are given.",
            next_step=usage(form, environment),
        )
    known = {name: environment[VARIABLES[name]] for name in form.arguments if name not in expected}
    return Given(known | dict(zip(names, words, strict=True)), frozenset(names))


def usage(form: Form, environment: Mapping[str, str]) -> str:
    """The form of the line that holds with the variables as they are."""
    expected = wanted(form, environment)
    together = [name.upper() for name in expected if name in form.optional]
    words = [name.upper() for name in expected if name not in form.optional]
    if together:
        first = min(expected.index(name) for name in expected if name in form.optional)
        words.insert(first, f"[{' '.join(together)}]")
    return " ".join([f"datahost-{form.name}", *words])
