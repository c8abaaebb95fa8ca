"""doctor"""


def doctor() -> None:
    """Doctor"""
