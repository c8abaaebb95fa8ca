"""What the shell offers behind the eight commands: options, addresses, accounts, file names."""

from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from waystation_client.datahost import arguments, jar
from waystation_client.datahost.arguments import FORMS, Form
from waystation_client.datahost.connection import Trust
from waystation_client.datahost.credentials import authorities
from waystation_client.datahost.session import Session
from waystation_client.errors import WaystationError

ASK = "--complete"
"""`datahost-get --complete WORD...`: the last word is the one that is being written."""

_SCRIPT = """\
_datahost() {{
  local offered
  mapfile -t offered < <("${{COMP_WORDS[0]}}" {ask} "${{COMP_WORDS[@]:1:COMP_CWORD}}" 2>/dev/null)
  COMPREPLY=("${{offered[@]}}")
}}
complete -o default -o filenames -F _datahost {names}
"""


def script() -> str:
    """For bash: put `source <(datahost-ls --completion)` into ~/.bashrc."""
    return _SCRIPT.format(ask=ASK, names=" ".join(f"datahost-{name}" for name in FORMS))


def offered(
    form: Form, options: Sequence[str], words: Sequence[str], environment: Mapping[str, str]
) -> list[str]:
    """What may stand in the place of the last word; nothing lets the shell offer its own files.

    Args:
        form: of the command.
        options: of the command.
        words: behind the command, the last one unfinished.
        environment: of the user.
    """
    *before, begun = words or [""]
    if begun.startswith("-"):
        return sorted(each for each in options if each.startswith(begun))
    given = [word for word in before if not word.startswith("-")]
    wanted = arguments.wanted(form, environment)
    if len(given) >= len(wanted):
        return []
    known = {n: environment[arguments.VARIABLES[n]] for n in form.arguments if n not in wanted}
    known |= dict(zip(wanted, given, strict=False))
    argument = wanted[len(given)]
    if argument in {"host", "user"}:
        found = _signed_in(argument, environment)
    elif argument == "filename" and form.name in {"get", "rm"}:
        found = _files(arguments.Given(known), environment, begun)
    else:
        found = []
    return sorted(each for each in set(found) if each.startswith(begun))


def _signed_in(argument: str, environment: Mapping[str, str]) -> list[str]:
    """Servers or accounts that there is a session of."""
    names = [each.stem for each in jar.folder(environment).glob("*.cookies")]
    parts = [name.rpartition("_") for name in names]
    return [unquote(host if argument == "host" else user) for host, _, user in parts]


def _files(given: arguments.Given, environment: Mapping[str, str], begun: str) -> list[str]:
    """Names in the folder that is being written; none while nobody is signed in."""
    folder = begun.rpartition("/")[0]
    plain = bool(environment.get("DATAHOST_PLAIN"))
    session = Session(given, environment, Trust(authorities(environment), None), plain)
    try:
        connection = session.signed_in()
        query = {"username": session.user, "folder": folder}
        files = connection.call("GET", connection.address.path("list", **query))["files"]
    except (WaystationError, KeyError):
        return []
    assert isinstance(files, list)
    above = f"{folder}/" if folder else ""
    return [f"{above}{each['name']}{'/' if each['folder'] else ''}" for each in files]
