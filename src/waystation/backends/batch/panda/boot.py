"""Brings a run to a node of PanDA and its outputs back: a program that needs Python 3.7 only.

Pilots fetch it and start it as `boot FOLDER SECONDS`. In the folder is the bundle of one run; we
claim it by making a folder, which is atomic, so whoever comes second goes home. Pilots' own
credentials open it: a grid proxy (X509_USER_PROXY) or a token (BEARER_TOKEN, BEARER_TOKEN_FILE, as
the WLCG's bearer token discovery has it). Nothing secret is in our arguments.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import tarfile
import threading
from contextlib import suppress
from urllib.parse import urlsplit

TIMEOUT_S = 60.0
TRIES, WAIT_S = 6, 10.0
PIECE = 2**20
MOST = 2**22  # of streams that are shown while it runs
FOUND, MADE, WRONG = 200, 201, 300
IDENTITIES = ("PANDAID", "PandaID", "PANDA_ID")
GOOD = {"PUT": (200, 201, 204), "GET": (200, 404), "HEAD": (200, 404), "MKCOL": (201, 405, 409)}


class Folder:
    """What we share with those who sent us; `wait` seconds between tries."""

    def __init__(self, url: str, wait: float) -> None:
        self.url = urlsplit(url)
        self.wait = wait

    def call(self, method: str, name: str, path: str = "", tries: int = TRIES) -> int:
        """Send or get a file; the status. What fails is tried again."""
        problem = ""
        for left in range(tries - 1, -1, -1):
            try:
                status = self.once(method, name, path)
                if status in GOOD[method]:
                    return status
                problem = f"{method} {name}: {status}"
            except (OSError, http.client.HTTPException) as failure:
                problem = f"{method} {name}: {failure}"
            sys.stderr.write(problem + "\n")
            if left:
                threading.Event().wait(self.wait)
        raise OSError(problem)

    def once(self, method: str, name: str, path: str) -> int:
        """One try."""
        line = self.line()
        try:
            headers = self.headers()
            if method == "PUT":
                headers["Content-Length"] = str(os.path.getsize(path))
            body = open(path, "rb") if method == "PUT" else None
            try:
                line.request(method, self.url.path.rstrip("/") + "/" + name, body, headers)
                answer = line.getresponse()
            finally:
                if body is not None:
                    body.close()
            if method == "GET" and answer.status == FOUND:
                with open(path + ".part", "wb") as target:
                    target.writelines(iter(lambda: answer.read(PIECE), b""))
                os.replace(path + ".part", path)
            return answer.status
        finally:
            line.close()

    def line(self) -> http.client.HTTPConnection:
        """A connection."""
        host = self.url.netloc
        if self.url.scheme != "https":
            return http.client.HTTPConnection(host, timeout=TIMEOUT_S)
        trust = os.environ.get("X509_CERT_DIR", "/etc/grid-security/certificates")
        context = ssl.create_default_context(capath=trust if os.path.isdir(trust) else None)
        proxy = os.environ.get("X509_USER_PROXY", "")
        if os.path.isfile(proxy):
            context.load_cert_chain(proxy)
        return http.client.HTTPSConnection(host, timeout=TIMEOUT_S, context=context)

    @staticmethod
    def headers() -> dict[str, str]:
        """Who we are, where a token says it."""
        token = os.environ.get("BEARER_TOKEN", "").strip()
        place = os.environ.get("BEARER_TOKEN_FILE", "")
        if not token and os.path.isfile(place):
            with open(place) as file:
                token = file.read().strip()
        return {"Authorization": "Bearer " + token} if token else {}


def main(url: str, beat: float) -> int:
    """Run it, if it is ours to run; the exit code is the command's."""
    folder, here = Folder(url, min(beat, WAIT_S)), os.path.abspath("way")
    if folder.call("MKCOL", "claim", tries=1) != MADE:
        print("It runs elsewhere, or is not wanted any more.")
        return 0
    os.mkdir(here)
    bundle = os.path.join(here, "way.tar")
    if folder.call("GET", "way.tar", bundle) != FOUND:
        raise FileNotFoundError("there is no bundle")
    with tarfile.open(bundle) as packed:
        packed.extractall(here)
    os.remove(bundle)
    environment = {**os.environ, "WAYSTATION_HANDLE": handle(url)}
    for name in ("BEARER_TOKEN", "BEARER_TOKEN_FILE", "X509_USER_PROXY"):
        environment.pop(name, None)  # they are the pilot's, not the job's
    look(folder, here)
    words = [sys.executable, "-IS", ".way/runner.py"]
    child = subprocess.Popen(words, cwd=here, env=environment)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    follow(folder, here, child, beat)
    bring(folder, here)
    return child.returncode


def follow(folder: Folder, here: str, child: subprocess.Popen[bytes], beat: float) -> None:
    """Until it has ended: show what it writes, and hear whether it is still wanted."""
    wait = min(beat, 1.0)
    shown: dict[str, int] = {}
    while True:
        with suppress(subprocess.TimeoutExpired):
            child.wait(wait)
            return
        wait = beat
        with suppress(OSError):
            look(folder, here)
            for name in (".way/began", "stdout", "stderr"):
                path = os.path.join(here, name)
                size = os.path.getsize(path) if is_plain(path) else 0
                if size != shown.get(name, 0) and size <= MOST:
                    folder.call("PUT", os.path.basename(name), path, tries=1)
                    shown[name] = size


def look(folder: Folder, here: str) -> None:
    """Tell the guard when nobody wants it any more."""
    if folder.call("HEAD", "stop", tries=1) == FOUND:
        with open(os.path.join(here, ".way", "stop"), "w"):
            pass


def bring(folder: Folder, here: str) -> None:
    """Outputs in one file, then how it ended: whoever sees that finds the outputs."""
    target = os.path.abspath("out.tar")
    with open(os.path.join(here, ".way", "outputs")) as file:
        wanted = [each.strip("/") for each in json.load(file)]
    with tarfile.open(target, "w") as packed:
        for where, _, names in os.walk(here):
            for name in names:
                path = os.path.join(where, name)
                at = os.path.relpath(path, here)
                if is_plain(path) and is_wanted(at, wanted):
                    packed.add(path, at)
    folder.call("PUT", "out.tar", target)
    for name in ("stdout", "stderr", ".way/began", ".way/ended"):
        path = os.path.join(here, name)
        if is_plain(path) and os.path.getsize(path) <= MOST:
            folder.call("PUT", os.path.basename(name), path)


def is_plain(path: str) -> bool:
    """Whether it is a file and no link."""
    return os.path.isfile(path) and not os.path.islink(path)


def is_wanted(at: str, wanted: list[str]) -> bool:
    """Whether a file goes home, by names of files and folders and patterns; none are all."""
    if at.split("/", maxsplit=1)[0] == ".way":
        return False
    named = any(at.startswith(each + "/") or fits(at, each) for each in wanted)
    return not wanted or named or at in ("stdout", "stderr")


def fits(at: str, pattern: str) -> bool:
    """`*` and `?` within a name, `**` over folders: as `waystation.kernel.patterns` has it."""
    meant = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/?|\*|\?)", pattern)
    text = "".join(meant.get(part, re.escape(part)) for part in parts)
    return re.fullmatch(text, at, re.DOTALL) is not None


def handle(url: str) -> str:
    """PanDA's number of this job, and the name of the run; the number is left out if unknown."""
    key = url.rstrip("/").rpartition("/")[2]
    told = next((os.environ[name] for name in IDENTITIES if os.environ.get(name)), "")
    found = re.search(r"PanDA_Pilot-(\d+)", os.getcwd())
    return (told or (found.group(1) if found else "")) + "." + key


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], float(sys.argv[2])))
