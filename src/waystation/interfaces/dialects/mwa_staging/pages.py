"""Interactive documentation at /docs and /redoc, and what both are made of.

Scripts come from the installed django-ninja, not from elsewhere: archives have no way out.
"""

import json
from collections.abc import Awaitable, Callable
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import BaseModel

from waystation.interfaces.dialects.mwa_staging import forms
from waystation.interfaces.dialects.mwa_staging.replies import Reply
from waystation.interfaces.mouths import Receive, Scope

_HTML, _STYLE, _SCRIPT = b"text/html; charset=utf-8", b"text/css", b"text/javascript"
_SWAGGER = b"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Staging</title>
<link rel="stylesheet" href="/docs/swagger-ui.css"></head><body><div id="ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script>SwaggerUIBundle({url: "/openapi.json", dom_id: "#ui"})</script></body></html>
"""
_REDOC = b"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Staging</title>
</head><body><redoc spec-url="/openapi.json"></redoc>
<script src="/docs/redoc.standalone.js"></script></body></html>
"""
_REF = "#/components/schemas/{model}"
_JOB_ID = {"name": "job_id", "in": "query", "required": True, "schema": {"type": "integer"}}
_WITH_FILES = {
    "name": "include_files",
    "in": "query",
    "required": False,
    "schema": {"type": "boolean", "default": False},
}
_PATH = {"name": "path", "in": "query", "required": True, "schema": {"type": "string"}}

# method, path, what it is for, parameters, body, other answers
_CALLS: tuple[tuple[str, str, str, list[object], type[BaseModel] | None, str], ...] = (
    ("post", "/staging/", "Begin a job.", [], forms.NewJob, "202 400 403 500"),
    ("get", "/staging/", "How a job stands.", [_JOB_ID, _WITH_FILES], None, "200 404 500"),
    ("delete", "/staging/", "Take a job back; nobody is told.", [_JOB_ID], None, "200 404 500"),
    ("get", "/ping/", "Nothing but that we are there.", [], None, "200"),
    ("get", "/get_stats/", "Counts of the whole service.", [], None, "200 500"),
    ("get", "/get_joblist/", "All jobs.", [], None, "200 500"),
    ("get", "/get_failed_joblist/", "Jobs that failed lately.", [], None, "200 500"),
    ("get", "/get_failed_job/", "Files of a failed job.", [_JOB_ID], None, "200 404 500"),
    ("post", "/filestatus/", "Whether files are online.", [], forms.FileStatus, "200 404 500"),
    ("post", "/jobresult/", "A receiver that does nothing.", [], forms.JobResult, "200"),
    ("post", "/v1/security/login/", "Self-test: a token.", [], None, "200"),
    ("post", "/v1/request/batchstage/", "Self-test: stages nothing.", [], None, "200 403"),
    ("get", "/v1/file/", "Self-test: a file's record.", [_PATH], None, "200 403"),
)


async def docs(scope: Scope, receive: Receive) -> Reply:
    """A page on which calls can be tried."""
    del scope, receive
    return Reply(200, _HTML, _SWAGGER)


async def redoc(scope: Scope, receive: Receive) -> Reply:
    """The same to read."""
    del scope, receive
    return Reply(200, _HTML, _REDOC)


async def openapi(scope: Scope, receive: Receive) -> Reply:
    """The OpenAPI document."""
    del scope, receive
    return Reply(200, b"application/json", json.dumps(document()).encode())


@cache
def document() -> dict[str, Any]:
    """OpenAPI 3.1 of every call."""
    paths: dict[str, dict[str, object]] = {}
    models: dict[str, Any] = {}
    for method, path, words, parameters, body, answers in _CALLS:
        call: dict[str, object] = {
            "summary": words,
            "parameters": parameters,
            "responses": {status: {"description": status} for status in [*answers.split(), "422"]},
        }
        if body is not None:
            schema = body.model_json_schema(ref_template=_REF)
            models.update({**schema.pop("$defs", {}), body.__name__: schema})
            reference = {"$ref": _REF.format(model=body.__name__)}
            content = {"application/json": {"schema": reference}}
            call["requestBody"] = {"required": True, "content": content}
        paths.setdefault(path, {})[method] = call
    return {
        "openapi": "3.1.0",
        "info": {"title": "Staging", "version": "1"},
        "paths": paths,
        "components": {"schemas": models},
    }


def _asset(name: str, media: bytes) -> Callable[[Scope, Receive], Awaitable[Reply]]:
    async def answer(scope: Scope, receive: Receive) -> Reply:
        del scope, receive
        return Reply(200, media, _read(name), ((b"cache-control", b"max-age=86400"),))

    return answer


@cache
def _read(name: str) -> bytes:
    return (files("ninja") / "static" / "ninja" / name).read_bytes()


ASSETS = {
    "swagger-ui.css": _asset("swagger-ui.css", _STYLE),
    "swagger-ui-bundle.js": _asset("swagger-ui-bundle.js", _SCRIPT),
    "redoc.standalone.js": _asset("redoc.standalone.js", _SCRIPT),
}
