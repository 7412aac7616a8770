"""The administrators' pages: who may open them, and how a local code gets a meaning there."""

import csv
import io
import json
import re
from urllib.parse import urljoin

import pytest

from app.cli.demo import ADMINISTRATOR, PERSONALITIES
from app.security.access import Role
from app.store.audit_chain import verify_chain
from app.store.records.codes import count_quality
from app.store.records.users import assign_role, load_users
from app.store.tables.audit import AUDIT
from tests.flows.mini_browser import Form, MiniBrowser, Page
from tests.flows.running import World

TENANT = "demo-generic"
JOAN = "joan-whitfield"
MAMMO = {"target_system": "http://loinc.org", "target_code": "24606-6", "display": "Screening"}


def open_admin(world: World, browser: MiniBrowser, *, personality: str = "generic") -> Page:
    """What the administrator sees who opens the app from Joan's chart."""
    return world.open(JOAN, browser, personality=personality, user=ADMINISTRATOR)


def keep_chart(world: World, browser: MiniBrowser) -> Page:
    """Joan's chart, read and kept, as the nurse sees it."""
    panel = world.open(JOAN, browser)
    world.kept()
    return panel


def link_to(page: Page, fragment: str, word: str) -> str:
    """The address of the first link in the row that names `word`."""
    row = page.html[page.html.index(f"<bdi>{word}</bdi>") :]
    found = re.search(rf'href="([^"]*{fragment}[^"]*)"', row)
    assert found is not None
    return urljoin(page.url, str(found[1]).replace("&amp;", "&"))


def ask(page: Page, browser: MiniBrowser, values: dict[str, str]) -> Page:
    return browser.submit(page, page.form("/mappings"), values)


def settle(page: Page, browser: MiniBrowser, to: str) -> Page:
    form = next(f for f in page.parsed.forms if f.fields.get("to") == to)
    return browser.submit(page, form, {})


@pytest.mark.parametrize("personality", PERSONALITIES)
def test_the_administrator_is_led_past_the_chart(
    world: World, browser: MiniBrowser, personality: str
) -> None:
    page = open_admin(world, browser, personality=personality)
    assert page.status == 200
    assert page.url.endswith("/mappings")
    assert "Local codes" in page.text
    assert "Whitfield" not in page.html


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.COORDINATOR, Role.AUDITOR, None])
def test_nobody_else_opens_them(world: World, browser: MiniBrowser, role: Role | None) -> None:
    panel = world.open("elena-vargas", browser)
    set_role(world, role)
    try:
        base = panel.url
        for path in ("mappings", "data-quality", "data-quality/export"):
            page = browser.get(base + path)
            assert page.status == 403
            assert "MAMSCRB" not in page.html and "Waiting" not in page.html
        for path in ("mappings", "mappings/settle"):
            assert browser.post(base + path, {"csrf": "x", "key": "y"}).status == 403
        panel_page = browser.get(base)
        assert "Local codes" not in panel_page.text
    finally:
        set_role(world, Role.CLINICIAN)


def set_role(world: World, role: Role | None) -> None:
    async def assign() -> None:
        async with world.parts.store.write(TENANT) as tx:
            for user in await load_users(tx):
                if user.sub != ADMINISTRATOR:
                    await assign_role(tx, user.user_id, role)

    world.run(assign())


def gap_of(world: World, browser: MiniBrowser, panel: Page) -> str:
    return browser.get(f"{panel.url}gaps/CMS125").text


def test_a_meaning_given_on_the_page_changes_the_gap_and_is_taken_back(
    world: World, browser: MiniBrowser
) -> None:
    panel = keep_chart(world, browser)
    before = gap_of(world, browser, panel)
    admin = MiniBrowser()
    queue = open_admin(world, admin)
    assert "MAMSCRB" in queue.text and "1 patient" in queue.text
    assert "May hide Breast cancer screening and" in queue.text

    form = admin.get(link_to(queue, "code=", "MAMSCRB"))
    assert "What does this code mean?" in form.text
    wrong = ask(form, admin, MAMMO | {"target_code": "24606-7", "step": "look"})
    assert wrong.status == 422
    assert "cannot be a code of that system" in wrong.text and "24606-7" in wrong.html

    look = ask(wrong, admin, MAMMO | {"step": "look"})
    assert "1 result in 1 kept chart would be read as LOINC 24606-6" in look.text
    assert "MAMSCRB" in admin.get(queue.url).text, "a look changes nothing"
    assert gap_of(world, browser, panel) == before

    done = ask(look, admin, {"step": "apply"})
    assert done.status == 200
    assert "1 fact in 1 kept chart changed." in done.text
    assert "24606-6 Screening" in done.text and "Morgan Castellanos" in done.text
    assert "Cannot tell" in before
    after = gap_of(world, browser, panel)
    assert "Met" in after and "Cannot tell" not in after

    gone = settle(done, admin, "remove")
    assert "1 fact in 1 kept chart changed." in gone.text
    assert "No code has been given a meaning." in gone.text
    assert gap_of(world, browser, panel) == before
    past = admin.get(gone.url.partition("?")[0] + "?history=1").text
    assert "meaning taken away" in past and "given the meaning LOINC 24606-6" in past
    admin.close()


def test_a_code_is_left_out_and_put_back(world: World, browser: MiniBrowser) -> None:
    keep_chart(world, browser)
    admin = MiniBrowser()
    queue = open_admin(world, admin)
    left = settle(queue, admin, "ignored")
    assert "Put back" in left.text
    assert left.text.count("Say what it means") == queue.text.count("Say what it means") - 1
    back = settle(left, admin, "open")
    assert back.text.count("Say what it means") == queue.text.count("Say what it means")
    admin.close()


@pytest.mark.parametrize(
    ("site", "origin"), [("cross-site", "null"), ("same-origin", "http://evil.example")]
)
def test_a_foreign_form_maps_nothing(
    world: World, browser: MiniBrowser, site: str, origin: str
) -> None:
    keep_chart(world, browser)
    admin = MiniBrowser()
    queue = open_admin(world, admin)
    form: Form = admin.get(link_to(queue, "code=", "MAMSCRB")).form("/mappings")
    fields = form.fields | MAMMO | {"step": "apply"}
    for path in ("mappings", "mappings/settle"):
        url = queue.url.removesuffix("mappings") + path
        assert admin.post(url, fields, site=site, origin=origin).status == 403
        assert admin.post(url, fields | {"csrf": "wrong"}).status == 403
    assert "No code has been given a meaning." in admin.get(queue.url).text
    admin.close()


def test_an_unknown_code_or_wish_is_refused_in_words(world: World, browser: MiniBrowser) -> None:
    keep_chart(world, browser)
    admin = MiniBrowser()
    queue = open_admin(world, admin)
    assert admin.get(f"{queue.url}?code=nothing").status == 404
    form = next(f for f in queue.parsed.forms if f.fields.get("to") == "ignored")
    assert admin.submit(queue, form, {"to": "burn"}).status == 422
    assert admin.submit(queue, form, {"to": "remove"}).status == 404
    admin.close()


def test_counts_are_shown_in_words_and_saved(world: World, browser: MiniBrowser) -> None:
    keep_chart(world, browser)

    async def count() -> None:
        async with world.parts.store.write(TENANT) as tx:
            found = {("=cmd|' /C calc'!A0", "not_a_resource"): 2, ("Patient", "bad_date"): 3}
            await count_quality(tx, tx.now.date(), found)

    world.run(count())
    admin = MiniBrowser()
    page = admin.get(open_admin(world, admin).url.replace("/mappings", "/data-quality"))
    assert "A date or time that cannot be read; left out" in page.text
    assert "JSON, but no FHIR resource" in page.text and "quarantined" not in page.text
    assert "Whitfield" not in page.html

    saved = admin.get(f"{page.url}/export?format=csv&days=7")
    assert saved.headers["content-disposition"].startswith('attachment; filename="data-quality-')
    rows = list(csv.DictReader(io.StringIO(saved.html)))
    assert "'=cmd|' /C calc'!A0" in {row["resource_type"] for row in rows}
    same = json.loads(admin.get(f"{page.url}/export?format=json&days=7").html)
    assert "=cmd|' /C calc'!A0" in {row["resource_type"] for row in same}
    assert [str(row["count"]) for row in same] == [row["count"] for row in rows]
    assert admin.get(f"{page.url}/export?format=xlsx").status == 422
    assert admin.get(f"{page.url}?days=banana").status == 200
    admin.close()


def test_what_was_done_is_on_record(world: World, browser: MiniBrowser) -> None:
    async def actions() -> list[str]:
        async with world.parts.store.read(TENANT) as tx:
            assert (await verify_chain(tx)).holds
            return [row.action for row in await tx.all(tx.select(AUDIT))]

    found = set(world.run(actions()))
    assert {"mapping.view", "mapping.saved", "mapping.removed", "mapping.ignored", "mapping.open",
            "quality.view", "quality.exported"} <= found  # fmt: skip
