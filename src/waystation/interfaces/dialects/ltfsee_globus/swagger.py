"""The Swagger 2.0 document and the other fixed pages, as ltfsee_globus 5cb322e gave them.

Generated clients hold on to paths and definitions, so those are the old ones to the letter, with
its spelling. What the old one had wrong about itself is right here: keys are sent in X-API-KEY.
"""

from waystation.interfaces.dialects.ltfsee_globus import wording

BASE = "/api/v0.5"
FILE_STATE = "/file_state/file_state"
GLOBUS_RECALL = "/globus_recall/globus_recall"

NOT_FOUND = (
    '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">\n<title>404 Not Found</title>\n'
    "<h1>Not Found</h1>\n<p>The requested URL was not found on the server. If you entered the URL "
    "manually please check your spelling and try again.</p>\n"
)
FRONT_PAGE = f"""<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>ARC LTFSEE API</title>
<h1>ARC LTFSEE API</h1>
<p>The ltfsee_globus API, version 0.5, as Waystation speaks it:
<a href="{BASE}/swagger.json">swagger.json</a>.</p>
</html>
"""


def document() -> dict[str, object]:
    """GET swagger.json."""
    return {
        "swagger": "2.0",
        "basePath": BASE,
        "paths": {
            FILE_STATE: _post(
                "file_state",
                "POST method to send payload of file path to check status of files",
                takes="file",
                gives={"type": "array", "items": _ref("file_state")},
                missing=wording.NO_FILE,
            ),
            GLOBUS_RECALL: _post(
                "globus_recall",
                "POST method to send payload of to recall file if not exist",
                takes="recall_request",
                gives=_ref("recall"),
                missing=wording.NO_ARCHIVED_FILE,
            ),
        },
        "info": {
            "title": "ARC LTFSEE API",
            "version": "0.5",
            "description": "Provide API access to LTFSEE commands not currently supported by the "
            "vendor API",
        },
        "produces": ["application/json"],
        "consumes": ["application/json"],
        "securityDefinitions": {"key": {"type": "apiKey", "in": "header", "name": "X-API-KEY"}},
        "security": [{"key": []}],
        "tags": [
            {
                "name": "file_state",
                "description": "Get state of a file in archive eeadm file state",
            },
            {
                "name": "globus_recall",
                "description": "Submit requst for state of file recall if not on disk cache",
            },
        ],
        "definitions": _DEFINITIONS,
        "responses": {
            "ParseError": {"description": "When a mask can't be parsed"},
            "MaskError": {"description": "When any error occurs on mask"},
        },
    }


_TEXT = {"type": "string"}
_DEFINITIONS: dict[str, object] = {
    "file": {"properties": {"path": _TEXT}, "type": "object"},
    "file_state": {
        "properties": {
            "state": _TEXT,
            "replicas": {"type": "integer"},
            "tapes": {"type": "array", "items": _TEXT},
            "path": _TEXT,
        },
        "type": "object",
    },
    "recall_request": {
        "required": ["globus_taskid", "path"],
        "properties": {"path": _TEXT, "globus_taskid": _TEXT, "library": _TEXT},
        "type": "object",
    },
    "recall": {
        "required": ["state"],
        "properties": {"state": {"type": "string", "example": "resident"}},
        "type": "object",
    },
}


def _post(
    tag: str, summary: str, *, takes: str, gives: dict[str, object], missing: str
) -> dict[str, object]:
    mask = {
        "name": "X-Fields",
        "in": "header",
        "type": "string",
        "format": "mask",
        "description": "An optional fields mask",
    }
    payload = {"name": "payload", "required": True, "in": "body", "schema": _ref(takes)}
    return {
        "post": {
            "responses": {
                "201": {"description": "Success", "schema": gives},
                "404": {"description": missing},
            },
            "summary": summary,
            "operationId": f"post_{tag}",
            "parameters": [payload, mask],
            "tags": [tag],
        }
    }


def _ref(name: str) -> dict[str, object]:
    return {"$ref": f"#/definitions/{name}"}
