"""The patch and the PUT say the same, touch only what was edited, and refuse a moved list."""

import json
from datetime import UTC, date, datetime
from typing import Any

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.clinical.elements import ReadInfo, Source, Telecom
from app.clinical.facts import Patient
from app.outreach.contact import FieldChange
from app.sync.contact_payload import build_communication, build_patch, build_put, is_writable

TODAY = date(2026, 11, 22)
SOURCE = Source(ReadInfo("EHR", datetime(2026, 11, 22, tzinfo=UTC), "generic", "1"), "Patient", "p")
USES = ["mobile", "home", "work"]
Json = dict[str, Any]
MOVE = FieldChange("phone_mobile", "+1", "+442071838750")


def applied(resource: Json, operations: list[Json]) -> Json:
    patched: Json = jsonpatch.apply_patch(resource, json.dumps(operations))
    return patched


def facts_of(resource: Json) -> Patient:
    telecom = tuple(
        Telecom(t["system"], t["value"], t["value"], use=t.get("use", ""), index=i)
        for i, t in enumerate(resource.get("telecom", []))
    )
    return Patient(id="p", source=SOURCE, telecom=telecom)


def a_patient(*telecom: Json, **fields: Any) -> Json:
    made: Json = {"resourceType": "Patient", "id": "p", "meta": {"versionId": "3"}} | fields
    return made | {"telecom": list(telecom)} if telecom else made


def mobile(value: str, **fields: Any) -> Json:
    return {"system": "phone", "value": value, "use": "mobile"} | fields


def test_replace_is_guarded_by_version_id_and_value() -> None:
    resource = a_patient(mobile("+1", id="t1", rank=1))
    operations = build_patch(
        resource,
        facts_of(resource),
        [MOVE],
        today=TODAY,
    )
    assert operations == [
        {"op": "test", "path": "/meta/versionId", "value": "3"},
        {"op": "test", "path": "/telecom/0/id", "value": "t1"},
        {"op": "test", "path": "/telecom/0/value", "value": "+1"},
        {"op": "replace", "path": "/telecom/0/value", "value": "+442071838750"},
    ]


@pytest.mark.parametrize("spoil", ["version", "value", "order"])
def test_a_record_that_moved_is_refused(spoil: str) -> None:
    resource = a_patient(mobile("+1"), {"system": "email", "value": "a@x.com"})
    patch = build_patch(
        resource,
        facts_of(resource),
        [MOVE],
        today=TODAY,
    )
    if spoil == "version":
        resource["meta"]["versionId"] = "4"
    elif spoil == "value":
        resource["telecom"][0]["value"] = "+9"
    else:
        resource["telecom"].reverse()
    with pytest.raises(jsonpatch.JsonPatchTestFailed):
        applied(resource, patch)


def test_first_telecom_and_first_language_of_an_empty_chart() -> None:
    resource = a_patient()
    changes = [
        FieldChange("phone_mobile", "", "+16025550148"),
        FieldChange("email", "", "a@x.com"),
        FieldChange("language", "", "es"),
    ]
    patched = applied(resource, build_patch(resource, facts_of(resource), changes, today=TODAY))
    assert patched["telecom"] == [mobile("(602) 555-0148"), {"system": "email", "value": "a@x.com"}]
    assert patched["communication"][0]["preferred"] is True
    assert patched == build_put(resource, facts_of(resource), changes, today=TODAY)


def test_a_new_language_keeps_the_others_unpreferred() -> None:
    english = {"language": {"coding": [{"code": "en-US"}]}, "preferred": True}
    resource = a_patient(communication=[english])
    wanted = build_communication(resource, "es")
    assert [e.get("preferred") for e in wanted] == [True, None]
    assert build_communication(resource, "en")[0]["preferred"] is True
    assert len(build_communication(resource, "en")) == 1
    assert build_communication(resource, "") == [{"language": {"coding": [{"code": "en-US"}]}}]
    assert english["preferred"] is True


def test_removing_the_only_language_removes_the_element() -> None:
    spanish = {"language": {"coding": [{"code": "es"}]}}
    resource = a_patient(communication=[spanish])
    # Nothing else is spoken: the entry itself stays, only its preference goes.
    patched = applied(
        resource,
        build_patch(resource, facts_of(resource), [FieldChange("language", "es", "")], today=TODAY),
    )
    assert patched["communication"] == [spanish]
    empty = a_patient(communication=[])
    operations = build_patch(
        empty, facts_of(empty), [FieldChange("language", "es", "")], today=TODAY
    )
    assert operations[-1] == {"op": "remove", "path": "/communication"}


def test_preferred_channel_has_no_place_in_a_patient() -> None:
    assert not is_writable(FieldChange("preferred_channel", "", "text"))
    assert is_writable(FieldChange("email", "", "a@x.com"))


entries = st.lists(
    st.one_of(
        st.builds(
            lambda use, n, rank: {"system": "phone", "use": use, "value": f"+{n}", "x": rank},
            st.sampled_from([*USES, "temp"]), st.integers(1, 99), st.none() | st.integers(1, 3),
        ),
        st.builds(lambda n: {"system": "email", "value": f"{n}@x.com"}, st.integers(1, 9)),
        st.builds(lambda n: {"system": "fax", "value": f"{n}"}, st.integers(1, 9)),
    ),
    max_size=6,
)  # fmt: skip
edits = st.dictionaries(
    st.sampled_from(["phone_mobile", "phone_home", "phone_work", "phone_other", "email"]),
    st.sampled_from(["", "+16025550777", "new@x.com"]),
)


@given(entries, edits)
def test_patch_and_put_agree_and_leave_the_rest_alone(
    telecom: list[Json], wanted: dict[str, str]
) -> None:
    resource = a_patient(*telecom, name=[{"family": "V", "_family": {"extension": []}}])
    facts = facts_of(resource)
    changes = [FieldChange(f, "", v) for f, v in wanted.items()]
    patched = applied(resource, build_patch(resource, facts, changes, today=TODAY))
    put = build_put(resource, facts, changes, today=TODAY)
    assert patched.get("telecom", []) == put.get("telecom", [])
    assert {k: v for k, v in put.items() if k != "telecom"} == {
        k: v for k, v in resource.items() if k != "telecom"
    }
    untouched = [t for t in telecom if t["system"] == "fax"]
    assert [t for t in put.get("telecom", []) if t["system"] == "fax"] == untouched
