"""Structured logs: one JSON object a line, without PHI, tokens or upstream text. Sets up logging.

Only a fixed set of fields leaves the process. Exceptions are logged by class and place; their
messages may quote a value, so they stay behind.
"""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any

QUIET = (
    "httpx",
    "httpcore",
    "httpx2",
    "httpcore2",
    "authlib",
    "sqlalchemy",
    "aiosqlite",
    "asyncio",
)
"""Libraries that would write URLs with patient ids, code verifiers or bound values."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x80-\x9f\u2028\u2029]")
MAX_TEXT = 500


class JsonLines(logging.Formatter):
    """time, level, logger, message, and for exceptions kind and place."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": clean(record.getMessage()),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__name__
            line["place"] = find_place(record.exc_info[2])
        return json.dumps(line, ensure_ascii=True)


def clean(text: str) -> str:
    """One line without control characters, cut to a sane length."""
    return _CONTROL.sub(" ", text)[:MAX_TEXT]


def find_place(trace: Any) -> str:
    """`file:line` of the innermost frame; no values."""
    if trace is None:
        return ""
    while trace.tb_next:
        trace = trace.tb_next
    name = trace.tb_frame.f_code.co_filename.rsplit("/", 1)[-1]
    return f"{name}:{trace.tb_lineno}"


def set_up_logging(level: str = "INFO") -> None:
    """The process's one handler, on stderr; noisy libraries only from WARNING up."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    logging.getLogger("uvicorn.access").disabled = True  # paths hold launch ids and handles
