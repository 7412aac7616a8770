"""The table: a Schedule as our own compact JSON, one row per line, and back again.

The rows are facts of CDC's public-domain release in our own short form; with `prose=False` the
guidance texts and the code systems that have owners are left out, which is what the product ships.
"""

from typing import Any

import msgspec

from app.clinical.immunization.offsets import Offset, parse_offset
from app.clinical.immunization.schedule import Schedule
from app.errors import ScheduleRefused

FORMAT = "chartside-immunization-schedule/1"
_OPEN_SYSTEMS = frozenset(
    (
        "http://hl7.org/fhir/sid/cvx",
        "http://hl7.org/fhir/sid/icd-10-cm",
        "urn:oid:2.16.840.1.114222.4.5.274",
    )
)
# How deep each part of the table is spread over lines; below that a row is one line.
_SPREAD = {"antigens": 5, "groups": 1, "vaccines": 1, "conflicts": 1, "observations": 1}


class _Table(msgspec.Struct, frozen=True):
    format: str
    schedule: Schedule


def _text_of(value: object) -> str:
    if isinstance(value, Offset):
        return value.text
    raise TypeError(f"{type(value).__name__} has no place in a table")


def _offset_of(kind: type, value: object) -> Offset:
    if kind is not Offset or not isinstance(value, str):
        raise ValueError("an age or interval is expected")
    return parse_offset(value)


def parse_table(data: bytes, file: str = "schedule.json") -> Schedule:
    """The Schedule in `data`; ScheduleRefused names `file` and the place in it."""
    try:
        table = msgspec.json.decode(data, type=_Table, dec_hook=_offset_of)
    except msgspec.DecodeError as error:
        raise ScheduleRefused(file, "the table", str(error)) from None
    if table.format != FORMAT:
        raise ScheduleRefused(file, "format", f"{table.format!r} is not {FORMAT!r}")
    return table.schedule


def build_table(schedule: Schedule, *, prose: bool = True) -> bytes:
    """`schedule` as UTF-8 JSON that a person can review and a version control can compare."""
    built = msgspec.to_builtins(schedule, enc_hook=_text_of)
    if not prose:
        built = _without_prose(built)
    lines = [f'{{"format":{_one(FORMAT)},', '"schedule":{']
    parts = [f"{_one(key)}:{_spread(value, _SPREAD.get(key, 0))}" for key, value in built.items()]
    return "\n".join([*lines, ",\n".join(parts), "}}", ""]).encode()


def _one(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _spread(value: Any, depth: int) -> str:
    if not depth or not isinstance(value, dict | list | tuple) or not value:
        return _one(value)
    if isinstance(value, dict):
        rows = [f"{_one(k)}:{_spread(v, depth - 1)}" for k, v in value.items()]
        return "{" + ",\n".join(rows) + "}"
    return "[" + ",\n".join(_spread(v, depth - 1) for v in value) + "]"


def _without_prose(value: Any) -> Any:
    if isinstance(value, dict):
        if "codes" in value:
            open_codes = {s: c for s, c in value["codes"].items() if s in _OPEN_SYSTEMS}
            value = {**value, "codes": open_codes}
        return {k: _without_prose(v) for k, v in value.items() if k != "guidance"}
    if isinstance(value, list | tuple):
        return [_without_prose(v) for v in value]
    return value
