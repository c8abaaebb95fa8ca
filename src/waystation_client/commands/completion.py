"""`way completion`: the script that lets the shell complete commands and request numbers."""

import sys
from enum import StrEnum
from typing import Annotated

import typer


class Shell(StrEnum):
    """The shells we can help."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def completion(shell: Annotated[Shell, typer.Argument(help="Your shell.")]) -> None:
    """Print the shell's completion script.

    For bash, put this in ~/.bashrc: source <(way completion bash)
    """
    from typer._completion_shared import get_completion_script  # noqa: PLC0415

    script = get_completion_script(prog_name="way", complete_var="_WAY_COMPLETE", shell=str(shell))
    if shell is Shell.BASH:
        # Else it would cut SPACE:/PATH into three words.
        script += "\nCOMP_WORDBREAKS=${COMP_WORDBREAKS//:}"
    sys.stdout.write(script + "\n")
