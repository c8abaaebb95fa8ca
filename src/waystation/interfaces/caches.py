"""Where pages keep what they need not ask again: one setting, four kinds of places (row 17).

What is kept is small, and the same for everybody; nobody's rights depend on it. Django pickles it:
who can write to a cache can make us run what he likes, so only our own machines may reach one.
"""

from importlib.util import find_spec

from django.utils.module_loading import import_string

from waystation.kernel.errors import MalformedError

TABLE = "waystation_cache"
_DJANGO = "django.core.cache.backends"


def configuration(said: str) -> dict[str, object]:
    """Django's `CACHES["default"]` for `web.cache`.

    Args:
        said: `memory`, `database`, `memcached://HOST:PORT[,HOST:PORT]` or `redis://…`.

    Raises:
        MalformedError: the package for it is not installed.
    """
    kind, _, where = said.partition("://")
    if kind in {"redis", "rediss"}:
        _need("redis")
        return {"BACKEND": f"{_DJANGO}.redis.RedisCache", "LOCATION": said,
                "KEY_PREFIX": "waystation"}  # fmt: skip
    if kind == "memcached":
        _need("pymemcache")
        return {"BACKEND": f"{_DJANGO}.memcached.PyMemcacheCache", "LOCATION": where.split(","),
                "KEY_PREFIX": "waystation",
                # One that is away is one that has nothing.
                "OPTIONS": {"ignore_exc": True, "connect_timeout": 1, "timeout": 1}}  # fmt: skip
    if kind == "database":
        return {"BACKEND": f"{_DJANGO}.db.DatabaseCache", "LOCATION": TABLE}
    return {"BACKEND": f"{_DJANGO}.locmem.LocMemCache"}


def answers(said: str) -> bool:
    """Whether what is put there is found there; those of Waystation's own are not asked.

    Raises:
        MalformedError: the package for it is not installed.
    """
    told = configuration(said)
    if said in {"memory", "database"}:
        return True
    backend = import_string(str(told["BACKEND"]))(told["LOCATION"], told)
    try:
        backend.set("waystation-doctor", said, 5)
        return bool(backend.get("waystation-doctor") == said)
    except Exception:  # noqa: BLE001 - each kind of cache has errors of its own
        return False
    finally:
        backend.close()


def _need(package: str) -> None:
    if find_spec(package) is None:
        raise MalformedError(
            f"web.cache needs the package {package}.",
            advice=f"Install it beside waystation: pip install {package}",
        )
