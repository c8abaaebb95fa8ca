"""`eeadm tape|drive|node|pool|library list`: the hardware as EE describes it."""

from waystation_sim.library import DriveState
from waystation_sim.site.hardware import Hardware
from waystation_sim.site.index import Index, Tape
from waystation_sim.site.inventory import drive_serial, library_serial, pool_id
from waystation_sim.site.recalls import Recalls
from waystation_sim.site.tables import Row

GOOD = {"appendable", "unassigned", "full"}
WARNED = {
    "append_fenced", "data_full", "exported", "offline", "recall_only", "need_replace",
    "require_replace", "check_tape_library", "require_validate", "check_key_server",
}  # fmt: skip
"""Tape states by severity, as EE documents them; every other is an error."""

DRIVE_WORDS = {
    "empty": ("not_mounted", "ok"),
    "mounting": ("mounting", "ok"),
    "locating": ("in_use", "ok"),
    "reading": ("in_use", "ok"),
    "idle_mounted": ("mounted", "ok"),
    "unmounting": ("unmounting", "ok"),
    "stuck": ("check_tape_drive", "error"),
    "out": ("disabled", "info"),
}
"""EE's word and severity for what a drive does."""

COLUMNS = {
    "tape": ("barcode", "status", "state", "pool_name", "library_name", "used_space", "task_id"),
    "drive": ("id", "status", "state", "type", "role", "library_name", "tape_barcode", "task_id"),
    "node": ("id", "state", "hostname", "drives", "library_name"),
    "pool": ("name", "library_name", "capacity", "used_space", "free_space", "mode"),
    "library": ("name", "id", "state", "drives", "tapes"),
}


class HardwareLists:
    """The five lists."""

    def __init__(self, hardware: Hardware, index: Index, recalls: Recalls) -> None:
        self._hardware = hardware
        self._index = index
        self._recalls = recalls

    def rows(self, subject: str) -> list[Row]:
        """The rows of one list."""
        return {
            "tape": self._tapes,
            "drive": self._drives,
            "node": self._nodes,
            "pool": self._pools,
            "library": self._libraries,
        }[subject]()

    def _task_of(self, library: str, drive: DriveState) -> str:
        for running in self._recalls.running.values():
            if drive.job is not None and (library, drive.job) in running.lists:
                return str(running.task.task_id)
        return ""

    def _tapes(self) -> list[Row]:
        holders = {
            drive.tape: (library, drive)
            for library, drives in self._hardware.drives().items()
            for drive in drives
            if drive.tape
        }
        rows: list[Row] = []
        for tape in self._index.tapes().values():
            holder = holders.get(tape.barcode)
            used = int(tape.used * self._hardware.scale)
            status = "ok" if tape.state in GOOD else "warn" if tape.state in WARNED else "error"
            rows.append(
                {
                    "barcode": tape.barcode,
                    "state": tape.state,
                    "status": status,
                    "pool_name": tape.pool,
                    "pool_id": pool_id(tape.pool, tape.library),
                    "library_name": tape.library,
                    "library_id": library_serial(tape.library),
                    **self._space(used),
                    "drive_id": drive_serial(holder[0], holder[1].drive) if holder else "",
                    "task_id": self._task_of(*holder) if holder else "",
                    "offline_msg": "",
                    "location_type": "drive" if holder else "homeslot",
                    "address": 0,
                }
            )
        return rows

    def _space(self, used: int, tapes: int = 1) -> dict[str, int]:
        capacity = int(self._hardware.capacity) * tapes
        return {
            "capacity": capacity,
            "used_space": used,
            "free_space": max(0, capacity - used),
            "reclaimable_space": 0,
            "active_space": used,
        }

    def _drives(self) -> list[Row]:
        rows: list[Row] = []
        for library, drives in sorted(self._hardware.drives().items()):
            for drive in drives:
                state, status = DRIVE_WORDS[drive.state]
                rows.append(
                    {
                        "id": drive_serial(library, drive.drive),
                        "state": state,
                        "status": status,
                        "type": "LTO9",
                        "role": "mrg",
                        "library_name": library,
                        "library_id": library_serial(library),
                        "node_id": 1,
                        "tape_barcode": drive.tape or "",
                        "task_id": self._task_of(library, drive),
                    }
                )
        return rows

    def _nodes(self) -> list[Row]:
        return [
            {
                "id": 1,
                "state": "available",
                "hostname": "localhost",
                "drives": sum(len(drives) for drives in self._hardware.drives().values()),
                "library_name": ",".join(sorted(self._hardware.libraries)),
            }
        ]

    def _pools(self) -> list[Row]:
        pools: dict[tuple[str, str], list[Tape]] = {}
        for tape in self._index.tapes().values():
            pools.setdefault((tape.library, tape.pool), []).append(tape)
        rows: list[Row] = []
        for (library, pool), tapes in sorted(pools.items()):
            used = int(sum(tape.used for tape in tapes) * self._hardware.scale)
            rows.append(
                {
                    "name": pool,
                    "id": pool_id(pool, library),
                    "library_name": library,
                    **self._space(used, len(tapes)),
                    "mount_limit": 0,
                    "mode": "normal",
                }
            )
        return rows

    def _libraries(self) -> list[Row]:
        tapes = self._index.tapes().values()
        return [
            {
                "name": library,
                "id": library_serial(library),
                "state": "ok",
                "drives": len(drives),
                "tapes": sum(tape.library == library for tape in tapes),
            }
            for library, drives in sorted(self._hardware.drives().items())
        ]
