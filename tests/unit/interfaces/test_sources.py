"""Where a request comes from: only a proxy on this machine is believed."""

import pytest

from waystation.interfaces import signing, sources
from waystation.interfaces.shares import passes

KEY = "k" * 40


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),
        ("127.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("::1", "10.0.0.1, 2001:db8::1", "2001:db8::1"),
        ("127.0.0.1", "nonsense", "127.0.0.1"),
        ("", "198.51.100.7", None),
        ("testclient", "", None),
    ],
    ids=["direct", "liar", "proxy", "chain", "nonsense", "unknown", "name"],
)
def test_whose_word_is_taken(peer, forwarded, found):
    assert sources.address(peer, forwarded) == found


@pytest.mark.parametrize(
    ("address", "networks", "inside"),
    [
        ("192.0.2.1", "", True),
        (None, "", True),
        (None, "0.0.0.0/0", False),
        ("192.0.2.1", "192.0.2.0/24", True),
        ("192.0.3.1", "192.0.2.0/24", False),
        ("2001:db8::5", "192.0.2.0/24, 2001:db8::/32", True),
        ("192.0.2.1", "nowhere", False),
    ],
    ids=["any", "unknown", "unproved", "in", "out", "second", "nonsense"],
)
def test_networks(address, networks, inside):
    assert signing.inside(address, networks) is inside


def test_a_pass_is_for_one_link_and_its_present_password():
    made = passes.mint(KEY, 5, "hash", ends=100)
    assert passes.good(KEY, 5, "hash", made, now_s=99)
    assert not passes.good(KEY, 5, "hash", made, now_s=100)
    assert not passes.good(KEY, 6, "hash", made, now_s=99)
    assert not passes.good(KEY, 5, "changed", made, now_s=99)
    assert not passes.good("other", 5, "hash", made, now_s=99)
    for text in ("", "x", "101" + made[3:], "²." + made[4:], made + "ä"):
        assert not passes.good(KEY, 5, "hash", text, now_s=99)
