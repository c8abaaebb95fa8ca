"""tls"""


def tls() -> None:
    """Tls"""
