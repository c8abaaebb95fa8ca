"""TLS of the grid port: every connection gets a context made of the files as they are then.

Authorities and revocation lists are renewed several times a day by other programs (fetch-crl);
restarting a listener for each would cut transfers. And a context that two connections share
remembers sessions: a resumed one has no verified chain, its client would look like nobody. (No
tickets is not enough: in TLS 1.2 OpenSSL also resumes by session id, and Python cannot tell it
not to.) Making one costs about as much as half a handshake.
"""

import logging
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Self

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GridTls:
    """What the listener is made of.

    Attributes:
        certificate: PEM chain of this host.
        key: its private key.
        ca_dir: authorities as `<hash>.0`, revocation lists as `<hash>.r0`.
        require_crls: refuse certificates of authorities without a good revocation list.
    """

    certificate: Path
    key: Path
    ca_dir: Path
    require_crls: bool = False


def context(files: GridTls) -> ssl.SSLContext:
    """A context that asks for a client certificate, takes proxies, and needs none of them.

    Raises:
        OSError, ssl.SSLError: a file is missing or of no use.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(files.certificate, files.key)
    if not files.ca_dir.is_dir():
        # OpenSSL would not say so, and refuse everybody.
        raise NotADirectoryError(f"{files.ca_dir} is no directory of authorities")
    made.load_verify_locations(capath=files.ca_dir)
    made.verify_mode = ssl.CERT_OPTIONAL
    made.verify_flags |= ssl.VerifyFlags.VERIFY_ALLOW_PROXY_CERTS
    if files.require_crls:
        # Of the leaf alone would be none at all: OpenSSL skips proxies, and the leaf is one.
        made.verify_flags |= ssl.VerifyFlags.VERIFY_CRL_CHECK_CHAIN
    made.options |= ssl.OP_NO_TICKET
    made.num_tickets = 0
    made.set_alpn_protocols(["http/1.1"])
    return made


class Fresh(ssl.SSLContext):
    """Stands where a listener keeps its one context, and makes a new one for each connection."""

    _files: GridTls
    _last: ssl.SSLContext

    @classmethod
    def of(cls, files: GridTls) -> Self:
        """Of these files.

        Raises:
            OSError, ssl.SSLError: a file is missing or of no use.
        """
        made = cls(ssl.PROTOCOL_TLS_SERVER)
        made._files = files
        made._last = context(files)
        return made

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,  # noqa: FBT001, FBT002 - as in the class above
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """What event loops call once a connection."""
        return self._now().wrap_bio(incoming, outgoing, server_side, server_hostname, session)

    def _now(self) -> ssl.SSLContext:
        """Of the files as they are; half-written ones leave the last good in force."""
        try:
            self._last = context(self._files)
        except (OSError, ssl.SSLError) as problem:
            log.warning("grid port: its files cannot be used now, the last good are: %s", problem)
        return self._last
