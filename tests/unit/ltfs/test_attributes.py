"""What LTFS tells by extended attributes."""

import hashlib
import os
import zlib

import pytest

from waystation.backends.tape.ltfs import attributes
from waystation.backends.tape.ltfs.attributes import BLOCK_BYTES, HASHES, Checksum


@pytest.fixture
def file(tmp_path):
    place = tmp_path / "f"
    place.write_bytes(b"some bytes")
    return place


def stored(place):
    descriptor = os.open(place, os.O_RDONLY)
    try:
        return attributes.checksum(descriptor)
    finally:
        os.close(descriptor)


def mark(place, name, value):
    os.setxattr(place, f"user.ltfs.{name}", value.encode())


@pytest.mark.parametrize("kind", sorted(HASHES))
def test_every_kind_of_the_specification_is_read_and_computed(file, kind):
    data = file.read_bytes()
    digits = f"{zlib.crc32(data):08x}" if kind == "crc32" else hashlib.new(kind, data).hexdigest()
    mark(file, f"hash.{kind}sum", digits.upper())
    assert stored(file) == Checksum(kind, digits)
    sums = attributes.running(kind)
    sums.update(data[:3])
    sums.update(data[3:])
    assert sums.hexdigest() == digits


def test_the_strongest_is_taken_and_what_is_malformed_is_not_believed(file):
    assert stored(file) is None
    mark(file, "hash.md5sum", "0" * 32)
    mark(file, "hash.sha1sum", "a" * 40)
    assert stored(file) == Checksum("sha1", "a" * 40)
    mark(file, "hash.sha256sum", "tooshort")
    assert stored(file) == Checksum("sha1", "a" * 40)
    mark(file, "hash.sha512sum", "b" * 64)  # the length of another kind
    assert stored(file) == Checksum("sha1", "a" * 40)


def test_a_file_without_blocks_has_no_start(file):
    assert attributes.start_block(os.fsencode(file)) is None
    mark(file, "startblock", "1234")
    assert attributes.start_block(os.fsencode(file)) == 1234
    mark(file, "startblock", "nonsense")
    assert attributes.start_block(os.fsencode(file)) is None


def test_a_directory_is_a_volume_when_it_says_so(tmp_path):
    assert attributes.volume(tmp_path) is None
    mark(tmp_path, "volumeUUID", "u-1")
    seen = attributes.volume(tmp_path)
    assert (seen.uuid, seen.generation, seen.block_bytes) == ("u-1", None, BLOCK_BYTES)
    mark(tmp_path, "volumeBlocksize", "65536")
    mark(tmp_path, "indexGeneration", "7")
    seen = attributes.volume(tmp_path)
    assert (seen.generation, seen.block_bytes) == (7, 65536)


def test_what_is_not_there_is_an_error_and_not_silence(tmp_path):
    with pytest.raises(FileNotFoundError):
        attributes.value(tmp_path / "none", "ltfs.startblock")
