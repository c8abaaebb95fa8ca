"""What is shown of a file, whatever its bytes are."""

import io

import pytest

from waystation.interfaces.previews import fits, looking, pictures, texts
from waystation.interfaces.previews.looking import Kind

PNG = b"\x89PNG\r\n\x1a\n"


def test_text_is_read_as_it_was_written():
    words = "Größe, 大きさ, حجم\nEnde"
    for codec, name in (
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("utf-32", "UTF-32"),
    ):
        found = texts.text(words.encode(codec), whole=True)
        assert found is not None
        assert (found.words, found.encoding, found.cut) == (words, name, False)
    western = texts.text("Größe „5“ €".encode("cp1252"), whole=True)
    assert western is not None
    assert western.words == "Größe „5“ €"


def test_a_character_that_is_cut_is_left_out():
    found = texts.text("ab€".encode()[:-1], whole=False)
    assert found is not None
    assert (found.words, found.encoding, found.cut) == ("ab", "ASCII", True)
    broken = texts.text("ab€".encode()[:-1], whole=True)
    assert broken is not None
    assert broken.encoding.startswith("an eight-bit code")


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ("a\u202eb", "a[U+202E]b"),
        ("a\u200bb\ufeff", "a[U+200B]b[U+FEFF]"),
        ("\x1b[2Jgone", "\u241b[2Jgone"),
        ("a\x7fb\x85c", "a\u2421b[U+0085]c"),
        ("a\r\nb\rc\td", "a\nb\nc\td"),
    ],
    ids=["turned-round", "no-width", "terminal", "delete", "lines"],
)
def test_nothing_in_a_text_moves_what_stands_beside_it(data, shown):
    found = texts.text(data.encode(), whole=True)
    assert found is not None
    assert found.words == shown


def test_a_long_text_is_cut():
    found = texts.text(b"x\n" * 40_000, whole=True)
    assert found is not None
    assert (found.words.count("\n"), found.cut) == (texts.MOST_LINES - 1, True)


@pytest.mark.parametrize(
    "data", [b"\x00\x01", b"\xff\xfea\xd8\x00", b"ab\x01\xff"], ids=["nul", "surrogate", "control"]
)
def test_bytes_are_no_text(data):
    assert texts.text(data, whole=True) is None
    assert texts.dump(data).startswith("00000000  ")


def test_a_dump_is_as_hexdump_has_it():
    assert texts.dump(b"SIMPLE\0\xff" + b"x" * 16).splitlines() == [
        "00000000  53 49 4d 50 4c 45 00 ff 78 78 78 78 78 78 78 78  SIMPLE..xxxxxxxx",
        "00000010  78 78 78 78 78 78 78 78                          xxxxxxxx",
    ]


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("a.txt", PNG, "image/png"),
        ("a.png", b"<script>", None),
        ("a.jpg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("a.gif", b"GIF89a/*<svg>*/", "image/gif"),
        ("a.webp", b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        ("A.SVG", b"<?xml version='1.0'?><!-- x --><svg xmlns='x'>", "image/svg+xml"),
        ("a.svg", b"<html><body>", None),
        ("a.html", b"<svg>", None),
    ],
    ids=["named-text", "named-picture", "jpeg", "polyglot", "webp", "svg", "html-as-svg", "html"],
)
def test_a_picture_is_known_by_its_first_bytes(name, head, kind):
    assert pictures.kind(name, head) == kind


# ---------------------------------------------------------------------------------------- FITS


def header(*cards: str) -> bytes:
    text = "".join(card.ljust(80) for card in (*cards, "END"))
    return text.ljust(-(-len(text) // 2880) * 2880).encode("latin-1")


def card(name: str, value: object) -> str:
    said = f"'{value}'" if isinstance(value, str) else {True: "T"}.get(value, str(value))  # type: ignore[call-overload]
    return f"{name:<8}= {said:>20} / words"


def primary(*axes: int, bitpix: int = -32) -> bytes:
    sizes = [card(f"NAXIS{n}", size) for n, size in enumerate(axes, 1)]
    return header(
        card("SIMPLE", True), card("BITPIX", bitpix), card("NAXIS", len(axes)), *sizes, "", "END x"
    )


def table(rows: int) -> bytes:
    return header(
        "XTENSION= 'BINTABLE'",
        card("BITPIX", 8),
        card("NAXIS", 2),
        card("NAXIS1", 10),
        card("NAXIS2", rows),
        card("PCOUNT", 0),
        card("GCOUNT", 1),
        card("TFIELDS", 3),
        "EXTNAME = 'STARS   '",
    )


class Bytes(io.BytesIO):
    """Read as storages are: from a place, so many."""

    def seek(self, offset: int, length: int = 0) -> None:  # noqa: ARG002 - as the port has it
        super().seek(offset)


def told(data: bytes) -> list[fits.Hdu]:
    return list(fits.headers(Bytes(data), len(data)))


def test_every_header_of_a_fits_file_is_found_and_no_data():
    data = primary(100, 50) + bytes(-(-100 * 50 * 4 // 2880) * 2880) + table(7) + bytes(2880)
    first, second = told(data)
    assert (first.title, first.data_bytes) == (
        "primary, 100 \N{MULTIPLICATION SIGN} 50, 32-bit floats",
        20_000,
    )
    assert first.cards[-1] == "END x"
    assert (second.title, second.data_bytes) == ("STARS: BINTABLE, 7 rows, 3 columns", 70)
    assert not first.broken + second.broken


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (primary()[:2000], "ends inside"),
        (primary(10**9, 10**9, 10**9), "cut short"),
        (primary(*[10**9] * 30), "cut short"),
        (header(card("SIMPLE", True), *["COMMENT x"] * 3000), "longer than"),
    ],
    ids=["cut", "huge", "huger", "endless"],
)
def test_a_fits_file_is_not_believed(data, words):
    found = told(data)
    assert len(found) == 1
    assert words in found[0].broken


def test_a_fits_file_of_very_many_headers_is_looked_at_for_so_long_only():
    found = told(primary() + table(0) * 100)
    assert len(found) == fits.MOST_HDUS


def test_odd_bytes_in_a_card_are_shown_as_such():
    data = header(card("SIMPLE", True), "COMMENT \x1b[2J\xff<script>")
    assert told(data)[0].cards[1] == "COMMENT \ufffd[2J\ufffd<script>"


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a", b"", Kind.EMPTY),
        ("a.html", b"<script>", Kind.TEXT),
        ("a.fits", primary(), Kind.FITS),
        ("a.png", PNG, Kind.PICTURE),
        ("a.bin", bytes(100), Kind.BYTES),
    ],
)
def test_what_is_shown_of_a_file(name, data, kind):
    assert looking.look(Bytes(data), name=name, size=len(data)).kind == kind
    if kind is Kind.PICTURE:
        large = looking.look(Bytes(data), name=name, size=pictures.MOST_BYTES + 1)
        assert large.kind == Kind.LARGE
