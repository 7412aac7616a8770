"""What a launch tells others: the audit line, and the app that a chart was opened."""

import logging

from launch.browser import Browser
from launch.models import LaunchEvent, OpenedLaunch, Registration, TokenSet
from launch.parts import LaunchParts

log = logging.getLogger(__name__)


def build_event(
    kind: str, opened: OpenedLaunch, *, parts: LaunchParts, browser: Browser | None = None
) -> LaunchEvent:
    """The audit line for something that happens to an opened launch."""
    return LaunchEvent(
        kind=kind,
        at=parts.clock(),
        tenant_id=opened.tenant_id,
        launch_id=opened.launch_id,
        user_iss=opened.user.iss if opened.user else None,
        user_sub=opened.user.sub if opened.user else None,
        patient=opened.patient,
        detail=f"binding {opened.binding.value}",
        client_ip=browser.client_ip if browser else None,
    )


def tell_expected(parts: LaunchParts, registration: Registration) -> None:
    """Lets the app make ready for a chart. What goes wrong there must not stop the launch."""
    if parts.on_expected is None:
        return
    try:
        parts.on_expected(registration)
    except Exception as failure:
        log.warning("on_expected failed: %s", type(failure).__name__)


async def tell_opened(parts: LaunchParts, opened: OpenedLaunch, tokens: TokenSet | None) -> None:
    """Lets the app begin to read the chart. What goes wrong there must not undo the launch."""
    if parts.on_opened is None:
        return
    try:
        await parts.on_opened(opened, tokens)
    except Exception as failure:
        log.warning("on_opened failed: %s", type(failure).__name__)


async def tell_dropped(parts: LaunchParts, opened: OpenedLaunch) -> None:
    """Lets the app forget a launch that could not be saved. Never hides why it could not."""
    if parts.on_dropped is None:
        return
    try:
        await parts.on_dropped(opened)
    except Exception as failure:
        log.warning("on_dropped failed: %s", type(failure).__name__)
