"""Where tape systems keep their things, and which files are theirs."""

from pathlib import Path

from waystation.settings import Settings


def list_dir(settings: Settings, name: str) -> Path:
    """Where a tape system's recall lists are kept."""
    return settings.backends[name].list_dir or settings.data_dir / "lists" / name


def roots(settings: Settings, name: str) -> tuple[Path, ...]:
    """The trees of files that this tape system brings up."""
    return tuple(store.root for store in settings.stores.values() if store.backend == name)
