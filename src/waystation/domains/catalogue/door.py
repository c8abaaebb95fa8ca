"""What others may use of the catalogue."""

from waystation.domains.catalogue.entities import DatasetInfo, StoreInfo
from waystation.domains.catalogue.paths import MAX_BYTES, Refusal, sift
from waystation.domains.catalogue.service import Catalogue

__all__ = ["MAX_BYTES", "Catalogue", "DatasetInfo", "Refusal", "StoreInfo", "sift"]
