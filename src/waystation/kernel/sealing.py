"""Secrets of others that we must show again: sealed in the database, opened only to be used."""

import base64
import hashlib
import json
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken

from waystation.kernel.errors import MalformedError

Sealed = Mapping[str, object]


class Safe:
    """Seals small documents with a key of this installation (Fernet: AES-128-CBC and HMAC-SHA256).

    Args:
        secret: text of at least 32 random bytes.
    """

    def __init__(self, secret: str) -> None:
        digest = hashlib.sha256(secret.encode()).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(digest))

    def seal(self, document: Sealed) -> bytes:
        """What may be stored."""
        return self._fernet.encrypt(json.dumps(document).encode())

    def open(self, sealed: bytes) -> dict[str, object]:
        """What was sealed; empty for nothing.

        Raises:
            MalformedError: it was sealed with another key, or changed.
        """
        if not sealed:
            return {}
        try:
            found = json.loads(self._fernet.decrypt(sealed))
        except InvalidToken as problem:
            raise MalformedError(
                "A stored secret was sealed with another key.",
                advice="Bring back the folder `keys` that belongs to this database.",
            ) from problem
        assert isinstance(found, dict)
        return found
