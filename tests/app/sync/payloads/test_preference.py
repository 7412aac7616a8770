"""Oracle's communication preference: one extension, guarded by its id, in the site's codes."""

import json
from typing import Any

import jsonpatch

from app.outreach.contact import FieldChange
from app.sync.payloads.preference import (
    ORACLE_URL,
    build_preference_patch,
    find_preference,
    read_preference,
)
from tests.app.sync.payloads.frames import FORMS

WHEN = "2026-11-22T20:05:09Z"
OTHER = {"id": "EL-1", "url": "https://x", "valueBoolean": True}


def patched(resource: dict[str, Any], before: str, after: str) -> dict[str, Any]:
    change = FieldChange("preferred_channel", before, after)
    operations = build_preference_patch(resource, change, FORMS, verified=WHEN)
    made: dict[str, Any] = jsonpatch.apply_patch(resource, json.dumps(operations))
    return made


def test_added_replaced_and_removed_without_touching_its_neighbors() -> None:
    empty: dict[str, Any] = {"resourceType": "Patient"}
    first = patched(empty, "", "text")
    assert read_preference(first, FORMS) == "text"
    beside = patched({"extension": [OTHER]}, "", "text")
    assert beside["extension"][0] == OTHER
    assert [p["url"] for p in beside["extension"][1]["extension"]] == [
        "communication-type",
        "contact-method",
        "verified-datetime",
    ]
    beside["extension"][1]["id"] = "EL-2"
    changed = patched(beside, "text", "letter")
    assert read_preference(changed, FORMS) == "letter"
    assert (changed["extension"][0], len(changed["extension"])) == (OTHER, 2)
    assert patched(beside, "text", "")["extension"] == [OTHER]
    assert (
        build_preference_patch(
            empty, FieldChange("preferred_channel", "text", ""), FORMS, verified=WHEN
        )
        == []
    )


def test_a_replace_tests_the_id_at_the_same_index() -> None:
    held = patched({"extension": [OTHER]}, "", "text")
    held["extension"][1]["id"] = "EL-2"
    change = FieldChange("preferred_channel", "text", "letter")
    operations = build_preference_patch(held, change, FORMS, verified=WHEN)
    assert operations[0] == {"op": "test", "path": "/extension/1/id", "value": "EL-2"}
    assert operations[1]["path"] == "/extension/1"


def test_what_is_not_ours_to_read_is_nothing() -> None:
    assert read_preference({}, FORMS) == ""
    coding = {"system": "urn:other", "code": "4711"}
    part = {"url": "contact-method", "valueCoding": coding}
    held: dict[str, Any] = {"extension": [{"url": ORACLE_URL, "extension": [part]}]}
    assert (find_preference(held), read_preference(held, FORMS)) == (0, "")
    part["valueCoding"] = dict(FORMS.preference_methods["letter"])
    assert read_preference(held, FORMS) == "letter"
