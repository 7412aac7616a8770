"""Signed papers in the panel: recorded whole or not at all, read by the gate, taken back."""

from typing import Any

import pytest

from app.outreach.person import find_way
from app.outreach.request import Message
from app.security.access import Role
from app.store.records.consents import load_consents
from app.store.tables.audit import AUDIT
from app.store.transactions import TenantTx
from app.sync.contact_judge import load_subject
from tests.app.outreach.test_signed_form import FULL
from tests.flows.mini_browser import MiniBrowser, Page
from tests.flows.running import World
from tests.flows.test_access import set_role
from tests.flows.test_consent import CELL, PATIENT, fill
from tests.flows.test_replies import HERS, in_tenant


@pytest.fixture
def panel(world: World, browser: MiniBrowser) -> Page:
    return world.open(PATIENT, browser)


def record(browser: MiniBrowser, panel: Page, paper: str, **over: str) -> Page:
    page = browser.get(f"{panel.url}authorizations?kind={paper}")
    form = next(f for f in page.parsed.forms if f.fields.get("act") == "save")
    today = {"signed_on": "2026-01-05", "until_day": "2099-12-31"}
    return browser.submit(page, form, {**FULL, **today, **over})


def rules_against(world: World, purpose: str) -> set[str]:
    """What the gate says of a text that tells of Part 2 care, over the stored ledger."""

    async def ask(tx: TenantTx) -> set[str]:
        subject = await load_subject(tx, PATIENT, world.parts.services.outreach.rules)
        way = find_way(subject.known, "text", HERS)
        said = Message(text="Mercy West. Reply STOP.", language="es", part2=True)
        receipt = subject.judge(way, channel="text", purpose=purpose, at=tx.now, message=said)
        return {d.rule_id for d in receipt.denials}

    found: set[str] = in_tenant(world, ask)
    return found


def revoke(browser: MiniBrowser, panel: Page, kind: str) -> Page:
    page = browser.get(f"{panel.url}authorizations")
    forms = [f for f in page.parsed.forms if f.fields.get("act") == "revoke"]
    form = next(f for f in forms if f.fields["kind"] == kind)
    return browser.submit(page, form, {"how": "written", "said": "No more offers"})


def test_both_papers_open_what_only_they_open(
    world: World, browser: MiniBrowser, panel: Page
) -> None:
    fill(browser, panel, **{CELL: "agreed"})
    assert "/authorizations" in browser.get(panel.url + "preferences").html
    assert "H2" in rules_against(world, "marketing")
    assert "P1" in rules_against(world, "treatment")
    done = record(browser, panel, "authorization")
    assert done.url == panel.url + "authorizations" and "In force until Dec 31, 2099" in done.text
    record(browser, panel, "part2", wording="I agree <b>", signer="representative",
           authority="Power of attorney of 2024")  # fmt: skip
    assert "H2" not in rules_against(world, "marketing")
    assert "P1" not in rules_against(world, "treatment")
    page = browser.get(panel.url + "authorizations")
    for said in ("Offers of classes", "Version MW-3.", "Document 118", "Power of attorney"):
        assert said in page.text
    assert "I agree <b>" in page.text and "I agree <b>" not in page.html
    entries: Any = in_tenant(world, lambda tx: load_consents(tx, PATIENT))
    papers = [e for e in entries if e.form]
    assert [(e.kind, e.how, e.proxy is not None) for e in papers] == [
        ("authorization", "signed", False), ("part2", "signed", True),
    ]  # fmt: skip
    assert "1 entry so far" in browser.get(panel.url + "preferences").text

    back = revoke(browser, panel, "authorization")
    assert "Taken back" in back.text and "No more offers" in back.text
    assert "H2" in rules_against(world, "marketing")
    revoke(browser, panel, "part2")
    assert "P1" in rules_against(world, "treatment")

    async def audits(tx: TenantTx) -> list[tuple[str, Any]]:
        rows = await tx.all(tx.select(AUDIT).where(AUDIT.c.action.like("consent.%")))
        return [(r.action, r.detail.get("kind")) for r in rows]

    found = in_tenant(world, audits)
    for kind in ("authorization", "part2"):
        assert ("consent.signed", kind) in found and ("consent.revoked", kind) in found


def test_what_is_missing_keeps_what_was_typed(world: World, browser: MiniBrowser) -> None:
    panel = world.open("samir-haddad", browser)
    page = record(browser, panel, "authorization", recipient=" ", says_revoke="", signed_by="Ana V")
    assert page.status == 422 and "2 things to correct" in page.text
    assert "Say to whom." in page.text and "The paper must say this." in page.text
    assert page.html.count("Ana V") == 1
    assert "None in force" in page.text


def test_the_same_form_twice_is_one_paper(world: World, browser: MiniBrowser, panel: Page) -> None:
    who = world.open("ruth-abernathy", browser)
    page = browser.get(who.url + "authorizations?kind=authorization")
    form = next(f for f in page.parsed.forms if f.fields.get("act") == "save")
    fields = {**FULL, "signed_on": "2026-01-05", "until_day": "2099-12-31"}
    for _ in range(2):
        assert browser.submit(page, form, fields).status == 200
    entries: Any = in_tenant(world, lambda tx: load_consents(tx, "ruth-abernathy"))
    assert [e.kind for e in entries] == ["authorization"]


def test_bob_sees_no_part2_charlie_sees_nothing(
    world: World, browser: MiniBrowser, panel: Page
) -> None:
    page = browser.get(panel.url + "authorizations?kind=part2")
    form = next(f for f in page.parsed.forms if f.fields.get("act") == "save")
    try:
        set_role(world, Role.COORDINATOR)
        bobs = browser.get(panel.url + "authorizations")
        assert bobs.status == 200 and "substance" not in bobs.text.lower()
        assert browser.get(panel.url + "authorizations?kind=part2").status == 403
        assert browser.submit(page, form, FULL).status == 403
        for role in (None, Role.AUDITOR):
            set_role(world, role)
            assert browser.get(panel.url + "authorizations").status == 403
            assert browser.submit(page, form, FULL).status == 403
    finally:
        set_role(world, Role.CLINICIAN)


@pytest.mark.parametrize(
    "fields", [{"act": "dance"}, {"kind": "contact"}, {"key": "x"}, {"act": "revoke", "how": "x"}]
)
def test_what_no_page_of_ours_sends_is_refused(
    browser: MiniBrowser, panel: Page, fields: dict[str, str]
) -> None:
    assert record(browser, panel, "authorization", **fields).status == 422
