"""Errors as the Transfer API words them."""

from uuid import uuid4

from waystation_sim.server import Answer, Request


def refused(request: Request, status: int, code: str, words: str) -> Answer:
    """An error document."""
    body = {"code": code, "message": words, "request_id": uuid4().hex[:9]}
    return Answer(status, {**body, "resource": request.path})
