"""The change made behind the app's back."""

from sandbox.jsontypes import Json
from sandbox.state import Sandbox
from sandbox.window.front_desk import build_moved, move_phone


def test_the_first_phone_counts_up_and_nothing_else_moves() -> None:
    patient: Json = {
        "resourceType": "Patient",
        "telecom": [
            {"system": "email", "value": "a@example.com"},
            {"system": "phone", "value": "(602) 555-0199", "rank": 1},
            {"system": "phone", "value": "(614) 555-0101"},
        ],
    }
    moved, number = build_moved(patient)
    assert number == "(602) 555-0100"
    assert moved["telecom"][1] == {"system": "phone", "value": number, "rank": 1}
    assert [moved["telecom"][0], moved["telecom"][2]] == [
        patient["telecom"][0],
        patient["telecom"][2],
    ]
    assert patient["telecom"][1]["value"] == "(602) 555-0199"


def test_who_has_no_phone_gets_one() -> None:
    assert build_moved({"resourceType": "Patient"})[1] == "(614) 555-0100"


def test_the_store_says_it_was_the_front_desk(state: Sandbox) -> None:
    assert move_phone(state.store, "elena-vargas") == "(602) 555-0149"
    newest = state.store.history("Patient", "elena-vargas")[-1]
    assert (newest.author, newest.version_id) == ("ehr", "2")
    said = next(iter(state.store.of_type("Provenance"))).resource or {}
    assert said["target"] == [{"reference": "Patient/elena-vargas/_history/2"}]
    assert said["agent"][0]["who"] == {"display": "Front desk, Mercy West"}
    assert move_phone(state.store, "nobody") == ""
