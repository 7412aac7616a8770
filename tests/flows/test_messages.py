"""Message templates and sequences: looked at, saved as a new version, approved, used, retired."""

from typing import Any

import pytest

from app.cli.demo import ADMINISTRATOR
from app.security.access import Role
from app.store.tables.audit import AUDIT
from app.store.transactions import TenantTx
from app.sync.own_rules import parse_rules
from tests.flows.mini_browser import MiniBrowser, Page
from tests.flows.running import World
from tests.flows.test_admin_pages import JOAN, set_role
from tests.flows.test_consent import CELL, fill
from tests.flows.test_replies import in_tenant

WORDS = "{{ clinic_name }}: le toca una revisión. Llame al {{ clinic_phone }}. Responda STOP."


@pytest.fixture
def admin(world: World, browser: MiniBrowser) -> Page:
    page = world.open(JOAN, browser, user=ADMINISTRATOR)
    return browser.get(page.url.removesuffix("mappings") + "messages")


def words_form(page: Page) -> Any:
    return next(f for f in page.parsed.forms if "place" in f.fields)


def act(browser: MiniBrowser, page: Page, what: str, key: str, version: int) -> Page:
    """The button of one version."""
    form = next(
        f
        for f in page.parsed.forms
        if (f.fields.get("act"), f.fields.get("key"), f.fields.get("version"))
        == (what, key, str(version))
    )
    return browser.submit(page, form, {})


def preview(world: World, browser: MiniBrowser, patient: str = "elena-vargas") -> str:
    panel = world.open(patient, browser)
    return browser.get(f"{panel.url}outreach/new?reason=gap:CMS130&channel=text").text


def test_new_words_are_looked_at_saved_approved_used_and_retired(
    world: World, browser: MiniBrowser, admin: Page
) -> None:
    fill(browser, world.open("elena-vargas", browser), **{CELL: "agreed"})
    assert "le toca un control de rutina" in preview(world, browser)
    form_page = browser.get(f"{admin.url}?key=screening_due&place=1")
    form = words_form(form_page)
    bad = browser.submit(form_page, form, {"act": "look", "text": "Su diabetes: {{ clinic_name }}"})
    assert bad.status == 200 and "Names a diagnosis" in bad.text
    assert "Does not say how to stop" in bad.text
    broken = browser.submit(form_page, form, {"act": "save", "text": "{{ mrn }}"})
    assert broken.status == 422 and "no variable is named mrn" in broken.text
    assert browser.submit(form_page, form, {"act": "save", "text": " "}).status == 422
    good = browser.submit(form_page, form, {"act": "look", "text": WORDS})
    assert "Nothing stands against it." in good.text and "1 part with example values" in good.text
    saved = browser.submit(good, words_form(good), {"act": "save", "text": WORDS})
    assert "screening_due, version 2, your own" in saved.text
    assert "le toca un control de rutina" in preview(world, browser)  # a draft goes nowhere
    act(browser, saved, "approve", "screening_due", 2)
    assert "le toca una revisión" in preview(world, browser)
    act(browser, browser.get(admin.url), "retire", "screening_due", 2)
    assert "le toca un control de rutina" in preview(world, browser)
    act(browser, browser.get(admin.url), "retire", "screening_due", 1)
    assert "This template is not approved." in preview(world, browser)
    act(browser, browser.get(admin.url), "approve", "screening_due", 1)
    assert "le toca un control de rutina" in preview(world, browser)

    async def audits(tx: TenantTx) -> list[str]:
        rows = await tx.all(
            tx.select(AUDIT).where(AUDIT.c.action.like("message.%")).order_by(AUDIT.c.seq)
        )
        return [r.action for r in rows if r.action != "message.view"]

    assert in_tenant(world, audits) == [
        "message.added", "message.approved", "message.retired", "message.retired",
        "message.approved",
    ]  # fmt: skip


def test_what_reveals_is_saved_and_not_approved(
    world: World, browser: MiniBrowser, admin: Page
) -> None:
    page = browser.get(f"{admin.url}?key=call_back&place=0")
    saved = browser.submit(page, words_form(page), {"act": "save", "text": "Your HIV test"})
    assert "What stands against approving it" in saved.text
    csrf = words_form(page).fields["csrf"]
    forced = {"csrf": csrf, "act": "approve", "kind": "template", "key": "call_back"}
    refused = browser.post(admin.url, {**forced, "version": "2"})
    assert refused.status == 422 and "It cannot be approved yet." in refused.text
    assert browser.post(admin.url, {**forced, "version": "99"}).status == 404
    assert browser.post(admin.url, {**forced, "act": "dance"}).status == 422
    assert browser.post(admin.url, {**forced, "kind": "law"}).status == 422
    assert browser.get(f"{admin.url}?key=none&place=0").status == 404


SEQUENCE = """
[[sequence]]
key = "gap"
version = 2
name = "Shorter"
purpose = "treatment"

[[sequence.steps]]
name = "A letter"
wait_days = 0
channels = ["letter"]
template = "{template}"
"""


def test_a_sequence_of_ones_own_begins_once_it_is_approved(
    world: World, browser: MiniBrowser, admin: Page
) -> None:
    desk, tenant = world.parts.services.rules, "demo-generic"
    for template in ("nowhere", "screening_due"):
        rules = parse_rules(SEQUENCE.format(template=template))
        if template == "nowhere":
            rules = tuple((k, type(r)(**{**_fields(r), "version": 3})) for k, r in rules)
        world.run(desk.add(tenant, rules, "u"))
    page = browser.get(admin.url)
    assert "No approved template is named nowhere" in page.text
    panel = world.open("elena-vargas", browser)

    def steps() -> str:
        form = browser.get(f"{panel.url}outreach/new?reason=gap:CMS125&channel=letter")
        sent = {"mode": "sequence", "act": "show"}
        return browser.submit(form, form.form("/outreach"), sent).text

    assert "Plan 3 contacts" in steps() or "Plan 2 contacts" in steps()
    act(browser, page, "approve", "gap", 2)
    assert "contacts" not in steps().split("What they would get")[1]


def _fields(rule: Any) -> dict[str, Any]:
    return {name: getattr(rule, name) for name in rule.__struct_fields__}


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.COORDINATOR, Role.AUDITOR, None])
def test_nobody_else_opens_them(world: World, browser: MiniBrowser, role: Role | None) -> None:
    panel = world.open("elena-vargas", browser)
    set_role(world, role)
    try:
        assert browser.get(panel.url + "messages").status == 403
        assert browser.post(panel.url + "messages", {"csrf": "x"}).status == 403
    finally:
        set_role(world, Role.CLINICIAN)
