"""Bodies and query parameters, taken and refused as the old daemon's framework did it.

What fits is decoded by msgspec alone; anything else goes through pydantic, which takes a little
more (numbers as text) and says what is wrong in the very members that clients have seen: FastAPI's
422 is a list of pydantic errors.
"""

import json
from typing import Any, TypeVar
from urllib.parse import parse_qs

import msgspec
from pydantic import BaseModel, TypeAdapter, ValidationError

from waystation.interfaces.dialects.mwa_staging import wire

T = TypeVar("T", bound=msgspec.Struct)


class UnfitError(Exception):
    """A call that does not fit its form.

    Attributes:
        detail: what the answer's member `detail` says.
    """

    def __init__(self, detail: list[dict[str, Any]]) -> None:
        super().__init__("a call does not fit its form")
        self.detail = detail


class Observation(BaseModel):
    """An observation, and optionally a part of it in GPS seconds."""

    obs_id: int | None
    start_time: int | None = 0
    duration: int | None = 0


class NewJob(BaseModel):
    """A staging job: names of files, or an observation whose files are meant."""

    job_id: int
    files: list[str] | None = []
    notify_url: str
    obs: Observation | None = None


class FileStatus(BaseModel):
    """Names of files."""

    files: list[str] | None = []


class JobResult(BaseModel):
    """A callback."""

    job_id: int
    return_code: int
    total_files: int
    ready_files: int
    error_files: int
    comment: str


_FORMS: dict[type[msgspec.Struct], type[BaseModel]] = {
    wire.NewJob: NewJob,
    wire.FilesAsked: FileStatus,
}
_MOST_DIGITS = 19
_INTEGER, _BOOLEAN = TypeAdapter(int), TypeAdapter(bool)


def body(data: bytes, form: type[T]) -> T:
    """A body of that form.

    Raises:
        UnfitError: it is not.
    """
    try:
        return msgspec.json.decode(data, type=form)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        taken = validated(data, _FORMS[form]).model_dump()
        if taken.get("obs") is not None:
            taken["obs"] = wire.Observation(**taken["obs"])
        return form(**taken)


def validated(data: bytes, model: type[BaseModel]) -> BaseModel:
    """A body as a pydantic model, errors as FastAPI has them.

    Raises:
        UnfitError: it does not fit.
    """
    if not data:
        raise UnfitError([_missing(["body"])])
    try:
        value = json.loads(data)
    except json.JSONDecodeError as problem:
        raise UnfitError([_no_json(problem.pos, problem.msg)]) from problem
    except (UnicodeDecodeError, RecursionError) as problem:
        raise UnfitError([_no_json(0, str(problem))]) from problem
    try:
        return model.model_validate(value, from_attributes=True)
    except ValidationError as problem:
        raise UnfitError(_errors(problem, "body")) from problem


def number(query: bytes, name: str) -> int:
    """A whole number of the query; it must be there.

    Raises:
        UnfitError: it is not, or is no number.
    """
    front, _, rest = query.partition(b"=")
    if rest.isdigit() and front == name.encode() and len(rest) < _MOST_DIGITS:
        return int(rest)
    given = parse_qs(query.decode("latin-1"), keep_blank_values=True).get(name)
    if given is None:
        raise UnfitError([_missing(["query", name])])
    return int(_parameter(_INTEGER, name, given[-1]))


def flag(query: bytes, name: str) -> bool:
    """A truth value of the query; False when it is not there.

    Raises:
        UnfitError: it is neither true nor false.
    """
    if name.encode() not in query:
        return False
    given = parse_qs(query.decode("latin-1"), keep_blank_values=True).get(name)
    return bool(_parameter(_BOOLEAN, name, given[-1])) if given else False


def text(query: bytes, name: str) -> str:
    """A text of the query; it must be there.

    Raises:
        UnfitError: it is not.
    """
    given = parse_qs(query.decode("latin-1"), keep_blank_values=True).get(name)
    if given is None:
        raise UnfitError([_missing(["query", name])])
    return given[-1]


def _parameter(kind: TypeAdapter[Any], name: str, given: str) -> Any:  # noqa: ANN401 - of its kind
    try:
        return kind.validate_python(given)
    except ValidationError as problem:
        raise UnfitError(_errors(problem, "query", name)) from problem


def _errors(problem: ValidationError, *front: str) -> list[dict[str, Any]]:
    """Its errors with the place they are in put before their own."""
    return [
        {
            "type": each["type"],
            "loc": [*front, *each["loc"]],
            "msg": each["msg"],
            "input": each["input"],
            **({"ctx": {k: str(v) for k, v in each["ctx"].items()}} if "ctx" in each else {}),
        }
        for each in problem.errors(include_url=False)
    ]


def _missing(where: list[str]) -> dict[str, Any]:
    return {"type": "missing", "loc": where, "msg": "Field required", "input": None}


def _no_json(position: int, words: str) -> dict[str, Any]:
    return {
        "type": "json_invalid",
        "loc": ["body", position],
        "msg": "JSON decode error",
        "input": {},
        "ctx": {"error": words},
    }
