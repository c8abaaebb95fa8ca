"""Credentials that are for some places and verbs only: obeyed wherever roles are asked."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from hosting.world import SPACE, World
from waystation.domains.accounts.door import Grant, Place, Verb, limited
from waystation.domains.hosting.door import Condition, PreconditionError, Role
from waystation.kernel.errors import (
    ForbiddenError,
    MalformedError,
    NotFoundError,
)

EVERY = frozenset(Verb)


def only(who: Grant, path: str, *verbs: Verb, space: str = SPACE) -> Grant:
    names = tuple(path.split("/")) if path else ()
    return limited(who, [Place(space, names, frozenset(verbs))], made_by="a test")


@pytest.fixture
def full(world: World) -> World:
    world.folder("in")
    world.folder("in/deep")
    world.folder("inside")
    world.put("in/a", b"1")
    world.put("in/deep/b", b"22")
    world.put("inside/c", b"333")
    return world


def acts(world: World, who: Grant, path: str) -> set[str]:
    """What a caller may do with a file at a path, tried for real."""
    files = world.hosting.files
    trials = {
        "read": lambda: files.look(who, SPACE, path),
        "list": lambda: files.look(who, SPACE, path.rpartition("/")[0]),
        "modify": lambda: world.put(path, b"new", who=who),
        "create": lambda: world.put(f"{path}-new", b"new", who=who),
        "make": lambda: files.make_folder(who, SPACE, f"{path}-folder"),
        "keep": lambda: files.keep(who, SPACE, path, {"{x}y": "z"}),
        "move": lambda: files.move(who, SPACE, f"{path}-new", f"{path}-moved"),
        "delete": lambda: files.remove(who, SPACE, path),
    }
    may = set()
    for name, trial in trials.items():
        try:
            trial()
        except ForbiddenError:
            continue
        except NotFoundError:
            continue
        may.add(name)
    return may


@pytest.mark.parametrize(
    ("verbs", "may"),
    [
        ((), set()),
        ((Verb.READ,), {"read"}),
        ((Verb.LIST,), {"list"}),
        ((Verb.CREATE,), {"create", "make"}),
        ((Verb.MODIFY,), {"modify", "keep"}),
        ((Verb.DELETE,), {"delete"}),
        ((Verb.CREATE, Verb.DELETE), {"create", "make", "move", "delete"}),
        (tuple(Verb), {"read", "list", "modify", "create", "make", "keep", "move", "delete"}),
    ],
    ids=lambda value: "+".join(sorted(map(str, value))) or "none",
)
def test_each_verb_is_for_itself_only(full, verbs, may):
    assert acts(full, only(full.ana, "in", *verbs), "in/a") == may
    full.check()


@pytest.mark.parametrize("path", ["inside/c", "c", "inside/../in/x"])
def test_a_place_is_names_and_not_letters(full, path):
    who = only(full.ana, "in", *EVERY)
    with pytest.raises((ForbiddenError, MalformedError)):
        full.hosting.files.look(who, SPACE, path)
    with pytest.raises((ForbiddenError, MalformedError)):
        full.put(path, b"x", who=who)
    with pytest.raises(ForbiddenError):
        full.hosting.files.move(who, SPACE, "in/a", "inside/a")
    with pytest.raises(ForbiddenError):
        full.hosting.files.look(who, SPACE, "")


def test_below_is_meant_as_well(full):
    who = only(full.ana, "in", Verb.READ)
    assert full.get("in/deep/b", who) == b"22"
    with pytest.raises(ForbiddenError):
        full.hosting.files.look(who, SPACE, "in/deep")


def test_who_may_list_learns_of_a_file_but_not_its_bytes(full):
    who = only(full.ana, "in", Verb.LIST)
    assert full.hosting.files.look(who, SPACE, "in/a", content=False)[1].size == 1
    with pytest.raises(ForbiddenError):
        full.hosting.files.look(who, SPACE, "in/a")


def test_who_may_only_create_never_replaces_whoever_was_first(full):
    who = only(full.ana, "in", Verb.CREATE)
    with pytest.raises(ForbiddenError):
        full.put("in/a", b"mine", who=who)
    ticket = full.hosting.uploads.begin(who, SPACE, "in/race", bytes_=1)
    full.put("in/race", b"theirs")
    storage = full.hosting.spaces.storage(ticket.space)
    sink = storage.receive(ticket.part, expected=1)
    sink.write(b"m")
    sink.close()
    with pytest.raises(PreconditionError):
        full.hosting.uploads.commit(
            ticket, size=1, adler32=1, sha256=bytes(32), condition=Condition()
        )
    full.hosting.uploads.abort(ticket)
    assert full.get("in/race") == b"theirs"
    full.check()


def test_a_role_is_asked_when_it_is_used(full):
    full.give(full.ben, Role.WRITER)
    who = only(full.ben, "in", *EVERY)
    full.put("in/bens", b"x", who=who)
    full.give(full.ben, Role.READER)
    with pytest.raises(ForbiddenError):
        full.put("in/bens", b"y", who=who)
    full.give(full.ben, Role.NONE)
    with pytest.raises(NotFoundError):
        full.get("in/bens", who)


def test_an_administrators_own_limits_hold(full):
    who = only(full.admin, "in", Verb.READ)
    assert (who.admin, who.scopes) == (False, frozenset())
    assert full.get("in/a", who) == b"1"
    with pytest.raises(ForbiddenError):
        full.get("inside/c", who)


def test_other_spaces_are_not_even_told_of(full):
    who = only(full.admin, "", *EVERY, space="other")
    for space in (SPACE, "no-such-space"):
        with pytest.raises(ForbiddenError):
            full.hosting.files.look(who, space, "in/a")


def test_what_does_not_say_where_refuses(full):
    who, hosting = only(full.ana, "", *EVERY), full.hosting
    for act in (
        lambda: hosting.spaces.mine(who),
        lambda: hosting.spaces.roles(who, SPACE),
        lambda: hosting.spaces.give(who, SPACE, "anyone", Role.READER),
        lambda: hosting.spaces.explain(who, full.ana, SPACE),
        lambda: hosting.trash.list(who, SPACE),
        lambda: hosting.trash.bring_back(who, SPACE, 1),
    ):
        with pytest.raises(ForbiddenError):
            act()


def test_an_upload_in_pieces_goes_on_only_where_the_credential_is_good(full):
    ticket = full.hosting.uploads.begin(full.ana, SPACE, "in/big", bytes_=9, resumable=True)
    find = full.hosting.resuming.find
    assert find(only(full.ana, "in", Verb.CREATE), SPACE, ticket.part)
    for who in (only(full.ana, "in", Verb.READ), only(full.ana, "inside", Verb.CREATE)):
        with pytest.raises(ForbiddenError):
            find(who, SPACE, ticket.part)


def test_folders_on_the_way_are_made_from_the_place_on(full):
    who = only(full.ana, "in/new", Verb.CREATE)
    full.hosting.files.make_way(who, SPACE, "in/new/x/y/file")
    full.put("in/new/x/y/file", b"1", who=who)
    full.check()


def test_what_is_put_aside_replaces_nothing(full):
    who = only(full.ana, "in", Verb.CREATE)
    names = [full.aside("in/a", data, who).name for data in (b"2", b"3")]
    assert names == ["a (2)", "a (3)"]
    assert full.aside("in/deep", b"4", who).name == "deep (2)"
    long = "ä" * 120 + ".fits"
    assert full.aside(f"in/{long}", b"5", who).name == long
    again = full.aside(f"in/{long}", b"6", who).name
    assert again.endswith(" (2).fits")
    assert full.get("in/a") == b"1"
    full.check()


def test_many_put_the_same_name_aside_at_once(full):
    who = only(full.ana, "in", Verb.CREATE)
    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(lambda n: full.aside("in/same", b"%d" % n, who).name, range(40)))
    assert len(set(made)) == 40
    assert {full.get(f"in/{name}") for name in made} == {b"%d" % n for n in range(40)}
    full.check()


def test_limits_hold_whoever_the_owner_is(full):
    closed = replace(full.ana, scopes=frozenset())
    with pytest.raises(ForbiddenError):
        full.get("in/a", closed)
