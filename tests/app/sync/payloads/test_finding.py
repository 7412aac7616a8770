"""How what we created is found again, on servers that list one search or another."""

from app.sync.payloads.finding import build_finding, is_ours
from tests.app.sync.payloads.frames import DUE, LEDGER_ID, frame
from tests.app.vendors.statements import capability, supported


def find(*params: str, kind: str = "Appointment", search: bool = True) -> dict[str, str] | None:
    interactions = ("create", "search-type") if search else ("create",)
    found = capability(supported(kind, *interactions, params=params))
    return build_finding(found.resources[kind], kind, frame("planned_outreach"), first=DUE)


def test_by_identifier_where_it_is_indexed() -> None:
    token = f"urn:chartside:intent|{LEDGER_ID}"
    assert find("identifier", "patient") == {"patient": "p1", "identifier": token}
    assert find("identifier") == {"identifier": token}


def test_else_among_the_patients_own_from_the_day_before() -> None:
    assert find("patient", "date") == {"patient": "p1", "date": "ge2027-01-11"}
    assert find("patient") == {"patient": "p1"}
    assert find("patient", "date", kind="Consent") == {"patient": "p1"}


def test_else_not_at_all() -> None:
    assert find("category", "recipient") is None
    assert find("identifier", search=False) is None
    assert build_finding(None, "Task", frame("planned_outreach"), first=DUE) is None


def test_the_reference_in_the_words_is_enough() -> None:
    assert is_ours(f'{{"description": "x ({LEDGER_ID})"}}'.encode(), LEDGER_ID)
    assert not is_ours(b"{}", LEDGER_ID)
