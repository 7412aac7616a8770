"""What browser tests share: one Playwright and one Chromium per module, a fresh page per test."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.browser.chromium import running_chromium, running_playwright

SOON = 60_000
"""Milliseconds. Nothing takes that long; on a starved machine five seconds are not enough."""

expect.set_options(timeout=SOON)


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Per module, not per run: tests with an event loop come after it in the same thread."""
    with running_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    with running_chromium(playwright) as browser:
        yield browser


@pytest.fixture
def new_page(chromium: Browser) -> Iterator[Page]:
    """A page in a profile of its own, 1280 wide; a script error on it fails the test. Nothing
    moves, so that no look comes in the middle of a movement."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(SOON)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    context.close()
    assert wrong == []
