"""Who is open for something that nobody has planned: listed without a launch on their chart."""

import re
from collections.abc import Iterator
from datetime import timedelta

import anyio
import pytest
from sqlalchemy import text

from app.security.access import Role
from app.store.records.need_lists import NeedFilter, build_need_query
from app.store.records.needs import FAR
from app.store.records.outreach import Content, NewOutreach, save_outreach
from app.store.tables.audit import AUDIT
from app.store.tables.needs import NEED, NEED_ITEM
from tests.flows.mini_browser import MiniBrowser, Page
from tests.flows.running import World
from tests.flows.test_access import set_role
from tests.flows.test_consent import TENANT
from tests.flows.test_gap_decisions import days_ahead, decide, forget, rows

OPENED = ("elena-vargas", "ruth-abernathy", "emeka-adeyemi")


@pytest.fixture(scope="module")
def browser() -> Iterator[MiniBrowser]:
    """One nurse with three charts open."""
    made = MiniBrowser()
    yield made
    made.close()


@pytest.fixture(scope="module")
def panel(world: World, browser: MiniBrowser) -> Page:
    """The last of the three, Elena's."""
    for patient in (*OPENED[1:], OPENED[0]):
        opened = world.open(patient, browser)
    world.run(all_judged(world, len(OPENED)))
    return opened


async def all_judged(world: World, count: int) -> None:
    """Charts are kept after their pages were sent, and judged after that."""
    with anyio.fail_after(100):
        while True:
            async with world.parts.store.read(TENANT) as tx:
                found = await tx.all(tx.select(NEED))
                waits = [r for r in found if r.judged_at is None or r.judge_at <= tx.now]
            if len(found) >= count and not waits:
                return
            await anyio.sleep(0.05)


def act(browser: MiniBrowser, panel: Page, item: str, what: str) -> Page:
    page = browser.get(panel.url + "needs")
    csrf = re.search(r'name="csrf" value="([^"]+)"', page.html)
    assert csrf is not None
    fields = {"csrf": csrf.group(1), "item": item, "act": what, "what": "", "when": ""}
    return browser.post(panel.url + "needs", fields | {"whose": "all"})


def key_of(world: World, patient: str) -> str:
    async def find() -> str:
        async with world.parts.store.read(TENANT) as tx:
            return tx.patient_key(patient)

    return world.run(find())


def test_open_gaps_are_listed_without_their_charts(browser: MiniBrowser, panel: Page) -> None:
    page = browser.get(panel.url + "needs")
    assert "Vargas" in page.text and "Abernathy" in page.text
    assert "Breast cancer screening, by Dec" in page.text
    assert "Read " in page.text and "Judged" not in page.text
    assert "Text: " in page.text and "Letter: " in page.text


def test_filters_say_what_and_when(browser: MiniBrowser, panel: Page) -> None:
    breast = browser.get(panel.url + "needs?what=gap:CMS125")
    assert "Vargas" in breast.text
    assert "Vargas" in browser.get(panel.url + "needs?whose=nobody").text
    assert "without a plan" in browser.get(panel.url + "needs?whose=mine").text
    for when in ("overdue", "30", "90", "unknown"):
        assert browser.get(panel.url + f"needs?when={when}").status == 200
    for wrong in ("what=gap:CMS999", "what=gap", "what=pet:x", "when=31", "whose=theirs", "page=x"):
        assert browser.get(panel.url + f"needs?{wrong}").status == 422


def test_what_is_planned_or_set_aside_leaves_the_list_at_once(
    world: World, browser: MiniBrowser, panel: Page
) -> None:
    async def plan(outreach_id: str, state: str) -> None:
        async with world.parts.store.write(TENANT) as tx:
            await save_outreach(
                tx,
                NewOutreach(
                    outreach_id=outreach_id,
                    patient_id="elena-vargas",
                    state=state,
                    purpose="treatment",
                    channel="call",
                    content=Content(title="A check that is due"),
                    created_by="u",
                    due_at=tx.now + timedelta(hours=1),
                    reason_kind="gap",
                    reason_key="CMS125",
                ),
            )

    breast = panel.url + "needs?what=gap:CMS125"
    world.run(plan("long-over", "cancelled"))
    assert "Vargas" in browser.get(breast).text
    gap = browser.get(panel.url + "gaps/CMS125")
    try:
        decide(browser, gap, "snoozed", reason="booked", until=days_ahead(14))
        assert "Vargas" not in browser.get(breast).text
    finally:
        forget(world)
    assert "Vargas" in browser.get(breast).text
    world.run(plan("under-way", "scheduled"))
    assert "Vargas" not in browser.get(breast).text
    assert "Vargas" in browser.get(panel.url + "needs").text  # open for other things


def test_planning_is_taken_and_handed_back(world: World, browser: MiniBrowser, panel: Page) -> None:
    key = key_of(world, "ruth-abernathy")
    assert "Hand back" in act(browser, panel, key, "claim").text
    assert "Abernathy" in browser.get(panel.url + "needs?whose=mine").text
    assert "Abernathy" not in browser.get(panel.url + "needs?whose=nobody").text
    assert act(browser, panel, key, "dance").status == 422
    assert act(browser, panel, "nobody", "claim").status == 404
    act(browser, panel, key, "hand_back")
    assert "Abernathy" in browser.get(panel.url + "needs?whose=nobody").text
    done = [a for (a,) in rows(world, AUDIT, "action") if a.startswith("need.")]
    assert done == ["need.claim", "need.hand_back"]


def test_what_a_colleague_has_taken_is_theirs(
    world: World, browser: MiniBrowser, panel: Page
) -> None:
    key = key_of(world, "ruth-abernathy")

    async def take(user: str) -> None:
        async with world.parts.store.write(TENANT) as tx:
            await tx.run(tx.update(NEED).where(NEED.c.patient_key == key).values(assigned_to=user))

    world.run(take("somebody-else"))
    try:
        assert "With a colleague" in browser.get(panel.url + "needs").text
        assert act(browser, panel, key, "claim").status == 409
    finally:
        world.run(take(""))


def test_a_chart_that_was_never_judged_is_not_passed_over(
    world: World, browser: MiniBrowser, panel: Page
) -> None:
    """Unknown is never none: neither for a chart that waits, nor for one read in part."""
    key = key_of(world, "elena-vargas")

    async def forget_it() -> None:
        async with world.parts.store.write(TENANT) as tx:
            mine = NEED.c.patient_key == key
            blank = {"state": "waiting", "rank": 5, "due_on": FAR, "judged_at": None}
            await tx.run(tx.update(NEED).where(mine).values(**blank))
            await tx.run(tx.delete(NEED_ITEM).where(NEED_ITEM.c.patient_key == key))

    world.run(forget_it())
    waiting = browser.get(panel.url + "needs")
    assert "Vargas" in waiting.text and "Not judged yet" in waiting.text

    async def mark() -> None:
        async with world.parts.store.write(TENANT) as tx:
            await tx.run(tx.update(NEED).where(NEED.c.patient_key == key).values(judge_at=tx.now))

    world.run(mark())
    world.run(all_judged(world, len(OPENED)))
    assert "Not judged yet" not in browser.get(panel.url + "needs").text


def test_verdicts_of_yesterday_say_so(world: World, browser: MiniBrowser, panel: Page) -> None:
    async def age(days: int) -> None:
        async with world.parts.store.write(TENANT) as tx:
            then = tx.now - timedelta(days=days)
            await tx.run(tx.update(NEED).values(judged_at=then, read_at=then))

    world.run(age(3))
    page = browser.get(panel.url + "needs")
    world.run(age(0))
    assert page.text.count("not since") == page.text.count("Read 3 days ago") == len(OPENED)


def test_a_coordinator_sees_that_a_vaccine_is_due_and_not_which(
    world: World, browser: MiniBrowser, panel: Page
) -> None:
    which = re.compile("Tdap|MenACWY|COVID")
    assert which.search(browser.get(panel.url + "needs").html)
    try:
        set_role(world, Role.COORDINATOR)
        page = browser.get(panel.url + "needs")
        assert page.status == 200 and "Vaccines" in page.text
        assert not which.search(page.html)
        assert browser.get(panel.url + "needs?what=vaccine:HepB").status == 422
        for role in (Role.AUDITOR, Role.ADMIN, None):
            set_role(world, role)
            refused = browser.get(panel.url + "needs")
            assert refused.status == 403 and "Abernathy" not in refused.html
    finally:
        set_role(world, Role.CLINICIAN)


def test_each_look_is_on_record(world: World, browser: MiniBrowser, panel: Page) -> None:
    def looks() -> int:
        return [a for (a,) in rows(world, AUDIT, "action")].count("worklist.view")

    before = looks()
    browser.get(panel.url + "needs")
    assert looks() == before + 1


@pytest.mark.parametrize(
    "wanted",
    [NeedFilter(), NeedFilter(kind="gap", key="CMS125"), NeedFilter(kind="vaccine", within="30")],
)
def test_the_list_is_read_by_its_indices(world: World, panel: Page, wanted: NeedFilter) -> None:
    async def explain() -> list[str]:
        async with world.parts.store.read(TENANT) as tx:
            query = build_need_query(tx, wanted, tx.now.date()).limit(26)
            sql = query.compile(tx.connection.engine, compile_kwargs={"literal_binds": True})
            found = await tx.all(text(f"EXPLAIN QUERY PLAN {sql}"))
            return [row.detail for row in found]

    steps = world.run(explain())
    looked = [step for step in steps if step.startswith(("SCAN", "SEARCH"))]
    assert looked and not [step for step in looked if not step.startswith("SEARCH")], steps
    assert not [step for step in steps if "TEMP B-TREE" in step], steps
