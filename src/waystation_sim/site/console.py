"""One `eeadm` call as the daemon sees it: its words, its list, and where its output goes."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass


class UsageError(ValueError):
    """The command line makes no sense; the sentence goes to stderr."""


@dataclass(frozen=True, slots=True)
class Call:
    """What the client sent.

    Attributes:
        words: the command line without the program's name.
        lines: the list file or standard input, by line; empty if neither was given.
        list_name: absolute path of the list file, None for standard input.
    """

    words: tuple[str, ...]
    lines: tuple[str, ...]
    list_name: str | None

    def paths(self) -> list[str]:
        """The files of the list: plain paths, or policy-engine lines that end in `-- /path`."""
        found = []
        for line in self.lines:
            head, mark, path = line.partition(" -- ")
            name = path if mark and not head.startswith("/") else line
            if name.strip():
                found.append(name)
        return found


class Console:
    """Standard output and standard error of the client, over its socket."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    async def out(self, text: str) -> None:
        """Write a line to the client's standard output; the client flushes each."""
        await self._send("out", text + "\n")

    async def err(self, text: str) -> None:
        """Write a line to the client's standard error."""
        await self._send("err", text + "\n")

    async def exit(self, code: int) -> None:
        """Let the client exit."""
        await self._send("rc", code)

    async def _send(self, kind: str, value: str | int) -> None:
        # A client that has gone is no concern of a task: EE goes on too.
        if not self._writer.is_closing():
            self._writer.write(json.dumps({kind: value}).encode() + b"\n")
            try:
                await self._writer.drain()
            except ConnectionError:
                self._writer.close()


def options(
    words: Sequence[str], *, flags: Sequence[str] = (), values: Sequence[str] = ()
) -> tuple[list[str], dict[str, str]]:
    """Part words into arguments and options, as getopt does; `--` ends the options.

    Args:
        words: after the subcommand.
        flags: options without a value.
        values: options with one.

    Raises:
        UsageError: an unknown option, or a value is missing.
    """
    arguments: list[str] = []
    found: dict[str, str] = {}
    rest = iter(words)
    for word in rest:
        if word == "--":
            arguments += rest
        elif word in flags:
            found[word] = ""
        elif word in values:
            value = next(rest, None)
            if value is None:
                msg = f"GLESL001E: option {word} needs a value."
                raise UsageError(msg)
            found[word] = value
        elif word.startswith("-") and word != "-":
            msg = f"GLESL001E: unknown option {word}."
            raise UsageError(msg)
        else:
            arguments.append(word)
    return arguments, found
