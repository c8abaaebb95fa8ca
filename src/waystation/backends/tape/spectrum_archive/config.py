"""What this back end is told: where `eeadm` is, how to run it, and its limits."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class EeadmConfig:
    """Settings of one Spectrum Archive EE.

    Attributes:
        eeadm: absolute path of the command.
        list_dir: directory for recall lists, ours alone; must be readable by `eeadm`.
        roots: absolute directories whose files are staged; what links lead out of them is MISSING.
        sudo_user: run the command as this user by `sudo -n -u`; None = as ourselves.
        libraries: names of the libraries when there is more than one.
        drives: how many recall lists to keep running.
        xattr: attribute that names a file's cartridges; empty = always ask `eeadm`.
        command_timeout_s: longest wait for one answer.
        list_limit: most files in one recall list.
        paths_per_call: most paths on one `eeadm file state` command line.
        release_pool: pool for `eeadm migrate` when files are released; empty = EE's own choice.
        keep_lists_s: how long lists are kept, and with them the memory of their keys.
    """

    eeadm: Path
    list_dir: Path
    roots: tuple[Path, ...] = ()
    sudo_user: str | None = None
    libraries: tuple[str, ...] = ()
    drives: int = 4
    xattr: str = "dmapi.IBMTPS"
    command_timeout_s: float = 60.0
    list_limit: int = 20_000
    paths_per_call: int = 2_000
    release_pool: str = ""
    keep_lists_s: float = 30 * 86_400.0

    def argv(self, *words: str) -> list[str]:
        """The whole command line for some words of `eeadm`."""
        prefix = ["sudo", "-n", "-u", self.sudo_user, "--"] if self.sudo_user else []
        return [*prefix, str(self.eeadm), *words]
