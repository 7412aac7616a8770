"""What is sent to change contact details in a Patient: JSON Patch operations, or the PUT body.

Pure over a Patient as the EHR answered it. Sends nothing; decides nothing about conflicts.
"""

import copy
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import phonenumbers

from app.clinical.facts import Patient
from app.outreach.contact import LANGUAGES, PHONE_FIELDS, FieldChange, pick_telecom
from app.sync.payloads.preference import FIELD as PREFERENCE
from app.sync.payloads.preference import build_preference_patch
from app.vendors.forms import NO_FORMS, SiteForms

Json = dict[str, Any]
KEPT_HERE = frozenset({PREFERENCE})
"""Fields without an R4 element (vendors.md §9): Chartside owns them, no Patient carries them."""


@dataclass(frozen=True, slots=True)
class PatchStyle:
    """How this EHR wants a patch of a Patient guarded and filled.

    `version_test`: a `test` of /meta/versionId first, for servers that ignore If-Match on PATCH
    (measured on Medplum 5.0.10). `value_test`: a `test` of each value as well as of its element's
    id. `one_language`: Patient.communication takes one entry. `forms` and `verified` (a FHIR
    dateTime) are for the contact preference of the site's own codes.
    """

    version_test: bool = True
    value_test: bool = True
    one_language: bool = False
    forms: SiteForms = NO_FORMS
    verified: str = ""


PLAIN = PatchStyle()


def is_writable(change: FieldChange) -> bool:
    """Whether a Patient can hold the field at all."""
    return change.field not in KEPT_HERE


def build_patch(
    resource: Json,
    facts: Patient,
    changes: Iterable[FieldChange],
    *,
    today: date,
    style: PatchStyle = PLAIN,
) -> list[Json]:
    """JSON Patch (RFC 6902) for one Patient at one version.

    Opens with `test` operations: on the version, and on each line it replaces, so that a list
    that moved is refused instead of the wrong line being changed. Removals come last, highest
    index first.
    """
    operations: list[Json] = []
    version = (resource.get("meta") or {}).get("versionId")
    if version and style.version_test:
        operations.append({"op": "test", "path": "/meta/versionId", "value": version})
    removals: list[tuple[int, list[Json]]] = []
    for change in changes:
        if change.field == "language":
            operations += _language_operations(resource, change.after, style)
            continue
        if change.field == PREFERENCE:
            operations += build_preference_patch(
                resource, change, style.forms, verified=style.verified
            )
            continue
        telecom = pick_telecom(facts, change.field, today=today)
        if telecom is None:
            operations += _addition(resource, operations, change)
        elif change.after:
            path, value = f"/telecom/{telecom.index}/value", build_wire_value(change)
            operations += _guard(resource, telecom.index, style)
            operations.append({"op": "replace", "path": path, "value": value})
        else:
            removal = {"op": "remove", "path": f"/telecom/{telecom.index}"}
            removals.append((telecom.index, [*_guard(resource, telecom.index, style), removal]))
    for _index, ops in sorted(removals, key=lambda r: -r[0]):
        operations += ops
    return operations


def _guard(resource: Json, index: int, style: PatchStyle) -> list[Json]:
    entry = resource["telecom"][index]
    guards = []
    if entry.get("id"):
        guards.append({"op": "test", "path": f"/telecom/{index}/id", "value": entry["id"]})
    if style.value_test or not guards:
        guards.append({"op": "test", "path": f"/telecom/{index}/value", "value": entry["value"]})
    return guards


def _addition(resource: Json, before: list[Json], change: FieldChange) -> list[Json]:
    if not change.after:
        return []
    entry = build_telecom(change)
    has_list = resource.get("telecom") or any(o["path"].startswith("/telecom") for o in before)
    if has_list:
        return [{"op": "add", "path": "/telecom/-", "value": entry}]
    return [{"op": "add", "path": "/telecom", "value": [entry]}]


def build_wire_value(change: FieldChange) -> str:
    """A number as the EHR's own clerks write it: national for North America, else E.164.

    It reads back as the same canonical value, which is what the ledger compares.
    """
    if change.field not in PHONE_FIELDS or not change.after.startswith("+1"):
        return change.after
    number = phonenumbers.parse(change.after)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)


def build_telecom(change: FieldChange) -> Json:
    """A ContactPoint for a value that the EHR did not have."""
    if change.field == "email":
        return {"system": "email", "value": change.after}
    entry = {"system": "phone", "value": build_wire_value(change)}
    use = PHONE_FIELDS[change.field]
    return entry | {"use": use} if use else entry


def build_communication(resource: Json, tag: str) -> list[Json]:
    """Patient.communication with `tag` preferred and every other language kept, not preferred."""
    kept = []
    for entry in copy.deepcopy(resource.get("communication") or []):
        codings = (entry.get("language") or {}).get("coding") or []
        if any(str(c.get("code", "")).split("-")[0].lower() == tag for c in codings):
            continue
        entry.pop("preferred", None)
        kept.append(entry)
    if not tag:
        return kept
    coding = {"system": "urn:ietf:bcp:47", "code": tag, "display": LANGUAGES[tag]}
    chosen = {"language": {"coding": [coding], "text": LANGUAGES[tag]}, "preferred": True}
    return [chosen, *kept]


def _language_operations(resource: Json, tag: str, style: PatchStyle) -> list[Json]:
    had = "communication" in resource
    wanted = build_communication(resource, tag)
    if style.one_language:
        wanted = wanted[:1]
    if not wanted:
        return [{"op": "remove", "path": "/communication"}] if had else []
    op = "replace" if had else "add"
    return [{"op": op, "path": "/communication", "value": wanted}]


def build_put(
    resource: Json, facts: Patient, changes: Iterable[FieldChange], *, today: date
) -> Json:
    """The whole Patient with only these fields changed, for servers without PATCH.

    Built from the EHR's own JSON, so elements we do not model (`_field` extensions among them)
    travel back unharmed.
    """
    changed = copy.deepcopy(resource)
    telecom: list[Json] = changed.get("telecom") or []
    gone: set[int] = set()
    for change in changes:
        if change.field == "language":
            changed["communication"] = build_communication(resource, change.after)
            continue
        found = pick_telecom(facts, change.field, today=today)
        if found is None:
            telecom += [build_telecom(change)] if change.after else []
        elif change.after:
            telecom[found.index]["value"] = build_wire_value(change)
        else:
            gone.add(found.index)
    changed["telecom"] = [t for i, t in enumerate(telecom) if i not in gone]
    return {k: v for k, v in changed.items() if v not in ([], None)}
