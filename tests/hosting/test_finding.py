"""Search by name: of what the caller may read, wherever it is, and of nothing else."""

from dataclasses import replace

import psycopg
import pytest

from hosting.world import SPACE, World
from waystation.domains.accounts.door import Grant, Limits, Place, Scope, Verb
from waystation.domains.catalogue.door import finding
from waystation.domains.hosting.door import Role
from waystation.domains.hosting.service import finding as service
from waystation.kernel.errors import ForbiddenError, MalformedError, NotFoundError


def found(world: World, text: str, who: Grant | None = None, **where: object) -> list[str]:
    hits = world.hosting.finding.find(who or world.ana, text, **where)  # type: ignore[arg-type]
    return [f"{hit.space.name}:{hit.path}" for hit in hits.found]


@pytest.fixture
def full(world: World) -> World:
    for folder in ("run7", "run7/raw", "other"):
        world.folder(folder)
    for path in ("run7/M31.fits", "run7/raw/m31_dark.fits", "other/100%_sure.txt", "notes.md"):
        world.put(path, b"x")
    where = world.catalogue.store(world.admin, "disk")
    world.hosting.spaces.new(world.admin, name="bens", where=where, owner=world.ben.user_id)
    return world


def test_names_are_found_the_newest_first_in_either_case(full):
    assert found(full, "m31") == ["lab:run7/raw/m31_dark.fits", "lab:run7/M31.fits"]
    assert found(full, "M31*") == ["lab:run7/raw/m31_dark.fits", "lab:run7/M31.fits"]
    assert found(full, "*.fits", space_name=SPACE, folder="/run7/raw/") == [
        "lab:run7/raw/m31_dark.fits"
    ]
    assert found(full, "run7") == ["lab:run7"]
    assert found(full, "?m31.fits") == []
    assert found(full, "m?1.fits") == ["lab:run7/M31.fits"]
    assert found(full, "M31_*f") == []
    assert found(full, "m31?f*s") == ["lab:run7/M31.fits"]


@pytest.mark.parametrize(
    ("text", "head"),
    [
        ("M31", ""),
        ("ab*fits", ""),
        ("*.fits", ""),
        ("M31*", "m31"),
        ("\N{KELVIN SIGN}M1?", "\u212am1"),
    ],
)
def test_how_names_begin(text, head):
    assert finding.head(text) == head


class TestOfALargeTable:
    """Only the part that fewest names have is asked of the index; what is found is the same."""

    @pytest.mark.parametrize(
        ("text", "core"),
        [
            ("zen.20130007.0000a7.uvh5", "0000a7"),
            ("zen.2013*.0000a7.uvh?", "0000a7"),
            ("ZZZ9.uvh5", "zzz9"),
            (".uvh5", ""),
            ("zen.2013*", ""),
            ("*.20130005.*", ""),
            ("*1305.0*", "1305"),
            ("a?c", ""),
            ("---", ""),
            ("a long name without end", "without"),
        ],
    )
    def test_the_rarest_part(self, text, core):
        names = [f"zen.2013{n % 7:04}.{n * 16 + 7:06x}.uvh5" for n in range(2_000)]
        # Each three letters of 1305 are common, the four of them are not.
        names += [f"zen.130{n}.x305.uvh5" for n in range(10)] * 10
        assert finding.Rarity(names).core(text) == core

    @pytest.mark.parametrize(
        ("text", "few"),
        [("Zen.20130007*", False), ("ZEN.20130007.0000A7*", True), ("other*", True)],
    )
    def test_a_beginning_that_few_have(self, text, few):
        names = [f"Zen.20130007.{n * 16 + 7:06x}.uvh5" for n in range(2_000)]
        assert finding.Rarity(names).begins(finding.head(text)) is few

    def test_the_same_is_found(self, full, dsn, monkeypatch):
        with psycopg.connect(dsn, autocommit=True) as conn:
            conn.execute("ANALYZE catalogue_entry")
        monkeypatch.setattr(finding, "_LARGE", 1)
        assert finding.sample(0) is None
        monkeypatch.setattr(finding, "_COMMON", 1.0)
        full.build()
        assert full.hosting.finding._core("m31_dark") == "dark"
        test_names_are_found_the_newest_first_in_either_case(full)
        test_what_means_something_to_a_database_means_itself(full)


def test_what_means_something_to_a_database_means_itself(full):
    assert found(full, "100%_s") == ["lab:other/100%_sure.txt"]
    assert found(full, "%%%") == []
    assert found(full, "___") == []
    assert found(full, "\\\\\\") == []


def test_too_little_to_search_for(full):
    for text in ("", "  ", "ab", "a*b*c*d", "???"):
        with pytest.raises(MalformedError):
            found(full, text)
    with pytest.raises(MalformedError):
        found(full, "m31", folder="run7")


def test_who_has_no_role_finds_nothing(full):
    assert found(full, "m31", full.ben) == []
    with pytest.raises(NotFoundError):
        found(full, "m31", full.ben, space_name=SPACE)
    full.give(full.ben, Role.READER)
    assert len(found(full, "m31", full.ben)) == 2
    assert len(found(full, "m31", full.admin)) == 2
    blind = replace(full.ana, scopes=frozenset({Scope.WRITE}))
    for where in ({}, {"space_name": SPACE}):
        with pytest.raises(ForbiddenError):
            found(full, "m31", blind, **where)


def test_a_limited_credential_finds_what_it_is_for(full):
    place = Place(SPACE, ("run7", "raw"), frozenset({Verb.LIST}))
    job = replace(full.ana, scopes=frozenset(), limits=Limits((place,), "job 1"))
    assert found(full, "m31", job, space_name=SPACE, folder="run7/raw") == [
        "lab:run7/raw/m31_dark.fits"
    ]
    for where in ({}, {"space_name": SPACE}, {"space_name": SPACE, "folder": "other"}):
        with pytest.raises(ForbiddenError):
            found(full, "m31", job, **where)
    puts = replace(job, limits=Limits((replace(place, verbs=frozenset({Verb.CREATE})),), "job 2"))
    with pytest.raises(ForbiddenError):
        found(full, "m31", puts, space_name=SPACE, folder="run7/raw")


def test_what_is_in_the_trash_is_not_found(full):
    full.hosting.files.remove(full.ana, SPACE, "run7")
    assert found(full, "m31") == []
    assert found(full, "trash") == []
    assert found(full, "space") == []


def test_pages_are_whole(full, monkeypatch):
    monkeypatch.setattr(service, "BATCH", 3)
    for n in range(10):
        full.put(f"other/page{n}", b"x")
        full.put(f"run7/page{n}", b"x")
    every, before, pages = list[str](), None, 0
    while True:
        hits = full.hosting.finding.find(
            full.ana, "page", space_name=SPACE, folder="run7", before=before, limit=4
        )
        every += [hit.path for hit in hits.found]
        before, pages = hits.next_before, pages + 1
        if before is None:
            break
    assert every == [f"run7/page{n}" for n in reversed(range(10))]
    assert pages >= 3


def test_very_many_names_of_others_end_a_page_early(full, monkeypatch):
    monkeypatch.setattr(service, "BATCH", 5)
    monkeypatch.setattr(service, "MOST_LOOKED", 10)
    full.put("run7/mine.dat", b"x")
    for n in range(25):
        full.put(f"other/mine{n}.dat", b"x")
    hits = full.hosting.finding.find(full.ana, "mine", space_name=SPACE, folder="run7")
    assert (hits.found, hits.next_before is not None) == ((), True)
    pages = 1
    while not hits.found:
        hits = full.hosting.finding.find(
            full.ana, "mine", space_name=SPACE, folder="run7", before=hits.next_before
        )
        pages += 1
    assert ([hit.path for hit in hits.found], pages) == (["run7/mine.dat"], 3)


@pytest.mark.parametrize(
    ("text", "like"),
    [
        ("abc", "%abc%"),
        ("*.fits", "%.fits"),
        ("a%b_c", "%a\\%b\\_c%"),
        ("m?1*.dat", "m_1%.dat"),
        ("ab", None),
        ("a*bc", None),
    ],
)
def test_patterns(text, like):
    assert finding.pattern(text) == like
