"""The eight commands."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlencode

from waystation_client import exit_codes
from waystation_client.datahost import arguments, completion, credentials, folders, moving
from waystation_client.datahost.arguments import FORMS, Form
from waystation_client.datahost.connection import Connection, Trust
from waystation_client.datahost.session import Session
from waystation_client.errors import NotFoundError, UnauthenticatedError, WaystationError
from waystation_client.exit_codes import ExitCode
from waystation_client.screens import listing
from waystation_client.sizes import words as size_words

_ENDS = {
    "over-quota": ExitCode.SOME_FAILED,
    "digest-mismatch": ExitCode.SOME_FAILED,
    "method-not-allowed": ExitCode.USAGE,
}
_CODES = (
    ExitCode.OK,
    ExitCode.SOME_FAILED,
    ExitCode.USAGE,
    ExitCode.NOT_ALLOWED,
    ExitCode.NOT_FOUND,
    ExitCode.UNAVAILABLE,
)
_MEANINGS = {
    **exit_codes.MEANINGS,
    ExitCode.SOME_FAILED: "over quota, other bytes arrived, or some files did not go",
}

Told = dict[str, object]


def run(name: str, words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run one command; its exit code."""
    form = FORMS[name]
    if words and words[0] in {completion.ASK, "--completion"}:
        return _complete(form, words, environment)
    options = _parser(form, environment).parse_intermixed_args(words)
    try:
        given = arguments.read(form, options.words, environment)
        trust = Trust(credentials.authorities(environment), options.cacert, options.insecure)
        plain = options.plain or bool(environment.get("DATAHOST_PLAIN"))
        session = Session(given, environment, trust, plain)
        if getattr(options, "recursive", False):
            return _put_folder(session, options)
        _DO[name](session, options)
    except WaystationError as error:
        return _told(name, error)
    except KeyboardInterrupt:
        return 130  # as shells count an interrupt
    return int(ExitCode.OK)


def _complete(form: Form, words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Print what the shell asks for."""
    if words[0] == "--completion":
        sys.stdout.write(completion.script())
        return int(ExitCode.OK)
    parser = _parser(form, environment)
    options = [word for action in parser._actions for word in action.option_strings]  # noqa: SLF001 - argparse tells them no other way
    for each in completion.offered(form, options, words[1:], environment):
        sys.stdout.write(f"{each}\n")
    return int(ExitCode.OK)


def _login(session: Session, options: argparse.Namespace) -> None:
    session.sign_in()
    told: Told = {"user": session.user, "jar": str(session.jar.path)}
    _say(options, told, f"Signed in as {session.user} at {session.address}.")


def _logout(session: Session, options: argparse.Namespace) -> None:
    jar = session.jar
    try:
        with closing(session.signed_in()) as connection:
            connection.call("POST", connection.address.path("logout"))
    except UnauthenticatedError:
        # It had ended by itself: that is what was wanted.
        pass
    finally:
        jar.forget()
    _say(options, {"user": session.user}, f"Signed out at {session.address}.")


def _ls(session: Session, options: argparse.Namespace) -> None:
    after: str | None = ""
    with closing(session.signed_in()) as connection:
        while after is not None:
            query = {"username": session.user, "folder": options.folder, "after": after}
            page = connection.call("GET", connection.address.path("list", **query))
            files, after = page["files"], page["next"]  # type: ignore[assignment]
            assert isinstance(files, list)
            for file in files:
                _say(options, file, _line(file))


def _rm(session: Session, options: argparse.Namespace) -> None:
    name = session.given.values["filename"]
    body = urlencode({"username": session.user, "filename": name}).encode()
    with closing(session.signed_in()) as connection:
        media = "application/x-www-form-urlencoded"
        told = connection.call("POST", connection.address.path("delete"), body=body, media=media)
    _say(options, told, f"Deleted {name}.")


def _put(session: Session, options: argparse.Namespace) -> None:
    with closing(_connection(session, options)) as connection:
        told = moving.put(connection, Path(session.given.values["filename"]), session.user)
    size = size_words(int(str(told["bytes"])))
    _say(options, told, f"Stored {told['filename']}, {size}, sha256 {told['sha256']}")


def _put_folder(session: Session, options: argparse.Namespace) -> int:
    with closing(_connection(session, options)) as connection:
        shown = connection.headers.get("Authorization", "").removeprefix("Bearer ") or None
        token = shown if options.by_certificate else session.jar.token()
        folder = Path(session.given.values["filename"])
        named = (connection, token, folder, session.user, session.environment)
        return folders.put(*named, as_json=options.json)


def _get(session: Session, options: argparse.Namespace) -> None:
    name = session.given.values["filename"]
    target = options.output or Path(name.rstrip("/").rsplit("/", 1)[-1])
    if target.is_dir():
        target /= name.rsplit("/", 1)[-1]
    if not target.name:
        raise NotFoundError(f"{name!r} names no file.")
    with closing(_connection(session, options)) as connection:
        told = moving.get(connection, name, session.user, target)
    size = size_words(int(str(told["bytes"])))
    _say(options, told, f"Fetched {told['path']}, {size}, sha256 {told['sha256']}")


_DO: dict[str, Callable[[Session, argparse.Namespace], None]] = {
    "login": _login,
    "logout": _logout,
    "ls": _ls,
    "rm": _rm,
    "put": _put,
    "get": _get,
    "ssl-put": _put,
    "ssl-get": _get,
}


def _connection(session: Session, options: argparse.Namespace) -> Connection:
    return session.by_certificate() if options.by_certificate else session.signed_in()


def _parser(form: Form, environment: Mapping[str, str]) -> argparse.ArgumentParser:
    codes = "\n".join(f"  {int(code)}  {_MEANINGS[code]}" for code in _CODES)
    variables = ", ".join(v for n, v in arguments.VARIABLES.items() if n in form.arguments)
    parser = argparse.ArgumentParser(
        prog=f"datahost-{form.name}",
        usage=f"{arguments.usage(form, environment)} [options]",
        description=form.help,
        epilog=f"A variable that is set takes its argument off the line: {variables}.\n\n"
        f"Exit codes:\n{codes}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("words", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="print JSON, one document a line")
    parser.add_argument("--insecure", action="store_true", help="do not verify the server")
    parser.add_argument("--cacert", type=Path, metavar="FILE", help="authority of the server")
    parser.add_argument("--plain", action="store_true", help="plain HTTP to other machines too")
    parser.add_argument(
        "--completion", action="store_true", help="print bash's completion of all eight commands"
    )
    if form.name.endswith("put"):
        parser.add_argument("-r", "--recursive", action="store_true", help="send a whole folder")
    if form.name == "ls":
        parser.add_argument("--folder", default="", help="list this folder")
    if form.name.endswith("get"):
        parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write there")
    parser.set_defaults(by_certificate=form.name.startswith("ssl-"))
    return parser


def _say(options: argparse.Namespace, told: Told, line: str) -> None:
    listing.say(json.dumps(told) if options.json else line)


def _line(file: Told) -> str:
    name = f"{file['name']}/" if file["folder"] else str(file["name"])
    return f"{file['bytes']:>14}  {file['modified']}  {name}"


def _told(name: str, error: WaystationError) -> int:
    """Say what went wrong: a line, what to do, and the number by which operators find it."""
    lines = [f"datahost-{name}: {error.title}", error.next_step and f"  {error.next_step}"]
    lines.append(error.request_id and f"  request id {error.request_id}")
    listing.note("\n".join(line for line in lines if line))
    return int(_ENDS.get(error.code) or exit_codes.for_problem(error.code))


def _script(name: str) -> Callable[[], NoReturn]:
    def script() -> NoReturn:
        sys.exit(run(name, sys.argv[1:], os.environ))

    script.__doc__ = FORMS[name].help
    return script


login = _script("login")
logout = _script("logout")
ls = _script("ls")
rm = _script("rm")
put = _script("put")
get = _script("get")
ssl_put = _script("ssl-put")
ssl_get = _script("ssl-get")
