"""Searches, validation, errors, stores, manifest, instances: contract librarian, 1.3."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import xxhash

from dialects.librarian.conftest import SMALL_CAP, SPACE, xxh3
from running import until

NO_FILES = {
    "reason": "No files found.",
    "suggested_remedy": "Check that you are searching for the correct file.",
}


def naive(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat()


class TestFiles:
    def test_nothing_found_is_a_404_that_the_client_knows(self, library):
        answer = library.post("search/file", {"name": "no such file"}, by="rea")
        assert (answer.status_code, answer.json()) == (404, NO_FILES)

    def test_names_are_exact(self, library):
        name = library.name()
        library.upload(name, b"n")
        assert library.post("search/file", {"name": name[:-1]}).status_code == 404
        assert library.find(name, by="rea")["name"] == name

    def test_moments_are_naive_utc(self, library):
        name = library.name()
        library.upload(name, b"t")
        created = datetime.fromisoformat(library.find(name)["create_time"])
        assert created.tzinfo is None
        assert abs(datetime.now(UTC).replace(tzinfo=None) - created) < timedelta(minutes=10)

    def test_newest_first_within_the_cap_whatever_is_asked(self, library):
        names = [library.name() for _ in range(SMALL_CAP + 2)]
        for name in names:
            library.upload(name, b"c", by="ben")
        body = {"uploader": "ben", "max_results": 10_000}
        found = library.post("search/file", body, by="root").json()
        assert [each["name"] for each in found] == names[::-1][:SMALL_CAP]
        two = library.post("search/file", {**body, "max_results": 2}).json()
        assert [each["name"] for each in two] == names[::-1][:2]
        assert library.post("search/file", {**body, "max_results": -1}).status_code == 404

    def test_by_window_uploader_and_source_together(self, library):
        name = library.name()
        before = datetime.now(UTC) - timedelta(seconds=60)
        library.upload(name, b"w")
        after = datetime.now(UTC) + timedelta(seconds=60)
        body = {"name": name, "uploader": "ana", "source": "ana"}
        window = {**body, "create_time_window": [naive(before), naive(after)]}
        assert library.post("search/file", window).json()[0]["name"] == name
        early = {**body, "create_time_window": [naive(before), naive(before)]}
        assert library.post("search/file", early).status_code == 404
        zoned = {**body, "create_time_window": [before.isoformat(), after.isoformat()]}
        assert library.post("search/file", zoned).status_code == 200

    def test_a_file_that_was_moved_in_its_space_is_told_where_it_is(self, library):
        name, other = library.name(), library.name()
        library.upload(name, b"moved")
        with library.house.client() as http:
            moved = http.request(
                "MOVE",
                f"{library.house.url}/dav/{SPACE}/{name}",
                headers={"Destination": f"{library.house.url}/dav/{SPACE}/{other}"},
            )
        assert moved.status_code == 201
        (instance,) = library.find(name)["instances"]
        assert (instance["path"], instance["available"]) == (str(library.root / other), True)

    def test_a_file_that_was_deleted_is_not_available(self, library):
        name = library.name()
        library.upload(name, b"deleted")
        with library.house.client() as http:
            assert http.delete(f"{library.house.url}/dav/{SPACE}/{name}").is_success
        assert library.find(name)["instances"][0]["available"] is False


class TestInstances:
    def test_are_found_by_path_and_by_file(self, library):
        name = library.name()
        library.upload(name, b"i", deletion_policy="1")
        for body in ({"file_name": name}, {"path": str(library.root / name)}):
            (found,) = library.post("search/instance_local", body, by="root").json()
            assert (found["file_name"], found["deletion_policy"]) == (name, 1)
            assert isinstance(found["id"], int)
        narrow = {"file_name": name, "available": True, "deletion_policy": 0}
        answer = library.post("search/instance_local", narrow, by="root")
        assert (answer.status_code, answer.json()["reason"]) == (404, "No instances found.")

    def test_none_are_elsewhere_yet(self, library):
        answer = library.post("search/instance_remote", {}, by="root")
        assert (answer.status_code, answer.json()["reason"]) == (404, "No instances found.")

    @pytest.mark.parametrize("with_bytes", [False, True])
    def test_are_deleted_with_or_without_their_bytes(self, library, with_bytes):
        name = library.name()
        library.upload(name, b"bytes")
        (found,) = library.post("search/instance_local", {"file_name": name}, by="root").json()
        body = {"instance_id": found["id"], "delete_file": with_bytes}
        answer = library.post("admin/instance/delete_local", body, by="root")
        assert answer.json() == {"success": True, "instance_id": found["id"]}
        assert (library.root / name).exists() != with_bytes
        assert library.find(name)["instances"] == []
        again = library.post("admin/instance/delete_local", body, by="root")
        assert again.status_code == 400
        assert again.json() == {"success": False, "instance_id": found["id"]}
        assert "reason" not in again.json()


class TestValidation:
    def test_of_a_good_file(self, library):
        name, data = library.name(), b"good"
        library.upload(name, data)
        (told,) = library.post("validate/file", {"file_name": name}, by="rea").json()
        assert told["librarian"] == "here"
        assert told["original_checksum"] == told["current_checksum"] == xxh3(data)
        assert told["original_size"] == told["current_size"] == 4
        assert told["computed_same_checksum"] is True

    def test_of_no_file(self, library):
        answer = library.post("validate/file", {"file_name": "no such"})
        assert answer.status_code == 400
        assert answer.json()["reason"] == "This file does not exist in the librarian."

    def test_of_a_damaged_one_which_an_operator_hears_of(self, library):
        """Weak point: nothing wrote the table of errors."""
        name = library.name()
        library.upload(name, b"was right")
        (library.root / name).write_bytes(b"is wrong!")
        (told,) = library.post("validate/file", {"file_name": name}).json()
        assert told["computed_same_checksum"] is False
        assert told["current_checksum"] == xxh3(b"is wrong!")
        found = library.post("search/error", {"category": "data_integrity"}, by="root").json()
        mine = [each for each in found if name in each["message"]]
        assert [(e["severity"], e["caller"]) for e in mine] == [("critical", "validate/file")]

    def test_of_a_missing_one_is_not_passed_over(self, library):
        """Weak point: a missing file was left out of the answer."""
        name = library.name()
        library.upload(name, b"here today")
        (library.root / name).unlink()
        (told,) = library.post("validate/file", {"file_name": name}).json()
        assert (told["current_size"], told["computed_same_checksum"]) == (0, False)

    def test_is_remembered_for_a_while(self, library):
        name = library.name()
        library.upload(name, b"cached")
        library.post("validate/file", {"file_name": name})
        (library.root / name).write_bytes(b"other!")
        (told,) = library.post("validate/file", {"file_name": name}).json()
        assert told["computed_same_checksum"] is True


class TestErrors:
    def test_are_written_found_and_cleared_once(self, library):
        staged = library.stage(name := library.name(), b"abc").json()
        Path(staged["staging_location"]).write_bytes(b"xyz")
        assert library.commit(staged).status_code == 406
        body = {"severity": "error", "category": "data_integrity"}
        found = library.post("search/error", body, by="root").json()
        (mine,) = [each for each in found if name in each["message"]]
        assert (mine["cleared"], mine["cleared_time"], mine["caller"]) == (
            False,
            None,
            "upload/commit",
        )
        number = mine["id"]
        done = library.post("error/clear", {"id": number}, by="root")
        assert done.json()["cleared"] is True
        assert datetime.fromisoformat(done.json()["cleared_time"]).tzinfo is None
        again = library.post("error/clear", {"id": number}, by="root")
        assert again.status_code == 400
        assert again.json()["reason"] == f"Error with ID {number} has already been cleared."
        assert library.post("search/error", {"id": number}, by="root").status_code == 404
        resolved = {"id": number, "include_resolved": True}
        assert library.post("search/error", resolved, by="root").json()[0]["cleared"] is True

    def test_that_there_are_none(self, library):
        answer = library.post("search/error", {"id": 10**12}, by="root")
        assert (answer.status_code, answer.json()["reason"]) == (404, "No errors found.")
        cleared = library.post("error/clear", {"id": 10**12}, by="root")
        assert cleared.status_code == 404
        assert cleared.json()["reason"] == f"No error found with ID {10**12} to clear."


class TestStores:
    def test_there_is_one(self, library):
        answer = library.post("admin/stores/list", by="root")
        (told,) = answer.json()
        assert {k: told[k] for k in ("name", "store_type", "ingestable", "available")} == {
            "name": SPACE,
            "store_type": "local",
            "ingestable": True,
            "available": True,
        }
        assert told["free_space"] > 0

    def test_another_one_does_not_exist(self, library):
        for path, body in (
            ("admin/stores/state_change", {"store_name": "nowhere", "enabled": False}),
            ("admin/stores/manifest", {"store_name": "nowhere"}),
        ):
            answer = library.post(path, body, by="root")
            assert answer.status_code == 400
            assert answer.json()["reason"] == "Store nowhere does not exist."

    def test_a_file_that_was_there_before_is_written_down(self, library):
        name = library.name()
        place = library.root / "before us" / name
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(b"long ago")
        body = {
            "name": name,
            "create_time": "2020-02-02T20:20:20",
            "size": 8,
            "checksum": xxh3(b"long ago"),
            "uploader": "someone",
            "source": "elsewhere",
            "path": str(place),
            "store_name": SPACE,
        }
        told = library.post("admin/add_file", body, by="root").json()
        assert told == {"already_exists": False, "file_exists": True, "success": True}
        again = library.post("admin/add_file", body, by="root").json()
        assert (again["already_exists"], again["success"]) == (True, True)
        found = library.find(name)
        assert found["create_time"] == "2020-02-02T20:20:20"
        assert found["instances"][0]["path"] == str(place)
        (checked,) = library.post("validate/file", {"file_name": name}).json()
        assert checked["computed_same_checksum"] is True

    def test_a_directory_that_was_there_before_is_one_file(self, library):
        name = library.name("")
        top = library.root / name
        (top / "sub").mkdir(parents=True)
        for path in ("a", "sub/b"):
            (top / path).write_bytes(path.encode())
            os.utime(top / path, (1e9, 1e9))
        digests = sorted(xxhash.xxh3_128(path).hexdigest() for path in (b"a", b"sub/b"))
        whole = f"xxh3:::{xxhash.xxh3_128(''.join(digests).encode()).hexdigest()}"
        body = {
            "name": name,
            "create_time": "2020-02-02T20:20:20",
            "size": 6,
            "checksum": whole,
            "uploader": "someone",
            "source": "elsewhere",
            "path": str(top),
            "store_name": SPACE,
        }
        told = library.post("admin/add_file", body, by="root").json()
        assert told["file_exists"] is True
        (checked,) = library.post("validate/file", {"file_name": name}).json()
        assert (checked["current_checksum"], checked["current_size"]) == (whole, 6)

    @pytest.mark.parametrize("path", ["/etc/passwd", "{root}/../x", "{root}/no such", "{root}"])
    def test_what_is_not_in_the_library_is_not(self, library, path):
        path = path.format(root=library.root)
        body = {
            "name": library.name(),
            "create_time": "2020-02-02T20:20:20",
            "size": 8,
            "checksum": xxh3(b""),
            "uploader": "someone",
            "source": "elsewhere",
            "path": path,
            "store_name": SPACE,
        }
        answer = library.post("admin/add_file", body, by="root")
        assert answer.status_code == 400
        assert answer.json()["reason"] == f"File {path} does not exist."

    def test_a_manifest_has_every_available_file(self, library):
        name = library.name()
        library.upload(name, b"listed", deletion_policy="1")
        told = library.post("admin/stores/manifest", {"store_name": SPACE}, by="root").json()
        assert (told["librarian_name"], told["store_name"]) == ("here", SPACE)
        (mine,) = [each for each in told["store_files"] if each["name"] == name]
        assert mine["instance_path"] == str(library.root / name)
        assert (mine["deletion_policy"], mine["instance_available"]) == (1, True)
        assert (mine["outgoing_transfer_id"], mine["size"]) == (-1, 6)
        assert mine["checksum"] == xxh3(b"listed")

    def test_a_manifest_for_an_unknown_librarian_changes_nothing(self, library):
        body = {
            "store_name": SPACE,
            "create_outgoing_transfers": True,
            "destination_librarian": "nobody",
            "disable_store": True,
            "mark_local_instances_as_unavailable": True,
        }
        answer = library.post("admin/stores/manifest", body, by="root")
        assert answer.status_code == 400
        assert answer.json()["reason"] == "Librarian nobody does not exist."
        assert library.post("admin/stores/list", by="root").json()[0]["enabled"] is True


class TestUsers:
    @pytest.mark.parametrize("level", [0, 1, 2, 3, 4])
    def test_a_level_is_given_and_told(self, library, level):
        name = f"u{level}-{library.name('')}"
        body = {"username": name, "password": "quite a good one", "permission": level}
        made = library.post("users/create", body, by="root")
        assert made.status_code == 201
        assert made.json() == {"success": True, "username": name}
        told = library.post("users/get", {"username": name}, by="root")
        assert told.json() == {"username": name, "permission": level}
        library.passwords[name] = "quite a good one"
        assert (library.post("ping/logged", {}, by=name).status_code == 200) == (level >= 1)
        staged = library.stage(library.name(), b"u", by=name)
        assert (staged.status_code == 201) == (level >= 3)

    def test_a_name_that_is_taken_has_no_reason(self, library):
        """With one the client raises another exception than it is known for (1.3)."""
        body = {"username": "ana", "password": "quite a good one", "permission": 1}
        answer = library.post("users/create", body, by="root")
        assert answer.status_code == 400
        assert answer.json() == {"success": False, "username": "ana"}

    def test_nobody_has_level_0_and_no_reason(self, library):
        answer = library.post("users/get", {"username": "nobody"}, by="root")
        assert answer.status_code == 400
        assert answer.json() == {"username": "nobody", "permission": 0}

    def test_an_unknown_one_is_not_updated_and_the_status_says_200(self, library):
        answer = library.post("users/update", {"username": "nobody", "permission": 1}, by="root")
        assert answer.status_code == 200
        assert answer.json() == {"success": False, "username": "nobody"}

    def test_update_and_delete_hold_from_the_next_call_on(self, library):
        name, first, second = library.name(""), "quite a good one", "an even better one"
        body = {"username": name, "password": first, "permission": 1}
        library.post("users/create", body, by="root")
        library.passwords[name] = first
        assert library.post("ping/logged", {}, by=name).status_code == 200
        change = {"username": name, "password": second, "permission": 3}
        assert library.post("users/update", change, by="root").json()["success"] is True
        assert library.post("ping/logged", {}, by=name).status_code == 401
        library.passwords[name] = second
        assert library.stage(library.name(), b"s", by=name).status_code == 201
        gone = library.post("users/delete", {"username": name}, by="root")
        assert gone.json() == {"success": True, "username": name}
        assert library.post("ping/logged", {}, by=name).status_code == 401
        assert library.post("users/get", {"username": name}, by="root").status_code == 400
        again = library.post("users/delete", {"username": name}, by="root")
        assert again.json() == {"success": False, "username": name}

    @pytest.mark.parametrize(
        ("password", "level"), [("short", 1), ("quite a good one", 100), ("quite a good one", 7)]
    )
    def test_weak_passwords_and_odd_levels_are_refused(self, library, password, level):
        name = library.name("")
        body = {"username": name, "password": password, "permission": level}
        answer = library.post("users/create", body, by="root")
        assert answer.status_code == 400
        assert answer.json()["success"] is False
        assert answer.json()["reason"]
        library.passwords[name] = password
        assert until(
            lambda: library.post("ping/logged", {}, by=name).status_code in {401, 429}, 5.0
        )
