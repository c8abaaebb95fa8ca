"""Row 26: over which ways a password is taken."""

import pytest

from waystation.interfaces.dialects.datahost.sessions import private


@pytest.mark.parametrize(
    ("scheme", "client", "headers", "secure", "taken"),
    [
        ("https", ("192.0.2.7", 5), [], False, True),
        ("http", ("127.0.0.1", 5), [], False, True),
        ("http", ("::1", 5), [], False, True),
        ("http", ("192.0.2.7", 5), [], False, False),
        ("http", ("192.0.2.7", 5), [], True, True),
        ("http", ("127.0.0.1", 5), [(b"x-forwarded-for", b"192.0.2.7")], False, False),
        ("http", ("127.0.0.1", 5), [(b"forwarded", b"for=192.0.2.7")], False, False),
        ("http", None, [], False, False),
        ("http", ("testclient", 5), [], False, False),
    ],
)
def test_row_26_which_ways_are_private(scheme, client, headers, secure, taken):
    scope = {"scheme": scheme, "client": client, "headers": headers}
    assert private(scope, secure=secure) == taken
