"""A Librarian's settings and background tasks, said in our words."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from waystation.kernel.errors import MalformedError

# What each becomes here; what has no word of ours is named with the reason.
_BECOMES = {
    "name": "name",
    "displayed_site_name": "title",
    "displayed_site_description": "description",
    "max_search_results": "max_search_results",
    "maximal_upload_size_bytes": "maximal_upload_size_bytes",
    "checksum_threads": "checksum_threads",
}
_OVER = {
    "encryption_key": "used by this import only",
    "encryption_key_file": "used by this import only",
    "add_stores": "the library is a space; see --space",
    "debug": "there is /api/docs",
    "host": "web.host",
    "port": "web.port",
    "log_level": "log.level",
    "log_settings": "notify and the journal: docs/how-to/messages.md",
    "max_async_send_retries": "files are sent again as long as their rule wants them",
    "max_async_inflight_transfers": "most_active of each engine",
    "checksum_timeout": "dialects.librarian.checksum_timeout_s",
}
_TASKS = {
    "check_integrity": "the scrubber reads all files, old ones too",
    "create_local_clone": "not done here: a library has one store",
    "recieve_clone": "goes on by itself: what came is taken in at once",
    "consume_queue": "goes on by itself",
    "check_consumed_queue": "goes on by itself",
    "outgoing_transfer_hypervisor": "goes on by itself: partners are asked",
    "incoming_transfer_hypervisor": "goes on by itself: partners are asked",
    "duplicate_remote_instance_hypervisor": "cannot happen here",
    "rolling_deletion": "look at the rules of this site before you delete anything",
    "corruption_fixer": "damaged files are named on the page of the space",
}


@dataclass(frozen=True, slots=True)
class OldSettings:
    """What of them the import needs.

    Attributes:
        said: all of them.
        stores: store_path of each store.
    """

    said: Mapping[str, object]
    stores: Mapping[str, str]

    def encryption_key(self) -> bytes:
        """What authenticators are sealed with.

        Raises:
            ValueError, OSError: there is none.
        """
        file = self.said.get("encryption_key_file")
        text = Path(str(file)).read_text() if file else str(self.said.get("encryption_key") or "")
        if not text.strip():
            raise ValueError("no encryption_key")
        return text.strip().encode()


def read(file: Path) -> OldSettings:
    """The settings of a file.

    Raises:
        MalformedError: it is no settings file of a Librarian.
    """
    said = _document(file)
    stores = {}
    found = said.get("add_stores")
    for each in found if isinstance(found, list) else []:
        data = each.get("store_data") if isinstance(each, dict) else None
        if isinstance(data, dict) and data.get("store_path"):
            stores[str(each.get("store_name"))] = str(data["store_path"])
    if not stores:
        raise MalformedError(
            f"{file} names no store with a store_path.",
            advice="Give the file of LIBRARIAN_CONFIG_PATH.",
        )
    return OldSettings(said, stores)


def as_toml(old: OldSettings, space: str) -> Iterator[str]:
    """Lines of our settings; secrets are not among them."""
    said = old.said
    yield "[dialects.librarian]"
    yield "enabled = true"
    yield f"space = {json.dumps(space)}"
    yield '# staging = "/folder/that/clients/see"'
    for name, ours in _BECOMES.items():
        if name in said:
            yield f"{ours} = {json.dumps(said[name], ensure_ascii=False)}"
    if said.get("globus_enable"):
        native = bool(said.get("globus_client_native_app"))
        yield ""
        yield "[transfers.engines.globus]"
        yield 'kind = "globus"'
        yield f"client = {json.dumps(str(said.get('globus_client_id') or ''))}"
        proof = "refresh_token_file" if native else "secret_file"
        yield f'{proof} = "/etc/waystation/globus-secret"'
        yield f"encrypt = {json.dumps(bool(said.get('globus_encrypt_transfers', True)))}"
        yield ""
        yield "[[sites.ways.STORE]]"
        yield 'kind = "globus"'
        yield f"collection = {json.dumps(str(said.get('globus_local_endpoint_id') or ''))}"
        root = str(said.get("globus_local_root") or "/")
        yield f"# base: the folder of STORE as the collection names it (its root was {root})"
    for name in sorted(said):
        why = _OVER.get(name)
        if why is None and name.startswith("database_"):
            why = "postgres.dsn, a database of its own"
        if why is not None:
            yield f"# {name}: {why}"


def tasks(file: Path) -> Iterator[str]:
    """What each background task becomes, a line each.

    Raises:
        MalformedError: it is no file of tasks.
    """
    for name, found in _document(file).items():
        for each in found if isinstance(found, list) else [found]:
            if name == "send_clone" and isinstance(each, dict):
                days = float(str(each.get("age_in_days") or 0))
                to = each.get("destination_librarian")
                note = f" (only files younger than {days:g} days were sent)" if days else ""
                yield f"send_clone: way replicate to-{to} SPACE:/ {to}:store{note}"
            else:
                yield f"{name}: {_TASKS.get(name, 'is no task that we know')}"


def _document(file: Path) -> Mapping[str, object]:
    try:
        found = json.loads(file.read_text())
    except (ValueError, OSError) as problem:
        raise MalformedError(f"{file} cannot be read: {problem}") from problem
    if not isinstance(found, dict):
        raise MalformedError(f"{file} is no JSON object.")
    return found
