"""Upload tokens: ours alone, for one session and one space, until they end."""

from hypothesis import given
from hypothesis import strategies as st

from waystation.interfaces import reading, uploading

KEY, NOW = "a key of this installation", 1_800_000_000.0
SESSION = reading.session_digest("session key")
SPACES = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,62}", fullmatch=True)


def mint(space: str, ends: float = NOW + 60, key: str = KEY) -> str:
    return uploading.mint(key, user_id=7, session=SESSION, ends=int(ends), space=space)


@given(SPACES)
def test_ours_is_read(space):
    found = uploading.read(KEY, mint(space), now_s=NOW)
    assert found == uploading.Uploader(7, SESSION, int(NOW) + 60, space)


@given(SPACES, st.floats(0, 10**9))
def test_it_ends(space, later):
    assert uploading.read(KEY, mint(space), now_s=NOW + 60 + later) is None


@given(SPACES, SPACES)
def test_another_space_cannot_be_written_into_it(space, other):
    forged = mint(space).removesuffix(space) + other
    found = uploading.read(KEY, forged, now_s=NOW)
    assert (found is None) == (other != space)


@given(st.text())
def test_anything_else_is_none(text):
    assert uploading.read(KEY, text, now_s=NOW) is None
    assert uploading.read(KEY, f"wayup.{text}", now_s=NOW) is None


def test_the_reading_cookie_is_no_upload_token_and_the_other_way_round():
    ends = int(NOW) + 60
    cookie = reading.mint(KEY, user_id=7, session=SESSION, ends=ends)
    assert uploading.read(KEY, f"wayup.{cookie}.lab", now_s=NOW) is None
    assert (
        reading.read(KEY, mint("lab").removeprefix("wayup.").removesuffix(".lab"), now_s=NOW)
        is None
    )
