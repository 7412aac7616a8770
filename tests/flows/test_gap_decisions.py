"""A gap set aside: with a reason, for a time, by a person who may, until new evidence comes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.security.access import Role
from app.store.tables.audit import AUDIT
from app.store.tables.gaps import GAP_DECISION
from tests.flows.mini_browser import Form, MiniBrowser, Page
from tests.flows.running import World
from tests.flows.test_access import set_role

GAP = "gaps/CMS125"
MAMMOGRAM = "Observation/elena-vargas-mammogram-1"


@pytest.fixture
def panel(world: World, browser: MiniBrowser) -> Iterator[Page]:
    """Elena's chart, whose mammogram is too old; as it was afterwards."""
    before = world.resource(MAMMOGRAM)
    yield world.open("elena-vargas", browser)
    world.sandbox(f"patch/{MAMMOGRAM}", {"effectiveDateTime": before["effectiveDateTime"]})
    forget(world)


def forget(world: World) -> None:
    async def remove() -> None:
        async with world.parts.store.write("demo-generic") as tx:
            await tx.run(tx.delete(GAP_DECISION))

    world.run(remove())


def rows(world: World, table: Any, *names: str) -> list[tuple[Any, ...]]:
    async def load() -> list[tuple[Any, ...]]:
        async with world.parts.store.read("demo-generic") as tx:
            order = table.c.seq if table is AUDIT else table.c.made_at
            found = await tx.all(tx.select(table).order_by(order))
            return [tuple(getattr(row, n) for n in names) for row in found]

    return world.run(load())


def form_of(page: Page, decision: str) -> Form:
    return next(f for f in page.parsed.forms if f.fields.get("decision") == decision)


def decide(browser: MiniBrowser, page: Page, decision: str, **values: str) -> Page:
    return browser.submit(page, form_of(page, decision), values)


def days_ahead(n: int) -> str:
    """For the staff's day, which may lag behind UTC's by one."""
    return (datetime.now(UTC).date() + timedelta(days=n)).isoformat()


def mammogram_on(world: World, browser: MiniBrowser, panel: Page, day: str) -> Page:
    world.sandbox(f"patch/{MAMMOGRAM}", {"effectiveDateTime": f"{day}T10:00:00Z"})
    return browser.submit(panel, panel.form("/refresh"), {})


def test_dismissed_with_a_reason_it_leaves_the_list_and_comes_back(
    world: World, browser: MiniBrowser, panel: Page
) -> None:
    page = browser.get(panel.url + GAP)
    shown = decide(browser, page, "dismissed", reason="declined")
    assert shown.status == 200
    assert "Dismissed until" in shown.text
    assert "The patient declined." in shown.text
    again = browser.get(panel.url)
    assert "1 set aside" in again.text
    assert "The patient declined." in again.text, "behind the fold, with who and when"
    back = browser.submit(shown, shown.form("/undo"), {})
    assert "Dismissed until" not in back.text
    assert "set aside" not in browser.get(panel.url).text
    assert rows(world, GAP_DECISION, "kind", "reason", "ended_why") == [
        ("dismissed", "declined", "undone")
    ]
    made = [a for a in rows(world, AUDIT, "action", "detail") if a[0].startswith("gap.")]
    assert [a for a, _d in made] == ["gap.dismissed", "gap.undone"]
    assert made[0][1]["measure"] == "CMS125"


def test_nothing_is_set_aside_without_a_reason_or_beyond_its_bounds(
    world: World, browser: MiniBrowser, panel: Page
) -> None:
    page = browser.get(panel.url + GAP)
    cases = [
        ("dismissed", {}, "Choose a reason."),
        ("dismissed", {"reason": "arranging"}, "Choose a reason."),
        ("snoozed", {"reason": "arranging", "until": days_ahead(90)}, "within 60 days"),
        ("snoozed", {"reason": "arranging", "until": days_ahead(-2)}, "a day after today"),
        ("snoozed", {"reason": "arranging", "until": "soon"}, "Choose a day."),
        ("closed_here", {"done_on": days_ahead(3)}, "today or a day before"),
        ("closed_here", {}, "Choose a day."),
    ]
    for decision, values, said in cases:
        answer = decide(browser, page, decision, **values)
        assert answer.status == 422
        assert said in answer.text
    other = browser.post(page.url, form_of(page, "snoozed").fields | {"decision": "forget"})
    assert other.status == 422
    assert rows(world, GAP_DECISION, "kind") == []


def test_snoozed_it_comes_back_sooner_with_new_evidence(
    world: World, browser: MiniBrowser, panel: Page
) -> None:
    page = browser.get(panel.url + GAP)
    until = form_of(page, "snoozed").fields["until"]
    decide(browser, page, "snoozed", reason="arranging", until=until)
    assert "Snoozed until" in browser.get(panel.url).text
    quiet = browser.submit(panel, panel.form("/refresh"), {})
    assert "Snoozed until" in quiet.text, "reading the same again is no evidence"
    reopened = mammogram_on(world, browser, panel, "2024-07-02")
    assert "Snoozed until" not in reopened.text
    assert rows(world, GAP_DECISION, "ended_by", "ended_why") == [
        ("system:gap_desk", "new_evidence")
    ]
    assert "gap.reopened" in [a for (a,) in rows(world, AUDIT, "action")]


def test_closed_here_until_the_ehr_has_the_record(
    world: World, browser: MiniBrowser, panel: Page
) -> None:
    page = browser.get(panel.url + GAP)
    shown = decide(browser, page, "closed_here", done_on=days_ahead(-10))
    assert "Closed here, not yet in Pretend EHR" in shown.text
    assert "Done on" in shown.text
    arrived = mammogram_on(world, browser, panel, days_ahead(-10))
    assert "not yet in Pretend EHR" not in arrived.text
    assert "Open, due by" not in browser.get(panel.url + GAP).text
    assert rows(world, GAP_DECISION, "ended_why") == [("settled",)]
    assert form_names(browser.get(panel.url + GAP)) == set()


def form_names(page: Page) -> set[str]:
    return {f.fields["decision"] for f in page.parsed.forms if "decision" in f.fields}


def test_evidence_that_arrives_while_the_form_is_open_refuses_it(
    world: World, browser: MiniBrowser, panel: Page
) -> None:
    page = browser.get(panel.url + GAP)
    mammogram_on(world, browser, panel, "2024-07-03")
    answer = decide(browser, page, "dismissed", reason="declined")
    assert answer.status == 422
    assert "New results arrived" in answer.text
    assert rows(world, GAP_DECISION, "kind") == []
    assert decide(browser, answer, "dismissed", reason="declined").status == 200


def test_a_part_that_failed_to_load_is_no_evidence(
    world: World, browser: MiniBrowser, panel: Page
) -> None:
    page = browser.get(panel.url + GAP)
    decide(browser, page, "dismissed", reason="not_right")
    match = {"resource": "Observation", "personality": "generic"}
    world.sandbox("faults", {"match": match, "effect": {"status": 500}})
    shown = browser.submit(panel, panel.form("/refresh"), {})
    assert "Dismissed until" in shown.text
    assert rows(world, GAP_DECISION, "ended_why") == [("",)]


def test_bob_may_see_that_it_is_set_aside_but_not_do_it(
    world: World, browser: MiniBrowser, panel: Page
) -> None:
    page = browser.get(panel.url + GAP)
    decide(browser, page, "dismissed", reason="declined")
    set_role(world, Role.COORDINATOR)
    try:
        seen = browser.get(panel.url)
        tried = browser.submit(page, form_of(page, "snoozed"), {"reason": "arranging"})
        undone = browser.post(page.url + "/undo", form_of(page, "snoozed").fields)
    finally:
        set_role(world, Role.CLINICIAN)
    assert "1 set aside" in seen.text
    assert (tried.status, undone.status) == (403, 403)
    assert rows(world, GAP_DECISION, "kind", "ended_why") == [("dismissed", "")]


def test_a_foreign_form_sets_nothing_aside(world: World, browser: MiniBrowser, panel: Page) -> None:
    page = browser.get(panel.url + GAP)
    fields = form_of(page, "dismissed").fields | {"reason": "declined"}
    assert browser.post(page.url, fields, site="cross-site").status == 403
    assert browser.post(page.url, fields | {"csrf": "wrong"}).status == 403
    assert browser.post(page.url + "/undo", {"csrf": "wrong"}).status == 403
    assert browser.submit(page, form_of(page, "dismissed"), {"reason": "declined"}).status == 200
    elsewhere = world.open("joan-whitfield", browser)
    assert "Dismissed until" not in elsewhere.text


def test_what_is_not_set_aside_cannot_be_put_back(
    world: World, browser: MiniBrowser, panel: Page
) -> None:
    page = browser.get(panel.url + GAP)
    assert browser.post(page.url + "/undo", form_of(page, "dismissed").fields).status == 404
    met = browser.post(panel.url + "gaps/CMS2", form_of(page, "dismissed").fields)
    assert met.status in (404, 422)
