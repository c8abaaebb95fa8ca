"""An object store that is busy, breaks off, lies, or does not know us: on the wire."""

import secrets
import ssl
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from certificates import Authority
from faulty_line import Fault, Line, faulty_line
from waystation.backends.storage.s3.bucket import Bucket
from waystation.backends.storage.s3.checks import checks
from waystation.backends.storage.s3.storage import S3Storage
from waystation.domains.hosting.errors import StorageFullError
from waystation.domains.hosting.ports import Sink
from waystation.kernel.errors import UnavailableError
from waystation.kernel.locks import Locks
from waystation_testing.storage import LARGE, MIB, get, part, put, resumed

EVER = 10_000


@pytest.fixture
def line(cloud) -> Iterator[Line]:
    with faulty_line(cloud.url) as made:
        yield made


@pytest.fixture
def storage(cloud, line, postgres) -> Iterator[S3Storage]:
    bucket, locks = Bucket(cloud.config(endpoint=line.url, timeout_s=10.0)), Locks(postgres)
    yield S3Storage(bucket, cloud.folder(), locks)
    bucket.threads.shutdown()
    locks.close()


def _send(sink: Sink, data: bytes) -> None:
    sink.write(data)
    sink.finish(durable=True)


def uploads(line: Line) -> list[str]:
    return [call for call in line.calls if "partNumber" in call]


@pytest.mark.parametrize(
    "fault",
    [
        Fault("PUT .*partNumber=2", 2, status=503, code="SlowDown"),
        Fault("PUT .*partNumber=1", 2, status=500, code="InternalError"),
        Fault("PUT .*partNumber=2", 1, cut_request=MIB),
        Fault("PUT .*partNumber=3", 1, cut_answer=0),
        Fault("POST .*uploads", 1, status=503, code="ServiceUnavailable"),
        Fault("POST .*uploadId", 1, status=503, code="SlowDown"),
        Fault("POST .*uploadId", 1, cut_answer=0),
    ],
    ids=[
        "slow down",
        "internal error",
        "cut in a part",
        "answer to a part lost",
        "busy at the beginning",
        "busy at the end",
        "answer to the end lost",
    ],
)
def test_an_upload_survives(storage, line, fault):
    line.faults.append(replace(fault))
    data = secrets.token_bytes(LARGE)
    found = put(storage, "a.dat", data)
    assert line.faults[0].times == 0, "it did not happen"
    assert get(storage, "a.dat", found) == data


def test_a_store_that_stays_busy_is_given_up_and_nothing_is_left(storage, line):
    line.faults.append(Fault("PUT .*partNumber=2", EVER, status=503, code="SlowDown"))
    name = part()
    with (
        closing(storage.receive(name, expected=LARGE)) as sink,
        pytest.raises(UnavailableError, match="SlowDown"),
    ):
        _send(sink, secrets.token_bytes(LARGE))
    assert len([call for call in uploads(line) if "partNumber=2" in call]) == 3, "tries"
    line.faults.clear()
    with pytest.raises(FileNotFoundError):
        storage.open("a.dat", storage.stamp(name))
    assert storage.discard(name)
    assert storage.parts(2**40) == []


def test_a_wrong_tag_is_not_believed(storage, line):
    wrong = {"etag": f'"{"0" * 32}"'}
    line.faults.append(Fault("PUT .*objects/", EVER, headers=wrong))
    for size in (3, LARGE):
        with pytest.raises(UnavailableError, match="other bytes"):
            put(storage, "a.dat", secrets.token_bytes(size))


def test_a_full_store_says_so(storage, line):
    line.faults.append(Fault("PUT .*partNumber=2", EVER, status=403, code="QuotaExceeded"))
    with pytest.raises(StorageFullError):
        put(storage, "a.dat", secrets.token_bytes(LARGE))


def test_a_download_goes_on_where_the_line_broke(storage, line):
    data = secrets.token_bytes(3 * MIB)
    found = put(storage, "a.dat", data)
    line.calls.clear()
    line.faults += [Fault("GET .*objects/", 1, cut_answer=MIB + 17) for _ in range(2)]
    assert get(storage, "a.dat", found) == data
    assert len([call for call in line.calls if call.startswith("GET")]) == 3


def test_a_download_of_which_nothing_comes_ends(storage, line):
    found = put(storage, "a.dat", secrets.token_bytes(MIB))
    line.faults.append(Fault("GET .*objects/", EVER, cut_answer=0))
    with pytest.raises(UnavailableError):
        get(storage, "a.dat", found)


def test_a_file_that_was_written_over_is_never_read_as_two(storage, cloud):
    found = put(storage, "a.dat", bytes(3 * MIB))
    with storage.open("a.dat", found) as file:
        assert file.read(10) == bytes(10)
        storage._bucket.put(storage._tree.object(found), bytes([1]) * 3 * MIB)
        file.seek(MIB, MIB)
        with pytest.raises(FileNotFoundError):
            file.read(10)


@pytest.mark.parametrize("wrong", ["bucket", "key_id", "secret", "endpoint"])
def test_settings_that_are_wrong_are_told_and_no_file_is_called_lost(
    cloud, postgres, wrong, unused_port
):
    other = {
        "bucket": "not-there",
        "key_id": "stranger",
        "secret": "wrong",
        "endpoint": f"http://127.0.0.1:{unused_port}",
    }
    bucket, locks = Bucket(cloud.config(tries=1, **{wrong: other[wrong]})), Locks(postgres)
    storage = S3Storage(bucket, cloud.folder(), locks)
    name = part()
    for call in (
        lambda: storage.make_folder(""),
        lambda: put(storage, "a.dat", b"x"),
        lambda: storage.open("a.dat", storage.stamp(name)),
        lambda: storage.written(name),
        lambda: storage.parts(0.0),
    ):
        with pytest.raises(UnavailableError):
            call()
    [(good, words, mend)] = checks(bucket, "/x")
    assert not good
    assert words
    assert mend
    bucket.threads.shutdown()


def test_the_doctor_finds_a_good_bucket_good_and_leaves_nothing(cloud):
    bucket, folder = cloud.bucket(), cloud.folder()
    [(good, words, _)] = checks(bucket, folder)
    assert good, words
    assert list(bucket.list(folder.strip("/"))) == []
    assert list(bucket.begun(folder.strip("/"))) == []
    bucket.threads.shutdown()


def test_an_upload_that_the_bucket_gave_up_by_its_own_rules_begins_anew(storage):
    name, data = part(), secrets.token_bytes(LARGE)
    assert resumed(storage, name, data, 7 * MIB) == 0
    for begun in list(storage._bucket.begun(storage._tree.objects)):
        storage._bucket.abort(begun.key, begun.id)
    assert storage.written(name) == 0
    assert resumed(storage, name, data, LARGE) == 0
    with closing(storage.resume(name, expected=LARGE)) as sink:
        sink.finish(durable=True)
    assert get(storage, "a.dat", storage.place(name, "a.dat", durable=True)) == data


def test_a_service_is_believed_by_its_certificate_alone(cloud, tmp_path):
    authority = Authority(tmp_path / "ca")
    host = authority.host()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(host.certificate, host.key)
    with faulty_line(cloud.url, context) as line:
        for ca_file, believed in ((str(authority.certificate), True), (None, False)):
            config = cloud.config(endpoint=line.url, ca_file=ca_file, tries=1)
            bucket = Bucket(config)
            [(good, words, _)] = checks(bucket, cloud.folder())
            assert good is believed, words
            assert good or "certificate verify failed" in words.lower()
            bucket.threads.shutdown()


def test_a_lost_database_gives_no_lock(postgres):
    locks = Locks("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(UnavailableError):
        locks.take("a")
    locks.give("a")
