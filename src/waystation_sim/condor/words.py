"""Arguments and environment of a submit description, in the newer way of writing them.

From condor_submit(1), "arguments" and "environment": the whole is between double quotes, one of
which is written twice inside; words are parted by white space; single quotes keep it, and one of
those is written twice between them.
"""

from collections.abc import Iterator


def words(text: str) -> list[str]:
    """What a job is given.

    Raises:
        ValueError: it is not written so.
    """
    said = text.strip()
    if len(said) < 2 or said[0] != '"' or said[-1] != '"':  # noqa: PLR2004
        raise ValueError(f"not between double quotes: {text}")
    inside = said[1:-1].replace('""', "\0")
    if '"' in inside:
        raise ValueError(f"a double quote alone: {text}")
    return list(_parted(inside.replace("\0", '"')))


def variables(text: str) -> dict[str, str]:
    """The environment of a job."""
    pairs = (each.partition("=") for each in words(text))
    return {name: value for name, _, value in pairs}


def _parted(text: str) -> Iterator[str]:
    word, quoted, some, n = "", False, False, 0
    while n < len(text):
        letter = text[n]
        if letter == "'" and quoted and text[n + 1 : n + 2] == "'":
            word += "'"
            n += 1
        elif letter == "'":
            quoted, some = not quoted, True
        elif letter.isspace() and not quoted:
            if word or some:
                yield word
            word, some = "", False
        else:
            word += letter
        n += 1
    if quoted:
        raise ValueError(f"a single quote without another: {text}")
    if word or some:
        yield word
