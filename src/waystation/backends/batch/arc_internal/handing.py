"""Hands job descriptions to A-REX by its INTERNAL interface: a program for the system's Python.

ARC's bindings exist for that Python alone, so this is run as a process of its own, as A-REX' user.
Standard input has `{"credential": PEM, "jobs": [description, ...]}`; standard output gets what
became of each, `{"id": ...}`, `{"words": ...}` or nothing that is known, `{}`. All go in one call:
each call costs a run of A-REX' configuration parser.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile

import arc

INTERFACE = "org.nordugrid.internal"


def main() -> int:
    """Submit all; the exit code is 0 when there is an answer."""
    said = os.dup(1)
    os.dup2(2, 1)  # ARC's plug-ins print what they like
    told = json.load(sys.stdin)
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as credential:
        credential.write(told["credential"])
        credential.flush()
        os.environ["X509_USER_PROXY"] = credential.name
        arc.Logger.getRootLogger().setThreshold(arc.FATAL)
        answers = submit(arc.UserConfig(), told["jobs"])
    with os.fdopen(said, "w") as out:
        json.dump(answers, out)
    return 0


def submit(config: arc.UserConfig, texts: list[str]) -> list[dict[str, str]]:
    """What became of each."""
    answers: list[dict[str, str]] = [{} for _ in texts]
    names: dict[str, int] = {}
    every = arc.JobDescriptionList()
    for number, text in enumerate(texts):
        one = arc.JobDescriptionList()
        if not arc.JobDescription.Parse(text, one) or not len(one):
            answers[number] = {"words": "ARC does not understand its description."}
            continue
        names[one[0].Identification.JobName] = number
        every.append(one[0])
    taken = arc.JobList()
    place = arc.Endpoint("file://localhost", arc.Endpoint.JOBSUBMIT, INTERFACE)
    arc.Submitter(config).Submit(place, every, taken)
    for job in taken:
        number = names.get(job.Name, -1)
        if number >= 0:
            answers[number] = {"id": job.JobID.rpartition("/")[2]}
    return answers


if __name__ == "__main__":
    sys.exit(main())
