"""Bearer tokens: what is written is read back, and nothing else is."""

from hypothesis import given
from hypothesis import strategies as st

from waystation.domains.accounts import tokens

IDS = st.integers(0, 10**18 - 1)


@given(IDS)
def test_what_is_written_is_read_back(number):
    secret = tokens.make_secret()
    assert tokens.parsed(tokens.written(number, secret)) == (number, secret)
    assert tokens.same(secret, tokens.digest(secret))


@given(IDS, st.integers(0, 60), st.characters(codec="utf-8"))
def test_a_changed_character_is_another_token(number, place, character):
    secret = tokens.make_secret()
    text = tokens.written(number, secret)
    place = min(place, len(text) - 1)
    changed = text[:place] + character + text[place + 1 :]
    parsed = tokens.parsed(changed)
    if changed != text and parsed is not None:
        assert parsed[0] != number or not tokens.same(parsed[1], tokens.digest(secret))


@given(st.text(max_size=80))
def test_any_text_is_looked_at_without_harm(text):
    parsed = tokens.parsed(text)
    assert parsed is None or tokens.written(parsed[0], parsed[1])[:4] == "way_"


def test_the_secret_cannot_be_had_back():
    secret = tokens.make_secret()
    assert secret.encode() not in tokens.digest(secret)
    assert len({tokens.make_secret() for _ in range(1000)}) == 1000
