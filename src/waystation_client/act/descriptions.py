"""Job descriptions as files: which inputs are here, and the same with their addresses elsewhere.

The text goes to the server as it is; only what the client has to know is read.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from waystation_client.act.errors import ActError

_TOKEN = re.compile(
    r"""(?P<comment>\(\*.*?\*\))|(?P<quoted>"(?:[^"]|"")*"|'(?:[^']|'')*')"""
    r"""|(?P<open>\()|(?P<close>\))|(?P<mark>[+&=])|(?P<word>[^\s()"'=&+][^\s()"'=]*)|\s+|(?P<more>.)""",
    re.DOTALL,
)


@dataclass
class Job:
    """One job of a file.

    Attributes:
        text: of it alone.
        name: that it has; empty without one.
        inputs: name -> address, as written.
        span: of the value of `inputFiles` in the text.
    """

    text: str
    name: str = ""
    inputs: dict[str, str] = field(default_factory=dict)
    span: tuple[int, int] = (0, 0)

    def local(self) -> dict[str, str]:
        """Inputs that are files here: name -> path (act_client 1.0, `uploadJobData`)."""
        found = {}
        for name, address in self.inputs.items():
            parts = urlsplit(address or name)
            if parts.scheme in {"", "file"} and not parts.hostname:
                found[name] = parts.path
        return found

    def elsewhere(self, addresses: Mapping[str, str]) -> str:
        """The text with inputs at other addresses."""
        if not addresses:
            return self.text
        pairs = {**self.inputs, **addresses}
        made = "".join(f'("{name}" "{address}")' for name, address in pairs.items())
        return self.text[: self.span[0]] + made + self.text[self.span[1] :]


def read(text: str) -> list[Job]:
    """The jobs of a file, xRSL or ADL.

    Raises:
        ActError: it is neither.
    """
    bare = text.strip()
    if bare.startswith("<"):
        return [_adl(bare)]
    if not bare.startswith("+"):
        return [_xrsl(bare)]
    return [_xrsl(bare[start + 1 : end].strip()) for start, end in _groups(bare[1:], 1)]


def _groups(text: str, offset: int = 0) -> list[tuple[int, int]]:
    """Spans of the outermost parentheses."""
    found, depth, start = [], 0, 0
    for token in _TOKEN.finditer(text):
        if token["open"]:
            depth += 1
            start = token.start() if depth == 1 else start
        elif token["close"]:
            depth -= 1
            if depth == 0:
                found.append((start + offset, token.start() + offset))
        if depth < 0:
            break
    if depth or not found:
        raise ActError("The job description is not whole: look at its parentheses.")
    return found


def _xrsl(text: str) -> Job:
    job = Job(text)
    for start, end in _groups(text):
        name, equals, _ = text[start + 1 : end].partition("=")
        plain = name.strip().strip("\"'").lower().replace("_", "")
        if not equals:
            raise ActError(f"No value: {text[start : end + 1]}")
        at = start + 1 + len(name) + 1
        if plain == "jobname":
            job.name = " ".join(_words(text[at:end]))
        elif plain == "inputfiles":
            job.span = (at, end)
            for first, last in _groups(text[at:end]) if "(" in text[at:end] else []:
                words = [*_words(text[at + first + 1 : at + last]), "", ""]
                job.inputs[words[0]] = words[1]
    return job


def _words(text: str) -> Sequence[str]:
    found = []
    for token in _TOKEN.finditer(text):
        if quoted := token["quoted"]:
            found.append(quoted[1:-1].replace(quoted[0] * 2, quoted[0]))
        elif token["word"]:
            found.append(token["word"])
    return found


def _adl(text: str) -> Job:
    try:
        root = ET.fromstring(text)  # noqa: S314 - a file of whoever types the command
    except ET.ParseError as problem:
        raise ActError(f"The job description is no XML: {problem}.") from problem
    job = Job(text)
    for each in root.iter():
        kind = each.tag.rpartition("}")[2]
        if kind == "InputFile":
            said = {c.tag.rpartition("}")[2]: (c.text or "").strip() for c in each.iter()}
            job.inputs[said.get("Name", "")] = said.get("URI", "")
        elif kind == "ActivityIdentification":
            said = {c.tag.rpartition("}")[2]: (c.text or "").strip() for c in each}
            job.name = said.get("Name", "")
    return job
