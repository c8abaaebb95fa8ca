"""ISO 8601 durations, all forms of them: `P2W`, `P1M`, `P1DT12H`, `PT0.5H`. Pure."""

import re
from fractions import Fraction

_NUMBER = r"(\d{1,12}(?:[.,]\d{1,9})?)"
_FORM = re.compile(
    rf"P(?=[\dT])(?:{_NUMBER}Y)?(?:{_NUMBER}M)?(?:{_NUMBER}W)?(?:{_NUMBER}D)?"
    rf"(?:T(?=\d)(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?"
)
_DAY = 86_400
# The Gregorian calendar repeats after 400 years of 146,097 days (ISO 8601-1:2019, 4.2.1); a
# duration without a date to begin at can only mean the year and month of that mean length.
_YEAR = Fraction(146_097, 400) * _DAY
_UNITS = (_YEAR, _YEAR / 12, *map(Fraction, (7 * _DAY, _DAY, 3_600, 60, 1)))


def seconds(text: str) -> int | None:
    """How long it is in whole seconds, rounded up; None when it is no duration."""
    found = _FORM.fullmatch(text.strip().upper())
    if found is None:
        return None
    parts = zip(found.groups(), _UNITS, strict=True)
    total = sum(Fraction(n.replace(",", ".")) * unit for n, unit in parts if n is not None)
    return -int(-total // 1)
