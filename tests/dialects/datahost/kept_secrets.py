"""A keyring whose secrets are in a JSON file: `PYTHON_KEYRING_BACKEND` names it."""

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend


class FileKeyring(KeyringBackend):
    """Of the file that KEPT_SECRETS names."""

    priority = 1.0

    def get_password(self, service: str, username: str) -> str | None:
        kept = json.loads(Path(os.environ["KEPT_SECRETS"]).read_text())
        return kept.get(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError

    def delete_password(self, service: str, username: str) -> None:
        raise NotImplementedError
