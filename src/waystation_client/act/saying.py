"""What is printed: lines on standard output, as the old client has all of them."""

import sys


def say(text: str = "") -> None:
    """One line."""
    sys.stdout.write(f"{text}\n")
