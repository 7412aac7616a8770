"""The EHR's own look, from the launch context to the page, and what of it is not taken."""

import html
import re

from sandbox.window.opening import STYLE_PATH
from tests.flows.mini_browser import MiniBrowser, Page
from tests.flows.running import World

LOOK = re.compile(r'<link rel="stylesheet" href="(/look\.css[^"]+)" nonce="([^"]+)">')


def reopened(world: World, browser: MiniBrowser, url: str) -> Page:
    """A chart of a launch with that style, opened again once nothing is under way."""
    panel = world.open("elena-vargas", browser, smart_style_url=url)
    assert panel.status == 200
    world.run(settled(world))
    return browser.get(panel.url)


async def settled(world: World) -> None:
    for task in list(world.parts.services.looks._reading.values()):
        await task


def test_the_panel_and_its_pages_wear_the_ehrs_colors(world: World, browser: MiniBrowser) -> None:
    page = reopened(world, browser, f"{world.ehr}{STYLE_PATH}")
    found = LOOK.search(page.html)
    assert found is not None
    address, nonce = found.groups()
    assert f"'nonce-{nonce}'" in page.headers["content-security-policy"]
    assert address in browser.get(page.url + "contact").html
    sheet = browser.get(world.app + html.unescape(address))
    assert sheet.headers["content-type"].startswith("text/css")
    assert "immutable" in sheet.headers["cache-control"]
    assert "--bg:#F7F4EC;" in sheet.html and "--accent:#0F5F57;" in sheet.html
    assert "Georgia" not in page.html + sheet.html


def test_an_address_somebody_made_up_brings_nothing_unreadable(
    world: World, browser: MiniBrowser
) -> None:
    for query in ("", "?color_text=red", "?color_background=%23808080", "?--bg=%23000000"):
        assert browser.get(f"{world.app}/look.css{query}").status == 404
    twisted = browser.get(f"{world.app}/look.css?color_text=%23111111%7D%2A%7Bdisplay:none")
    assert twisted.status == 404


def test_a_style_on_another_host_is_not_asked_for(world: World, browser: MiniBrowser) -> None:
    page = reopened(world, browser, f"{world.app}{STYLE_PATH}")
    assert page.status == 200
    assert LOOK.search(page.html) is None


def test_without_a_style_the_page_is_ours(world: World, browser: MiniBrowser) -> None:
    assert LOOK.search(world.open("elena-vargas", browser).html) is None
