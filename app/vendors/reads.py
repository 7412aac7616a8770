"""The read plan: what will be read from this tenant, and why not the rest. No effect.

Read = the profile's searches ∧ the CapabilityStatement ∧ scopes ∧ the site's switch. An explicit
override outweighs statement and switch, never a missing scope. Reads are on where nothing is said.
"""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from app.vendors.capability import Capability, ResourceSupport
from app.vendors.profile import PATIENT, VendorProfile
from app.vendors.scopes import Scopes

ReadReason = Literal[
    "",
    "vendor",  # this vendor is not known to share it
    "not_listed",  # the tenant's own CapabilityStatement does not list it
    "search_refused",  # the statement asks for parameters that our searches do not have
    "not_granted",
    "switched_off",  # by the site
    "override_off",
]
READ_TYPES = (
    "Patient", "Encounter", "Condition", "Observation", "MedicationRequest", "Immunization",
    "Procedure", "ServiceRequest", "DeviceRequest", "DiagnosticReport", "Appointment", "CareTeam",
    "Coverage", "Communication", "Task", "DocumentReference", "Consent", "Flag",
)  # fmt: skip


class ReadItem(Struct, frozen=True, kw_only=True):
    """`status` read: all checks agree; doubtful: tried, something is not advertised; not_read,
    for the first `reason` that stands against it."""

    resource_type: str
    status: Literal["read", "doubtful", "not_read"]
    reason: ReadReason = ""
    searches: tuple[Mapping[str, str], ...] = ()
    why: tuple[str, ...] = ()
    note: str = ""


def plan_reads(
    profile: VendorProfile,
    capability: Capability | None,
    *,
    granted: Scopes | None = None,
    offered: Scopes | None = None,
    switches: Mapping[str, bool] | None = None,
    overrides: Mapping[str, bool] | None = None,
) -> tuple[ReadItem, ...]:
    """One item per type that facts are made of. `granted` None = not launched yet, or the caller
    judges the grant. `switches`/`overrides` are keyed by resource type."""
    site = _ReadSite(capability, granted, offered, switches or {}, overrides or {}, profile)
    return tuple(_read_item(site, kind) for kind in READ_TYPES)


class _ReadSite(Struct, frozen=True):
    """What is known of one tenant when its reads are planned."""

    capability: Capability | None
    granted: Scopes | None
    offered: Scopes | None
    switches: Mapping[str, bool]
    overrides: Mapping[str, bool]
    profile: VendorProfile


class _Finding(Struct, frozen=True):
    """One check of a read: why it cannot be, or what is doubtful about it."""

    reason: ReadReason = ""
    refusal: str = ""
    doubts: tuple[str, ...] = ()


def _read_item(site: _ReadSite, kind: str) -> ReadItem:
    override = site.overrides.get(kind)
    searches = tuple(site.profile.searches.get(kind, ()))
    note = site.profile.search_notes.get(kind, "")
    if override and not searches:
        searches = ({"patient": PATIENT},)
    findings = [
        _switch_of_read(site, kind, override),
        _capability_of_read(site, kind, searches, override),
        _scope_of_read(site, kind),
    ]
    refused = [f for f in findings if f.reason]
    doubts = tuple(doubt for f in findings for doubt in f.doubts)
    if refused:
        return ReadItem(
            resource_type=kind,
            status="not_read",
            reason=refused[0].reason,
            why=tuple(f.refusal for f in refused),
            note=note,
        )
    return ReadItem(
        resource_type=kind,
        status="doubtful" if doubts else "read",
        searches=searches,
        why=doubts,
        note=note,
    )


def _switch_of_read(site: _ReadSite, kind: str, override: bool | None) -> _Finding:
    if override is False:
        return _Finding("override_off", "An override forbids it.")
    if override is None and not site.switches.get(kind, True):
        return _Finding("switched_off", f"The site's switch for {kind}.read is off.")
    return _Finding()


def _capability_of_read(
    site: _ReadSite, kind: str, searches: tuple[Mapping[str, str], ...], override: bool | None
) -> _Finding:
    if not searches:
        return _Finding("vendor", site.profile.unread.get(kind, "No search by patient is known."))
    if site.capability is None:
        return _Finding(doubts=("The CapabilityStatement has not been read.",))
    found = _statement_of_read(site.capability, kind, searches)
    if override and found.reason:
        return _Finding(doubts=(f"{found.refusal} An override asks for it all the same.",))
    return found


def _statement_of_read(
    capability: Capability, kind: str, searches: tuple[Mapping[str, str], ...]
) -> _Finding:
    support = capability.resources.get(kind)
    if support is None:
        return _Finding("not_listed", "The CapabilityStatement does not list it.")
    if kind == "Patient" and "read" in support.interactions:
        return _Finding()
    if "search-type" not in support.interactions:
        return _Finding("not_listed", "The CapabilityStatement lists no search for it.")
    return _parameters_of(support, searches)


def _parameters_of(support: ResourceSupport, searches: tuple[Mapping[str, str], ...]) -> _Finding:
    asked = {name for search in searches for name in search}
    for search in searches:
        if support.required_any and not any(c <= set(search) for c in support.required_any):
            needed = " or ".join(" + ".join(sorted(c)) for c in support.required_any)
            return _Finding("search_refused", f"A search needs {needed}.")
    missing = sorted(asked - support.search_params)
    return _Finding(doubts=tuple(f"Parameter {name} is not advertised." for name in missing))


def _scope_of_read(site: _ReadSite, kind: str) -> _Finding:
    needed = "read" if kind == "Patient" else "search-type"
    if site.granted is not None:
        if site.granted.allow(kind, needed):
            return _Finding()
        return _Finding("not_granted", f"No granted scope covers it (patient/{kind}.rs).")
    listed = site.profile.launch.scopes_listed == "yes"
    if site.offered is not None and listed and not site.offered.offer(kind, needed):
        doubt = f"No scope for it is listed (patient/{kind}.rs); ask for it all the same."
        return _Finding(doubts=(doubt,))
    return _Finding()
