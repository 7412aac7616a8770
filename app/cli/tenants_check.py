"""`chartside tenants check`: what would be read and written at an EHR, and why not the rest.

Works on a stored tenant or on two files, so it can be run before anything is connected. `--live`
keeps what it read; nothing else is changed.
"""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer

from app.cli.store_access import run_command
from app.cli.tenants_case import Case, build_lines, load_case, tell
from app.errors import DataError
from app.vendors import PROFILES, recognize
from app.vendors.capability import Capability, parse_capability
from app.vendors.profile import VendorProfile
from app.vendors.scopes import parse_scopes
from app.vendors.site import change_rules
from app.vendors.smart import SmartOffer, parse_smart_offer

Format = Literal["text", "json"]


def check(
    tenant: Annotated[str, typer.Argument(help="a stored EHR connection; else --capability")] = "",
    capability: Annotated[Path | None, typer.Option(help="a CapabilityStatement, a file")] = None,
    smart: Annotated[Path | None, typer.Option(help="its smart-configuration, a file")] = None,
    live: Annotated[bool, typer.Option("--live", help="ask the stored tenant's EHR now")] = False,
    vendor: Annotated[str, typer.Option(help="recognized from the statement if absent")] = "",
    scopes: Annotated[str, typer.Option(help="scopes granted, separated by spaces")] = "",
    switch: Annotated[list[str] | None, typer.Option(help="on, as Patient.patch")] = None,
    override: Annotated[list[str] | None, typer.Option(help="as Patient.update=on or =off")] = None,
    base: Annotated[str, typer.Option(help="the FHIR base that was asked")] = "",
    format: Annotated[Format, typer.Option(help="text or json")] = "text",  # noqa: A002 - the option's name
) -> None:
    """Print the read plan and the write plan of one EHR, with what will be missing and why.

    For a stored tenant: by what its EHR said last (or says now), its rules, and what its last
    launch was granted. On files: before anything is connected.
    """
    if bool(tenant) == (capability is not None):
        raise typer.BadParameter("name a stored tenant or give --capability", param_hint="TENANT")
    try:
        if capability is not None:
            case = _case_of_files(capability, smart, vendor, base)
        else:
            case = run_command(
                lambda store, settings: load_case(store, settings, tenant, live=live)
            )
    except DataError as unreadable:
        typer.echo(unreadable.user_message, err=True)
        raise typer.Exit(1) from None
    case = _with_options(case, vendor, scopes, switch or [], override or [])
    lines, missing = build_lines(case)
    for line in lines:
        typer.echo(msgspec.json.encode(line).decode() if format == "json" else tell(line))
    raise typer.Exit(1 if missing else 0)


def _case_of_files(capability: Path, smart: Path | None, vendor: str, base: str) -> Case:
    statement = parse_capability(_read(capability, "--capability"), asked=base)
    offer = parse_smart_offer(_read(smart, "--smart")) if smart else SmartOffer()
    return Case(profile=_profile(vendor, statement), capability=statement, offer=offer)


def _with_options(
    case: Case, vendor: str, scopes: str, switches: list[str], overrides: list[str]
) -> Case:
    """What was typed outweighs what is stored."""
    rules = case.rules
    for key in switches:
        rules = change_rules(rules, "switches", key, True)
    for text in overrides:
        rules = change_rules(rules, "overrides", *_override(text))
    granted = parse_scopes(scopes.split()) if scopes else case.granted
    profile = _profile(vendor, case.capability) if vendor else case.profile
    return replace(case, profile=profile, granted=granted, rules=rules)


def _read(path: Path, option: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise typer.BadParameter("cannot be read", param_hint=option) from None


def _profile(vendor: str, statement: Capability | None) -> VendorProfile:
    if not vendor:
        return recognize(statement) if statement else PROFILES["generic"]
    if vendor not in PROFILES:
        raise typer.BadParameter(f"one of {', '.join(sorted(PROFILES))}", param_hint="--vendor")
    return PROFILES[vendor]


def _override(text: str) -> tuple[str, bool]:
    key, _, value = text.partition("=")
    if value not in ("on", "off"):
        raise typer.BadParameter("write it as Patient.update=on", param_hint="--override")
    return key, value == "on"
