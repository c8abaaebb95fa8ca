"""`~/.config/act-client/config.yaml`, as act-client 1.0 reads it: the same keys and places.

    server: https://act.example.org:443
    proxy: $HOME/proxy.pem
    clusters:
      default:
        - https://ce1.example.org

Of YAML it is the part that this file needs: plain values, one map of lists.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from waystation_client.act.errors import ActError

Value = str | list[str] | dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Configuration:
    """What is configured.

    Attributes:
        server: URL of the server; only scheme, host and port count, as always.
        token, proxy: files.
        webdav: URL of a folder for inputs; empty is none.
        clusters: lists by name.
    """

    server: str = ""
    token: Path = Path()
    proxy: Path = Path()
    webdav: str = ""
    clusters: Mapping[str, list[str]] = field(default_factory=dict)


def load(path: str | None, environment: Mapping[str, str]) -> Configuration:
    """The configuration in a file, or in the usual one.

    Raises:
        ActError: it cannot be read.
    """
    home = environment.get("HOME", str(Path.home()))
    base = environment.get("XDG_CONFIG_HOME") or f"{home}/.config"
    data = environment.get("XDG_DATA_HOME") or f"{home}/.local/share"
    place = Path(path) if path else Path(base) / "act-client" / "config.yaml"
    try:
        said = parse(place.read_text())
    except OSError as problem:
        raise ActError(f"{place} cannot be read: {problem.strerror}.") from problem
    clusters = said.get("clusters", {})
    if not isinstance(clusters, dict):
        raise ActError(f"{place}: clusters is a map of lists.")
    return Configuration(
        server=_text(said, "server"),
        token=_path(_text(said, "token") or f"{data}/act-client/token", environment),
        # Where grid tools keep it (act_client 1.0, config.py).
        proxy=_path(_text(said, "proxy") or f"/tmp/x509up_u{os.getuid()}", environment),  # noqa: S108
        webdav=_text(said, "webdav"),
        clusters=clusters,
    )


def parse(text: str) -> dict[str, Value]:
    """The file's keys.

    Raises:
        ActError: a line of it cannot be read.
    """
    found: dict[str, Value] = {}
    path: list[tuple[int, str]] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = _bare(raw)
        if not line.strip() or line.strip() in {"---", "..."}:
            continue
        depth, item = len(line) - len(line.lstrip(" ")), line.strip()
        if item.startswith("- ") or item == "-":
            _into(found, path, _scalar(item[1:].strip()), number)
            continue
        key, colon, value = item.partition(":")
        if not colon or (value and not value.startswith(" ")) or "\t" in line[:depth]:
            raise ActError(f"Line {number} of the configuration cannot be read: {item}")
        while path and path[-1][0] >= depth:
            path.pop()
        path.append((depth, _plain(key.strip())))
        if value.strip():
            _set(found, [name for _, name in path], _scalar(value.strip()), number)
    return found


def _bare(line: str) -> str:
    """Without a comment: `#` begins one at the start, or behind a blank outside of quotes."""
    quote = ""
    for at, mark in enumerate(line):
        if quote:
            quote = "" if mark == quote else quote
        elif mark in "\"'":
            quote = mark
        elif mark == "#" and (at == 0 or line[at - 1] in " \t"):
            return line[:at].rstrip()
    return line.rstrip()


def _scalar(text: str) -> str | list[str]:
    if text.startswith("[") and text.endswith("]"):
        return [_plain(each.strip()) for each in text[1:-1].split(",") if each.strip()]
    return _plain(text)


def _plain(text: str) -> str:
    ends = text[:1] + text[-1:]
    return text[1:-1] if len(text) > 1 and ends in {'""', "''"} else text


def _into(
    found: dict[str, Value], path: list[tuple[int, str]], value: str | list[str], number: int
) -> None:
    """One more of the list that the last key holds."""
    names = [name for _, name in path]
    if not names or isinstance(value, list):
        raise ActError(f"Line {number} of the configuration is no list of words.")
    if len(names) == 1:
        kept = found.setdefault(names[0], [])
    else:
        inner = found.setdefault(names[0], {})
        kept = inner.setdefault(names[1], []) if isinstance(inner, dict) else ""
    if not isinstance(kept, list):
        raise ActError(f"Line {number} of the configuration is in no list.")
    kept.append(value)


def _set(found: dict[str, Value], names: list[str], value: str | list[str], number: int) -> None:
    if len(names) == 1:
        found[names[0]] = value
        return
    inner = found.setdefault(names[0], {})
    if not isinstance(inner, dict):
        raise ActError(f"Line {number} of the configuration is below a value.")
    inner[names[1]] = value if isinstance(value, list) else [value]


def _text(said: Mapping[str, Value], name: str) -> str:
    value = said.get(name, "")
    if not isinstance(value, str):
        raise ActError(f"{name} in the configuration is one value.")
    return value


def _path(text: str, environment: Mapping[str, str]) -> Path:
    for name in sorted(environment, key=len, reverse=True):
        text = text.replace(f"${{{name}}}", environment[name]).replace(
            f"${name}", environment[name]
        )
    return Path(text).expanduser()
