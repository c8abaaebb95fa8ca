"""Structured logs: one JSON object a line, or text for a person at a terminal."""

import json
import logging
import sys
from datetime import UTC, datetime

from waystation.kernel.tracing import request_id


class JsonLines(logging.Formatter):
    """One JSON object a record: time, level, logger, words, request id, trouble."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "words": record.getMessage(),
        }
        if request_id.get():
            line["request_id"] = request_id.get()
        if record.exc_info:
            line["trouble"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def set_up(*, level: str, loggers: dict[str, str], form: str) -> None:
    """Send everything to standard error in the form wanted (auto, json, text)."""
    handler = logging.StreamHandler()
    text = form == "text" or (form == "auto" and sys.stderr.isatty())
    plain = logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S")
    handler.setFormatter(plain if text else JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, each in loggers.items():
        logging.getLogger(name).setLevel(each)
    # They say everything twice or on every request.
    for name in ("httpx", "httpcore", "psycopg.pool"):
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
