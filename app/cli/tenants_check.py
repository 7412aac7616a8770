"""`chartside tenants check`: what would be read and written at an EHR, and why not the rest.

Works on two files, so it can be run before anything is connected. Changes nothing.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import typer

from app.errors import DataError
from app.vendors import PROFILES, recognize
from app.vendors.capability import Capability, parse_capability
from app.vendors.plan import RouteVerdict, WriteItem, plan_writes
from app.vendors.profile import VendorProfile
from app.vendors.reads import ReadItem, plan_reads
from app.vendors.scopes import parse_scopes
from app.vendors.smart import SmartOffer, parse_smart_offer

Format = Literal["text", "json"]
NEEDED = ("Patient", "Encounter", "Condition", "Observation", "MedicationRequest", "Immunization")
"""Without these the panel cannot say what a patient needs."""


def check(
    capability: Annotated[Path, typer.Option(help="The server's CapabilityStatement, a file")],
    smart: Annotated[Path | None, typer.Option(help="Its smart-configuration, a file")] = None,
    vendor: Annotated[str, typer.Option(help="Recognized from the statement if absent")] = "",
    scopes: Annotated[str, typer.Option(help="Scopes granted, separated by spaces")] = "",
    switch: Annotated[list[str] | None, typer.Option(help="Writes on, as Patient.patch")] = None,
    override: Annotated[list[str] | None, typer.Option(help="As Patient.update=on or =off")] = None,
    base: Annotated[str, typer.Option(help="The FHIR base that was asked")] = "",
    format: Annotated[Format, typer.Option(help="text or json")] = "text",  # noqa: A002 - the option's name
) -> None:
    """Print the read plan and the write plan of one EHR, with what will be missing and why."""
    try:
        statement = parse_capability(_read(capability, "--capability"), asked=base)
        offer = parse_smart_offer(_read(smart, "--smart")) if smart else SmartOffer()
    except DataError as unreadable:
        typer.echo(unreadable.user_message, err=True)
        raise typer.Exit(1) from None
    profile = _profile(vendor, statement)
    granted = parse_scopes(scopes.split()) if scopes else None
    reads = plan_reads(profile, statement, granted=granted, offered=offer.scopes)
    writes = plan_writes(
        profile,
        statement,
        granted=granted,
        offered=offer.scopes,
        switches=dict.fromkeys(switch or (), True),
        overrides=dict(_override(o) for o in override or ()),
    )
    lines = [
        _connection(profile, statement, offer),
        *map(_read_row, reads),
        *map(_write_row, writes),
        *({"plan": "oddity", **msgspec.to_builtins(o)} for o in statement.oddities),
    ]
    for line in lines:
        typer.echo(msgspec.json.encode(line).decode() if format == "json" else _words(line))
    missing = [r.resource_type for r in reads if r.status == "not_read"]
    raise typer.Exit(1 if set(missing) & set(NEEDED) else 0)


def _read(path: Path, option: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise typer.BadParameter("cannot be read", param_hint=option) from None


def _profile(vendor: str, statement: Capability) -> VendorProfile:
    if not vendor:
        return recognize(statement)
    if vendor not in PROFILES:
        raise typer.BadParameter(f"one of {', '.join(sorted(PROFILES))}", param_hint="--vendor")
    return PROFILES[vendor]


def _override(text: str) -> tuple[str, bool]:
    key, _, value = text.partition("=")
    if value not in ("on", "off"):
        raise typer.BadParameter("write it as Patient.update=on", param_hint="--override")
    return key, value == "on"


def _connection(profile: VendorProfile, statement: Capability, offer: SmartOffer) -> dict[str, Any]:
    return {
        "plan": "connection",
        "vendor": profile.name,
        "software": f"{statement.software} {statement.software_version}".strip(),
        "fhir_version": statement.fhir_version,
        "stated": statement.date,
        "token_auth": offer.token_auth,
        "scopes_listed": offer.scopes is not None,
        "notes": profile.notes,
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


def _words(line: dict[str, Any]) -> str:
    kind = line["plan"]
    if kind == "connection":
        head = f"{line['vendor']}: {line['software']} FHIR {line['fhir_version']} {line['stated']}"
        return "\n".join([head, *(f"note   {note}" for note in line["notes"])])
    if kind == "read":
        why = " ".join([*line["why"], line["note"]]).strip()
        return f"read   {line['resource_type']:18} {line['status']:9} {why}".rstrip()
    if kind == "oddity":
        return f"odd    {line['code']} {line['resource_type']} {line['detail']}".rstrip()
    now = f"now {line['route']} ({line['result']})"
    rows = [f"write  {line['intent']:18} {now}; at best {line['best']} ({line['best_result']})"]
    for route in line["considered"]:
        rows.append(
            f"         {route['status']:9} {route['key']}: {' '.join(route['why'])}".rstrip()
        )
    return "\n".join(rows)
