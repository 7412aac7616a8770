"""The matrix, cell by cell, written a second time here: a change must be made twice, knowingly."""

from itertools import product

import pytest

from app.errors import AccessDenied
from app.security.access import (
    MATRIX,
    SECTIONS,
    Action,
    Actor,
    Role,
    Section,
    may,
    parse_role,
    require_may,
    undeclared,
    visible_sections,
)

ALLOWED = """
clinician: chart.view chart.refresh contact.edit consent.edit conflict.choose outreach.view
    outreach.plan reply.view reply.handle gap.dismiss risk.view worklist.view
    write.retry break_glass
coordinator: chart.view chart.refresh contact.edit consent.edit conflict.choose outreach.view
    outreach.plan reply.view reply.handle worklist.view write.retry
admin: write.retry ledger.view data_quality.view mapping.edit message.edit tenant.view tenant.edit
    user.manage key.rotate
auditor: ledger.view audit.view disclosures.export tenant.view
"""


def read_table(text: str) -> set[tuple[str, str]]:
    cells: set[tuple[str, str]] = set()
    role = ""
    for word in text.split():
        if word.endswith(":"):
            role = word[:-1]
        else:
            cells.add((role, word))
    return cells


@pytest.mark.parametrize(("role", "action"), list(product(Role, Action)))
def test_every_cell_of_the_matrix(role: Role, action: Action) -> None:
    actor = Actor("u", "north", role)
    allowed = (role.value, action.value) in read_table(ALLOWED)
    assert may(actor, action) is allowed
    assert not may(Actor("u", "north", role, disabled=True), action)
    if allowed:
        require_may(actor, action)
    else:
        with pytest.raises(AccessDenied):
            require_may(actor, action)


@pytest.mark.parametrize("action", Action)
def test_nobody_and_people_without_a_role_may_nothing(action: Action) -> None:
    charlie = Actor("charlie", "north")
    assert not may(charlie, action) and not may(None, action)
    with pytest.raises(AccessDenied):
        require_may(charlie, action)


def test_the_table_above_names_only_what_exists() -> None:
    every = {(role.value, action.value) for role, action in product(Role, Action)}
    assert read_table(ALLOWED) <= every
    assert set(MATRIX) == set(SECTIONS) == set(Role)


def test_a_coordinator_sees_whom_to_reach_and_about_what_but_no_clinical_facts() -> None:
    """Minimum necessary, 45 CFR 164.514(d)(2)."""
    hidden = {
        Section.RESULTS,
        Section.MEDICATIONS,
        Section.CONDITIONS,
        Section.IMMUNIZATIONS,
        Section.GAP_EVIDENCE,
        Section.RISK,
        Section.CARE_TEAM,
    }
    assert visible_sections(Role.COORDINATOR) == frozenset(Section) - hidden
    assert visible_sections(Role.CLINICIAN) == frozenset(Section)


@pytest.mark.parametrize("role", [None, Role.ADMIN, Role.AUDITOR])
def test_others_see_no_part_of_a_chart(role: Role | None) -> None:
    assert visible_sections(role) == frozenset()


@pytest.mark.parametrize("text", ["", "Clinician", "root", "admin "])
def test_an_unknown_role_grants_nothing(text: str) -> None:
    assert parse_role(text) is None


def test_known_roles_are_read() -> None:
    assert [parse_role(role.value) for role in Role] == list(Role)


def test_routes_without_a_declared_action_are_named() -> None:
    declared = {"live": None, "chart": Action.CHART_VIEW}
    assert undeclared(["live", "chart"], declared) == ()
    assert undeclared(["live", "export", "chart", "delete"], declared) == ("delete", "export")
