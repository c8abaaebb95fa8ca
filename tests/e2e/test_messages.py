"""What a program was told is seen, and what was given up is sent again by a click."""

import pytest
from playwright.sync_api import expect

from controllers.receivers import receiver
from running import until

pytestmark = pytest.mark.browser


def test_a_message_that_was_given_up_is_sent_again(visit, house):
    with receiver(500) as party:
        made = house.stage(house.untouched(1), callback=party.url("/portal"))
        assert house.ended(made["id"], 60)["state"] == "complete"
        with house.client() as http:
            dead = "/deliveries?state=dead"
            assert until(lambda: http.get(dead).json()["deliveries"], 60), house.log[-2000:]
        page = visit.open("/messages?state=dead")
        row = page.get_by_role("row").filter(has_text=party.url("/portal"))
        expect(row).to_contain_text("given up")
        expect(row).to_contain_text("answered 500")
        party.status = [204]
        row.get_by_role("button", name="Try again").click()
        expect(page.get_by_role("status").first).to_contain_text("is sent again")
        page.goto("/messages?state=sent")
        assert until(lambda: page.reload() and page.get_by_text(party.url("/portal")).count(), 30)


def test_a_callback_to_anybody_else_is_refused(house):
    with house.client() as http:
        ask = {"paths": house.paths[:1], "callback": "https://elsewhere.example.org/x"}
        answer = http.post("/stage-requests", json=ask)
    assert answer.status_code == 400
    assert "notify.hosts" in answer.json()["title"]
