"""The reading cookie: ours alone, for one session, until it ends."""

from hypothesis import given
from hypothesis import strategies as st

from waystation.interfaces import reading

KEY, NOW = "a key of this installation", 1_800_000_000.0
USERS = st.integers(1, 2**31)
SESSION = reading.session_digest("session key")


def mint(user: int, ends: float = NOW + 60) -> str:
    return reading.mint(KEY, user_id=user, session=SESSION, ends=int(ends))


@given(USERS)
def test_ours_is_read(user):
    reader = reading.read(KEY, mint(user), now_s=NOW)
    assert reader == reading.Reader(user, SESSION, int(NOW) + 60)


@given(USERS, st.floats(0, 10**9))
def test_it_ends(user, later):
    assert reading.read(KEY, mint(user), now_s=NOW + 60 + later) is None


@given(USERS, st.text(min_size=1).filter(lambda key: key != KEY))
def test_another_installations_is_none_of_ours(user, key):
    foreign = reading.mint(key, user_id=user, session=SESSION, ends=int(NOW) + 60)
    assert reading.read(KEY, foreign, now_s=NOW) is None


@given(USERS, st.integers(0, 120), st.characters(codec="utf-8"))
def test_one_changed_character_is_enough(user, place, character):
    text = mint(user)
    place = min(place, len(text) - 1)
    changed = text[:place] + character + text[place + 1 :]
    if changed != text:
        assert reading.read(KEY, changed, now_s=NOW) is None


@given(st.text(max_size=200))
def test_any_text_is_read_without_harm(text):
    assert reading.read(KEY, text, now_s=NOW) is None
