"""EE's texts as public programs that drive it show them."""

import pytest

from waystation.backends.tape.spectrum_archive import parse
from waystation.backends.tape.spectrum_archive.parse import FileResult, Place
from waystation.domains.staging.entities import Residency

STATE = """
P  2  AAA001L9@pool1@lib1  BBB001L9@pool2@lib2  -   -- /gpfs/a file
M  1  AAA002L9@pool1@lib1  -  - -- /gpfs/b
R  0  -  -  - -- /gpfs/c -- d
something else
Q  1  AAA002L9@pool1@lib1  -  - -- /gpfs/new-letter
O  1  AAA002L9@pool1@lib1  -  - -- /gpfs/off
"""

RESULTS = """Random irrelevant data
Result      Failure Code  Failed time               Node -- File name
Fail        GLESM451W     2023/11/08T02:38:47        1    -- /ibm/gpfs/x/file.aaai
Fail        GLESM431E     2023/11/08T02:38:47        1    -- /ibm/gpfs/x/file -- b
Success     -             -                          -    -- /ibm/gpfs/x/file.aaaj
"""

TASKS = """{"payload": [{"id": "1026@2019-02-18T20:02:38", "task_id": 1026, "type": "recall",
 "cmd_param": "eeadm recall /var/lib/l/waystation-k1.list", "status": "Running", "result": "",
 "inuse_tapes": ["AAA001L9"]}, "rubbish", {"id": null}]}"""


def test_state_lines_with_copies_spaces_and_marks_in_names():
    found = parse.file_states(STATE)
    assert found["/gpfs/a file"].residency is Residency.BOTH
    assert found["/gpfs/a file"].places == (
        Place("AAA001L9", "pool1", "lib1"),
        Place("BBB001L9", "pool2", "lib2"),
    )
    assert found["/gpfs/b"].residency is Residency.NEARLINE
    assert found["/gpfs/c -- d"].residency is Residency.ONLINE
    assert found["/gpfs/c -- d"].places == ()
    assert found["/gpfs/new-letter"].residency is Residency.UNKNOWN
    assert found["/gpfs/off"].residency is Residency.LOST
    assert len(found) == 5


def test_results_of_a_task():
    assert list(parse.file_results(RESULTS)) == [
        FileResult("/ibm/gpfs/x/file.aaai", "GLESM451W"),
        FileResult("/ibm/gpfs/x/file -- b", "GLESM431E"),
        FileResult("/ibm/gpfs/x/file.aaaj", ""),
    ]


def test_the_number_of_a_task():
    assert parse.task_number("bla\nTask recall was created, task ID is 1026.\n") == "1026"
    assert parse.task_number("GLESL268I: 3 file name(s)") is None


def test_task_lists_in_json():
    first, empty = parse.tasks(TASKS)
    assert (first.full_id, first.number, first.status) == (
        "1026@2019-02-18T20:02:38",
        "1026",
        "running",
    )
    assert first.command.endswith("waystation-k1.list")
    assert empty.full_id == ""


@pytest.mark.parametrize("text", ["", "no json", "[]", "{}", '{"payload": 3}', "null"])
def test_what_is_not_a_list_is_said_so(text):
    with pytest.raises(parse.UnreadableAnswerError):
        parse.tasks(text)


def test_the_tape_attribute():
    text = "2 AAA001L9@d0c6b7@000001:BBB001L9@e1@000002\0"
    assert [place.tape for place in parse.attribute_places(text)] == ["AAA001L9", "BBB001L9"]
    assert parse.attribute_places("0") == ()
    assert parse.attribute_places("rubbish @@ x@y") == ()


def test_cartridges_that_cannot_be_read():
    text = '{"payload": [{"barcode": "A", "state": "Offline"}, {"barcode": "B", "state": "full"}]}'
    found = parse.tapes(text)
    assert not found["A"].readable
    assert found["B"].readable
