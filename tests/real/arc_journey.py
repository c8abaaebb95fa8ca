"""What all ways to a grid must do, with as few jobs as can show it: each costs A-REX a lot."""

import json
import os
from dataclasses import replace

from real.arc_site import USER
from waystation.domains.jobs.entities import Blame, Resources, RunState
from waystation_testing.batch import (
    ECHO,
    HOSTILE,
    ended,
    left,
    lives,
    patiently,
    shell,
    submitted,
    task,
)

NAMES = ('it\'s "a" $(touch pwned).dat', "ü 日本.dat", "deep/er/file.dat")
RUNAWAY = "(setsid sh -c 'trap \"\" TERM; echo $$ >a; sleep 607; sleep 608' &); echo up; sleep 609"


class Place:
    """Folders at an A-REX for one test."""

    patience_s = 150.0
    many = 4
    slots = 1
    shown = 1  # runs that it tells of at once

    def __init__(self, site, name):
        self.site = site
        self.home = site.home / "jobs" / name
        self.home.mkdir()
        os.chown(self.home, site.entry.pw_uid, site.entry.pw_gid)

    def folder(self, key):
        place = self.home / key
        place.mkdir()
        return place

    def session(self, handle):
        """Where a run works."""
        return self.site.home / "session" / handle

    def meanwhile(self, batch, runs):
        """What happens while jobs run."""


def echo(world):
    """A job with hostile words, variables, inputs and outputs."""
    told = {f"HOSTILE_{n}": text for n, text in enumerate(HOSTILE)}
    code = f"{ECHO}; import shutil; shutil.copytree('in', 'out'); open('junk', 'w')"
    made = task(world, "/usr/bin/python3", "-c", code, *HOSTILE, **told)
    for name in NAMES:
        place = made.folder / "in" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(name)
    (made.folder / "secret").symlink_to("/etc/shadow")
    made = replace(made, around=("env", "AROUND={folder}"))
    return replace(made, name='")(executable="/bin/false', outputs=("out/", "told.json"))


def journey(world, batch):
    """Submit, follow, read, cancel, fetch, clean."""
    good, three, long = echo(world), shell(world, "echo no >&2; exit 3"), shell(world, "sleep 610")
    long = replace(long, resources=Resources(time_s=2))
    away = shell(world, RUNAWAY)
    bad = replace(shell(world, "true"), queue="no such; queue")
    tasks = [good, three, long, away]
    taken = batch.submit([bad, *tasks])
    assert taken[bad.key].words
    assert set(taken) == {bad.key, *(one.key for one in tasks)}, taken
    handles = {one.key: taken[one.key].handle for one in tasks}
    assert all(handles.values()), taken
    other = world.batch()
    assert other.find([bad, *tasks]) == handles
    assert submitted(world, other, tasks) == handles  # once, also by another process
    runs = {handles[one.key]: one.folder for one in tasks}
    cancelled(world, batch, handles[away.key], away)
    world.meanwhile(batch, runs)
    seen = ended(world, batch, runs)
    first, second, third, fourth = (seen[each] for each in runs)
    assert (first.state, first.exit_code, first.words) == (RunState.DONE, 0, ""), first
    assert first.began
    assert (second.state, second.exit_code) == (RunState.FAILED, 3), second
    assert (third.state, third.blame) == (RunState.FAILED, Blame.USER), third
    assert "longer" in third.words
    assert fourth.state is RunState.CANCELLED, fourth
    assert other.look(runs) == seen
    for _ in range(2):
        assert other.fetch(runs) == {}
    came_home(good)
    assert (three.folder / "stderr").read_text() == "no\n"
    for _ in range(2):
        batch.cancel(list(runs))
        patiently(world, lambda: not gone(batch, runs))
    assert all(batch.fetch(runs).values())


def gone(batch, runs):
    """Those that it still knows after it was told to forget them."""
    batch.clean(list(runs))
    seen = batch.look(runs)
    return [each for each in seen.values() if each.state is not RunState.GONE]


def cancelled(world, batch, handle, away):
    """A job that runs can be read, and ends with all its processes."""
    runs = {handle: away.folder}
    tail = lambda stream: batch.tail(handle, away.folder, stream, 0, 100)  # noqa: E731
    patiently(world, lambda: tail("stdout") == b"up\n")
    assert batch.tail(handle, away.folder, "stdout", 1, 1) == b"p"
    assert batch.tail(handle, away.folder, "stdout", -2, 1) == b"p"
    assert batch.tail(handle, away.folder, "../x", 0, 1) == b""
    patiently(world, lambda: batch.look(runs)[handle].state is RunState.RUNNING)
    assert batch.depth().open
    assert batch.depth().running >= world.shown
    place = world.session(handle) / "a"
    patiently(world, lambda: place.exists() and place.read_text() != "")
    pid = int(place.read_text())
    batch.cancel([handle, "none", "../../x"])
    patiently(world, lambda: not lives(pid) and not left(away))


def came_home(good):
    """What was wanted came home as it was, and nothing else."""
    words, variables = json.loads((good.folder / "told.json").read_text())
    assert words == list(HOSTILE)
    assert {name: variables.get(name) for name in good.environment} == good.environment
    assert variables["AROUND"].startswith("/")
    assert variables["AROUND"] != str(good.folder), "where it runs, not where we keep it"
    for name in NAMES:
        assert (good.folder / "out" / name).read_text() == name
    assert not (good.folder / "junk").exists()
    assert not list(good.folder.rglob("pwned"))
    assert (good.folder / "secret").is_symlink()
    assert USER
