"""A form is read the same however the network cuts it."""

import asyncio
import itertools
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.interfaces.tus.multipart import Form
from waystation.kernel.errors import MalformedError

TYPE = b"multipart/form-data; boundary=line"
PIECES = st.one_of(st.binary(max_size=60), st.sampled_from([b"\r\n--line", b"--line--", b"\r\n"]))


def body(fields: list[tuple[str, str | None, bytes]]) -> bytes:
    whole = b""
    for name, filename, data in fields:
        file = f'; filename="{filename}"\r\nContent-Type: x/y' if filename is not None else ""
        head = f'--line\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        whole += head.encode() + data + b"\r\n"
    return whole + b"--line--\r\n"


def fields(whole: bytes, cuts: list[int]) -> list[tuple[str, str | None, bytes]]:
    places = sorted({0, len(whole), *(cut % (len(whole) + 1) for cut in cuts)})
    parts = [whole[a:b] for a, b in itertools.pairwise(places)]

    async def receive() -> dict[str, object]:
        if not parts:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    async def work() -> list[tuple[str, str | None, bytes]]:
        form, found = Form(TYPE, receive), []
        while (field := await form.next()) is not None:
            data = b"".join([piece async for piece in form.data()])
            found.append((field.name, field.filename, data))
        return found

    return in_a_thread(work)


def in_a_thread(work):
    """Playwright keeps an event loop in the main thread."""
    answer: list[object] = []

    def run() -> None:
        try:
            answer.append(asyncio.run(work()))
        except MalformedError as problem:
            answer.append(problem)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if isinstance(answer[0], MalformedError):
        raise answer[0]
    return answer[0]


@given(
    st.lists(st.tuples(st.sampled_from(["a", "file"]), st.none() | st.just("x y"), st.binary())),
    st.lists(st.integers(0, 10**6), max_size=20),
)
def test_what_was_sent_is_read(sent, cuts):
    clean = [(n, f, d.replace(b"\r\n--line", b"")) for n, f, d in sent]
    assert fields(body(clean), cuts) == clean


@given(st.lists(PIECES), st.lists(st.integers(0, 10**6), max_size=9))
def test_anything_else_is_refused_or_read_but_never_breaks(pieces, cuts):
    with pytest.raises(MalformedError):
        fields(b"".join(pieces).replace(b"--line--", b""), cuts)


def test_one_that_ends_early_is_refused():
    whole = body([("file", "a", b"x" * 100)])
    with pytest.raises(MalformedError):
        fields(whole[:-20], [3])


def test_names_as_browsers_write_them():
    head = (
        b'--line\r\ncontent-disposition: form-data; name="file"; filename="a%22b\\"c.dat"\r\n\r\n'
    )
    found = fields(head + b"x\r\n--line--", [])
    assert found == [("file", 'a"b"c.dat', b"x")]
