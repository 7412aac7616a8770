"""Logs: one JSON object a line, and nothing in it that an exception or a browser brought along."""

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.logs import QUIET, JsonLines, clean, find_place, set_up_logging


def record(message: str, error: BaseException | None = None) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("app.x", logging.ERROR, "f.py", 1, message, (), info)


def test_an_exception_leaves_its_message_behind() -> None:
    try:
        raise ValueError("Vargas, Elena 602 555 0148")
    except ValueError as error:
        line = json.loads(JsonLines().format(record("failed", error)))
    assert line["exception"] == "ValueError"
    assert line["place"].startswith("test_logs.py:")
    assert "Vargas" not in json.dumps(line)


@given(st.text())
def test_every_line_is_one_line(text: str) -> None:
    formatted = JsonLines().format(record(text))
    assert "\n" not in formatted and "\r" not in formatted
    assert json.loads(formatted)["message"] == clean(text)


def test_no_place_without_a_traceback() -> None:
    assert find_place(None) == ""


def test_set_up_is_quiet_about_urls(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        set_up_logging("info")
        logging.getLogger("httpx").info("GET /Patient/elena-vargas")
        logging.getLogger("app.x").info("hello")
        shown = capsys.readouterr().err
    finally:
        root.handlers[:], root.level = before
        logging.getLogger("uvicorn.access").disabled = False
    assert json.loads(shown)["message"] == "hello"
    assert all(logging.getLogger(name).level == logging.WARNING for name in QUIET)
