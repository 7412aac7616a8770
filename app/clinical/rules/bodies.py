"""Reads one definition of a rule file: which form it has and what each key says.

Refuses unknown keys, keys that its kind of fact does not have, and phrases that do not parse.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from app.clinical.rules.definitions import (
    Age,
    Body,
    Codes,
    Combine,
    Days,
    Definition,
    Find,
    Lowest,
    Pick,
    Sex,
    StatusFilter,
)
from app.clinical.rules.phrases import (
    parse_age,
    parse_code,
    parse_time,
    parse_value,
)
from app.clinical.rules.source import Source

T = TypeVar("T")

WORDS = {"says", "otherwise", "for_some"}
FORMS: dict[str, set[str]] = {
    "all": {"all"},
    "any": {"any"},
    "none": {"none"},
    "age": {"age"},
    "sex": {"sex"},
    "days_of": {"days_of", "at_least"},
    "lowest": {"lowest", "component", "from"},
}
FIND = {"find", "from", "in", "status", "when", "pick", "looks_like"}
BY_KIND: dict[str, set[str]] = {
    "encounter": {"class", "discharge", "setting"},
    "condition": {"category", "clinical_status", "body_site"},
    "observation": {"value", "answer", "reason", "aged_at_least", "not_during"},
    "procedure": set(),
    "service request": set(),
    "device request": set(),
    "medication request": {"named"},
    "immunization": set(),
    "diagnostic report": set(),
    "appointment": set(),
}
PICKS = ("latest end", "latest start", "latest day", "lowest value")
CODED = ("in", "answer", "reason", "discharge", "body_site", "category")
WORDED = ("clinical_status", "class", "setting", "named", "looks_like")
FIELD_OF = {"class": "encounter_class"}
ALL_FIND = FIND.union(*BY_KIND.values())


class BodyReader:
    """Reads definitions of one file against the value sets that it declares."""

    def __init__(self, source: Source, value_sets: Mapping[str, str]) -> None:
        self.source = source
        self.value_sets = value_sets
        self.used_sets: set[str] = set()

    def read(self, name: str, table: Any, place: tuple[str, ...]) -> Definition:
        """Raises ConfigError with file, line and reason."""
        if not isinstance(table, dict):
            self.source.refuse("a definition is a table", *place)
        return Definition(
            name=name,
            file=self.source.file,
            line=self.source.line(*place),
            body=self._body(table, place),
            bound=self._bound(table, place),
            says=str(table.get("says", "")),
            otherwise=str(table.get("otherwise", "")),
        )

    def _body(self, table: dict[str, Any], place: tuple[str, ...]) -> Body:
        form = next((form for form in FORMS if form in table), "")
        if not form:
            return self._find(table, place)
        for key in table:
            if key not in FORMS[form] | WORDS:
                self.source.refuse(f"“{key}” does not go with “{form}”", *place, key)
        return self._form(form, table, place)

    def _form(self, form: str, table: dict[str, Any], place: tuple[str, ...]) -> Body:
        if form == "age":
            return Age(self._phrase(parse_age, table, place, "age"))
        if form == "sex":
            return self._sex(table, place)
        if form == "days_of":
            return Days(self._names(table, place, form), self._count(table, place, "at_least"))
        if form == "lowest":
            return self._lowest(table, place)
        return Combine(cast(Any, form), self._names(table, place, form))

    def _sex(self, table: dict[str, Any], place: tuple[str, ...]) -> Sex:
        if table["sex"] not in ("female", "male"):
            self.source.refuse("“sex” is female or male", *place, "sex")
        return Sex(table["sex"])

    def _lowest(self, table: dict[str, Any], place: tuple[str, ...]) -> Lowest:
        test = self._phrase(parse_value, table, place, "lowest")
        if test.is_present is not None:
            self.source.refuse("“lowest” needs a comparison", *place, "lowest")
        component = self._phrase(parse_code, table, place, "component")
        return Lowest(self._name(table, place, "from"), component, test)

    def _bound(self, table: dict[str, Any], place: tuple[str, ...]) -> tuple[str, str] | None:
        if "for_some" not in table:
            return None
        name, _, letter = self._name(table, place, "for_some").rpartition(" as ")
        if not name or len(letter) != 1 or not letter.isupper():
            self.source.refuse("“for_some” reads `<definition> as <Letter>`", *place, "for_some")
        return name, letter

    # ---- finding facts --------------------------------------------------------------------

    def _find(self, table: dict[str, Any], place: tuple[str, ...]) -> Find:
        if ("find" in table) == ("from" in table):
            self.source.refuse(f"a definition has one form: find, from, {', '.join(FORMS)}", *place)
        kind = str(table.get("find", ""))
        if kind and kind not in BY_KIND:
            self.source.refuse(f"“{kind}” is not a kind of fact", *place, "find")
        known = FIND | WORDS | (BY_KIND[kind] if kind else ALL_FIND)
        for key in table:
            if key not in known:
                self.source.refuse(f"“{key}” does not go with {kind or 'this'}", *place, key)
        parts: dict[str, Any] = {
            key: self._codes(table, place, key) for key in CODED if key in table
        }
        parts |= {FIELD_OF.get(key, key): self._texts(table, place, key) for key in WORDED}
        return Find(
            kind=kind,
            base=str(table.get("from", "")),
            codes=parts.pop("in", None),
            status=self._status(table, place),
            when=self._optional(parse_time, table, place, "when"),
            value=self._optional(parse_value, table, place, "value"),
            aged_at_least=self._count(table, place, "aged_at_least")
            if "aged_at_least" in table
            else None,
            not_during=str(table.get("not_during", "")),
            pick=self._pick(table, place),
            **parts,
        )

    def _pick(self, table: dict[str, Any], place: tuple[str, ...]) -> Pick | None:
        pick = table.get("pick")
        if pick is not None and pick not in PICKS:
            self.source.refuse(f"“pick” is one of {', '.join(PICKS)}", *place, "pick")
        return cast(Pick | None, pick)

    def _status(self, table: dict[str, Any], place: tuple[str, ...]) -> StatusFilter | str | None:
        status = table.get("status")
        if status is None or isinstance(status, str):
            return status
        return StatusFilter(self._names(table, place, "status"))

    def _codes(self, table: dict[str, Any], place: tuple[str, ...], key: str) -> Codes | None:
        if key not in table:
            return None
        oids: list[str] = []
        singles: list[tuple[str, str]] = []
        for item in self._names(table, place, key):
            if item in self.value_sets:
                oids.append(self.value_sets[item])
                self.used_sets.add(item)
                continue
            try:
                singles.append(parse_code(item))
            except ValueError as exc:
                self.source.refuse(str(exc), *place, key, item=item)
        return Codes(tuple(oids), tuple(singles))

    # ---- values ---------------------------------------------------------------------------

    def _phrase(
        self, parse: Callable[[str], T], table: dict[str, Any], place: tuple[str, ...], key: str
    ) -> T:
        try:
            return parse(self._name(table, place, key))
        except ValueError as exc:
            self.source.refuse(str(exc), *place, key)

    def _optional(
        self, parse: Callable[[str], T], table: dict[str, Any], place: tuple[str, ...], key: str
    ) -> T | None:
        return self._phrase(parse, table, place, key) if key in table else None

    def _name(self, table: dict[str, Any], place: tuple[str, ...], key: str) -> str:
        value = table.get(key)
        if not isinstance(value, str) or not value:
            self.source.refuse(f"“{key}” is missing or not a text", *place, key)
        return value

    def _names(self, table: dict[str, Any], place: tuple[str, ...], key: str) -> tuple[str, ...]:
        names = self._texts(table, place, key)
        if not names:
            self.source.refuse(f"“{key}” is empty", *place, key)
        if len(set(names)) < len(names):
            self.source.refuse(f"“{key}” names something twice", *place, key)
        return names

    def _texts(self, table: dict[str, Any], place: tuple[str, ...], key: str) -> tuple[str, ...]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, str) and v for v in value):
            self.source.refuse(f"“{key}” is a list of texts", *place, key)
        return tuple(value)

    def _count(self, table: dict[str, Any], place: tuple[str, ...], key: str) -> int:
        value = table.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            self.source.refuse(f"“{key}” is a whole number from 1", *place, key)
        return value
