"""The application behind this dialect's own port: nothing else is answered there."""

import ipaddress
import logging
from functools import lru_cache

import psycopg
import uvicorn

from waystation.interfaces import problems
from waystation.interfaces.dialects.mwa_staging import replies
from waystation.interfaces.dialects.mwa_staging.forms import UnfitError
from waystation.interfaces.dialects.mwa_staging.routes import Call, Routes
from waystation.interfaces.dialects.mwa_staging.terms import Terms
from waystation.interfaces.hot.pool import HotPool
from waystation.interfaces.mouths import Handler, Receive, Scope, Send
from waystation.interfaces.services import Services
from waystation.kernel import tracing
from waystation.kernel.errors import ForbiddenError, WaystationError

log = logging.getLogger(__name__)

_DRAIN_S = 10
_SORRY = WaystationError("Something went wrong here; the operators find it by the request id.")


class Listener:
    """One process' application."""

    def __init__(self, house: Services, dsn: str, terms: Terms) -> None:
        self._pool = HotPool(dsn)
        self._routes = Routes(house, self._pool, terms)
        networks = terms.networks

        @lru_cache(maxsize=10_000)
        def inside(host: str) -> bool:
            try:
                address = ipaddress.ip_address(host.partition("%")[0])
            except ValueError:
                return False
            plain = getattr(address, "ipv4_mapped", None) or address
            return any(plain in network for network in networks)

        self._inside = inside

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI scope."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await (await self._answer(scope, receive)).send(send)

    async def _answer(self, scope: Scope, receive: Receive) -> replies.Reply:
        path, method = str(scope["path"]), str(scope["method"])
        client = scope.get("client")
        host = str(client[0]) if isinstance(client, tuple | list) and client else ""
        if not self._inside(host):
            log.warning("a call from %s is refused", host or "nowhere")
            return replies.refused(ForbiddenError(f"{host} is in no network that is answered."))
        verbs = self._routes.verbs(path)
        if verbs is None:
            return replies.nowhere()
        if method not in verbs:
            return replies.wrong_verb(sorted(verbs))
        return await self._called(verbs[method], scope, receive)

    async def _called(self, call: Call, scope: Scope, receive: Receive) -> replies.Reply:
        tracing.begin("")
        try:
            return await call(scope, receive)
        except UnfitError as problem:
            return replies.unfit(problem.detail)
        except WaystationError as refusal:
            return replies.refused(refusal)
        except psycopg.DataError as problem:
            return replies.refused(problems.unfit(problem))
        except Exception:
            log.exception("%s %s", scope["method"], scope["path"])
            return replies.refused(_SORRY)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self._pool.open()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self._pool.close()
                await send({"type": "lifespan.shutdown.complete"})
                return


def serve(app: Handler, *, host: str, port: int) -> None:
    """Serve until SIGTERM.

    By uvicorn: one client that asks again and again costs a third less here than by granian, whose
    threads wake each other for every call.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        ws="none",
        lifespan="on",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        # Who calls is what the kernel says: a header could name any network.
        proxy_headers=False,
        timeout_graceful_shutdown=_DRAIN_S,
    )
    uvicorn.Server(config).run()
