"""What the calls carry, field by field as the client named them."""

from datetime import datetime

import msgspec


class Nothing(msgspec.Struct):
    """Calls that say nothing."""


class StageUpload(msgspec.Struct):
    """upload/stage; whoever is signed in is the uploader, whatever `uploader` says."""

    upload_size: int
    upload_checksum: str
    upload_name: str
    destination_location: str
    uploader: str


class CommitUpload(msgspec.Struct):
    """upload/commit; what was staged counts, not what is said of it again."""

    transfer_id: int
    deletion_policy: str = "disallowed"


class FindFiles(msgspec.Struct):
    """search/file."""

    name: str | None = None
    create_time_window: tuple[datetime, datetime] | None = None
    uploader: str | None = None
    source: str | None = None
    max_results: int = 64


class FindInstances(msgspec.Struct):
    """search/instance_local."""

    id: int | None = None
    path: str | None = None
    deletion_policy: int | None = None
    created_time: datetime | None = None
    file_name: str | None = None
    store_id: int | None = None
    available: bool | None = None
    max_results: int = 64


class FindRemotes(msgspec.Struct):
    """search/instance_remote."""

    id: int | None = None
    file_name: str | None = None
    store_id: int | None = None
    librarian_id: int | None = None
    copy_time: datetime | None = None
    sender: str | None = None
    max_results: int = 64


class FindErrors(msgspec.Struct):
    """search/error."""

    id: int | None = None
    category: str | None = None
    severity: str | None = None
    create_time_window: tuple[datetime, datetime] | None = None
    include_resolved: bool = False
    max_results: int = 64


class ClearError(msgspec.Struct):
    """error/clear."""

    id: int


class ValidateFile(msgspec.Struct):
    """validate/file."""

    file_name: str


class NewUser(msgspec.Struct):
    """users/create."""

    username: str
    password: str
    permission: int


class ChangedUser(msgspec.Struct):
    """users/update."""

    username: str
    password: str | None = None
    permission: int | None = None


class NamedUser(msgspec.Struct):
    """users/get and users/delete."""

    username: str


class NewPassword(msgspec.Struct):
    """users/password_update."""

    password: str
    new_password: str


class AddFile(msgspec.Struct):
    """admin/add_file."""

    name: str
    create_time: datetime
    size: int
    checksum: str
    uploader: str
    source: str
    path: str
    store_name: str


class StoreState(msgspec.Struct):
    """admin/stores/state_change."""

    store_name: str
    enabled: bool


class Manifest(msgspec.Struct):
    """admin/stores/manifest."""

    store_name: str
    create_outgoing_transfers: bool = False
    destination_librarian: str | None = None
    disable_store: bool = False
    mark_local_instances_as_unavailable: bool = False


class DeleteInstance(msgspec.Struct):
    """admin/instance/delete_local and delete_remote."""

    instance_id: int
    delete_file: bool | None = False


class ListLibrarians(msgspec.Struct):
    """admin/librarians/list."""

    ping: bool = True


class AddLibrarian(msgspec.Struct):
    """admin/librarians/add."""

    librarian_name: str
    url: str
    port: int
    authenticator: str
    check_connection: bool = True


class RemoveLibrarian(msgspec.Struct):
    """admin/librarians/remove."""

    librarian_name: str
    remove_outgoing_transfers: bool = False


class LibrarianStatus(msgspec.Struct):
    """admin/librarians/transfer_status/change, and …/set as its own client spells it."""

    librarian_name: str
    transfers_enabled: bool


class CloneItem(msgspec.Struct):
    """A file of clone/batch_stage."""

    upload_size: int
    upload_checksum: str
    upload_name: str
    destination_location: str
    uploader: str
    source_transfer_id: int


class CloneStage(CloneItem):
    """clone/stage."""

    source: str


class CloneBatch(msgspec.Struct):
    """clone/batch_stage."""

    uploads: list[CloneItem]
    source: str
    total_size: int


class CloneIds(msgspec.Struct):
    """clone/ongoing and clone/staged."""

    source_transfer_id: int
    destination_transfer_id: int


class CloneFail(CloneIds):
    """clone/fail."""

    reason: str


class CloneComplete(CloneIds):
    """clone/complete."""

    store_id: int


class Damaged(msgspec.Struct):
    """corrupt/prepare and corrupt/resend."""

    file_name: str
    librarian_name: str


class CheckinStatus(msgspec.Struct):
    """checkin/status."""

    source_transfer_ids: list[int]
    destination_transfer_ids: list[int]


class CheckinUpdate(CheckinStatus):
    """checkin/update."""

    new_status: int
