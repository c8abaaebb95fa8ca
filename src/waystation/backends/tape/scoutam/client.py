"""Calls to ScoutAM: login, failover, one new login on 403, a deadline on everything."""

import json
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import httpx

from waystation.backends.tape.scoutam.config import ScoutAMConfig
from waystation.backends.tape.scoutam.nodes import Node, Nodes
from waystation.domains.staging.errors import BackendUnavailableError

SHOWN = 300
"""Characters of a foreign message that are passed on."""

WORKS = "Look at ScoutAM's own health, and whether its nodes can be reached from here."

OVERLOADED = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT}


@dataclass(frozen=True, slots=True)
class Reply:
    """What ScoutAM answered; `told` is empty when the body was no JSON object."""

    status: int
    told: Mapping[str, object]
    text: str

    @property
    def well(self) -> bool:
        """The call was carried out."""
        return self.status == HTTPStatus.OK

    @property
    def complaint(self) -> str:
        """The line of the answer that says what is wrong."""
        words = self.told.get("error") or self.told.get("message") or self.text.strip()
        return f"{self.status} {str(words)[:SHOWN]}".strip()


class ScoutClient:
    """Every node of one ScoutAM. Safe to use from several threads."""

    def __init__(self, config: ScoutAMConfig) -> None:
        self._config = config
        self.nodes = Nodes([self._node(url) for url in config.urls], config.node_pause_s)
        self._questions = threading.BoundedSemaphore(max(1, config.at_once))

    def get(self, call: str, **query: str) -> Reply:
        """Ask something. A node that fails is replaced by another, once.

        Raises:
            BackendUnavailableError: two tries failed.
        """
        with self._questions:
            return self._try_nodes("GET", call, query=query, safe=True)

    def put(self, call: str, body: Mapping[str, object]) -> Reply:
        """Order something. Not sent again when it may have been taken.

        Raises:
            BackendUnavailableError: not taken, or not known whether.
        """
        return self._try_nodes("PUT", call, body=body, safe=False)

    def post(self, call: str, body: Mapping[str, object], **query: str) -> Reply:
        """Order something that does no harm when it is done twice.

        Raises:
            BackendUnavailableError: two tries failed.
        """
        with self._questions:
            return self._try_nodes("POST", call, query=query, body=body, safe=True)

    def ask_node(self, node: Node, call: str) -> Reply:
        """Ask one node and no other.

        Raises:
            BackendUnavailableError: it does not answer, or does not let us in.
        """
        return self._ask(node, "GET", call)

    def login(self, node: Node, *, instead_of: str = "") -> str:
        """Log in at a node, unless another thread just did; our token there.

        Args:
            node: where.
            instead_of: the token that was refused; empty = none was had.

        Raises:
            BackendUnavailableError: no answer, or account and password are refused.
        """
        with node.lock:
            if node.token != instead_of:
                return node.token
            told = {"acct": self._config.account, "pass": self._config.password}
            reply = self._send(node, "POST", "/security/login", body=told, token="")
            token = reply.told.get("response")
            if not reply.well or not isinstance(token, str) or not token:
                raise BackendUnavailableError(
                    f"ScoutAM at {node.url} does not let {self._config.account!r} in:"
                    f" {reply.complaint}.",
                    advice="Check the back end's `account` and `password`.",
                    status=reply.status,
                )
            node.token = token
            return token

    def _try_nodes(
        self,
        method: str,
        call: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
        safe: bool,
    ) -> Reply:
        failed: Node | None = None
        trouble = BackendUnavailableError("There is no node.", advice="Set the back end's `urls`.")
        for _ in range(2):
            node = self.nodes.pick(failed)
            if node is None or (node is failed and isinstance(trouble.__cause__, _SILENCE)):
                break
            try:
                reply = self._ask(node, method, call, query=query, body=body)
            except BackendUnavailableError as error:
                failed, trouble = node, error
                self.nodes.failed(node)
                if not (safe or _surely_not_taken(error)):
                    break
            else:
                node.answered()
                return reply
        raise trouble

    def _ask(
        self,
        node: Node,
        method: str,
        call: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> Reply:
        """One call to one node, with a new login when the token is refused."""
        token = node.token or self.login(node)
        reply = self._send(node, method, call, query=query, body=body, token=token)
        if reply.status in {HTTPStatus.FORBIDDEN, HTTPStatus.UNAUTHORIZED}:
            token = self.login(node, instead_of=token)
            reply = self._send(node, method, call, query=query, body=body, token=token)
        refused = reply.status in {HTTPStatus.FORBIDDEN, HTTPStatus.UNAUTHORIZED}
        if (
            refused
            or reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR
            or reply.status in OVERLOADED
        ):
            raise BackendUnavailableError(
                f"ScoutAM at {node.url} answered {reply.complaint} to {call}.",
                advice="Check what the account may do." if refused else WORKS,
                status=reply.status,
            )
        return reply

    def _send(
        self,
        node: Node,
        method: str,
        call: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
        token: str,
    ) -> Reply:
        headers = {"Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        try:
            answer = node.http.request(
                method, self._config.prefix + call, params=query, content=content, headers=headers
            )
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
            raise BackendUnavailableError(
                f"ScoutAM at {node.url} does not answer: {_reason(error)}.", advice=WORKS
            ) from error
        try:
            told = answer.json()
        except ValueError:
            told = {}
        return Reply(answer.status_code, told if isinstance(told, dict) else {}, answer.text)

    def _node(self, url: str) -> Node:
        timeout = httpx.Timeout(self._config.timeout_s, connect=self._config.connect_timeout_s)
        most = max(1, self._config.at_once) + 4
        limits = httpx.Limits(max_connections=most, max_keepalive_connections=most)
        http = httpx.Client(
            base_url=url.rstrip("/"),
            verify=_trust(self._config.ca_file),
            timeout=timeout,
            limits=limits,
            trust_env=False,
        )
        return Node(url, http)


_SILENCE = (httpx.TimeoutException,)
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def _surely_not_taken(error: BackendUnavailableError) -> bool:
    """Whether ScoutAM has said no, or never heard us."""
    return error.__cause__ is None or isinstance(error.__cause__, _NOT_SENT)


def _reason(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    return str(error) or type(error).__name__


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    """Whom we believe; a CA file that cannot be read trusts nobody, and `checks` says why."""
    context = ssl.create_default_context()
    if ca_file is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            context.load_verify_locations(cafile=ca_file)
        except (OSError, ssl.SSLError):
            return context
    return context
