"""The hot lane: bare ASGI for per-file status, submit, request status and event streams."""
