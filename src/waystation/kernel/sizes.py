"""Sizes as people write them: a number with a decimal unit."""

from waystation.kernel.errors import MalformedError

_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15}
_LARGEST = 2**62


def count(text: str) -> int | None:
    """A number of bytes or files with a decimal unit (k, M, G, T, P); `-` or nothing is no limit.

    Raises:
        MalformedError: it is none.
    """
    text = text.strip().removesuffix("B").strip()
    if text in {"", "-"}:
        return None
    number, unit = (text[:-1].strip(), text[-1]) if text[-1:].isalpha() else (text, "")
    good = number.replace(".", "", 1).isdecimal() and number.isascii() and unit in _UNITS
    if not good or float(number) * _UNITS[unit] > _LARGEST:
        raise MalformedError(f"{text!r} is no size.", advice="500G, 1.5T, 1000000.")
    return int(float(number) * _UNITS[unit])
