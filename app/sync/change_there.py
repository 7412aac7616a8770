"""Who changed a field in the EHR, and when, as far as the EHR lets it be read. Changes nothing.

When: the first version of the record that has the value, by its history; without a history the
version in which it was first seen, which says no more than "by then". Who: the Provenance of that
very version. What cannot be read stays unknown; nothing is inferred from who was at work.
"""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.clinical.facts import Patient
from app.errors import AppError
from app.fhir.bundle import parse_page
from app.fhir.client import FhirClient
from app.outreach.contact import Clash, read_contact
from app.sync.patient_write import ThereChange
from app.sync.payloads.frame import SYSTEM
from app.sync.write_route import Terms

AUTHORS = ("author", "enterer", "performer")
"""Kinds of Provenance agents, the one who is meant first."""

NAME_CHARS = 120
LOOK_S = 6.0


@dataclass(frozen=True, slots=True)
class Looking:
    """What a look needs: `first` is the record as it was before anything of ours was written."""

    client: FhirClient
    patient_id: str
    parse: Callable[[bytes], Patient | None]
    first: Patient
    today: date


async def fetch_changes(
    clashes: Iterable[Clash], looking: Looking, terms: Terms
) -> dict[str, ThereChange]:
    """Field → who and when. Best effort and brief: what the EHR refuses, does not have or does
    not say soon is not known."""
    history: list[Patient] = []
    authors: Mapping[str, str] = {}
    with suppress(TimeoutError):
        async with asyncio.timeout(LOOK_S):
            history = await _fetch_history(looking, terms)
            authors = await _fetch_authors(looking, terms)
    found = {}
    for clash in clashes:
        change = find_change(history, clash, looking.today) or build_seen(looking.first)
        by = authors.get(change.version, "")
        found[clash.field] = ThereChange(by, change.at, change.is_exact, change.version)
    return found


def build_seen(first: Patient) -> ThereChange:
    """The version in which the value was first seen."""
    changed = first.source.last_updated
    return ThereChange(at=changed.at if changed else None, version=first.source.version_id)


def find_change(versions: Iterable[Patient], clash: Clash, today: date) -> ThereChange | None:
    """`versions` newest first. The oldest one of the unbroken run that has the value; None when
    the history does not show what was there before."""
    since: Patient | None = None
    for version in versions:
        if read_contact(version, today=today).get(clash.field, "") != clash.theirs:
            break
        since = version
    else:
        return None
    if since is None or since.source.last_updated is None:
        return None
    at, number = since.source.last_updated.at, since.source.version_id
    return ThereChange(at=at, is_exact=True, version=number)


async def _fetch_history(looking: Looking, terms: Terms) -> list[Patient]:
    """The record's versions, newest first; [] where there is no history to be read."""
    capability = terms.site.capability
    if capability is None or not capability.has("Patient", "history-instance"):
        return []
    try:
        answer = await looking.client.fetch(f"Patient/{looking.patient_id}/_history")
        page = parse_page(answer.body, patient_id=looking.patient_id)
    except AppError:
        return []
    return [p for raw in page.resources if (p := looking.parse(raw)) is not None]


async def _fetch_authors(looking: Looking, terms: Terms) -> Mapping[str, str]:
    """Version of the record → who made it, by the Provenances that name that version."""
    capability = terms.site.capability
    support = capability.resources.get("Provenance") if capability else None
    able = support is not None and "target" in support.search_params
    if not able or not terms.granted.allow("Provenance", "search-type"):
        return {}
    try:
        target = {"target": f"Patient/{looking.patient_id}"}
        answer = await looking.client.fetch("Provenance", target)
        bundle = json.loads(answer.body)
    except (AppError, ValueError, RecursionError):
        return {}
    entries = bundle.get("entry") if isinstance(bundle, dict) else None
    found: dict[str, str] = {}
    for entry in entries if isinstance(entries, list) else []:
        found |= read_authors(entry.get("resource"), looking.patient_id)
    return found


def read_authors(provenance: Any, patient_id: str) -> dict[str, str]:
    """What one Provenance tells: versions of this record that it names, and who. Ours tell
    nothing: they are about our own writes."""
    if not isinstance(provenance, dict) or SYSTEM in json.dumps(provenance.get("entity", "")):
        return {}
    if provenance.get("resourceType") != "Provenance":
        return {}
    prefix = f"Patient/{patient_id}/_history/"
    targets = [str(t.get("reference", "")) for t in _dicts(provenance.get("target"))]
    versions = [t.rpartition(prefix)[2] for t in targets if prefix in t]
    name = _read_agent(_dicts(provenance.get("agent")))
    return dict.fromkeys(versions, name) if name else {}


def _read_agent(agents: list[dict[str, Any]]) -> str:
    """The name of the agent who is meant; "" when none has one."""

    def rank(agent: dict[str, Any]) -> int:
        coding = _dicts((agent.get("type") or {}).get("coding"))
        codes = [str(c.get("code", "")) for c in coding]
        return next((n for n, kind in enumerate(AUTHORS) if kind in codes), len(AUTHORS))

    names = [str((a.get("who") or {}).get("display") or "") for a in sorted(agents, key=rank)]
    first = next((name for name in names if name.strip()), "")
    return " ".join(first.split())[:NAME_CHARS]


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []
