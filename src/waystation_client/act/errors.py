"""What went wrong, as it is printed."""


class ActError(Exception):
    """The text is for whoever typed the command."""
