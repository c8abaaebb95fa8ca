"""The pure half: paths, durations, lists of files."""

from datetime import UTC, datetime
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from waystation.domains.catalogue.door import StoreInfo
from waystation.domains.staging.door import ITEM, ItemView
from waystation.interfaces.dialects.wlcg_tape import durations, translate
from waystation.interfaces.dialects.wlcg_tape.paths import Place, Places, spellings
from waystation.interfaces.dialects.wlcg_tape.translate import Entry
from waystation.interfaces.dialects.wlcg_tape.wire import FileAsked

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = st.lists(
    st.text(
        st.characters(exclude_characters="/", exclude_categories=["C", "Zl", "Zp"]), min_size=1
    )
    .filter(lambda name: name not in {".", ".."})
    .map(lambda name: name[:40]),
    min_size=1,
    max_size=4,
).map("/".join)


def stores(*names: str) -> dict[str, StoreInfo]:
    return {n: StoreInfo(1, n, f"/data/{n}", "b", ("*",), 1, 0) for n in names}


def item(state: str, error: str | None = None) -> ItemView:
    return ItemView(1, "/x", state, None, 0, error, None, None, None)


@given(NAMES)
def test_a_quoted_path_means_the_plain_one_first(name):
    assert spellings("/" + quote(name))[0] == "/" + name


@given(NAMES)
def test_a_place_is_below_its_store_or_there_is_none(name):
    found, refused = Places(stores("a", "b"), ()).find([f"/a/{name}", f"/{name}"])
    for places in found.values():
        for place in places:
            assert place.path.startswith(f"/data/{place.store}/")
            assert "/../" not in place.path + "/"
    assert found.keys() | refused.keys() == {f"/a/{name}", f"/{name}"}


@given(st.text(max_size=60))
def test_no_text_breaks_the_paths_or_the_durations(text):
    Places(stores("a"), ()).find([text, f"/a/{text}"])
    length = durations.seconds(text)
    assert length is None or length >= 0


def test_a_decoded_escape_that_leaves_the_store_is_refused():
    for path in ("/a/%2e%2e/b/x", "/a/..%2fx", "/a/x/%2E", "/a%2f..%2fb/x"):
        assert Places(stores("a", "b"), ()).find([path])[0] == {}


def test_an_escape_that_is_no_utf8_is_itself():
    assert spellings("/a/%ff") == ["/a/%ff"]


def test_prefix_of_the_root_may_be_everything():
    from waystation.interfaces.dialects.wlcg_tape.paths import Prefix  # noqa: PLC0415

    places = Places(stores("a"), (Prefix("", "a", "/data/a"),))
    assert places.find(["/x/y"])[0] == {"/x/y": [Place("a", "/data/a/x/y")]}


@given(
    st.integers(0, 99), st.integers(0, 99), st.integers(0, 99), st.integers(0, 99), st.booleans()
)
def test_durations_add_up(weeks, days, hours, seconds, lower):
    text = f"P{weeks}W{days}DT{hours}H{seconds}S"
    expected = 604_800 * weeks + 86_400 * days + 3_600 * hours + seconds
    assert durations.seconds(text.lower() if lower else text) == expected


def test_every_state_of_ours_has_a_word_of_theirs():
    known = {state.name.lower() for state in ITEM.rules}
    assert known == set(translate._STATES)
    assert set(translate._STATES.values()) == {"SUBMITTED", "STARTED", "COMPLETED", "FAILED"}


def test_an_error_is_told_of_failed_files_only():
    entries = [Entry(f"/{state}", n, 1, None) for n, state in enumerate(translate._STATES, 1)]
    items = {n: {1: item(state, "trouble")} for n, state in enumerate(translate._STATES, 1)}
    told = translate.status("x", NOW, entries, items)
    for file in told.files:
        assert (file.error is not None) == (file.state == "FAILED")
        assert (file.finishedAt is not None) == (file.state in {"FAILED", "COMPLETED"})
    assert told.completedAt is None


def test_many_lifetimes_are_held_as_the_longest():
    files = [FileAsked(f"/a/{n}", f"PT{n + 1}H") for n in range(40)]
    wanted = translate.wanted(files, sitename="s", pin_s=1)
    placed = {file.path: Place("a", file.path) for file in files}
    parts = translate.parts(placed, wanted.pins)
    assert [(part.pin_s, len(part.numbers)) for part in parts] == [(40 * 3_600, 40)]


def test_metadata_of_any_shape_is_let_pass():
    for odd in (None, 1, [], "x", {"s": 1}, {"s": {"activity": 5, "priority": True}}):
        wanted = translate.wanted([FileAsked("/a", None, odd)], sitename="s", pin_s=1)
        assert (wanted.label, wanted.priority) == ("", 4)


def test_labels_are_joined_and_cut():
    files = [
        FileAsked(f"/{n}", None, {"s": {"activity": f"activity {n}", "priority": n}})
        for n in range(60)
    ]
    wanted = translate.wanted(files, sitename="s", pin_s=1)
    assert wanted.label.startswith("activity 0, activity 1, ")
    assert (len(wanted.label), wanted.priority) == (200, 9)
