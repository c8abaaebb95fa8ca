"""The line on a terminal."""

import io

from waystation_client.datahost import progress


class Terminal(io.StringIO):
    """Takes what is written, as a terminal."""

    def isatty(self) -> bool:
        return True


def test_how_far_it_has_come(monkeypatch):
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setattr(progress, "_EVERY_S", 0.0)
    shown = progress.Progress("a\x1b[2J.dat", 2_000_000)
    shown.at(1_000_000)
    assert "\ra\\x1b[2J.dat  50 %  1.00 MB of 2.00 MB" in screen.getvalue()
    shown.end()
    assert screen.getvalue().endswith(" \r")


def test_in_a_pipe_nothing_is_said(monkeypatch):
    pipe = io.StringIO()
    monkeypatch.setattr("sys.stderr", pipe)
    monkeypatch.setattr(progress, "_EVERY_S", 0.0)
    shown = progress.Progress("a", 2)
    shown.at(1)
    shown.end()
    assert not pipe.getvalue()
