"""The look in a real browser: accessible, reflowing, reachable by keys, mirrored, on paper.

The pages are the style guide's, so every component and state passes here, light and dark.
"""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from app.settings import ROOT
from app.web.render import Renderer
from app.web.styleguide import build_styleguide_routes
from app.web.styleguide_pages import SAMPLE_PAGES
from tests.browser.servers import serving

pytestmark = pytest.mark.browser
WIDTHS = (320, 400, 800, 1280)
# What is wider than its frame, as a person would find it: by scrolling sideways.
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Inline links and summaries inside a sentence are the standard's own exception (2.5.8).
SMALL_TARGETS = """() => [...document.querySelectorAll('a, button, select, input, summary')]
  .filter(e => e.type !== 'hidden' && e.checkVisibility() && !e.closest('.skip'))
  .filter(e => !e.matches('.opens > summary') && getComputedStyle(e).display !== 'inline')
  .map(e => (e.type === 'radio' ? e.closest('label') : e))
  .map(e => [e.outerHTML.slice(0, 90), e.getBoundingClientRect()])
  .filter(([_, r]) => r.width < 23.9 || r.height < 23.9)
  .map(([html, r]) => `${html} ${r.width}x${r.height}`)"""


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    routes = [
        *build_styleguide_routes(Renderer(ROOT)),
        Mount("/static", StaticFiles(directory=ROOT / "static")),
    ]
    with serving(Starlette(routes=routes)) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page whose script errors and refused resources (the policy's) fail the test."""
    context = chromium.new_context(reduced_motion="reduce")
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda m: wrong.append(m.text) if "Content Security" in m.text else None)
    yield page
    context.close()
    assert wrong == []


def show(
    page: Page, url: str, *, width: int = 400, height: int = 900, theme: str = "light"
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{url}{'&' if '?' in url else '?'}theme={theme}")
    page.wait_for_load_state("load")


def find_violations(page: Page, *, without: str = "") -> list[str]:
    options = {"rules": {without: {"enabled": False}}} if without else None
    found = Axe().run(page, options=options).response["violations"]
    return [f"{v['id']}: {n['html'][:120]}" for v in found for n in v["nodes"]]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_panel_is_accessible_and_reflows(page: Page, origin: str, width: int, theme: str) -> None:
    show(page, f"{origin}/styleguide/panel", width=width, theme=theme)
    assert page.evaluate(OVERFLOW) == 0
    assert find_violations(page) == []
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    assert page.evaluate(OVERFLOW) == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_opened_sources_are_accessible(page: Page, origin: str, theme: str) -> None:
    show(page, f"{origin}/styleguide/panel", theme=theme)
    page.evaluate("for (const d of document.querySelectorAll('.pane details')) d.open = true")
    assert find_violations(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_styleguide_is_accessible(page: Page, origin: str, theme: str) -> None:
    show(page, f"{origin}/styleguide", width=1280, theme=theme)
    # One component stands here many times, so its landmark does too; on a page it is alone.
    assert find_violations(page, without="landmark-unique") == []


@pytest.mark.parametrize("name", [n for n in SAMPLE_PAGES if n != "panel"])
def test_every_sample_page_is_accessible_and_reflows(page: Page, origin: str, name: str) -> None:
    show(page, f"{origin}/styleguide/{name}", width=320)
    assert page.evaluate(OVERFLOW) == 0
    assert find_violations(page) == []
    show(page, f"{origin}/styleguide/{name}", width=1280, theme="dark")
    assert page.evaluate(OVERFLOW) == 0


@pytest.mark.parametrize(
    "name", ["panel", "gap", "vaccines", "edit-errors", "conflict", "own-window"]
)
@pytest.mark.parametrize("width", [200, 320, 400])
def test_targets_are_large_enough(page: Page, origin: str, name: str, width: int) -> None:
    show(page, f"{origin}/styleguide/{name}", width=width)
    assert page.evaluate(SMALL_TARGETS) == []


def test_the_strip_is_all_there_is_at_200(page: Page, origin: str) -> None:
    show(page, f"{origin}/styleguide/panel", width=200)
    assert page.evaluate(OVERFLOW) == 0
    assert page.get_by_role("link", name="Open panel").is_visible()
    assert not page.locator("#contact").is_visible()
    assert find_violations(page) == []


def test_two_panes_from_800(page: Page, origin: str) -> None:
    show(page, f"{origin}/styleguide/panel", width=800)
    first, second = (page.locator(".pane").nth(n).bounding_box() for n in (0, 1))
    assert first is not None
    assert second is not None
    assert first["y"] == second["y"]
    assert second["x"] >= first["x"] + first["width"] - 1
    show(page, f"{origin}/styleguide/panel", width=1440)
    shell = page.locator(".shell").bounding_box()
    assert shell is not None
    assert shell["width"] <= 1000


def test_every_control_is_reached_by_tab_and_focus_is_never_hidden(page: Page, origin: str) -> None:
    show(page, f"{origin}/styleguide/panel", height=500)
    expected = page.evaluate(
        "[...document.querySelectorAll('a, button, summary')]"
        ".filter(e => e.checkVisibility()).length"
    )
    header = page.locator(".identity").bounding_box()
    assert header is not None
    reached = 0
    for _ in range(expected):
        page.keyboard.press("Tab")
        box, inside = page.evaluate(
            "(() => { const e = document.activeElement, r = e.getBoundingClientRect();"
            " return [[r.top, r.bottom], !!e.closest('.identity, .skip')] })()"
        )
        reached += page.evaluate("document.activeElement !== document.body")
        assert inside or box[1] > header["height"], "under the sticky header"
    assert reached == expected


def test_keys_move_between_rows_and_leave_the_host_alone(page: Page, origin: str) -> None:
    show(page, f"{origin}/styleguide/panel")
    row = "document.activeElement.matches('[data-row]')"
    page.keyboard.press("j")
    assert page.evaluate(row)
    first = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.textContent") != first
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.textContent") == first
    page.keyboard.press("?")
    assert page.locator("#keys").get_attribute("open") is not None
    page.keyboard.press("Control+j")
    assert page.evaluate("document.activeElement.closest('#keys') !== null")


def test_enter_opens_where_a_value_comes_from(page: Page, origin: str) -> None:
    show(page, f"{origin}/styleguide/panel")
    page.locator(".result summary").first.focus()
    page.keyboard.press("Enter")
    assert page.get_by_text("Epic, Observation, version 3").first.is_visible()


def test_typing_j_in_a_field_is_typing(page: Page, origin: str) -> None:
    show(page, f"{origin}/styleguide/edit")
    page.locator("#email").fill("")
    page.locator("#email").press_sequentially("j?k")
    assert page.locator("#email").input_value() == "j?k"


def test_focus_begins_at_the_first_thing_to_correct(page: Page, origin: str) -> None:
    show(page, f"{origin}/styleguide/edit-errors")
    expect(page.locator("#phone_mobile")).to_be_focused()
    described = page.locator("#phone_mobile").get_attribute("aria-describedby")
    assert described == "phone_mobile-error"
    page.get_by_role("link", name="E-mail").click()
    expect(page.locator("#email")).to_be_focused()


def test_a_choice_says_that_it_is_made(page: Page, origin: str) -> None:
    show(page, f"{origin}/styleguide/conflict")
    language = page.locator("#choose_language")
    assert language.get_by_text("Choose one").is_visible()
    language.locator("input").first.check()
    expect(language.get_by_text("Chosen")).to_be_visible()


def test_right_to_left_mirrors_the_page_but_not_time_numbers_or_ticks(
    page: Page, origin: str
) -> None:
    show(page, f"{origin}/styleguide/panel?dir=rtl")
    assert page.evaluate(OVERFLOW) == 0
    name, fresh = page.locator(".name").bounding_box(), page.locator(".fresh").bounding_box()
    assert name is not None
    assert fresh is not None
    assert name["x"] > fresh["x"]
    matrix = "e => getComputedStyle(e).transform"
    assert page.locator(".track").first.evaluate(matrix).startswith("matrix(-1")
    assert page.locator(".spark").first.evaluate(matrix) == "none"
    assert page.locator(".track .keep").first.evaluate(matrix).startswith("matrix(-1")
    assert find_violations(page) == []


def test_paper_keeps_the_name_and_drops_the_controls(page: Page, origin: str) -> None:
    show(page, f"{origin}/styleguide/panel-no-banner")
    page.emulate_media(media="print")
    assert page.get_by_text("MRN 40227719").first.is_visible()
    assert page.locator(".printed").is_visible()
    assert page.locator("button:visible, a:visible").count() == 0
    assert page.locator("body").evaluate("e => getComputedStyle(e).backgroundColor") == (
        "rgb(255, 255, 255)"
    )


def test_without_a_banner_the_name_is_for_readers_only(page: Page, origin: str) -> None:
    show(page, f"{origin}/styleguide/panel-no-banner")
    box = page.locator("h1").bounding_box()
    assert box is not None
    assert box["width"] <= 1
    assert page.get_by_role("heading", level=1).text_content()


def test_forced_colors_keep_marks_and_choices(chromium: Browser, origin: str) -> None:
    context = chromium.new_context(forced_colors="active")
    page = context.new_page()
    page.goto(f"{origin}/styleguide/conflict")
    border = page.locator(".choices input:checked").evaluate(
        "e => getComputedStyle(e).borderTopWidth"
    )
    assert border == "5px"
    context.close()


def test_the_page_works_without_script(chromium: Browser, origin: str) -> None:
    context = chromium.new_context(
        java_script_enabled=False, viewport={"width": 400, "height": 900}
    )
    page = context.new_page()
    page.goto(f"{origin}/styleguide/panel")
    page.locator(".result summary").first.click()
    assert page.get_by_text("Epic, Observation, version 3").first.is_visible()
    assert not page.get_by_text("Print", exact=True).is_visible()
    context.close()


def test_twice_the_letter_size_still_fits(page: Page, origin: str) -> None:
    show(page, f"{origin}/styleguide/panel", width=640)
    page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
    assert page.evaluate(OVERFLOW) == 0


def test_a_notice_stays_in_its_own_panel(page: Page, origin: str) -> None:
    show(page, f"{origin}/styleguide", width=1280)
    assert page.locator(".guide-stage .late").count() == 2
