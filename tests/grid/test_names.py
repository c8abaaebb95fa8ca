"""Distinguished names: every spelling of one name is one text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.interfaces.grid.names import canonical
from waystation.kernel.errors import MalformedError

VALUES = st.text(
    st.sampled_from(list("abcXYZ 0189.,+\"\\<>;=#/é'()@:-")), min_size=1, max_size=30
).filter(lambda v: not any(f"/{kind}=" in "/" + v for kind in ("CN", "O", "DC")) and "=" not in v)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("/DC=org/DC=example/CN=Ana Ba", "CN=Ana Ba,DC=example,DC=org"),
        ("CN=Ana Ba,DC=example,DC=org", "CN=Ana Ba,DC=example,DC=org"),
        (" CN=Ana Ba, DC=example, DC=org ", "CN=Ana Ba,DC=example,DC=org"),
        ("/DC=ch/CN=robot/CN=host/ws.example.org", "CN=host/ws.example.org,CN=robot,DC=ch"),
        ("/C=DE/O=A, B+C/CN=x", "CN=x,O=A\\, B\\+C,C=DE"),
        ("/O=x/emailAddress=a@b.c", "1.2.840.113549.1.9.1=a@b.c,O=x"),
        ("E=a@b.c,O=x", "1.2.840.113549.1.9.1=a@b.c,O=x"),
        ("1.2.840.113549.1.9.1=a@b.c,O=x", "1.2.840.113549.1.9.1=a@b.c,O=x"),
    ],
)
def test_spellings(typed, stored):
    assert canonical(typed) == stored


@pytest.mark.parametrize("typed", ["", "/", "Ana", "CN", "/Ana/Ba", "NOSUCHTYPE=x", "CN=a,,"])
def test_what_is_no_name_is_refused_in_words(typed):
    with pytest.raises(MalformedError):
        canonical(typed)


@given(VALUES)
def test_any_value_survives_the_old_form(value):
    stored = canonical(f"/DC=org/O={value}/CN=x")
    assert canonical(stored) == stored
    assert stored.startswith("CN=x,O=")
    assert stored.endswith(",DC=org")
