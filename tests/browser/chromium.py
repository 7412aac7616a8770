"""A Chromium for tests: how it is started, and how it is made to refuse other sites' cookies."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

from tests.prepare import find_chromium

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def require_chromium() -> str:
    """Its path; skips the test, saying so, where none is installed."""
    path = find_chromium()
    if path is None:
        pytest.skip("no Chromium on this machine: install it or set CHROMIUM")
    return path


@contextmanager
def running_playwright() -> Iterator[Playwright]:
    """One per thread at a time; while it runs, asyncio.run refuses to work in this thread."""
    require_chromium()
    with sync_playwright() as playwright:
        yield playwright


@contextmanager
def running_chromium(playwright: Playwright, *more: str) -> Iterator[Browser]:
    browser = playwright.chromium.launch(
        executable_path=require_chromium(), headless=True, args=[*ARGUMENTS, *more]
    )
    try:
        yield browser
    finally:
        browser.close()


@contextmanager
def deciding_on_cookies(
    playwright: Playwright, profile: Path, *, app: str, ehr: str, allowed: bool
) -> Iterator[BrowserContext]:
    """A Chromium whose settings allow, or block, every cookie of `app` below `ehr`.

    Blocked means partitioned ones too, in the frame; in a window of its own the app keeps its
    cookies. Measured in Chromium 156, where a sandboxed or credentialless frame still sends
    partitioned cookies, so neither can stand in for this. `profile` is an empty folder.
    """
    choice = {"cookies": {f"{app},{ehr}": {"setting": 1 if allowed else 2}}}
    (profile / "Default").mkdir(parents=True)
    (profile / "Default" / "Preferences").write_text(
        json.dumps({"profile": {"content_settings": {"exceptions": choice}}}), encoding="utf-8"
    )
    context = playwright.chromium.launch_persistent_context(
        profile,
        executable_path=require_chromium(),
        headless=True,
        args=list(ARGUMENTS),
        viewport={"width": 1280, "height": 900},
    )
    try:
        yield context
    finally:
        context.close()
