"""Reads one rule file: TOML text to a RuleFile. Every mistake raises with file, line and reason.

Checks what one file can show by itself: known keys, well-formed phrases, declared value sets.
What needs other files (references, cycles, unused names) is checked in linking.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, TypeVar, cast

from app.clinical.rules.bodies import BodyReader
from app.clinical.rules.definitions import Combine, Definition, StatusFilter
from app.clinical.rules.files import POPULATIONS, GapText, Head, RuleFile
from app.clinical.rules.phrases import parse_code
from app.clinical.rules.source import Source

T = TypeVar("T")

_TOP = {"measure", "library", "value_sets", "status", "population", "gap", "define"}
_HEAD = {
    *("id", "title", "source", "url", "version", "effective_from", "effective_until"),
    *("better", "origin", "uses"),
}
_LIBRARY = {"name", "source", "url", "version", "uses"}
_GAP = {"name", "action", "closes", "applies", "due", "due_days"}
_STATUS = {"status", "intent", "category"}
_OID = set("0123456789.")


def parse_rule_file(file: str, text: str) -> RuleFile:
    """One measure or library. Raises ConfigError `file:line: reason`."""
    return _Reader(Source(file, text)).read()


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.data = source.data

    def read(self) -> RuleFile:
        self._only(self.data, _TOP)
        is_measure = "measure" in self.data
        if is_measure == ("library" in self.data):
            self.source.refuse_line(1, "a rule file is either a [measure] or a [library]")
        frame = self._table("measure" if is_measure else "library")
        value_sets = self._value_sets()
        bodies = BodyReader(self.source, value_sets)
        head = self._head() if is_measure else None
        return RuleFile(
            file=self.source.file,
            name=head.id if head else self._text(frame, "library", "name"),
            head=head,
            uses=self._list(frame, "measure" if is_measure else "library", "uses"),
            value_sets=value_sets,
            statuses=self._statuses(),
            definitions=self._definitions(bodies),
            populations=self._populations(bodies) if is_measure else {},
            applies=self._applies() if is_measure else None,
            gap=self._gap() if is_measure else None,
        )

    # ---- parts ----------------------------------------------------------------------------

    def _head(self) -> Head:
        table = self._table("measure")
        self._only(table, _HEAD, "measure")
        begins = self._typed(table, "effective_from", date, "measure")
        until = table.get("effective_until")
        if until is not None and (not isinstance(until, date) or until < begins):
            self.source.refuse(
                "effective_until lies before it begins", "measure", "effective_until"
            )
        return Head(
            id=self._text(table, "measure", "id"),
            title=self._text(table, "measure", "title"),
            source=self._text(table, "measure", "source"),
            url=self._text(table, "measure", "url", ""),
            version=self._text(table, "measure", "version"),
            effective_from=begins,
            effective_until=until,
            better=cast(
                Literal["higher", "lower"], self._one_of(table, "better", ("higher", "lower"))
            ),
            origin=cast(
                Literal["ecqm", "guideline"], self._one_of(table, "origin", ("ecqm", "guideline"))
            ),
        )

    def _value_sets(self) -> dict[str, str]:
        table = self._table("value_sets", required=False)
        for name, oid in table.items():
            if not isinstance(oid, str) or not (set(oid) <= _OID or oid.startswith("chartside:")):
                self.source.refuse(f"“{name}” needs an OID", "value_sets", name)
        return table

    def _statuses(self) -> dict[str, StatusFilter]:
        found = {}
        for name, table in self._table("status", required=False).items():
            place = ("status", name)
            self._only(table, _STATUS, *place)
            category = self._list(table, *place, "category")
            try:
                codes = tuple(parse_code(text) for text in category)
            except ValueError as exc:
                self.source.refuse(str(exc), *place, "category")
            status = self._list(table, *place, "status")
            if not status:
                self.source.refuse("a status filter needs at least one status", *place)
            found[name] = StatusFilter(status, self._list(table, *place, "intent"), codes)
        return found

    def _definitions(self, bodies: BodyReader) -> dict[str, Definition]:
        return {
            name: bodies.read(name, table, ("define", name))
            for name, table in self._table("define", required=False).items()
        }

    def _populations(self, bodies: BodyReader) -> dict[str, Definition]:
        table = self._table("population")
        self._only(table, set(POPULATIONS), "population")
        for needed in ("initial_population", "numerator"):
            if needed not in table:
                self.source.refuse(f"[population.{needed}] is missing", "population")
        measure = self.data["measure"].get("id", "")
        return {
            name: bodies.read(f"{measure} {name}", part, ("population", name))
            for name, part in table.items()
        }

    def _applies(self) -> Definition | None:
        table = self._table("gap", required=False)
        if "applies" not in table:
            return None
        parts = self._list(table, "gap", "applies")
        if not parts:
            self.source.refuse("“applies” is empty", "gap", "applies")
        name = f"{self.data['measure'].get('id', '')} applies"
        line = self.source.line("gap", "applies")
        return Definition(name=name, file=self.source.file, line=line, body=Combine("all", parts))

    def _gap(self) -> GapText | None:
        table = self._table("gap", required=False)
        if not table:
            return None
        self._only(table, _GAP, "gap")
        days = table.get("due_days", 0)
        if not isinstance(days, int) or (days > 0) != ("due" in table):
            self.source.refuse("“due” and “due_days” belong together", "gap")
        return GapText(
            name=self._text(table, "gap", "name"),
            action=self._text(table, "gap", "action"),
            closes=self._text(table, "gap", "closes"),
            due=self._text(table, "gap", "due", "period end"),
            due_days=days,
        )

    # ---- values ---------------------------------------------------------------------------

    def _only(self, table: Mapping[str, Any], known: set[str], *place: str) -> None:
        for key in table:
            if key not in known:
                self.source.refuse(f"“{key}” is not known here", *place, key)

    def _table(self, name: str, *, required: bool = True) -> dict[str, Any]:
        table = self.data.get(name, {})
        if not isinstance(table, dict) or (required and not table):
            self.source.refuse(f"[{name}] is missing or not a table", name)
        return table

    def _typed(self, table: Mapping[str, Any], key: str, kind: type[T], *place: str) -> T:
        value = table.get(key)
        if not isinstance(value, kind):
            self.source.refuse(f"“{key}” is missing or not a {kind.__name__}", *place, key)
        return value

    def _text(self, table: Mapping[str, Any], place: str, key: str, default: str = "\0") -> str:
        if key not in table and default != "\0":
            return default
        text = self._typed(table, key, str, place)
        if not text.strip():
            self.source.refuse(f"“{key}” is empty", place, key)
        return text

    def _one_of(self, table: Mapping[str, Any], key: str, allowed: tuple[str, ...]) -> str:
        value = table.get(key, allowed[0])
        if value not in allowed:
            self.source.refuse(f"“{key}” is one of {', '.join(allowed)}", "measure", key)
        return str(value)

    def _list(self, table: Mapping[str, Any], *place: str) -> tuple[str, ...]:
        value = table.get(place[-1], [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.source.refuse(f"“{place[-1]}” is a list of texts", *place)
        return tuple(value)
