"""upload/stage and upload/commit: contract librarian, 1.3 and 1.4."""

import hashlib
import os
import stat
from pathlib import Path

import pytest
import xxhash

from dialects.librarian.conftest import LARGEST, SPACE, xxh3

NOT_STAGED = {
    "reason": "File not found in staging area.",
    "suggested_remedy": "Try to transfer the file again by creating a new transfer, this one was "
    "failed. If the problem persists, contact the administrator of this librarian instance.",
}


def used(library) -> tuple[int, int]:
    """Bytes and files that the space has, or reserved."""
    rows = library.house.rows(
        "SELECT bytes + held_bytes, files + held_files FROM quotas_quota q JOIN hosting_space s"
        f" ON q.subject = 'space:' || s.id WHERE s.name = '{SPACE}'"
    )
    return rows[0] if rows else (0, 0)


def test_stage_tells_where_to_copy_to(library):
    name = f"deep/er/{library.name()}"
    answer = library.stage(name, b"some bytes")
    told = answer.json()
    place = Path(told["staging_location"])
    assert answer.status_code == 201
    assert place == library.staging / told["staging_name"] / Path(name).name
    assert told["destination_location"] == name
    assert told["upload_name"] == Path(name).name
    assert told["store_name"] == SPACE
    assert told["transfer_providers"] == {"local": {"hostnames": [os.uname().nodename]}}
    assert told["available_bytes_on_store"] > 0
    assert isinstance(told["transfer_id"], int)
    assert stat.S_IMODE(place.parent.stat().st_mode) & 0o775 == 0o775


def test_a_file_comes_in_whole_with_all_its_digests(library):
    name, data = library.name(), os.urandom(70_000)
    answer = library.upload(name, data)
    assert (answer.status_code, answer.content) == (200, b"")
    found = library.find(name)
    assert found["checksum"] == xxh3(data)
    assert (found["size"], found["uploader"], found["source"]) == (len(data), "ana", "ana")
    assert found["remote_instances"] == []
    (instance,) = found["instances"]
    assert instance["path"] == str(library.root / name)
    assert instance["available"] is True
    assert (instance["id"], instance["file_name"]) == (None, None)
    assert (library.root / name).read_bytes() == data
    rows = library.house.rows(
        f"SELECT encode(sha256, 'hex'), adler32 IS NOT NULL FROM catalogue_entry "
        f"WHERE name = '{name}'"
    )
    assert rows == [(hashlib.sha256(data).hexdigest(), True)]


def test_nothing_is_left_behind(library):
    before = used(library)
    data = b"x" * 1000
    staged = library.stage(name := library.name(), data).json()
    assert used(library) == (before[0] + 1000, before[1] + 1), "room is reserved at once"
    place = Path(staged["staging_location"])
    place.write_bytes(data)
    assert library.commit(staged).status_code == 200
    assert not place.parent.exists()
    assert used(library) == (before[0] + 1000, before[1] + 1)
    assert library.find(name)["size"] == 1000


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("0", 0),
        ("1", 1),
        ("allowed", 1),
        ("ALLOWED", 1),
        ("disallowed", 0),
        ("whatever", 0),
    ],
)
def test_deletion_policy_is_a_number_or_a_word(library, said, kept):
    """Weak point: `--deletion allowed` came as "1" and was stored as disallowed."""
    name = library.name()
    assert library.upload(name, b"d", deletion_policy=said).status_code == 200
    assert library.find(name)["instances"][0]["deletion_policy"] == kept


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256", "sha512", "none"])
def test_every_algorithm_and_none_which_is_md5(library, algorithm):
    name, data = library.name(), algorithm.encode()
    digest = hashlib.new("md5" if algorithm == "none" else algorithm, data).hexdigest()
    checksum = digest if algorithm == "none" else f"{algorithm}:::{digest}"
    staged = library.stage(name, data, upload_checksum=checksum).json()
    Path(staged["staging_location"]).write_bytes(data)
    assert library.commit(staged).status_code == 200
    assert library.find(name)["checksum"] == checksum


def test_a_directory_is_one_file_whose_names_do_not_count(library):
    name = library.name("")
    files = {"b.txt": b"bbb", "sub/a.bin": os.urandom(3_000_000), "sub/empty": b"", ".dot": b"z"}
    digests = sorted(xxhash.xxh3_128(data).hexdigest() for data in files.values())
    whole = f"xxh3:::{xxhash.xxh3_128(''.join(digests).encode()).hexdigest()}"
    size = sum(map(len, files.values()))
    staged = library.stage(name, b"", upload_checksum=whole, upload_size=size)
    place = Path(staged.json()["staging_location"])
    (place / "sub" / "nothing in it").mkdir(parents=True)
    for path, data in files.items():
        (place / path).write_bytes(data)
    answer = library.commit(staged.json())
    assert answer.status_code == 200, answer.text
    found = library.find(name)
    assert (found["size"], found["checksum"]) == (size, whole)
    assert {path: (library.root / name / path).read_bytes() for path in files} == files
    assert (library.root / name / "sub" / "nothing in it").is_dir()
    checked = library.post("validate/file", {"file_name": name}).json()
    assert [each["computed_same_checksum"] for each in checked] == [True]


class TestRefusals:
    """The texts are those that the client looks for (1.3)."""

    def test_a_negative_size(self, library):
        answer = library.stage(library.name(), b"", upload_size=-1)
        assert answer.status_code == 400
        assert answer.json() == {
            "reason": "Upload size must be positive.",
            "suggested_remedy": "Check you are trying to upload a valid file.",
        }

    def test_too_large(self, library):
        answer = library.stage(library.name(), b"", upload_size=LARGEST + 1)
        assert answer.status_code == 413
        assert answer.json()["reason"] == "Upload size is too large."

    def test_a_name_that_is_taken(self, library):
        name = library.name()
        library.upload(name, b"first")
        answer = library.stage(name, b"second")
        assert answer.status_code == 409
        assert answer.json()["reason"] == "File already exists on librarian."

    def test_a_name_that_was_taken_meanwhile(self, library):
        name = library.name()
        first, second = (library.stage(name, data).json() for data in (b"one", b"two"))
        for staged, data in ((first, b"one"), (second, b"two")):
            Path(staged["staging_location"]).write_bytes(data)
        assert library.commit(first).status_code == 200
        answer = library.commit(second)
        assert answer.status_code == 409
        assert answer.json()["reason"] == "File already exists on store."
        assert (library.root / name).read_bytes() == b"one"
        assert not Path(second["staging_location"]).parent.exists()

    def test_nothing_was_copied(self, library):
        staged = library.stage(library.name(), b"abc").json()
        answer = library.commit(staged)
        assert (answer.status_code, answer.json()) == (404, NOT_STAGED)
        assert library.commit({**staged, "transfer_id": 10**15}).json() == NOT_STAGED

    def test_somebody_elses_transfer(self, library):
        staged = library.stage(name := library.name(), b"abc").json()
        Path(staged["staging_location"]).write_bytes(b"abc")
        answer = library.commit(staged, by="ben")
        assert answer.status_code == 401
        assert answer.json() == {"detail": "Incorrect username or password"}
        assert library.commit(staged).status_code == 200
        assert library.find(name)["uploader"] == "ana"

    @pytest.mark.parametrize("came", [b"abd", b"abcd", b"ab", b""])
    def test_other_bytes_than_were_announced(self, library, came):
        before = used(library)
        staged = library.stage(name := library.name(), b"abc").json()
        Path(staged["staging_location"]).write_bytes(came)
        answer = library.commit(staged)
        assert answer.status_code == 406
        assert answer.json()["reason"] == "File does not have a valid checksum or size"
        assert not Path(staged["staging_location"]).parent.exists()
        assert not (library.root / name).exists()
        assert used(library) == before
        assert library.upload(name, b"abc").status_code == 200, "the name is free"

    @pytest.mark.parametrize(
        "name", ["/etc/passwd", "../up", "a/../../b", "", ".", "a\0b", ".waystation/x"]
    )
    def test_names_that_lead_elsewhere(self, library, name):
        answer = library.stage(library.name(), b"", destination_location=name)
        assert answer.status_code == 400
        assert answer.json()["reason"]

    @pytest.mark.parametrize("name", ["../up", "a/b", "/abs", "", "..", "a\0b"])
    def test_upload_names_that_lead_elsewhere(self, library, name):
        assert library.stage(library.name(), b"", upload_name=name).status_code == 400

    @pytest.mark.parametrize("checksum", ["", "xxh3:::", "crc:::12345678", "md5:::zz", "12"])
    def test_no_checksum(self, library, checksum):
        assert library.stage(library.name(), b"", upload_checksum=checksum).status_code == 400

    def test_no_room_by_quota(self, library):
        data = b"q" * 50_000
        bytes_, _ = used(library)
        library.house.command("space", "quota", SPACE, "--bytes", str(bytes_ + 60_000))
        try:
            first = library.stage(library.name(), data)
            assert first.status_code == 201
            second = library.stage(library.name(), data)
        finally:
            library.house.command("space", "quota", SPACE)
        assert second.status_code == 413
        assert second.json()["reason"] == (
            "No stores available for upload. Your upload is too large."
        )
        Path(first.json()["staging_location"]).write_bytes(data)
        assert library.commit(first.json()).status_code == 200

    def test_a_store_that_is_switched_off(self, library):
        switch = {"store_name": SPACE, "enabled": False}
        assert library.post("admin/stores/state_change", switch, by="root").json() == {
            **switch,
            "success": True,
        }
        try:
            answer = library.stage(library.name(), b"off")
        finally:
            library.post("admin/stores/state_change", {**switch, "enabled": True}, by="root")
        assert answer.status_code == 413
        assert library.stage(library.name(), b"on").status_code == 201


class TestLinks:
    """What is staged may be anybody's: a link is never followed."""

    def test_a_file_that_is_a_link(self, library, tmp_path):
        other = tmp_path / "secret"
        other.write_bytes(b"abc")
        staged = library.stage(name := library.name(), b"abc").json()
        Path(staged["staging_location"]).symlink_to(other)
        assert library.commit(staged).status_code == 406
        assert not (library.root / name).exists()
        assert other.read_bytes() == b"abc"

    @pytest.mark.parametrize("inside", ["file", "folder"])
    def test_a_link_in_a_directory(self, library, tmp_path, inside):
        target = tmp_path / "elsewhere"
        target.mkdir()
        (target / "f").write_bytes(b"abc")
        whole = xxhash.xxh3_128(xxhash.xxh3_128(b"abc").hexdigest().encode()).hexdigest()
        staged = library.stage(
            library.name(""), b"", upload_checksum=f"xxh3:::{whole}", upload_size=3
        ).json()
        place = Path(staged["staging_location"])
        place.mkdir()
        (place / "l").symlink_to(target if inside == "folder" else target / "f")
        assert library.commit(staged).status_code == 406
        assert (target / "f").read_bytes() == b"abc"

    def test_a_staging_directory_that_became_a_link(self, library, tmp_path):
        (tmp_path / "f").write_bytes(b"abc")
        staged = library.stage("f-" + library.name(), b"abc", upload_name="f").json()
        place = Path(staged["staging_location"]).parent
        place.rmdir()
        place.symlink_to(tmp_path)
        assert library.commit(staged).status_code in {404, 406}
        assert (tmp_path / "f").read_bytes() == b"abc"
