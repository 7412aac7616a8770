"""Cases 49 to 56: what an answer's own words, errors and repetitions mean for the facts."""

import orjson
import pytest

from app.clinical.chart import SearchOutcome
from app.clinical.normalize import normalize_resources
from app.vendors.athena import PROFILE as ATHENA
from app.vendors.ecw import PROFILE as ECW
from app.vendors.epic import PROFILE as EPIC
from app.vendors.oracle import PROFILE as ORACLE
from app.vendors.profile import VendorProfile, find_error
from tests.app.clinical.normalize.charts import READ, bundle, chart_of, observation, reasons


def outcome(
    code: str, severity: str = "warning", issue: str = "informational"
) -> dict[str, object]:
    details = {"coding": [{"system": "urn:oid:1.2.840.114350.1.13.0.1.7.2.657369", "code": code}]}
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": severity, "code": issue, "details": details}],
    }


WHOLE = SearchOutcome("Observation", "complete", READ.read_at, count=1)


def action(profile: VendorProfile, code: str, status: int) -> str:
    rule = find_error(profile, (code,) if code else (), status)
    assert rule is not None
    return rule.action


def test_case_49_no_results_is_a_true_none() -> None:
    chart = chart_of(outcome("4101"), profile=EPIC.normalizer, searches=(WHOLE,))
    assert chart.observations == ()
    assert chart.searches == (WHOLE,)


def test_case_49_additional_data_may_exist_makes_the_search_partial() -> None:
    answer = {
        "resourceType": "Bundle",
        "type": "searchset",
        "link": [{"relation": "self", "url": "https://x/api/FHIR/R4/Observation?patient=p1"}],
        "entry": [{"resource": observation()}, {"resource": outcome("4119")}],
    }
    for given in ((WHOLE,), ()):
        chart = normalize_resources(
            (orjson.dumps(answer),), profile=EPIC.normalizer, read=READ, searches=given
        )
        assert len(chart.observations) == 1
        (search,) = chart.searches
        assert (search.resource_type, search.completeness) == ("Observation", "partial")
        assert search.reason == "epic_4119"


def test_case_49_a_dropped_resource_makes_an_oracle_search_partial() -> None:
    chart = chart_of(outcome("", "error", "exception"), profile=ORACLE.normalizer)
    assert [s.completeness for s in chart.searches] == ["partial"]


def test_case_50_an_expired_session_restarts_the_search() -> None:
    assert action(EPIC, "4113", 400) == "restart_search"
    assert EPIC.page.expired_code == "4113"
    chart = chart_of(observation(), outcome("4113", "fatal"), profile=EPIC.normalizer)
    assert [s.completeness for s in chart.searches] == ["failed"]


@pytest.mark.parametrize("code", ["4130", "4131"])
def test_case_51_break_the_glass_is_a_denial(code: str) -> None:
    assert action(EPIC, code, 403) == "deny"
    chart = chart_of(outcome(code, "fatal"), profile=EPIC.normalizer, searches=(WHOLE,))
    assert [s.completeness for s in chart.searches] == ["denied"]


def test_case_52_conflicts_are_read_again_and_locks_waited_for() -> None:
    assert action(ORACLE, "", 409) == "reread"
    assert action(ORACLE, "", 412) == "reread"
    assert action(ORACLE, "", 423) == "retry_later"
    assert ORACLE.concurrency.if_match == "yes"
    assert set(ORACLE.concurrency.conflict_statuses) == {409, 412}


def test_case_53_too_many_calls_wait_for_the_next_minute() -> None:
    assert action(ECW, "", 429) == "wait_for_minute"
    assert (ECW.limits.calls_per_minute, ECW.limits.resets_on_minute) == (250, True)
    assert (ECW.limits.counts_token_calls, ECW.limits.retry_after) == (True, "no")


def test_case_54_an_older_reading_after_a_newer_changes_nothing() -> None:
    old = observation(status="preliminary", meta={"lastUpdated": "2026-01-01T00:00:00Z"})
    new = observation(status="final", meta={"lastUpdated": "2026-01-02T00:00:00Z"})
    first = chart_of(new, old, profile=ATHENA.normalizer)
    again = chart_of(old, new, new, old, profile=ATHENA.normalizer)
    assert first.observations == again.observations
    assert first.observations[0].status == "final"


def test_case_55_the_latest_of_two_pages_is_kept() -> None:
    pages = [
        # The time decides, in its own zone; neither the text nor the status does.
        bundle(observation(status="amended", meta={"lastUpdated": "2026-01-01T10:00:00+02:00"})),
        bundle(observation(status="final", meta={"lastUpdated": "2026-01-01T09:00:00Z"})),
    ]
    for order in (pages, pages[::-1]):
        chart = normalize_resources(order, profile=ORACLE.normalizer, read=READ)
        assert [o.status for o in chart.observations] == ["final"]
        assert reasons(chart) == ["superseded"]


def test_case_56_too_many_patients_is_narrowed_never_cut() -> None:
    assert action(EPIC, "4127", 400) == "narrow_search"
    assert EPIC.limits.patient_search_max == 100
    assert ORACLE.limits.patient_search_max == 1000
