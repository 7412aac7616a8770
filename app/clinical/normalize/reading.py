"""Reading: bytes of any JSON to raw resources: in one pass where all is clean, resource by resource
where not, leniently where a resource itself is not."""

import re
from typing import Any

import msgspec
from msgspec import UNSET, Raw, Struct

from app.clinical.chart import SetAside
from app.clinical.elements import Repair
from app.clinical.normalize.completeness import Outcome, read_outcome, searched_type
from app.clinical.normalize.kinds import KINDS
from app.clinical.normalize.lenient import convert_resource
from app.clinical.normalize.loose import Unreadable, parse_loose, split_entries
from app.clinical.normalize.medication_request import RawMedication
from app.clinical.normalize.shapes import RawResource
from app.clinical.normalize.whole import (
    KIND_OF,
    MEDICATION,
    OUTCOME,
    RawLink,
    WholeBundle,
    decode_whole,
)

MAX_NESTING = 8
_PEEK = re.compile(rb'\s*\{\s*"resourceType"\s*:\s*"(\w{1,64})"')
_REFUSALS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_TYPE = re.compile(r"[A-Za-z]{1,64}")
_REPLACED = "\ufffd".encode()
_READ_AS_VALUES = frozenset({"Bundle", "OperationOutcome", "Medication"})


class RawEntry(Struct, rename="camel", gc=False):
    """`request` and `response` stand in place of a resource in a history or a batch answer."""

    full_url: str | None = None
    resource: Raw = Raw()
    request: Raw = Raw()
    response: Raw = Raw()


class RawBundle(Struct, rename="camel", gc=False):
    resource_type: str | None = None
    link: tuple[RawLink, ...] | None = None
    entry: tuple[RawEntry, ...] | None = None


class Found(Struct, gc=False):
    """One resource as read, with what was done to make it fit."""

    kind: str
    id: str
    raw: RawResource
    notes: tuple[Repair, ...]


class Reading:
    """What the pieces held, before anything is judged."""

    def __init__(self) -> None:
        self.found: list[Found] = []
        self.medications: list[RawMedication] = []
        self.index: dict[str, tuple[str, str]] = {}
        self.not_used: dict[str, int] = {}
        self.quarantined: list[SetAside] = []
        self.outcomes: list[Outcome] = []

    def add(self, raw: bytes) -> None:
        """One piece: a Bundle of any type, or a resource alone. Never raises."""
        try:
            whole: object = decode_whole(raw)
        except _REFUSALS:
            self._add_in_parts(raw)
            return
        if not isinstance(whole, WholeBundle):
            self._take(whole, "", "")
            return
        searched = searched_type((link.relation, link.url) for link in whole.link or ())
        entries: tuple[Any, ...] = whole.entry or ()
        for entry in entries:
            if entry.resource is not UNSET:
                self._take(entry.resource, entry.full_url or "", searched)
            elif not (entry.request or entry.response):
                self._refuse("entry_without_resource", "")

    def _take(self, raw: Any, full_url: str, searched: str) -> None:
        """A resource in its shape."""
        kind = KIND_OF[type(raw)]
        if kind in KINDS:
            self._keep(kind, raw, full_url, ())
        elif type(raw) is MEDICATION:
            self._keep_medication(raw, full_url)
        elif type(raw) is OUTCOME and raw.issue:
            value = b'{"resourceType":"OperationOutcome","issue":%b}' % bytes(raw.issue)
            self._add_slowly(value, kind, full_url, searched)
        else:
            self._count(kind)

    def _add_in_parts(self, raw: bytes) -> None:
        """A piece of which some part is not clean, or not known: each resource by itself."""
        try:
            bundle = _decode_bundle(raw)
        except _REFUSALS:
            self._add_refused(raw)
            return
        if bundle.resource_type != "Bundle":
            self._add_resource(raw, "", "")
            return
        links = ((link.relation, link.url) for link in bundle.link or ())
        searched = searched_type(links)
        for entry in bundle.entry or ():
            if entry.resource:
                self._add_resource(entry.resource, entry.full_url or "", searched)
            elif not (entry.request or entry.response):
                self._refuse("entry_without_resource", "")

    def _add_refused(self, raw: bytes) -> None:
        """A piece that the typed decoder does not take: as a value, else what can be cut out."""
        try:
            value = parse_loose(raw)
        except Unreadable as unreadable:
            peek = _PEEK.match(raw)
            self._refuse(unreadable.reason, peek[1].decode() if peek else "Bundle")
            for part in split_entries(raw):
                self._add_resource(part, "", "")
            return
        # A list of resources, as some exports are, is taken for so many pieces.
        for piece in value if isinstance(value, list) and value else [value]:
            self._add_value(piece, "", "")

    def _add_resource(self, raw: bytes | Raw, full_url: str, searched: str) -> None:
        peek = _PEEK.match(raw)
        kind = _type_of(raw) if peek is None else _TYPES.get(peek[1]) or peek[1].decode()
        if kind in _DECODERS:
            try:
                self._keep(kind, _DECODERS[kind](raw), full_url, ())
                return
            except _REFUSALS:
                pass
        elif kind and kind not in _READ_AS_VALUES:
            self._count(kind)
            return
        self._add_slowly(bytes(raw), kind, full_url, searched)

    def _add_slowly(self, raw: bytes, kind: str, full_url: str, searched: str) -> None:
        try:
            value = parse_loose(raw)
        except Unreadable as unreadable:
            self._refuse(unreadable.reason, kind)
            return
        self._add_value(value, full_url, searched)

    def _add_value(self, value: object, full_url: str, searched: str, nesting: int = 0) -> None:
        """A parsed JSON value, whatever it is."""
        kind = value.get("resourceType") if isinstance(value, dict) else None
        if not isinstance(value, dict) or not isinstance(kind, str):
            self._refuse("not_a_resource", "")
        elif kind == "Bundle":
            self._add_bundle_value(value, nesting)
        elif kind == "OperationOutcome":
            self.outcomes.append(read_outcome(value, searched))
            self._count(kind)
        elif kind == "Medication":
            self._add_medication(value, full_url)
        elif kind in KINDS:
            raw, notes = convert_resource(value, KINDS[kind].shape)
            if _REPLACED in msgspec.json.encode(raw):
                notes = (*notes, Repair("characters_replaced", "", ""))
            self._keep(kind, raw, full_url, notes)
        elif _TYPE.fullmatch(kind):
            self._count(kind)
        else:
            self._refuse("not_a_resource", "")

    def _add_bundle_value(self, value: dict[str, Any], nesting: int) -> None:
        if nesting > MAX_NESTING:
            self._refuse("too_deep", "Bundle")
            return
        entries = value.get("entry") or []
        if not isinstance(entries, list):
            entries = [entries]
        searched = searched_type(_links(value.get("link")))
        for entry in entries:
            if not isinstance(entry, dict):
                self._refuse("entry_without_resource", "")
            elif "resource" in entry:
                full_url = entry.get("fullUrl")
                place = full_url if isinstance(full_url, str) else ""
                self._add_value(entry["resource"], place, searched, nesting + 1)
            elif not ("request" in entry or "response" in entry):
                self._refuse("entry_without_resource", "")

    def _add_medication(self, value: dict[str, Any], full_url: str) -> None:
        raw, _ = convert_resource(value, MEDICATION)
        self._keep_medication(raw, full_url)

    def _keep_medication(self, raw: RawResource, full_url: str) -> None:
        raw.id = raw.id or _id_of(full_url)
        self._count("Medication")
        if isinstance(raw, RawMedication):
            self.medications.append(raw)
        if full_url and raw.id:
            self.index[full_url] = ("Medication", raw.id)

    def _keep(
        self,
        kind: str,
        raw: RawResource,
        full_url: str,
        notes: tuple[Repair, ...],
    ) -> None:
        ident = raw.id
        if not ident:
            ident = raw.id = _id_of(full_url)
        if full_url and ident and not full_url.endswith(ident):
            self.index[full_url] = (kind, ident)
        self.found.append(Found(kind, ident, raw, notes))

    def _count(self, kind: str) -> None:
        """A resource of which no fact is made."""
        self.not_used[kind] = self.not_used.get(kind, 0) + 1

    def _refuse(self, reason: str, kind: str) -> None:
        self.quarantined.append(SetAside(reason, kind, quarantined=True))


class _Head(Struct, rename="camel", gc=False):
    resource_type: str | None = None


_decode_bundle = msgspec.json.Decoder(RawBundle).decode
_decode_head = msgspec.json.Decoder(_Head).decode


_DECODERS = {kind: known.decode for kind, known in KINDS.items()}
_TYPES = {kind.encode(): kind for kind in KINDS}


def _type_of(raw: bytes | Raw) -> str:
    """The resource type when it does not come first; "" when it cannot be told."""
    try:
        found = _decode_head(raw).resource_type or ""
    except _REFUSALS:
        return ""
    return found if _TYPE.fullmatch(found) else ""


def _id_of(full_url: str) -> str:
    return full_url.rpartition("/")[2].removeprefix("urn:uuid:").removeprefix("urn:oid:")


def _links(value: object) -> list[tuple[str | None, str | None]]:
    found: list[tuple[str | None, str | None]] = []
    for link in value if isinstance(value, list) else ():
        if isinstance(link, dict) and isinstance(link.get("url"), str):
            found.append((str(link.get("relation")), link["url"]))
    return found
