"""What a command works with: where, as whom, by what; and how `datahost-login` gets a password."""

import getpass
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from waystation_client.datahost import address, credentials, proxies
from waystation_client.datahost.address import Address
from waystation_client.datahost.arguments import Given
from waystation_client.datahost.connection import Connection, Trust
from waystation_client.datahost.jar import COOKIE, Jar, jar_of
from waystation_client.errors import (
    ForbiddenError,
    NotConfiguredError,
    UnauthenticatedError,
    WaystationError,
)
from waystation_client.screens import listing


@dataclass(frozen=True, slots=True)
class Session:
    """One command's surroundings."""

    given: Given
    environment: Mapping[str, str]
    trust: Trust
    plain: bool

    @property
    def user(self) -> str:
        """The account that is named."""
        return self.given.values["user"]

    @property
    def address(self) -> Address:
        """The server that is named."""
        return address.parsed(self.given.values["host"])

    @property
    def jar(self) -> Jar:
        """Where the session is kept."""
        return jar_of(self.address, self.user, self.environment)

    def unsigned(self) -> Connection:
        """A connection that shows nothing yet.

        Raises:
            ForbiddenError: secrets would go over the network for all to read.
        """
        at = self.address
        if at.plain and not self.plain:
            raise ForbiddenError(
                f"{at} is plain HTTP: others on the way could read your password.",
                next_step="Use its https address, or say --plain (DATAHOST_PLAIN=1).",
            )
        return Connection(at, self.trust, proxies.proxy_for(at, self.environment))

    def signed_in(self) -> Connection:
        """A connection by the session that `datahost-login` began.

        Raises:
            UnauthenticatedError: there is none.
        """
        made = self.unsigned()
        made.headers["Cookie"] = f"{COOKIE}={self.jar.token()}"
        return made

    def by_certificate(self) -> Connection:
        """A connection that shows a certificate, a proxy or a token.

        Raises:
            UnauthenticatedError: there is none, or it has ended.
        """
        made = self.unsigned()
        named = self.given.values
        token = credentials.bearer_token(self.environment)
        if token and not (named.get("cert") or named.get("key")):
            made.headers["Authorization"] = f"Bearer {token}"
            return made
        made.certificate = credentials.certificate(named, self.environment)
        if made.certificate is None:
            raise UnauthenticatedError(
                "There is no certificate, proxy or token to show.",
                next_step="Make a proxy, or set DATAHOST_CERT and DATAHOST_KEY, or BEARER_TOKEN.",
            )
        if made.address.scheme == "http":
            raise ForbiddenError(
                "A certificate is shown by https only.", next_step="Use the grid port's address."
            )
        words = made.certificate.warning(datetime.now(UTC))
        if words:
            listing.note(f"Careful: {words}")
        return made

    def sign_in(self) -> None:
        """Begin a session and keep it.

        Raises:
            WaystationError: refused, or no answer.
        """
        connection, before = self.unsigned(), self.jar.kept()
        asked = {"user": self.user, "password": self._password()}
        try:
            told = connection.call(
                "POST",
                connection.address.path("login"),
                body=json.dumps(asked).encode(),
                media="application/json",
            )
            self.jar.keep(str(told["token"]), int(str(told["expires"])))
            if before:
                connection.headers["Cookie"] = f"{COOKIE}={before}"
                # The session before is of no use any more; perhaps it had ended by itself.
                with suppress(WaystationError):
                    connection.call("POST", connection.address.path("logout"))
        finally:
            connection.close()

    def _password(self) -> str:
        """From the line or DATAHOST_PASSWORD, a file, the keyring, or the terminal.

        Raises:
            NotConfiguredError: the file cannot be read, or there is nobody to ask.
        """
        said = self.given.values.get("password")
        if "password" in self.given.on_line:
            listing.note("Careful: a password on the command line is seen by all in `ps`.")
        if said:
            return said
        named = self.environment.get("DATAHOST_PASSWORD_FILE")
        if named:
            try:
                return Path(named).read_text(encoding="utf-8").rstrip("\r\n")
            except (OSError, UnicodeDecodeError) as error:
                raise NotConfiguredError(f"Cannot read the password in {named}.") from error
        kept = _from_keyring(f"datahost:{self.address}", self.user)
        if kept:
            return kept
        if not os.isatty(0):
            return sys.stdin.readline().rstrip("\r\n")
        return getpass.getpass(f"Password of {self.user} at {self.address}: ")


def _from_keyring(service: str, user: str) -> str:
    """What the desktop's keyring keeps for this server and user; empty without one.

    Put there by `keyring set datahost:ADDRESS USER`; needs the package `keyring`, the extra
    "keyring" of ours.
    """
    try:
        import keyring  # noqa: PLC0415 - not on every node
        from keyring.errors import KeyringError, NoKeyringError  # noqa: PLC0415
    except ImportError:
        return ""
    try:
        return keyring.get_password(service, user) or ""
    except NoKeyringError:
        return ""  # no desktop
    except KeyringError as error:
        listing.note(f"Careful: the keyring cannot be read: {error}")
        return ""
