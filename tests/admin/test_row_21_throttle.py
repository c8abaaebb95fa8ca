"""Row 21: guessing passwords is slow, whoever guesses from wherever; the trail has it all."""

import httpx
import pytest

from waystation.domains.accounts.service import network


def guess(office, name: str, address: str) -> int:
    headers = {"X-Forwarded-For": address}
    with httpx.Client(base_url=office.house.url, headers=headers, timeout=30) as http:
        return office.sign_in(http, name, "a wrong one").status_code


def test_many_names_from_one_network_of_ipv6(office):
    """One customer has a /64: its addresses are one."""
    at, number = "2001:db8:5:6", next(office.numbers)
    told = [guess(office, f"guessed{number}-{n}", f"{at}::{n:x}") for n in range(1, 31)]
    assert told == [403] * 30
    assert guess(office, f"guessed{number}-x", f"{at}:ffff::1") == 429
    assert guess(office, f"guessed{number}-x", "2001:db8:5:7::1") == 403


def test_one_name_from_everywhere_and_the_right_password_waits_too(office):
    ana = office.person()
    told = [guess(office, ana.name, f"198.51.100.{n}") for n in range(1, 11)]
    assert told == [403] * 10
    assert guess(office, ana.name, "203.0.113.9") == 429
    with httpx.Client(base_url=office.house.url, timeout=30) as http:
        assert office.sign_in(http, ana.name, ana.password).status_code == 429
    wrong = "SELECT address, outcome FROM audit_entry WHERE actor = %(n)s AND act = 'sign-in'"
    assert ("198.51.100.7", "refused") in office.house.rows(wrong, n=ana.name)


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("::ffff:192.0.2.7", "::ffff:c000:207"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", None),
        ("unix:", None),
    ],
    ids=["v4", "v6", "mapped", "zone", "unknown", "no-address"],
)
def test_whom_to_count_together(address, counted):
    assert network(address) == counted
