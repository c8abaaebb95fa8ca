"""The same in a shell, of pages about staging, links and tokens: by `way` and by curl."""

import json
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from waystation.interfaces.web.shell import CURL, Command, word

_MOST_PATHS = 20
"""More paths than so are left to a file of the reader's."""


def for_stage(form: Mapping[str, object], *, address: str) -> list[Command]:
    """Staging, of what the form has in it; of an example while it is empty."""
    lines = [line.strip() for line in str(form["paths"]).splitlines()]
    paths = [line for line in lines if line]
    store, _, dataset = str(form["dataset"]).partition("/")
    body: dict[str, object] = {"paths": paths or ["/PATH"], "pin_lifetime_s": form["pin"]}
    if dataset:
        body = {"dataset": dataset, "pin_lifetime_s": form["pin"]}
    label, named = str(form["label"]), store if dataset else str(form["store"])
    body |= {name: said for name, said in (("label", label), ("store", named)) if said}
    more = f" --label {word(label)}" if label else ""
    what = _staged(dataset, paths) + (f" --store {word(named)}" if named else "")
    asked = json.dumps(body, ensure_ascii=False) if len(paths) <= _MOST_PATHS else ""
    posted = _posted(f"{address}/api/v1/stage-requests", asked)
    return [
        ("shell-way-stage", "Stage it, and wait", f"way stage {what}{more} --wait"),
        ("shell-way-estimate", "How long would it take?", f"way estimate {what}"),
        ("shell-stage", "The same by curl", posted),
    ]


def for_links(space: str, path: str, *, folder: bool, address: str) -> list[Command]:
    """Links of a file or folder: made, seen, ended."""
    place, shares = word(f"{space}:/{path}"), f"{address}/api/v1/spaces/{quote(space)}/shares"
    found = [
        ("shell-way-link", "A link for a week", f"way share make {place} --expires 7d"),
        ("shell-link", "The same by curl", _posted(shares, json.dumps(_for_a_week(path)))),
        ("shell-way-links", "Links of the space", f"way share list {word(space)}"),
        ("shell-links", "The same by curl", f"{CURL} {word(shares)}"),
        ("shell-way-end", "End one by its number", f"way share revoke {word(space)} NUMBER"),
        ("shell-end", "The same by curl", f"{CURL} -X DELETE {word(f'{shares}/NUMBER')}"),
    ]
    if folder:
        drop = f"way share make {place} --drop-box"
        return [*found, ("shell-way-drop", "A drop box", drop)]
    body = json.dumps({"space": space, "path": path, "lifetime_s": 3600}, ensure_ascii=False)
    return [
        *found,
        ("shell-way-sign", "An address for an hour", f"way share sign {place} --for 1h"),
        ("shell-sign", "The same by curl", _posted(f"{address}/api/v1/signed-urls", body)),
    ]


def for_tokens(*, address: str) -> list[Command]:
    """Tokens: shown to `way`, used by curl, asked who one is."""
    return [
        ("shell-login", "Show a token to way, once", f"way login {word(address)}"),
        ("shell-whoami", "Who am I, and what may this token?", "way whoami"),
        ("shell-token", "For curl, in this shell", "read -rs WAYSTATION_TOKEN"),
        ("shell-curl-whoami", "The same by curl", f"{CURL} {word(f'{address}/api/v1/whoami')}"),
    ]


def for_job_tokens(space: str, path: str, *, address: str) -> list[Command]:
    """Tokens for jobs: made, seen, ended."""
    name, tokens = space or "SPACE", f"{address}/api/v1/job-tokens"
    places = [{"space": name, "path": path, "verbs": ["read"]}]
    body = json.dumps({"name": "job", "places": places, "lifetime_s": 43_200}, ensure_ascii=False)
    make = f"way token job --space {word(name)} --path {word(f'{path}:read')} --for 12h"
    return [
        ("shell-way-job", "A token for 12 hours that reads", make),
        ("shell-job", "The same by curl", _posted(tokens, body)),
        ("shell-way-jobs", "Yours", "way token list"),
        ("shell-jobs", "The same by curl", f"{CURL} {word(tokens)}"),
        ("shell-way-end", "End one by its number", "way token revoke NUMBER"),
        ("shell-end", "The same by curl", f"{CURL} -X DELETE {word(f'{tokens}/NUMBER')}"),
    ]


def _staged(dataset: str, paths: Sequence[str]) -> str:
    if dataset:
        return f"--dataset {word(dataset)}"
    if len(paths) > _MOST_PATHS:
        return "--from-file FILE"
    # A path is absolute, but nobody keeps a page's visitor from writing -x.
    return " ".join(word(path if path.startswith("/") else f"./{path}") for path in paths) or (
        "/PATH"
    )


def _for_a_week(path: str) -> dict[str, object]:
    return {"path": path, "lifetime_s": 7 * 86_400}


def _posted(url: str, body: str) -> str:
    """A POST of JSON; without a body, of a file that has it."""
    sent = word(body) if body else "@FILE"
    return f"{CURL} -H 'Content-Type: application/json' -d {sent} {word(url)}"
