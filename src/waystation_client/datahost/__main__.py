"""The eight commands as one: `python -m waystation_client.datahost put …`, or the file of it."""

import os
import sys
from pathlib import Path

from waystation_client.datahost.arguments import FORMS
from waystation_client.datahost.commands import run

_USAGE = 2


def main() -> None:
    """Run the command that the first word names, or the name by which we were called."""
    words = sys.argv[1:]
    called = Path(sys.argv[0]).name.removeprefix("datahost-")
    name = called if called in FORMS else words.pop(0) if words else "--help"
    if name in FORMS:
        sys.exit(run(name, words, os.environ))
    lines = [f"  {form.name:8}  {form.help}" for form in FORMS.values()]
    text = "\n".join(["Commands (each has --help):", *lines]) + "\n"
    if name in {"-h", "--help"}:
        sys.stdout.write(text)
        sys.exit(0)
    sys.stderr.write(text)
    sys.exit(_USAGE)


if __name__ == "__main__":
    main()
