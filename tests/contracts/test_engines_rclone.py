"""The engine `rclone` at a real object store (SeaweedFS)."""

import pytest

from contracts.folders import Folders, numbers
from deploy.proxies import program
from object_store import KEY, SECRET, SHARED
from waystation.backends.transfer.rclone.way import RcloneConfig, rclone_engine
from waystation.domains.transfers.entities import Endpoint, Kind
from waystation.kernel.clock import SystemClock
from waystation_testing.transfer import EngineContract

REMOTE = """\
[store]
type = s3
provider = Other
env_auth = false
access_key_id = {key}
secret_access_key = {secret}
endpoint = {url}
force_path_style = true
no_check_bucket = true
"""


class Cloud(Folders):
    """Folders of a bucket, or of this machine."""

    secrets = (SECRET,)
    unspeakable = frozenset({"back\\slash [a-z]*.dat"})  # SeaweedFS lists it with a slash

    def __init__(self, root, cloud, far):
        super().__init__(root)
        self.far, self.cloud, self.bucket = far, cloud, cloud.bucket()
        self.config = root / "rclone.conf"
        self.config.touch(mode=0o600)
        self.config.write_text(REMOTE.format(key=KEY, secret=SECRET, url=cloud.url))
        name = f"engines/{next(numbers)}"
        self.keys = {end: f"{name}/{end}" for end in far}
        ends = {"from": self.source, "to": self.target}
        for end in far:
            ends[end] = Endpoint(Kind.RCLONE, {"remote": f"store:{SHARED}/{self.keys[end]}"})
        self.source, self.target = ends["from"], ends["to"]
        self.compares = len(far) == 1

    def engine(self):
        return rclone_engine(
            RcloneConfig("rclone", "here", self.config), SystemClock(), self.claims
        )

    def put(self, path, data):
        if "from" in self.far:
            self.bucket.put(f"{self.keys['from']}/{path}", data)
        else:
            super().put(path, data)

    def get(self, path):
        if "to" not in self.far:
            return super().get(path)
        client = self.bucket._client
        try:
            found = client.get_object(Bucket=SHARED, Key=f"{self.keys['to']}/{path}")
        except client.exceptions.NoSuchKey:
            return None
        return found["Body"].read()

    def names(self):
        if "to" not in self.far:
            return super().names()
        prefix = f"{self.keys['to']}/"
        pages = self.bucket._client.get_paginator("list_objects_v2")
        return {
            each["Key"].removeprefix(prefix)
            for page in pages.paginate(Bucket=SHARED, Prefix=prefix)
            for each in page.get("Contents", [])
        }


@pytest.fixture(
    params=[("from",), ("to",), ("from", "to")],
    ids=["bucket to folder", "folder to bucket", "two"],
)
def world(request, cloud, tmp_path):
    program("rclone")
    made = Cloud(tmp_path / "ends", cloud, request.param)
    yield made
    made.bucket.threads.shutdown()


class TestRclone(EngineContract):
    pass


def test_an_endpoint_cannot_make_a_remote_of_its_own(world):
    engine = world.engine()
    here = Endpoint(Kind.PATH, {"root": "/"})
    for remote in (":s3,endpoint=x:b", "store", "-x:", "store,env_auth=true:b", "/etc"):
        assert engine.objection(Endpoint(Kind.RCLONE, {"remote": remote}), here)
    engine.close()
    config = RcloneConfig("rclone", "here", world.config, remotes=("other",))
    engine = rclone_engine(config, SystemClock(), world.claims)
    assert "may not" in engine.objection(Endpoint(Kind.RCLONE, {"remote": "store:b"}), here)
    engine.close()
