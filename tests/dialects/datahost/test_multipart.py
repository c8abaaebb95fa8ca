"""The form reader alone: whatever way its bytes are cut, the same comes out."""

import itertools
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialects.datahost.conftest import USERNAME, file, form
from waystation.interfaces.dialects.datahost.multipart import Closed, Part, Reader, boundary
from waystation.interfaces.dialects.datahost.translate import stored_name
from waystation.kernel.errors import MalformedError


def told(*pieces: bytes, mark: bytes = b"XX") -> list[object]:
    """Parts with their whole bytes, and whether the form was closed."""
    reader, found = Reader(mark), []
    for event in itertools.chain.from_iterable(map(reader.feed, pieces)):
        if isinstance(event, bytes) and found and isinstance(found[-1], bytes):
            found[-1] += event
        else:
            found.append(event)
    return found


WHOLE = form((USERNAME, b"me"), (file("a.dat"), b"\r\n--X\r\n--XXx\r\n--XX-\r\nbytes\r\n"))
EXPECTED = [
    Part("username", None),
    b"me",
    Part("file2xmit", "a.dat"),
    b"\r\n--X\r\n--XXx\r\n--XX-\r\nbytes\r\n",
    Closed(),
]


@given(st.lists(st.integers(0, len(WHOLE)), max_size=12))
def test_however_it_is_cut(cuts):
    edges = [0, *sorted(cuts), len(WHOLE)]
    assert told(*(WHOLE[a:b] for a, b in itertools.pairwise(edges))) == EXPECTED


def test_a_byte_at_a_time():
    assert told(*(bytes([byte]) for byte in WHOLE)) == EXPECTED


@given(st.binary(max_size=400), st.integers(1, 40))
def test_any_bytes_come_through(data, step):
    whole = form((file("a"), data), boundary="q-q")
    pieces = (whole[n : n + step] for n in range(0, len(whole), step))
    expected = [Part("file2xmit", "a"), *([data] if data else []), Closed()]
    assert told(*pieces, mark=b"q-q") == expected


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('filename="a b;c.dat"', "a b;c.dat"),
        ("filename=plain.dat", "plain.dat"),
        (r'filename="say \"hi\".dat"', 'say "hi".dat'),
        (r'filename="C:\data\new.dat"', r"C:\data\new.dat"),
        ('filename="ü.dat"', "ü.dat"),
        ("filename*=UTF-8''%C3%BC%20x.dat", "ü x.dat"),
        ("filename=\"u.dat\"; filename*=UTF-8''%C3%BC.dat", "ü.dat"),
        ("filename*=UTF-8''%C3%BC.dat; filename=\"u.dat\"", "ü.dat"),
        ('filename*0="first "; filename*1=second.dat', "first second.dat"),
        ("filename*0*=UTF-8''%C3%BC; filename*1*=%C3%A4.dat", "üä.dat"),
        ('\r\n filename="folded.dat"', "folded.dat"),
    ],
)
def test_names_as_senders_write_them(header, name):
    head = f'content-disposition: form-data; name="file2xmit"; {header}'
    assert told(form((head, b"x")))[0] == Part("file2xmit", name)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("a.dat", "a.dat"),
        ("../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        (r"C:\data\a.dat", "a.dat"),
        (r"C:\a.dat", "a.dat"),
        (r"\\server\share\a.dat", "a.dat"),
        (r"a\b.dat", r"a\b.dat"),
    ],
)
def test_folders_of_a_name_are_dropped(sent, kept):
    assert stored_name(sent) == kept


@pytest.mark.parametrize("sent", ["", " ", "/", "a/"])
def test_no_name_is_no_file(sent):
    with pytest.raises(MalformedError):
        stored_name(sent)


@pytest.mark.parametrize(
    "body",
    [
        form(("X-Some: thing", b"x")),
        form(('Content-Disposition: attachment; name="a"', b"x")),
        form((f"{file('a')}\r\nContent-Transfer-Encoding: base64", b"eA==")),
        b"--XX\r\n" + b"a" * 9_000,
        b"--XX\r\n" + b"a" * 9_000 + b"\r\n\r\n",
        form(*[(USERNAME, b"me")] * 65),
        b"--XX\r\n\r\nno headers at all\r\n--XX--",
    ],
)
def test_parts_that_cannot_be(body):
    with pytest.raises(MalformedError):
        told(body)


def test_what_stands_around_is_not_told():
    assert told(b"preamble\r\n" + WHOLE + b"epilogue") == EXPECTED
    padded = WHOLE.replace(b"--XX\r\n", b"--XX \t \r\n")
    assert told(padded) == EXPECTED


def test_a_form_without_an_end_is_not_closed():
    assert Closed() not in told(WHOLE[:-6])
    assert Closed() not in told(b"")


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("multipart/form-data; boundary=abc", b"abc"),
        ('Multipart/Form-Data; charset=utf-8; BOUNDARY="a b:c"', b"a b:c"),
        ("multipart/form-data; boundary=------------------------d74496d66958873e",
         b"------------------------d74496d66958873e"),
    ],
)  # fmt: skip
def test_boundaries(header, found):
    assert boundary(header) == found


@pytest.mark.parametrize(
    "header",
    ["", "multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=a",
     f"multipart/form-data; boundary={'a' * 71}", 'multipart/form-data; boundary="a "',
     "application/x-www-form-urlencoded", "multipart/form-data; boundary=ü"],
)  # fmt: skip
def test_boundaries_that_cannot_be(header):
    with pytest.raises(MalformedError):
        boundary(header)


def test_memory_does_not_grow_with_the_file():
    reader, block, size = Reader(b"XX"), bytes(65_536), 0
    list(reader.feed(f"--XX\r\n{file('a')}\r\n\r\n".encode()))
    tracemalloc.start()
    for _ in range(2_000):
        size += sum(len(event) for event in reader.feed(block) if isinstance(event, bytes))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 130_000_000
    assert peak < 1_000_000
