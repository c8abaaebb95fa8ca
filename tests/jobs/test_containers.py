"""Commands in containers, by a real container program of this machine."""

import dataclasses
import shutil
from pathlib import Path

import pytest

from jobs.yard import HERE, SPACE, Yard
from waystation.domains.jobs.door import Access, Jobs, Wish
from waystation.domains.jobs.entities import Blame, Input
from waystation.domains.jobs.rules import objection
from waystation.kernel.errors import NotFoundError

RUNNER = (
    *("env", "USER=anybody", "ch-run", "--bind", "{folder}:/mnt/0", "--cd", "/mnt/0"),
    *("--private-tmp", "--set-env=HOME=/", "{image}", "--"),
)


@pytest.fixture(scope="module")
def image(tmp_path_factory) -> str:
    """A small image as a directory: one program with many names, and a file to know it by."""
    root = tmp_path_factory.mktemp("image")
    for name in ("bin", "dev", "etc", "home", "mnt/0", "proc", "sys", "tmp", "usr", "var"):
        (root / name).mkdir(parents=True)
    shutil.copy(shutil.which("busybox") or "busybox", root / "bin")
    for name in ("cat", "sh", "tr"):
        (root / "bin" / name).symlink_to("busybox")
    for name in ("passwd", "group", "hosts", "resolv.conf"):
        (root / "etc" / name).touch()
    (root / "etc" / "made-of").write_text("busybox\n")
    for each in (root, root.parent):
        each.chmod(0o755)
    return str(root)


@pytest.fixture
def harbour(yard, image) -> Yard:
    """A yard whose cluster runs containers of that image's folder."""
    _give(yard, RUNNER)
    images = {HERE: (f"{Path(image).parent}/*",)}
    world = yard.world
    access = Access(frozenset({"lab"}), images=images)
    yard.jobs = Jobs(world.database, world.clock, yard.desk.depot, yard._log, access)
    return yard


def _give(yard: Yard, container: tuple[str, ...]) -> None:
    cluster = dataclasses.replace(yard.desk.clusters[HERE], container=container)
    yard.desk = dataclasses.replace(yard.desk, clusters={HERE: cluster})


def test_a_command_sees_the_image_and_its_folder_and_nothing_else(harbour, image):
    harbour.world.put("in.txt", b"from a space", who=harbour.admin)
    script = (
        "cat /etc/made-of > out.txt; tr a-z A-Z < in.txt >> out.txt; echo $WORD >> out.txt;"
        f"cat {harbour.root}/spaces/* 2> nothing.txt || true"
    )
    asked = harbour.ask(
        "sh", "-c", script,
        container=image,
        environment={"WORD": "a $b 'c'"},
        inputs=(Input(SPACE, "", "in.txt"),),
        outputs=("*.txt",),
        space=SPACE,
        prefix="done",
    )  # fmt: skip
    ended = harbour.ended(asked.id)
    assert (ended.state, ended.container) == ("done", image), harbour.told()
    assert harbour.world.get("done/out.txt", harbour.admin) == b"busybox\nFROM A SPACEa $b 'c'\n"
    assert b"No such file" in harbour.world.get("done/nothing.txt", harbour.admin)
    _, entry = harbour.world.hosting.files.look(harbour.admin, SPACE, "done/out.txt")
    maker = harbour.jobs.maker(harbour.admin, entry.id)
    assert maker is not None
    assert maker.container == image, "it is part of where a file comes from"
    harbour.check_books()


def test_a_cluster_without_containers_takes_none(yard, image):
    with pytest.raises(NotFoundError) as refused:
        yard.ask("sh", container=image)
    assert f"containers of {image}" in refused.value.sentence
    assert yard.jobs.requests(yard.admin) == []


def test_images_that_are_not_named_are_refused(harbour):
    for image in ("/etc", "docker://example.org/any"):
        with pytest.raises(NotFoundError):
            harbour.ask("sh", container=image)


@pytest.mark.parametrize("image", ["--writable", "-w", "a b", "a\nb", "../x", "ä", "x" * 1001])
def test_an_image_is_never_an_option(image):
    assert "image" in objection(Wish(("sh",), container=image))


def test_a_node_without_the_program_is_the_sites_fault(harbour, image):
    _give(harbour, (f"{harbour.root}/not-there", "{image}"))
    asked = harbour.ask("sh", container=image, attempts=1)
    harbour.ended(asked.id)
    (job,) = harbour.jobs.jobs(harbour.admin, asked.id)
    assert (job.blame, job.state) == (Blame.SITE, "failed")
    assert "runs no containers" in job.words


def test_a_stop_ends_what_is_inside(harbour, image):
    asked = harbour.ask("sh", "-c", "while :; do :; done", container=image)
    harbour.until(lambda: harbour.jobs.request(harbour.admin, asked.id).running)
    harbour.jobs.cancel(harbour.admin, asked.id, [])
    assert harbour.ended(asked.id).state == "cancelled"
    assert not [each for each in Path("/proc").glob("[0-9]*") if _in(image, each)]


def _in(image: str, process: Path) -> bool:
    try:
        return image.encode() in (process / "cmdline").read_bytes()
    except OSError:
        return False
