"""What browser tests share: one Playwright and one Chromium per module, a fresh page per test."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Playwright

from tests.browser.chromium import running_chromium, running_playwright


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
    """A page in a profile of its own, 1280 wide; a script error on it fails the test."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    context.close()
    assert wrong == []
