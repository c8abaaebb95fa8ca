"""What can be said of stores elsewhere, and what is refused, in words."""

import json

import pytest
from pydantic import ValidationError

from waystation.bootstrap.storages import s3_config
from waystation.kernel.errors import UnavailableError
from waystation.settings.stores import Door, S3Bucket, Store

BUCKET = {"endpoint": "https://s3.example.org", "bucket": "b", "key_id": "k", "secret": "hush"}
DOOR = {"url": "https://se.example.org/x"}


@pytest.mark.parametrize(
    ("store", "words"),
    [
        ({"s3": {**BUCKET, "secret": None}}, "secret or secret_file"),
        ({"s3": {**BUCKET, "secret_file": "/x"}}, "secret or secret_file"),
        ({"s3": {**BUCKET, "endpoint": "http://s3.example.org"}}, "allow_http"),
        ({"s3": {**BUCKET, "endpoint": "s3.example.org"}}, "https://"),
        ({"s3": {**BUCKET, "part_bytes": 1000}}, "part_bytes"),
        ({"s3": {**BUCKET, "colour": "red"}}, "colour"),
        ({"door": {"url": "http://se.example.org"}}, "allow_http"),
        ({"door": {"url": "davs://se.example.org"}}, "https://"),
        ({"s3": BUCKET, "door": DOOR}, "only one of s3 and door"),
        ({"s3": BUCKET, "backend": "tape"}, "only one of s3 and backend"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_what_cannot_be_is_refused(store, words):
    with pytest.raises(ValidationError, match=words):
        Store.model_validate({"root": "/", **store})


def test_secrets_are_not_shown():
    store = Store.model_validate({"root": "/", "s3": BUCKET})
    assert "hush" not in store.model_dump_json()
    assert "hush" not in json.dumps(store.model_dump(mode="json"))
    assert store.s3 is not None
    assert "hush" not in repr(s3_config("cloud", store.s3))


def test_a_secret_is_read_from_its_file(tmp_path):
    place = tmp_path / "secret"
    said = S3Bucket.model_validate({**BUCKET, "secret": None, "secret_file": str(place)})
    with pytest.raises(UnavailableError, match="cannot be read"):
        s3_config("cloud", said)
    place.write_text("from the file\n")
    assert s3_config("cloud", said).secret == "from the file"


def test_a_door_is_https_unless_it_is_meant():
    assert Door(url="http://127.0.0.1:1/x", allow_http=True).checksums
