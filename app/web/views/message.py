"""A page with one message: what happened, what to do, and what support will ask for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from app.web.views.notices import Action, build_own_window
from app.web.views.page import Page
from app.web.views.scene import Scene
from app.web.words import EN, Words

MessageTone = Literal["wait", "plain", "accent", "no"]


@dataclass(frozen=True, slots=True)
class MessagePage:
    """`codes` are (label, value): the stable error code, the request's id."""

    template: ClassVar[str] = "pages/message.html"
    page: Page
    tone: MessageTone
    icon_name: str
    title: str
    text: str
    actions: tuple[Action, ...]
    codes: tuple[tuple[str, str], ...]


def build_fault(
    title: str,
    text: str,
    *,
    page: Page,
    code: str = "",
    reference: str = "",
    actions: Sequence[Action] = (),
    is_passing: bool = False,
    words: Words = EN,
) -> MessagePage:
    """An error as a page. `is_passing`: trying again later may help, so it is not drawn as a no."""
    pairs = ((words.error_code, code), (words.error_reference, reference))
    return MessagePage(
        page=page,
        tone="wait" if is_passing else "no",
        icon_name="clock" if is_passing else "warn",
        title=title,
        text=text,
        actions=tuple(actions),
        codes=tuple(pair for pair in pairs if pair[1]),
    )


def build_own_window_page(
    scene: Scene, *, page: Page, window_url: str, cookieless_url: str = ""
) -> MessagePage:
    """Cookies are blocked inside the EHR."""
    notice = build_own_window(scene, window_url=window_url, cookieless_url=cookieless_url)
    return MessagePage(page, "accent", "window", notice.fact, notice.text, notice.actions, ())


def build_signed_out(*, page: Page, words: Words = EN) -> MessagePage:
    return MessagePage(page, "plain", "lock", words.signed_out, words.signed_out_do, (), ())


def build_chart_changed_page(*, page: Page, words: Words = EN) -> MessagePage:
    """The answer to anything that still comes from the panel of another patient."""
    text = f"{words.changed_do} {words.changed_next}"
    return MessagePage(page, "plain", "person", words.changed, text, (), ())
