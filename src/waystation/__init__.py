"""The server: brings data up from tape, holds it, moves it and runs jobs beside it."""

__version__ = "0.1.0"
