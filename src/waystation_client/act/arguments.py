"""The words of each command, as act-client 1.0 takes them."""

import argparse

from waystation_client.act.errors import ActError


def parser() -> argparse.ArgumentParser:
    """Of all commands."""
    made = argparse.ArgumentParser("act", description="Jobs by the ARC Control Tower's interface.")
    made.add_argument("--server", help="URL of aCT server")
    made.add_argument("--port", type=int, help="port of aCT server")
    made.add_argument("--conf", help="path to configuration file")
    made.add_argument("-v", "--verbose", action="store_true", help="output debug logs")
    commands = made.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("info", help="show info about aCT server")
    commands.add_parser("proxy", help="submit proxy certificate")
    _about(commands, "clean", "clean failed, done and donefailed jobs", state=True, webdav=True)
    _about(commands, "fetch", "fetch failed jobs")
    get = _about(
        commands, "get", "download results of done and donefailed jobs", state=True, webdav=True
    )
    get.add_argument(
        "--use-jobname",
        action="store_true",
        help="name of download dir should be the same as job name",
    )
    get.add_argument("--noclean", action="store_true", help="do not clean jobs")
    _about(commands, "kill", "kill jobs", state=True, webdav=True)
    _about(commands, "resub", "resubmit failed jobs")
    stat = _about(commands, "stat", "print status for jobs", state=True)
    stat.add_argument("--arc", default="JobID,State,arcstate", help="columns from ARC table")
    stat.add_argument("--client", default="id,jobname", help="columns from client table")
    stat.add_argument(
        "--get-cols", action="store_true", help="get a list of possible columns from server"
    )
    sub = commands.add_parser("sub", help="submit job descriptions")
    _webdav(sub)
    sub.add_argument(
        "--clusterlist",
        default="default",
        help="name of a list of clusters in the configuration, or clusters with commas",
    )
    sub.add_argument("xRSL", nargs="+", help="path to job description file")
    cat = _about(commands, "cat", "print stdout or stderr of the job", state=True)
    cat.add_argument("-o", "--stdout", action="store_true", default=True, help="print stdout")
    cat.add_argument("-e", "--stderr", action="store_true", help="print stderr")
    return made


def numbers(text: str) -> list[int]:
    """Jobs that are named as `1,3-7`.

    Raises:
        ActError: they cannot be read.
    """
    found: list[int] = []
    for group in text.split(",") if text else []:
        first, dash, last = group.partition("-")
        if not first.strip().isdigit() or (dash and not last.strip().isdigit()):
            raise ActError(f"Invalid ID{' range' if dash else ''}: {group}")
        found += range(int(first), int(last if dash else first) + 1)
    return found


def _about(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    words: str,
    *,
    state: bool = False,
    webdav: bool = False,
) -> argparse.ArgumentParser:
    made = commands.add_parser(name, help=words)
    made.add_argument("-a", "--all", action="store_true", help="DEPRECATED: no longer used")
    made.add_argument("-i", "--id", default="", help="IDs of jobs, 1,3-7")
    made.add_argument("-n", "--name", default="", help="substring that jobs should have in name")
    if state:
        made.add_argument("-s", "--state", default="", help="only on jobs in given state")
    if webdav:
        _webdav(made)
    return made


def _webdav(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--webdav",
        nargs="?",
        const="webdav",
        default="",
        help="URL of user's WebDAV directory; without one, that of the configuration",
    )
