"""Lists of paths and the body made from them: right for any cut, and small in memory."""

import io
import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation_client import path_lists, stage_body
from waystation_client.event_stream import lines, messages

NAMES = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\r\n\0"), min_size=1
)


@given(st.lists(NAMES), st.integers(min_value=1, max_value=9))
def test_a_list_is_read_whole_whatever_the_block_size(names, block):
    before = path_lists._BLOCK_BYTES
    path_lists._BLOCK_BYTES = block
    try:
        source = path_lists.FilePaths(io.BytesIO("\n".join(names).encode()), name="list")
        assert [p for b in source.blocks() for p in b] == names
    finally:
        path_lists._BLOCK_BYTES = before


@given(st.lists(NAMES, min_size=1), st.booleans())
def test_the_body_is_the_json_one_would_expect(names, labelled):
    members = {"label": 'a "b"'} if labelled else {}
    raw = b"".join(stage_body.encoded(members, path_lists.ListedPaths(names)))
    assert json.loads(raw) == {**members, "paths": names}


def test_nul_and_carriage_returns_and_empty_lines():
    source = path_lists.from_stream(io.BytesIO(b"/a\n\0/b\0"), null=True)
    assert [*source.blocks()] == [["/a\n", "/b"]]
    source = path_lists.from_stream(io.BytesIO(b"/a\r\n\r\n\n/b"))
    assert [p for b in source.blocks() for p in b] == ["/a", "/b"]


def test_a_line_that_is_not_text_is_named():
    source = path_lists.from_stream(io.BytesIO(b"/a\n/b\n/\xff\n/d\n"))
    with pytest.raises(ValueError, match="Line 3 of standard input"):
        list(source.blocks())


def test_a_million_paths_are_written_in_little_memory(tmp_path):
    listed = tmp_path / "list"
    with listed.open("w") as file:
        file.writelines(f"/archive/project/run/file-{n:07d}.fits\n" for n in range(1_000_000))
    source = path_lists.from_file(listed)
    tracemalloc.start()
    try:
        sent = sum(len(part) for part in stage_body.encoded({}, source))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sent > 38_000_000
    assert peak < 8_000_000


def test_event_stream_lines_end_at_line_feeds_only():
    raw = [b": hello\r\nid: 3\nevent: onl", "ine\ndata: a\u2028b\ndata:c\n\n".encode(), b"data: x"]
    assert [(m.kind, m.data, m.id) for m in messages(lines(raw))] == [
        ("", "", ""),
        ("online", "a\u2028b\nc", "3"),
    ]
