"""The ledger's rows: what waits may be handed over, what a person does already may not."""

from dataclasses import replace

import pytest

from app.web.samples import LINKS, SCENE
from app.web.samples_writes import REFUSED
from app.web.views.ledger_page import build_filters, build_tenant_row


@pytest.mark.parametrize("state", ["saved", "attention", "unknown"])
@pytest.mark.parametrize("plan", ["questionnaire_response", "patient_patch"])
def test_what_waits_for_the_ehr_may_be_handed_over(plan: str, state: str) -> None:
    row = replace(REFUSED, plan=plan, state=state)
    assert build_tenant_row(row, SCENE, LINKS, may_act=True).can_hand_over
    assert not build_tenant_row(row, SCENE, LINKS, may_act=False).can_hand_over


@pytest.mark.parametrize("plan", ["person", "none", "here"])
def test_what_no_worker_carries_cannot_be_handed_over(plan: str) -> None:
    row = replace(REFUSED, plan=plan, state="saved")
    assert not build_tenant_row(row, SCENE, LINKS, may_act=True).can_hand_over


@pytest.mark.parametrize("state", ["in_ehr", "noted", "sending", "conflict"])
def test_what_is_done_or_under_way_cannot_be_handed_over(state: str) -> None:
    row = replace(REFUSED, state=state)
    assert not build_tenant_row(row, SCENE, LINKS, may_act=True).can_hand_over


def test_each_state_with_rows_has_a_filter_that_leads_to_it() -> None:
    found = build_filters({"attention": 2, "in_ehr": 5, "saved": 0}, SCENE, LINKS, "conflict")
    assert [(f.count, f.url, f.current) for f in found] == [
        (7, LINKS.ledger, False),
        (5, f"{LINKS.ledger}?state=in_ehr", False),
        (0, f"{LINKS.ledger}?state=conflict", True),
        (2, f"{LINKS.ledger}?state=attention", False),
    ]
