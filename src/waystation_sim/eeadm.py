"""`eeadm`, the command line of IBM Storage Archive EE, speaking to a simulated site.

Thin on purpose: it sends its words and its list to the daemon and prints what comes back, so that
it starts in a few tens of milliseconds. Only `os`, `socket` and `json` are imported.
"""

import json
import os
import socket
import sys

TAKES_LIST = ("recall", "migrate")
TAKES_VALUE = ("-l", "-p")
NOT_RUNNING = 3


def main(sock: str | None = None) -> int:
    """Run one command; return its exit code.

    Args:
        sock: socket of the site's daemon; by default `sim.sock` in $WAYSTATION_SIM_SITE.
    """
    words = sys.argv[1:]
    address = sock or os.path.join(os.environ.get("WAYSTATION_SIM_SITE", "."), "sim.sock")  # noqa: PTH118 - pathlib costs 10 ms
    request: dict[str, object] = {"words": words}
    try:
        if words and words[0] in TAKES_LIST:
            request.update(_list_of(words[1:]))
    except OSError as error:
        sys.stderr.write(f"GLESL003E: {error.filename}: {error.strerror}\n")
        return 2
    with socket.socket(socket.AF_UNIX) as link:
        try:
            link.connect(address)
            link.sendall(json.dumps(request).encode() + b"\n")
        except OSError as error:
            sys.stderr.write(
                f"GLESL010E: Spectrum Archive EE does not run here ({error.strerror}).\n"
            )
            return NOT_RUNNING
        return _print_answers(link)


def _list_of(words: list[str]) -> dict[str, str]:
    """The list file named among the words, else standard input."""
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in TAKES_VALUE:
            skip = True
        elif not word.startswith("-"):
            with open(word, errors="surrogateescape") as file:  # noqa: PTH123 - pathlib costs 10 ms
                return {"lines": file.read(), "list": os.path.abspath(word)}  # noqa: PTH100
    return {"lines": sys.stdin.read()}


def _print_answers(link: socket.socket) -> int:
    try:
        for line in link.makefile("rb"):
            answer = json.loads(line)
            if "rc" in answer:
                return int(answer["rc"])
            for stream, text in answer.items():
                out = sys.stdout if stream == "out" else sys.stderr
                out.write(text)
                out.flush()
    except ConnectionError:
        pass
    sys.stderr.write("GLESL011E: Spectrum Archive EE stopped while the command ran.\n")
    return NOT_RUNNING


if __name__ == "__main__":
    sys.exit(main())
