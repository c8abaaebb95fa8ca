"""globus-sdk and globus-cli, unchanged, against the look-alike."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import globus_sdk
import pytest

from running import until

DONE_S = 30


def ask(globus, *pairs: tuple[str, str], **kwargs: object) -> globus_sdk.TransferData:
    data = globus_sdk.TransferData(globus.collection("A"), globus.collection("B"), **kwargs)
    for source, target in pairs:
        data.add_item(source, target)
    return data


def state(client, task: str) -> str:
    return str(client.get_task(task)["status"])


def there(globus, name: str) -> Path:
    return Path(globus.settings.collections[1].root) / name


def test_a_folder_and_a_file_arrive_and_are_told(globus, client):
    where = uuid4().hex
    data = ask(globus, ("/one/file 0", f"/{where}/x"), label="a label", sync_level="checksum")
    data.add_item("/two/", f"/{where}/two/", recursive=True)
    task = client.submit_transfer(data)["task_id"]
    assert client.task_wait(task, timeout=DONE_S, polling_interval=1)
    said = client.get_task(task)
    assert said["status"] == "SUCCEEDED"
    assert (said["files"], said["files_transferred"]) == (3, 3)
    assert said["bytes_transferred"] == 1000 + 1003 + 1004
    assert there(globus, f"{where}/two/file 4").read_bytes() == bytes([4]) * 1004
    moved = {
        each["source_path"] for each in client.paginated.task_successful_transfers(task).items()
    }
    assert moved == {"/one/file 0", "/two/file 3", "/two/file 4"}
    assert [each["code"] for each in client.task_event_list(task)] == ["SUCCEEDED", "STARTED"]
    again = client.submit_transfer(
        ask(globus, ("/one/file 0", f"/{where}/x"), sync_level="checksum")
    )
    assert client.task_wait(again["task_id"], timeout=DONE_S, polling_interval=1)
    assert client.get_task(again["task_id"])["files_skipped"] == 1


def test_one_submission_is_one_task(globus, client):
    data = ask(globus, ("/one/file 1", f"/{uuid4().hex}"))
    first, again = client.submit_transfer(data), client.submit_transfer(data)
    assert (first["code"], again["code"]) == ("Accepted", "Duplicate")
    assert first["task_id"] == again["task_id"]


def test_a_source_that_is_not_there_is_a_fault_or_skipped(globus, client):
    data = ask(globus, ("/none", f"/{uuid4().hex}"), skip_source_errors=True)
    task = client.submit_transfer(data)["task_id"]
    assert client.task_wait(task, timeout=DONE_S, polling_interval=1)
    assert [each["error_code"] for each in client.task_skipped_errors(task)] == ["FILE_NOT_FOUND"]
    task = client.submit_transfer(ask(globus, ("/none", f"/{uuid4().hex}")))["task_id"]
    assert until(lambda: client.get_task(task)["faults"] >= 2, DONE_S)
    said = client.get_task(task)
    assert (said["status"], said["nice_status"]) == ("ACTIVE", "FILE_NOT_FOUND")
    assert client.cancel_task(task)["code"] == "Canceled"
    assert client.get_task(task)["fatal_error"]["code"] == "CANCELED"
    assert client.cancel_task(task)["code"] == "TaskComplete"


@pytest.mark.parametrize("path", ["/../service/globus.json", "/one/../../service/globus.json"])
def test_nothing_leads_out_of_a_collection(globus, client, path):
    data = ask(globus, (path, f"/{uuid4().hex}"), skip_source_errors=True)
    task = client.submit_transfer(data)["task_id"]
    assert client.task_wait(task, timeout=DONE_S, polling_interval=1)
    codes = [each["error_code"] for each in client.task_skipped_errors(task)]
    assert codes == ["PERMISSION_DENIED"]


def test_so_many_tasks_move_at_a_time(globus, client, well):
    globus.fault("globus-pause", globus.collection("A"))
    made = [
        client.submit_transfer(ask(globus, ("/one/file 2", f"/{uuid4().hex}")))["task_id"]
        for _ in range(5)
    ]
    assert client.get_task(made[0])["is_paused"]
    globus.fault("globus-well")
    assert until(lambda: {state(client, each) for each in made} == {"SUCCEEDED"}, DONE_S)
    globus.fault("globus-full")
    with pytest.raises(globus_sdk.TransferAPIError) as refused:
        client.submit_transfer(ask(globus, ("/one/file 2", "/x")))
    assert refused.value.http_status == 409


def test_a_bit_that_turns_on_the_way_arrives_so(globus, client, well):
    globus.fault("globus-corrupt", "file 2")
    where = uuid4().hex
    task = client.submit_transfer(ask(globus, ("/one/file 2", f"/{where}")))["task_id"]
    assert client.task_wait(task, timeout=DONE_S, polling_interval=1)
    assert there(globus, where).read_bytes() == bytes([3]) + bytes([2]) * 1001


def test_the_sdk_goes_on_after_429_and_503_and_a_forgotten_token(globus, client, well):
    assert client.get_submission_id()["value"]
    globus.fault("globus-429", calls=1)
    globus.fault("globus-503", calls=1)
    assert client.get_submission_id()["value"]
    globus.fault("globus-stale")
    assert client.get_submission_id()["value"]


def test_credentials_that_end_stop_a_task(globus, client, well):
    globus.fault("globus-pause", globus.collection("B"))
    task = client.submit_transfer(ask(globus, ("/one/file 0", f"/{uuid4().hex}")))["task_id"]
    globus.fault("globus-inactive")
    assert until(lambda: state(client, task) == "INACTIVE", DONE_S)
    client.cancel_task(task)


def test_a_killed_service_goes_on_with_its_tasks(globus, client, well):
    globus.fault("globus-pause", globus.collection("A"))
    where = uuid4().hex
    data = ask(globus, ("/two/file 3", f"/{where}"))
    task = client.submit_transfer(data)["task_id"]
    globus.kill()
    globus.start()
    assert until(lambda: state(client, task) == "SUCCEEDED", DONE_S)
    assert there(globus, where).stat().st_size == 1003
    assert client.submit_transfer(data)["code"] == "Duplicate"


def test_a_person_with_a_refresh_token_is_somebody_else(globus, client):
    task = client.submit_transfer(ask(globus, ("/one/file 0", f"/{uuid4().hex}")))["task_id"]
    native = globus_sdk.NativeAppAuthClient(globus.native)
    authorizer = globus_sdk.RefreshTokenAuthorizer(globus.refresh_token, native)
    with globus_sdk.TransferClient(authorizer=authorizer) as other:
        assert other.task_list()["total"] == 0
        with pytest.raises(globus_sdk.TransferAPIError) as refused:
            other.get_task(task)
    assert refused.value.code == "TaskNotFound"


def test_a_collection_may_want_a_scope_of_its_own(globus, client):
    asks = globus.collection("asks")
    data = globus_sdk.TransferData(globus.collection("A"), asks)
    data.add_item("/one/file 0", f"/{uuid4().hex}")
    with pytest.raises(globus_sdk.TransferAPIError) as refused:
        client.submit_transfer(data)
    assert refused.value.info.consent_required
    scopes = refused.value.info.consent_required.required_scopes
    auth = globus_sdk.ConfidentialAppAuthClient(globus.client, globus.secret)
    authorizer = globus_sdk.ClientCredentialsAuthorizer(auth, scopes=scopes)
    with globus_sdk.TransferClient(authorizer=authorizer) as allowed:
        assert allowed.submit_transfer(data)["code"] == "Accepted"


def test_looking_and_making_folders(globus, client):
    names = [each["name"] for each in client.operation_ls(globus.collection("A"), path="/one/")]
    assert names == ["file 0", "file 1", "file 2"]
    folder = f"/{uuid4().hex}"
    made = client.operation_mkdir(globus.collection("B"), folder)
    assert made["code"] == "DirectoryCreated"
    with pytest.raises(globus_sdk.TransferAPIError) as refused:
        client.operation_mkdir(globus.collection("B"), folder)
    assert refused.value.code == "ExternalError.MkdirFailed.Exists"
    assert client.get_endpoint(globus.collection("A"))["display_name"] == "A"


def test_deadline_and_label_can_be_changed_and_a_deadline_ends_it(globus, client, well):
    globus.fault("globus-refuse", "file 1", state="PERMISSION_DENIED")
    task = client.submit_transfer(ask(globus, ("/one/file 1", f"/{uuid4().hex}")))["task_id"]
    soon = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(time.time() + 1))
    client.update_task(task, {"DATA_TYPE": "task", "label": "new", "deadline": soon})
    assert until(lambda: state(client, task) == "FAILED", DONE_S)
    said = client.get_task(task)
    assert (said["label"], said["fatal_error"]["code"]) == ("new", "DEADLINE")


def test_the_command_line_of_globus_works_here(globus, tmp_path):
    variables = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GLOBUS")},
        **globus.environment,
        "GLOBUS_CLI_CLIENT_ID": globus.client,
        "GLOBUS_CLI_CLIENT_SECRET": globus.secret,
        "HOME": str(tmp_path),
    }

    def run(*words: str) -> dict[str, object]:
        program = Path(sys.executable).with_name("globus")
        done = subprocess.run(
            [program, *words, "-F", "json"],
            env=variables,
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        return dict(json.loads(done.stdout))

    a, b, where = globus.collection("A"), globus.collection("B"), uuid4().hex
    assert len(run("ls", f"{a}:/one/")["DATA"]) == 3
    made = run("transfer", f"{a}:/two/", f"{b}:/{where}/", "--recursive", "--label", "by hand")
    shown = run("task", "wait", str(made["task_id"]), "--polling-interval", "1", "--timeout", "30")
    assert shown["status"] == "SUCCEEDED"
    assert there(globus, f"{where}/file 3").exists()
