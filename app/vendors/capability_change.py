"""What changed between two CapabilityStatements, in what they mean. Reads no bytes."""

import hashlib
from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from app.vendors.capability import Capability, ResourceSupport
from app.vendors.smart import SmartOffer

NOTHING = ResourceSupport(type="")


class Change(Struct, frozen=True, order=True):
    """`what` is the interaction, parameter, requirement or software that came or went."""

    resource_type: str
    kind: Literal["interaction", "parameter", "requirement", "software"]
    what: str
    came: bool


def digest_capability(capability: Capability) -> str:
    """Equal for statements that mean the same. Its own date does not count: many servers write
    the moment of the answer there."""
    plain = replace(capability, date="", url="", implementation_url="", oddities=())
    return _digest(plain)


def digest_offer(offer: SmartOffer) -> str:
    """Equal for configurations that offer the same."""
    return _digest(offer)


def _digest(value: object) -> str:
    return hashlib.sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()


def compare_capabilities(former: Capability, now: Capability) -> tuple[Change, ...]:
    """Everything that came or went, by type."""
    found: set[Change] = set()
    for kind in {*former.resources, *now.resources}:
        before = former.resources.get(kind, NOTHING)
        after = now.resources.get(kind, NOTHING)
        found |= _differ(kind, "interaction", before.interactions, after.interactions)
        found |= _differ(kind, "parameter", before.search_params, after.search_params)
        found |= _differ(kind, "requirement", _needs(before), _needs(after))
    software = [f"{c.software} {c.software_version}".strip() for c in (former, now)]
    found |= _differ("", "software", frozenset(software[:1]), frozenset(software[1:]))
    return tuple(sorted(found))


def _needs(support: ResourceSupport) -> frozenset[str]:
    return frozenset(" + ".join(sorted(names)) for names in support.required_any)


def _differ(
    resource_type: str,
    kind: Literal["interaction", "parameter", "requirement", "software"],
    before: frozenset[str],
    after: frozenset[str],
) -> set[Change]:
    return {Change(resource_type, kind, what, True) for what in after - before if what} | {
        Change(resource_type, kind, what, False) for what in before - after if what
    }
