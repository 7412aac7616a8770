"""What is sent to change contact details in a Patient: JSON Patch operations, or the PUT body.

Pure over a Patient as the EHR answered it. Sends nothing; decides nothing about conflicts.
"""

import copy
from collections.abc import Iterable
from datetime import date
from typing import Any

import phonenumbers

from app.clinical.facts import Patient
from app.outreach.contact import LANGUAGES, PHONE_FIELDS, FieldChange, pick_telecom

Json = dict[str, Any]
KEPT_HERE = frozenset({"preferred_channel"})
"""Fields without an R4 element (vendors.md §9): Chartside owns them, no Patient carries them."""


def is_writable(change: FieldChange) -> bool:
    """Whether a Patient can hold the field at all."""
    return change.field not in KEPT_HERE


def build_patch(
    resource: Json, facts: Patient, changes: Iterable[FieldChange], *, today: date
) -> list[Json]:
    """JSON Patch (RFC 6902) for one Patient at one version.

    Opens with `test` operations: on /meta/versionId, because some servers ignore If-Match on PATCH
    (measured on Medplum 5.0.10), and on each value it replaces, so that a list that moved is
    refused instead of the wrong line being changed. Removals come last, highest index first.
    """
    operations: list[Json] = []
    version = (resource.get("meta") or {}).get("versionId")
    if version:
        operations.append({"op": "test", "path": "/meta/versionId", "value": version})
    removals: list[tuple[int, list[Json]]] = []
    for change in changes:
        if change.field == "language":
            operations += _language_operations(resource, change.after)
            continue
        telecom = pick_telecom(facts, change.field, today=today)
        if telecom is None:
            operations += _addition(resource, operations, change)
        elif change.after:
            operations += [
                *_guard(resource, telecom.index),
                {
                    "op": "replace",
                    "path": f"/telecom/{telecom.index}/value",
                    "value": build_wire_value(change),
                },
            ]
        else:
            removal = {"op": "remove", "path": f"/telecom/{telecom.index}"}
            removals.append((telecom.index, [*_guard(resource, telecom.index), removal]))
    for _index, ops in sorted(removals, key=lambda r: -r[0]):
        operations += ops
    return operations


def _guard(resource: Json, index: int) -> list[Json]:
    entry = resource["telecom"][index]
    guards = []
    if entry.get("id"):
        guards.append({"op": "test", "path": f"/telecom/{index}/id", "value": entry["id"]})
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


def _language_operations(resource: Json, tag: str) -> list[Json]:
    had = "communication" in resource
    wanted = build_communication(resource, tag)
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
