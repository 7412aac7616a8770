"""SiteRules: what one tenant's administrator decided, as its stored settings say. Decides nothing.

Settings are read leniently: what is not of the expected shape is as if it were not there.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from app.clinical.normalize.profile import NormalizerProfile
from app.clinical.terminology import canonical_system
from app.vendors.forms import NO_FORMS, SiteForms, parse_site_forms
from app.vendors.profile import VendorProfile
from app.vendors.reads import READ_TYPES

READ = "read"
FLAGS = ("read_switches", "read_overrides", "write_switches", "write_overrides")


class SiteRules(Struct, frozen=True, kw_only=True):
    """`read_switches`, `read_overrides`: resource type → on or off. `write_switches`,
    `write_overrides`: Route.key ("Patient.patch") → on or off. `mrn_systems`, `mrn_types`:
    which identifier is the record number here; () = as the vendor profile says. `forms`: what
    the site has set up for what we create."""

    read_switches: Mapping[str, bool] = {}
    read_overrides: Mapping[str, bool] = {}
    write_switches: Mapping[str, bool] = {}
    write_overrides: Mapping[str, bool] = {}
    writes_on: bool = False
    mrn_systems: tuple[str, ...] = ()
    mrn_types: tuple[str, ...] = ()
    forms: SiteForms = NO_FORMS


NO_RULES = SiteRules()


def parse_site_rules(settings: Mapping[str, Any]) -> SiteRules:
    """The part of a tenant's settings that plans and normalize look at."""
    return SiteRules(
        read_switches=_flags(settings.get("read_switches")),
        read_overrides=_flags(settings.get("read_overrides")),
        write_switches=_flags(settings.get("write_switches")),
        write_overrides=_flags(settings.get("write_overrides")),
        writes_on=settings.get("writes_on") is True,
        mrn_systems=_texts(settings.get("mrn_systems")),
        mrn_types=_texts(settings.get("mrn_types")),
        forms=parse_site_forms(settings),
    )


def change_flag(
    settings: Mapping[str, Any], group: str, key: str, value: bool | None
) -> dict[str, Any]:
    """The settings with `key` of `group` ("switches" or "overrides") on, off or, with None, as
    the vendor profile has it. `Observation.read` is a read, every other key a write."""
    kind, _, interaction = key.partition(".")
    is_read = interaction == READ
    name = f"{READ if is_read else 'write'}_{group}"
    flags = dict(_flags(settings.get(name)))
    flags.pop(kind if is_read else key, None)
    if value is not None:
        flags[kind if is_read else key] = value
    return {**settings, name: flags}


def change_rules(rules: SiteRules, group: str, key: str, value: bool | None) -> SiteRules:
    """As `change_flag`, on rules that are read already."""
    flags = {name: getattr(rules, name) for name in FLAGS}
    changed = change_flag(flags, group, key, value)
    return replace(rules, **{name: changed[name] for name in FLAGS})


def known_keys(profiles: Iterable[VendorProfile]) -> frozenset[str]:
    """Every switch and override there can be: `Observation.read`, `Patient.patch`."""
    routes = (r for p in profiles for routes in p.writes.values() for r in routes)
    writes = {route.key for route in routes if route.transport == "fhir"}
    return frozenset({f"{kind}.{READ}" for kind in READ_TYPES} | writes)


def with_site_mrn(profile: NormalizerProfile, rules: SiteRules) -> NormalizerProfile:
    """The vendor's dialect with the site's own record number, which replaces the vendor's rule
    whole. A system may hold `%` for any part of it."""
    if not (rules.mrn_systems or rules.mrn_types):
        return profile
    return replace(
        profile,
        mrn_systems=tuple(canonical_system(s) for s in rules.mrn_systems),
        mrn_types=rules.mrn_types,
    )


def _flags(value: object) -> Mapping[str, bool]:
    if not isinstance(value, dict):
        return {}
    return {k: v for k, v in value.items() if isinstance(k, str) and isinstance(v, bool)}


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        return ()
    return tuple(v for v in value if isinstance(v, str) and v)
