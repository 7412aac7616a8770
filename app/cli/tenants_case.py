"""One EHR's plans as lines: of files, or of a stored tenant with its rules and its last grant.

Fetches only where it is asked to; decides nothing.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from app.errors import InvalidInput
from app.fhir.client import FhirClient
from app.fhir.outbound import build_http_client
from app.settings import Settings
from app.store.db import Store
from app.store.records.sessions import load_last_scope
from app.store.records.tenants import Tenant, load_tenant
from app.sync.capability import Sites, load_documents
from app.vendors import profile_named
from app.vendors.capability import Capability, parse_capability
from app.vendors.capability_change import Change, compare_capabilities
from app.vendors.plan import RouteVerdict, WriteItem, plan_writes
from app.vendors.profile import VendorProfile
from app.vendors.reads import ReadItem, plan_reads
from app.vendors.scopes import Scopes, parse_scopes
from app.vendors.site import NO_RULES, SiteRules, parse_site_rules
from app.vendors.smart import SmartOffer, parse_smart_offer

NEEDED = ("Patient", "Encounter", "Condition", "Observation", "MedicationRequest", "Immunization")
"""Without these the panel cannot say what a patient needs."""


@dataclass(frozen=True, slots=True)
class Case:
    """What both plans are made of. `granted` None: nobody launched yet. `stored` holds what is
    told of a stored tenant, `changes` what its EHR says differently than before."""

    profile: VendorProfile
    capability: Capability | None
    offer: SmartOffer
    granted: Scopes | None = None
    rules: SiteRules = NO_RULES
    stored: dict[str, Any] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()


async def load_case(store: Store, settings: Settings, tenant_id: str, *, live: bool) -> Case:
    """A stored tenant. `live` reads its EHR's documents now and keeps them. Raises NotFound,
    FhirError, DataError."""
    async with store.read(tenant_id) as tx:
        tenant = await load_tenant(tx)
    if live:
        await _refresh(store, settings, tenant)
    async with store.read(tenant_id) as tx:
        statement, smart = await load_documents(tx)
        scope = await load_last_scope(tx)
    if statement is None and not live:
        raise InvalidInput("Its EHR was not read yet. Use --live, or open the app from it once.")
    assert statement is not None  # noqa: S101 — a live reading keeps one or raises
    capability = parse_capability(statement.body, asked=tenant.registration.iss)
    former = parse_capability(statement.former) if statement.former else None
    return Case(
        profile=profile_named(tenant.vendor),
        capability=capability,
        offer=parse_smart_offer(smart.body) if smart else SmartOffer(),
        granted=parse_scopes(scope.split()) if scope is not None else None,
        rules=parse_site_rules(tenant.settings),
        stored={
            "tenant": tenant_id,
            "read_at": _stamp(statement.read_at),
            "since": _stamp(statement.since),
            "granted": "last launch" if scope is not None else "nobody launched yet",
        },
        changes=compare_capabilities(former, capability) if former else (),
    )


async def _refresh(store: Store, settings: Settings, tenant: Tenant) -> None:
    hosts = {host.lower() for host in tenant.allowed_hosts}
    http = build_http_client(
        may_be_private=lambda host: host.lower() in hosts, allow_http=settings.allow_http
    )
    async with http:
        sites = Sites(store, lambda iss: FhirClient(http, iss, ""), store.clock)
        await sites.refresh(tenant.tenant_id, tenant.registration.iss)


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def build_lines(case: Case) -> tuple[list[dict[str, Any]], list[str]]:
    """Both plans, what changed and what is odd, one line each; and the needed types that cannot
    be read."""
    rules, statement = case.rules, case.capability
    reads = plan_reads(
        case.profile,
        statement,
        granted=case.granted,
        offered=case.offer.scopes,
        switches=rules.read_switches,
        overrides=rules.read_overrides,
    )
    writes = plan_writes(
        case.profile,
        statement,
        granted=case.granted,
        offered=case.offer.scopes,
        switches=rules.write_switches,
        overrides=rules.write_overrides,
        switched_on=rules.writes_on,
    )
    lines = [
        _connection(case),
        *map(_read_row, reads),
        *map(_write_row, writes),
        *({"plan": "change", **msgspec.to_builtins(c)} for c in case.changes),
        *(
            {"plan": "oddity", **msgspec.to_builtins(o)}
            for o in (statement.oddities if statement else ())
        ),
    ]
    missing = {r.resource_type for r in reads if r.status == "not_read"} & set(NEEDED)
    return lines, sorted(missing)


def _connection(case: Case) -> dict[str, Any]:
    said, offer = case.capability or Capability(), case.offer
    return {
        "plan": "connection",
        **case.stored,
        "vendor": case.profile.name,
        "software": f"{said.software} {said.software_version}".strip(),
        "fhir_version": said.fhir_version,
        "stated": said.date,
        "token_auth": offer.token_auth,
        "scopes_listed": offer.scopes is not None,
        "notes": case.profile.notes,
    }


def _read_row(item: ReadItem) -> dict[str, Any]:
    return {"plan": "read", **msgspec.to_builtins(item)}


def _write_row(item: WriteItem) -> dict[str, Any]:
    return {
        "plan": "write",
        "intent": item.intent,
        "route": item.chosen.name,
        "result": item.chosen.result,
        "best": item.best.route.name,
        "best_result": item.best.route.result,
        "considered": [_route_row(v) for v in item.considered],
    }


def _route_row(verdict: RouteVerdict) -> dict[str, Any]:
    return {
        "route": verdict.route.name,
        "key": verdict.route.key,
        "status": verdict.status,
        "result": verdict.route.result,
        "capability": verdict.capability,
        "scope": verdict.scope,
        "switch": verdict.switch,
        "why": verdict.why,
        "note": verdict.route.note,
    }


def tell(line: dict[str, Any]) -> str:
    """A line for a person."""
    kind = line["plan"]
    if kind == "connection":
        head = f"{line['vendor']}: {line['software']} FHIR {line['fhir_version']} {line['stated']}"
        kept = [f"kept   {line['tenant']}: read {line['read_at']}, so since {line['since']}; "
                f"grant: {line['granted']}"] if "tenant" in line else []  # fmt: skip
        return "\n".join([head, *kept, *(f"note   {note}" for note in line["notes"])])
    if kind == "read":
        why = " ".join([*line["why"], line["note"]]).strip()
        return f"read   {line['resource_type']:18} {line['status']:9} {why}".rstrip()
    if kind == "change":
        came = "new" if line["came"] else "gone"
        return f"change {line['resource_type']} {line['kind']} {line['what']}: {came}"
    if kind == "oddity":
        return f"odd    {line['code']} {line['resource_type']} {line['detail']}".rstrip()
    now = f"now {line['route']} ({line['result']})"
    rows = [f"write  {line['intent']:18} {now}; at best {line['best']} ({line['best_result']})"]
    for route in line["considered"]:
        rows.append(
            f"         {route['status']:9} {route['key']}: {' '.join(route['why'])}".rstrip()
        )
    return "\n".join(rows)
