"""Row 17: what is kept of pages, and lists that have not changed are not sent again."""

import time

import httpx
import pytest

from crash.world import World
from running import free_port


@pytest.fixture
def world(dsn):
    made = World(dsn)
    yield made
    made.close()


def test_row_17_figures_for_everybody_are_asked_for_once(world):
    """Part of a page: kept, the same for all; and gone with the cache, not with the process."""
    from django.core.cache import cache  # noqa: PLC0415 - Django is configured by the fixtures

    from waystation.interfaces.web.glance import KEY, glance  # noqa: PLC0415

    cache.delete(KEY)
    assert glance(world.staging, world.ana).queued_files == 0
    world.put("T1", "a", "b")
    world.ask("a", "b")
    world.turn(2)
    assert glance(world.staging, world.ben).queued_files == 0, "what was kept a moment ago"
    cache.delete(KEY)
    now = glance(world.staging, world.ana)
    assert now.queued_files == world.staging.library(world.ana).queued_files


@pytest.mark.parametrize("kind", ["memcached", "redis"])
def test_row_17_without_its_cache_a_page_asks_the_database(world, kind):
    from django.test import override_settings  # noqa: PLC0415 - as above

    from waystation.interfaces.caches import configuration  # noqa: PLC0415
    from waystation.interfaces.web.glance import glance  # noqa: PLC0415

    away = configuration(f"{kind}://127.0.0.1:{free_port()}")
    with override_settings(CACHES={"default": away}):
        assert glance(world.staging, world.ana).queued_files == 0
        world.put("T1", "a")
        world.ask("a")
        world.turn(2)
        now = glance(world.staging, world.ana)
    assert now.queued_files == world.staging.library(world.ana).queued_files


def test_row_17_what_has_not_changed_is_not_sent_again(house):
    """A whole answer: an ETag, and 304 for who shows it."""
    address = f"{house.url}/api/v1/messages"
    token = {"Authorization": f"Bearer {house.token}"}
    first = httpx.get(address, headers=token)
    again = httpx.get(address, headers={**token, "If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    house.command("message", "post", f"told at {time.time_ns()}")
    changed = httpx.get(address, headers={**token, "If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200
    nobody = httpx.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert nobody.status_code == 401, "an ETag is no credential"
