"""Row 19: Django's storage class over a space, whatever the space is kept in."""

from collections.abc import Iterator
from dataclasses import fields
from io import BytesIO

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile, File
from django.core.files.uploadedfile import SimpleUploadedFile

from hosting.cloud_world import CloudWorld
from hosting.world import SPACE, World
from waystation.domains.accounts.door import Accounts
from waystation.interfaces import services
from waystation.interfaces.django_storage import SpaceStorage
from waystation.interfaces.services import Services
from waystation.kernel.errors import ForbiddenError, MalformedError, NotFoundError


@pytest.fixture(params=["disk", "bucket"])
def world(request, dsn, tmp_path, cloud) -> Iterator[World]:
    on_disk = request.param == "disk"
    made = World(dsn, tmp_path / "disk") if on_disk else CloudWorld(dsn, cloud)
    accounts = Accounts(made.database, made.clock)
    known = {"database": made.database, "clock": made.clock, "accounts": accounts,
             "hosting": made.hosting}  # fmt: skip
    services.put(Services(**{each.name: known.get(each.name) for each in fields(Services)}))
    yield made
    services._held.clear()
    made.close() if on_disk else made.end()


@pytest.fixture
def storage(world):
    return SpaceStorage(space=SPACE, account="ana", folder="app/media")


def test_row_19_a_file_goes_in_and_comes_out(world, storage):
    data = bytes(range(256)) * 5_000
    name = storage.save("plots/2026/a b.png", SimpleUploadedFile("a b.png", data))
    assert storage.exists(name)
    assert storage.size(name) == len(data)
    with storage.open(name) as file:
        assert file.read() == data
    assert storage.url(name) == f"/dav/{SPACE}/app/media/plots/2026/a b.png"
    _, entry = world.hosting.files.look(world.ana, SPACE, f"app/media/{name}")
    assert entry.sha256 is not None, "digests as of every other file"
    assert storage.get_modified_time(name) == entry.mtime


def test_row_19_a_second_of_that_name_gets_another(storage):
    first = storage.save("x.txt", ContentFile("one"))
    second = storage.save("x.txt", File(BytesIO(b"two"), "x.txt"))
    assert first != second
    assert [storage.open(each).read() for each in (first, second)] == [b"one", b"two"]
    folders, files = storage.listdir("")
    assert (folders, sorted(files)) == ([], sorted([first, second]))
    storage.delete(first)
    storage.delete(first)
    assert not storage.exists(first)


def test_row_19_quotas_and_roles_are_as_for_every_other_file(storage):
    stranger = SpaceStorage(space=SPACE, account="ben")
    with pytest.raises(NotFoundError):
        stranger.save("x.txt", ContentFile(b"x"))
    nobody = SpaceStorage(space=SPACE, account="nobody")
    with pytest.raises(ImproperlyConfigured, match="no account"):
        nobody.exists("x.txt")
    with pytest.raises((MalformedError, ForbiddenError)):
        storage.exists("../../elsewhere")
    with pytest.raises(MalformedError):
        storage.open("x.txt", "wb")
    storage.save("folder/x", ContentFile(b"x"))
    with pytest.raises(FileNotFoundError):
        storage.open("folder")


def test_row_19_a_file_that_lies_about_its_size_leaves_nothing(world, storage):
    liar = File(BytesIO(b"too much of it"), "liar")
    liar.size = 3
    with pytest.raises(MalformedError):
        storage.save("liar", liar)
    assert not storage.exists("liar")
    assert not world.rows("SELECT 1 FROM hosting_upload")
