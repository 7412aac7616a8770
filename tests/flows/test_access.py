"""Who may see what: Alice the clinician, Bob the coordinator, Charlie without a role."""

import re
from collections.abc import Iterator
from contextlib import closing

import pytest
from starlette.routing import Mount, Route

from app.security.access import MATRIX, Role
from app.store.audit_chain import verify_chain
from app.store.records.users import assign_role, load_users
from app.store.tables.audit import AUDIT
from app.sync.read_plan import CHART_TYPES
from app.web.routes import CHART_ROUTES, ROUTE_ACTIONS, build_routes
from tests.flows.mini_browser import MiniBrowser, Page
from tests.flows.running import World


@pytest.fixture
def charlie(world: World, browser: MiniBrowser) -> Iterator[Page]:
    """A chart opened by the signed-in person, whose role is then taken away."""
    panel = world.open("elena-vargas", browser)
    set_role(world, None)
    yield panel
    set_role(world, Role.CLINICIAN)


def set_role(world: World, role: Role | None) -> None:
    async def assign() -> None:
        async with world.parts.store.write("demo-generic") as tx:
            for user in await load_users(tx):
                await assign_role(tx, user.user_id, role)

    world.run(assign())


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AUDITOR, None], ids=str)
def test_for_who_may_see_no_chart_the_ehr_is_asked_for_none(
    world: World, browser: MiniBrowser, role: Role | None
) -> None:
    """Minimum necessary: nothing would be shown, so nothing of the patient is read."""
    world.open("elena-vargas", browser)  # known here from now on
    set_role(world, role)
    try:
        before = len(world.log())
        page = world.open("elena-vargas", browser)
        denied = [row for row in world.log()[before:] if "/fhir/" in row["path"]]
    finally:
        set_role(world, Role.CLINICIAN)
    assert "Vargas" not in page.html
    assert [row for row in denied if row["patient"] or row["resource"] in CHART_TYPES] == []
    before = len(world.log())
    assert world.open("elena-vargas", browser).status == 200
    assert {row["resource"] for row in world.log()[before:]} >= set(CHART_TYPES)


def test_who_is_given_a_role_afterwards_sees_the_chart_on_the_next_look(
    world: World, browser: MiniBrowser
) -> None:
    world.open("ines-delgado", browser)
    set_role(world, None)
    try:
        panel = world.open("ines-delgado", browser)
    finally:
        set_role(world, Role.CLINICIAN)
    assert panel.status == 403
    assert "Delgado" in browser.get(panel.url).html


LACKING = sorted(
    (role, name, method, path)
    for role in Role
    for name, method, path, _endpoint, action in CHART_ROUTES
    if action not in MATRIX[role]
)
"""Every role with every route whose declared action it lacks: a new route brings its own rows."""


@pytest.fixture(scope="module")
def chart(world: World) -> Iterator[tuple[MiniBrowser, Page]]:
    """One chart that was opened while its person might see it."""
    with closing(MiniBrowser()) as opened:
        yield opened, world.open("elena-vargas", opened)


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_what_a_route_declares_is_what_its_handler_enforces(
    world: World, chart: tuple[MiniBrowser, Page], role: Role
) -> None:
    """Before the form is looked at, so that the guard refuses and not the missing token."""
    browser, panel = chart
    wrong: list[str] = []
    set_role(world, role)
    try:
        for _role, name, method, path in [row for row in LACKING if row[0] == role]:
            url = fill_path(path, panel)
            before = count_denials(world, str(ROUTE_ACTIONS[name]))
            page = browser.get(url) if method == "GET" else browser.post(url, {"csrf": "x"})
            refused = page.status == 403 or (name == "panel" and "Vargas" not in page.html)
            denied = count_denials(world, str(ROUTE_ACTIONS[name])) > before
            wrong += [] if refused and denied else [f"{role} {method} {path}: {page.status}"]
    finally:
        set_role(world, Role.CLINICIAN)
    assert wrong == []


def fill_path(path: str, panel: Page) -> str:
    """The address of a route on this chart; what its other parts name need not be there."""
    return re.sub(r"\{\w+\}", "any", path.replace("/l/{launch}", panel.url.rstrip("/"), 1))


def count_denials(world: World, action: str) -> int:
    """How often the audit says that this very action was refused."""

    async def count() -> int:
        async with world.parts.store.read("demo-generic") as tx:
            query = tx.select(AUDIT).where(AUDIT.c.outcome == "denied", AUDIT.c.action == action)
            return len(await tx.all(query))

    return world.run(count())


def test_each_role_lacks_something_and_no_route_is_open_by_being_forgotten() -> None:
    assert {role for role, *_rest in LACKING} == set(Role)
    assert all(action is not None for *_route, action in CHART_ROUTES)


@pytest.mark.parametrize(
    ("method", "path"), [(m, p) for _n, m, p, _e, _a in CHART_ROUTES], ids=lambda v: str(v)
)
def test_charlie_sees_nothing_anywhere(
    world: World, browser: MiniBrowser, charlie: Page, method: str, path: str
) -> None:
    url = fill_path(path, charlie)
    page = browser.get(url) if method == "GET" else browser.post(url, {"csrf": "x"})
    assert page.status == 403
    assert "Vargas" not in page.html
    assert "0148" not in page.html


def test_bob_sees_contact_and_visits_but_nothing_clinical(
    world: World, browser: MiniBrowser
) -> None:
    panel = world.open("elena-vargas", browser)
    set_role(world, Role.COORDINATOR)
    try:
        page = browser.get(panel.url)
    finally:
        set_role(world, Role.CLINICIAN)
    assert "E-mail" in page.text
    assert "Last" in page.text
    for clinical in ("7.4%", "A1c", "Metformin", "diabetic chronic kidney disease"):
        assert clinical not in page.html


def test_every_route_declares_its_action(world: World) -> None:
    services = world.parts.services
    routes = build_routes(services.launches, services.settings, services.renderer)
    own = {r.name for r in routes if isinstance(r, Route | Mount) and not is_launch_route(r)}
    assert own <= set(ROUTE_ACTIONS)
    assert set(ROUTE_ACTIONS) <= own


def is_launch_route(route: Route | Mount) -> bool:
    """The launch's own URLs decide by themselves who may pass."""
    return route.path.split("/")[1] in ("launch", "callback", "continue", "logout", ".well-known")


def test_without_a_session_a_chart_is_not_there(world: World, browser: MiniBrowser) -> None:
    panel = world.open("elena-vargas", browser)
    with closing(MiniBrowser()) as stranger:
        page = stranger.get(panel.url)
    assert page.status == 401
    assert "Vargas" not in page.html


@pytest.mark.parametrize(
    ("site", "origin"),
    [("cross-site", "null"), ("same-origin", "http://evil.example"), ("same-site", "null")],
)
def test_a_foreign_form_changes_nothing(
    world: World, browser: MiniBrowser, site: str, origin: str
) -> None:
    panel = world.open("ines-delgado", browser)
    page = browser.get(panel.url + "contact")
    form = page.form("/contact")
    before = world.resource("Patient/ines-delgado")
    fields = form.fields | {"email": "stolen@example.com"}
    answer = browser.post(panel.url + "contact", fields, site=site, origin=origin)
    assert answer.status == 403
    wrong = browser.post(panel.url + "contact", fields | {"csrf": "wrong"})
    assert wrong.status == 403
    assert world.resource("Patient/ines-delgado") == before


def test_one_charts_form_does_not_work_on_another(world: World, browser: MiniBrowser) -> None:
    first = world.open("elena-vargas", browser)
    second = world.open("ruth-abernathy", browser)
    form = browser.get(first.url + "contact").form("/contact")
    before = world.resource("Patient/ruth-abernathy")
    answer = browser.post(second.url + "contact", form.fields | {"email": "x@example.com"})
    assert answer.status == 403
    assert world.resource("Patient/ruth-abernathy") == before


def test_headers_of_a_chart(world: World, browser: MiniBrowser) -> None:
    headers = world.open("elena-vargas", browser).headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert f"frame-ancestors {world.ehr}" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert "x-frame-options" not in headers


def test_signing_out_closes_this_chart_only(world: World, browser: MiniBrowser) -> None:
    first = world.open("elena-vargas", browser)
    second = world.open("ruth-abernathy", browser)
    out = browser.submit(first, first.form("/sign-out"), {})
    assert out.status == 200
    assert browser.get(first.url).status == 401
    assert browser.get(second.url).status == 200


def test_every_view_is_on_record_and_the_chain_holds(world: World, browser: MiniBrowser) -> None:
    panel = world.open("samir-haddad", browser)
    launch_id = panel.url.rstrip("/").rsplit("/", 1)[1]

    async def rows() -> list[str]:
        async with world.parts.store.read("demo-generic") as tx:
            query = tx.select(AUDIT).where(AUDIT.c.launch_id == launch_id).order_by(AUDIT.c.seq)
            return [row.action for row in await tx.all(query)]

    actions = world.run(rows())
    assert actions.count("chart.view") == 1
    assert "launch_opened" in actions or "launch.opened" in actions

    async def verify() -> bool:
        async with world.parts.store.read("demo-generic") as tx:
            return (await verify_chain(tx)).holds

    assert world.run(verify())
