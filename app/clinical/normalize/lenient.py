"""Lenient: a JSON object of wrong types into a raw shape; what does not fit is left out and told.

The slow way, for the one resource in a thousand that the typed decoder refuses. It mends only
what can be mended without a guess: "true" for true, "1" for 1, one thing for a list of one.
"""

import math
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from msgspec import inspect

from app.clinical.elements import Repair
from app.clinical.normalize.shapes import RawResource

MAX_DEPTH = 40
_LONGEST_NUMBER = 40
_LONE = re.compile("[\ud800-\udfff]")
_NOTHING: Any = object()
_BOOLEANS = {"true": True, "false": False}


def convert_resource(
    value: dict[str, Any], shape: type[RawResource]
) -> tuple[RawResource, tuple[Repair, ...]]:
    """The raw shape holding whatever of `value` fits it, and what was done to make it fit."""
    notes: list[Repair] = []
    made = _Converter(notes).struct(value, _info(shape), "", 0)
    return (shape() if made is _NOTHING else made), tuple(notes)


@cache
def _info(shape: type[RawResource]) -> inspect.StructType:
    found = inspect.type_info(shape)
    assert isinstance(found, inspect.StructType)  # noqa: S101 - shapes are structs by definition
    return found


class _Converter:
    """One walk along a shape; `notes` receives a repair for each thing mended or left out."""

    def __init__(self, notes: list[Repair]) -> None:
        self.notes = notes

    def any(self, value: object, kind: inspect.Type, path: str, depth: int) -> Any:
        if isinstance(kind, inspect.UnionType):
            if value is None:
                return None
            kind = next(t for t in kind.types if not isinstance(t, inspect.NoneType))
        if value is None:
            return _NOTHING
        if depth > MAX_DEPTH:
            return self._refuse("too_deep", path)
        walk: Callable[..., Any] = _WALKS[type(kind)]
        return walk(self, value, kind, path, depth)

    def struct(self, value: object, kind: inspect.StructType, path: str, depth: int) -> Any:
        if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
            self._mend("list_as_single", path)
            value = value[0]
        if not isinstance(value, dict):
            return self._refuse("wrong_type", path)
        found = {}
        for field in kind.fields:
            inner = value.get(field.encode_name)
            if inner is None:
                continue
            place = f"{path}.{field.encode_name}" if path else field.encode_name
            made = self.any(inner, field.type, place, depth + 1)
            if made is not _NOTHING:
                found[field.name] = made
        return kind.cls(**found)

    def list(self, value: object, kind: inspect.VarTupleType, path: str, depth: int) -> Any:
        if not isinstance(value, list):
            made = self.any(value, kind.item_type, path, depth + 1)
            if made is _NOTHING:
                return _NOTHING
            self._mend("single_as_list", path)
            return (made,)
        items = (
            self.any(item, kind.item_type, f"{path}[{place}]", depth + 1)
            for place, item in enumerate(value)
        )
        return tuple(item for item in items if item is not _NOTHING)

    def text(self, value: object, _: inspect.Type, path: str, __: int) -> Any:
        if isinstance(value, str):
            # A lone surrogate is no character: it cannot be stored or shown.
            return _LONE.sub("\ufffd", value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return self._refuse("wrong_type", path)
        self._mend("number_as_text", path)
        return str(value) if abs(value) < 10**_LONGEST_NUMBER else _NOTHING

    def number(self, value: object, _: inspect.Type, path: str, __: int) -> Any:
        if isinstance(value, str) and len(value) <= _LONGEST_NUMBER:
            try:
                value = float(value) if value.isascii() and "_" not in value else value
            except ValueError:
                return self._refuse("wrong_type", path)
            self._mend("text_as_number", path)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return self._refuse("wrong_type", path)
        try:
            found = float(value)
        except OverflowError:
            return self._refuse("number_out_of_range", path)
        return found if math.isfinite(found) else self._refuse("number_out_of_range", path)

    def whole(self, value: object, kind: inspect.Type, path: str, depth: int) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            return value if abs(value) < 2**63 else self._refuse("number_out_of_range", path)
        found = self.number(value, kind, path, depth)
        if found is _NOTHING:
            return found
        return int(found) if found.is_integer() else self._refuse("wrong_type", path)

    def flag(self, value: object, _: inspect.Type, path: str, __: int) -> Any:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.strip().lower() in _BOOLEANS:
            self._mend("text_as_boolean", path)
            return _BOOLEANS[value.strip().lower()]
        return self._refuse("wrong_type", path)

    def _mend(self, code: str, path: str) -> None:
        self.notes.append(Repair(code, path))

    def _refuse(self, code: str, path: str) -> Any:
        self.notes.append(Repair(code, path, "left out"))
        return _NOTHING


_WALKS: dict[type[inspect.Type], Callable[..., Any]] = {
    inspect.StructType: _Converter.struct,
    inspect.VarTupleType: _Converter.list,
    inspect.StrType: _Converter.text,
    inspect.FloatType: _Converter.number,
    inspect.IntType: _Converter.whole,
    inspect.BoolType: _Converter.flag,
}
