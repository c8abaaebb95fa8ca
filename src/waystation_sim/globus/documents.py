"""The documents of the Transfer API v0.10, of what the book says. Pure."""

import json
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from waystation_sim.globus.settings import Collection


def moment(seconds: float | None) -> str | None:
    """A time as the API writes it."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat("T", "seconds")


def task(
    row: sqlite3.Row, counts: Mapping[str, int], size: int, names: Mapping[str, str]
) -> dict[str, Any]:
    """A task.

    Args:
        row: of the book.
        counts: its items by state.
        size: bytes that moved.
        names: of collections, by their UUIDs.
    """
    told: dict[str, Any] = json.loads(row["document"])
    source = told.get("source_endpoint") or told.get("endpoint")
    target = told.get("destination_endpoint")
    open_ = row["status"] in {"ACTIVE", "INACTIVE"}
    return {
        "DATA_TYPE": "task",
        "task_id": row["id"],
        "type": "DELETE" if told["DATA_TYPE"] == "delete" else "TRANSFER",
        "status": row["status"],
        "owner_id": row["owner"],
        "username": f"{row['owner']}@clients.auth.globus.org",
        "label": told.get("label"),
        "request_time": moment(row["created"]),
        "completion_time": moment(row["ended"]),
        "deadline": moment(row["deadline"]),
        "source_endpoint_id": source,
        "source_endpoint_display_name": names.get(str(source)),
        "destination_endpoint_id": target,
        "destination_endpoint_display_name": names.get(str(target)) if target else None,
        "command": "API 0.10",
        **_progress(row, counts, size),
        "bytes_checksummed": size if told.get("verify_checksum", True) else 0,
        "faults": row["faults"],
        "is_paused": False,
        "is_ok": row["nice"] in {None, "OK"} if open_ else None,
        "nice_status": row["nice"] if open_ else None,
        "nice_status_short_description": row["nice"] if open_ else None,
        "nice_status_details": None,
        "nice_status_expires_in": None,
        "fatal_error": json.loads(row["fatal"]) if row["fatal"] else None,
        "canceled_by_admin": None,
        "canceled_by_admin_message": None,
        "history_deleted": False,
        "sync_level": told.get("sync_level"),
        "verify_checksum": told.get("verify_checksum", True),
        "preserve_timestamp": told.get("preserve_timestamp", False),
        "encrypt_data": told.get("encrypt_data", False),
        "skip_source_errors": told.get("skip_source_errors", False),
        "fail_on_quota_errors": told.get("fail_on_quota_errors", False),
        "delete_destination_extra": False,
        "recursive_symlinks": told.get("recursive_symlinks", "ignore"),
        "filter_rules": told.get("filter_rules"),
    }


def _progress(row: sqlite3.Row, counts: Mapping[str, int], size: int) -> dict[str, Any]:
    """How far a task is."""
    open_ = row["status"] in {"ACTIVE", "INACTIVE"}
    files = sum(n for state, n in counts.items() if state != "folder")
    cancelled = row["nice"] == "CANCELED"
    left = counts.get("pending", 0)
    spent = max((row["ended"] or row["created"]) - row["created"], 1.0)
    return {
        "files": files,
        "directories": counts.get("folder", 0),
        "symlinks": 0,
        "files_transferred": counts.get("done", 0),
        "files_skipped": counts.get("equal", 0),
        "bytes_transferred": size,
        "effective_bytes_per_second": int(size / spent),
        "subtasks_total": sum(counts.values()),
        "subtasks_pending": left if open_ else 0,
        "subtasks_retrying": 0,
        "subtasks_succeeded": sum(counts.get(each, 0) for each in ("done", "equal", "folder")),
        "subtasks_failed": left if row["status"] == "FAILED" and not cancelled else 0,
        "subtasks_canceled": left if cancelled else 0,
        "subtasks_expired": 0,
        "subtasks_skipped_errors": counts.get("skipped", 0),
    }


def event(row: sqlite3.Row) -> dict[str, Any]:
    """An event of a task."""
    return {
        "DATA_TYPE": "event",
        "code": row["code"],
        "is_error": bool(row["is_error"]),
        "description": row["description"],
        "details": row["details"],
        "time": moment(row["at"]),
    }


def skipped(row: sqlite3.Row) -> dict[str, Any]:
    """A file that was passed over."""
    code, words, at = json.loads(row["error"])
    return {
        "DATA_TYPE": "skipped_error",
        "error_code": code,
        "error_details": words,
        "error_time": moment(at),
        "source_path": row["source"],
        "destination_path": row["destination"],
        "is_directory": False,
        "is_symlink": False,
        "is_delete_destination_extra": False,
        "external_checksum": row["checksum"],
        "checksum_algorithm": row["algorithm"],
    }


def endpoint(collection: Collection) -> dict[str, Any]:
    """A collection."""
    return {
        "DATA_TYPE": "endpoint",
        "id": collection.id,
        "display_name": collection.name,
        "entity_type": "GCSv5_mapped_collection",
        "owner_id": collection.id,
        "default_directory": "/",
        "acl_available": False,
        "non_functional": False,
        "public": False,
        "high_assurance": False,
        "gcs_version": "5.4.79",
        "requester_pays": None,
        "DATA": [],
    }


def entry(name: str, *, folder: bool, size: int, mtime: float) -> dict[str, Any]:
    """A file or folder in a listing."""
    return {
        "DATA_TYPE": "file",
        "name": name,
        "type": "dir" if folder else "file",
        "size": size,
        "last_modified": datetime.fromtimestamp(mtime, UTC).isoformat(" ", "seconds"),
        "permissions": "0755" if folder else "0644",
        "user": "sim",
        "group": "sim",
        "link_target": None,
    }
