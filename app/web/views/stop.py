"""The page behind the link of an e-mail, for whoever has the mail. Names no patient; stops nothing.

It shows no more than the mail did: the practice, and what the button does.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

from app.outreach.way_out import BUTTONS, Tongue
from app.sync.stop_desk import Stopping
from app.web.views.message import MessageTone
from app.web.views.page import Page
from app.web.words_stop import WORDS


@dataclass(frozen=True, slots=True)
class StopPage:
    """`button` "" where there is nothing to press."""

    template: ClassVar[str] = "pages/stop.html"
    page: Page
    tone: MessageTone
    icon_name: str
    title: str
    lines: tuple[str, ...]
    button: str


def build_stop_page(found: Stopping, *, page: Page) -> StopPage:
    """The question, or that it is done."""
    words = WORDS[found.language]
    page = replace(page, lang=found.language)
    clinic = found.clinic or words.practice
    if not found.is_stopped:
        asks = (words.ask_does.format(clinic=clinic), words.others, words.portal)
        return StopPage(page, "plain", "email", words.ask, asks, BUTTONS[found.language])
    again = words.again_phone.format(phone=found.phone) if found.phone else words.again
    does = words.done_does.format(clinic=clinic)
    lines = (does, words.others, words.portal, again)
    return StopPage(page, "accent", "mark-yes", words.done, lines, "")


def build_no_stop_page(language: Tongue, *, page: Page) -> StopPage:
    """For every link that is not valid, whatever is wrong with it."""
    words = WORDS[language]
    page = replace(page, lang=language)
    return StopPage(page, "wait", "warn", words.bad, (words.bad_why, words.bad_do), "")
