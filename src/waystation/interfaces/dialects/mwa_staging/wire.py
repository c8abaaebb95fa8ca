"""The documents of the wire, member by member as the old daemon's models named them."""

import msgspec


class Observation(msgspec.Struct):
    """Which observation's files; times are GPS seconds and count only when both are given."""

    obs_id: int | None
    start_time: int | None = 0
    duration: int | None = 0


class NewJob(msgspec.Struct):
    """POST /staging; `files` wins over `obs`."""

    job_id: int
    notify_url: str
    files: list[str] | None = None
    obs: Observation | None = None


class FilesAsked(msgspec.Struct):
    """POST /filestatus."""

    files: list[str] | None = None


class JobStatus(msgspec.Struct):
    """GET /staging; `files` maps a name to [ready, error, readytime or null]."""

    job_id: int
    created: int
    completed: bool
    total_files: int
    ready_files: int
    error_files: int
    last_readytime: int
    files: dict[str, tuple[bool, bool, int | None]] | msgspec.Raw = msgspec.field(
        default_factory=dict
    )


class Statistics(msgspec.Struct):
    """GET /get_stats; sizes in bytes, moments in seconds since 1970.

    `health` is 0 unknown, 1 well, 2 warning, 3 error, as ScoutAM counts it.
    """

    kafkad_heartbeat: float | None = 0.0
    kafka_alive: bool = False
    last_message: float | None = 0.0
    completed_jobs: int = 0
    incomplete_jobs: int = 0
    ready_files: int = 0
    error_files: int = 0
    waiting_files: int = 0
    availdatasz: int | None = 0
    health: int | None = 0
    healthstatus: str | None = ""
    releaseable: int | None = 0
    totdatasz: int | None = 0
    nonreleaseable: int | None = 0
    pending: int | None = 0


class JobList(msgspec.Struct):
    """GET /get_joblist and /get_failed_joblist: a list of values by job id, as text."""

    jobs: dict[str, list[object]]


class ErrorResult(msgspec.Struct):
    """Every refusal but those of a malformed call."""

    errormsg: str
