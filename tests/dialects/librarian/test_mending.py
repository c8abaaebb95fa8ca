"""corrupt/…: an old librarian's copy is damaged and comes again (contract librarian, 1.4)."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dialects.librarian.desk import Librarian as Desk
from dialects.librarian.test_to_peers import Story, story  # noqa: F401 - a fixture
from hosting.world import SPACE
from waystation.domains.accounts.door import Grant
from waystation.interfaces.dialects.librarian import routes
from waystation.interfaces.dialects.librarian.area import Area
from waystation.interfaces.dialects.librarian.call import Call
from waystation.interfaces.dialects.librarian.peers import Neighbours
from waystation.interfaces.dialects.librarian.refusals import RefusedError
from waystation.interfaces.dialects.librarian.shelf import Shelf

NAME, DATA = "book.dat", b"what both should have" * 20


class Both:
    """The story, with our library in it."""

    def __init__(self, story: Story, staging: Path) -> None:  # noqa: F811
        staging.mkdir()
        self.story, self.desk = story, Desk(story.aye, staging)
        self.desk.upload(NAME, DATA)
        story.aye.transfers.know(
            story.aye.admin,
            "bee",
            url=story.bee.url,
            token="",
            account_id=story.aye.ben.user_id,
            kind="librarian",
        )
        story.aye.send()
        story.live(6)
        assert story.there()[NAME] == DATA

    def ask(self, path: str, who: Grant | None = None, name: str = NAME) -> tuple[int, dict]:
        known = Neighbours(self.story.aye._line, self.story.aye._line)  # type: ignore[arg-type]
        shelf, who = Shelf(self.desk.house, self.desk.terms), who or self.story.aye.ben
        _, answer = routes._table(shelf, Area(self.desk.staging), known)[f"corrupt/{path}"]
        body = json.dumps({"file_name": name, "librarian_name": "bee"}).encode()
        try:
            reply = answer(Call(who, shelf.standing(who), body))
        except RefusedError as refusal:
            return refusal.status, refusal.body
        return reply.status, json.loads(reply.body)


@pytest.fixture
def both(story, tmp_path):  # noqa: F811
    return Both(story, tmp_path / "staging")


def test_a_copy_is_sent_again_and_nothing_else_is_forgotten(both):
    story, book = both.story, both.story.bee.book  # noqa: F811
    before = story.copies()
    del book.files[NAME]
    (book.store / NAME).unlink()
    assert both.ask("prepare") == (200, {"ready": True})
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(both.ask, "resend")
        while not asked.done():
            story.aye.step()
        status, told = asked.result()
    assert (status, told["success"]) == (200, True)
    assert book.incoming[told["destination_transfer_id"]].name == NAME
    story.live(4)
    assert story.there()[NAME] == DATA
    assert story.copies() == before


def test_who_may_not_ask_and_what_cannot_be_sent(both):
    """Every refusal is text: a `detail` that is a document kills the old client (1.1)."""
    aye = both.story.aye
    for status, reason, asked in (
        (401, "Unauthorized", ("prepare", aye.ana)),
        (409, "We do not have a copy", ("prepare", None, "nothing.dat")),
    ):
        told = both.ask(*asked)
        assert told[0] == status
        assert str(told[1]["reason"]).startswith(reason)
    both.story.bee.broken.add("ping/logged")
    assert both.ask("resend")[1]["reason"] == "We are not able to send you files"
    both.story.bee.broken.clear()
    aye.transfers.switch(aye.admin, "bee", on=False)
    assert both.ask("resend")[1]["reason"] == "We are not able to send you files"
    aye.transfers.switch(aye.admin, "bee", on=True)
    (aye.root / SPACE / NAME).write_bytes(DATA[:-1] + b"!")
    assert both.ask("resend")[1]["reason"] == "Our copy of the file is also corrupt"
    assert NAME in both.story.copies()
