"""What others may use of the catalogue."""

from waystation.domains.catalogue.entities import Content, DatasetInfo, Entry, EntryKind, StoreInfo
from waystation.domains.catalogue.paths import MAX_BYTES, Refusal, sift
from waystation.domains.catalogue.service import Catalogue, default
from waystation.domains.catalogue.store import entries, finding, many

__all__ = [
    "MAX_BYTES",
    "Catalogue",
    "Content",
    "DatasetInfo",
    "Entry",
    "EntryKind",
    "Refusal",
    "StoreInfo",
    "default",
    "entries",
    "finding",
    "many",
    "sift",
]
