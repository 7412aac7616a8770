"""Value sets: which codes a named list holds, and where that list came from. Reads no files.

Lists with owners (CPT, SNOMED CT …) are loaded from the operator's folder; the product's own
starter lists fill what that folder lacks and say so.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from app.clinical.terminology import canonical_system
from app.errors import DataError


class ValueSet(Struct, frozen=True):
    """`origin` is what a reader is told: "folder" or "starter". `partial`: known to lack codes."""

    oid: str
    title: str
    version: str
    origin: str
    codes: frozenset[tuple[str, str]]
    partial: bool = False


def parse_value_set(resource: Any) -> ValueSet:
    """A FHIR ValueSet with an expansion; nested `contains` count, abstract entries do not.

    Raises DataError when it is not one.
    """
    if not isinstance(resource, dict) or resource.get("resourceType") != "ValueSet":
        raise DataError("This is not a FHIR ValueSet.")
    expansion = resource.get("expansion")
    oid = str(resource.get("id") or "").removeprefix("urn:oid:")
    if not isinstance(expansion, dict) or not oid:
        raise DataError("This ValueSet has no id or no expansion.")
    return ValueSet(
        oid=oid,
        title=str(resource.get("title") or resource.get("name") or oid),
        version=str(resource.get("version") or ""),
        origin="folder",
        codes=frozenset(_contained(expansion.get("contains"))),
    )


def _contained(entries: Any) -> Iterator[tuple[str, str]]:
    for entry in entries if isinstance(entries, list) else ():
        if not isinstance(entry, dict):
            continue
        if entry.get("system") and entry.get("code") and not entry.get("abstract"):
            yield canonical_system(str(entry["system"])), str(entry["code"])
        yield from _contained(entry.get("contains"))


def parse_starter_sets(table: Mapping[str, Any], systems: Mapping[str, str]) -> list[ValueSet]:
    """The product's own lists: `[sets."<oid>"]` with a title and codes by system name.

    Raises DataError for a system that is not known.
    """
    version = str(table.get("version", ""))
    found = []
    for oid, entry in table.get("sets", {}).items():
        codes: set[tuple[str, str]] = set()
        for name, listed in entry.get("codes", {}).items():
            if name not in systems:
                raise DataError(f"The starter list {oid} names an unknown code system.")
            codes.update((systems[name], code) for code in listed)
        title, partial = str(entry["title"]), bool(entry.get("partial", False))
        found.append(ValueSet(oid, title, version, "starter", frozenset(codes), partial))
    return found


class ValueSets:
    """The loaded sets by OID. The first of two with one OID wins: folder before starter."""

    def __init__(self, sets: Iterable[ValueSet] = ()) -> None:
        self._by_oid: dict[str, ValueSet] = {}
        for value_set in sets:
            self._by_oid.setdefault(value_set.oid, value_set)

    @property
    def oids(self) -> tuple[str, ...]:
        return tuple(self._by_oid)

    def get(self, oid: str) -> ValueSet | None:
        return self._by_oid.get(oid)

    def codes(self, oid: str) -> frozenset[tuple[str, str]]:
        """Empty when the set is not loaded."""
        found = self._by_oid.get(oid)
        return found.codes if found else frozenset()

    def __len__(self) -> int:
        return len(self._by_oid)
