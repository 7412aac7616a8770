"""The page behind the link of an e-mail, for whoever has the mail. Names no patient; stops nothing.

It shows no more than the mail did: the practice, and what the button does.
"""

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from app.outreach.way_out import BUTTONS, Tongue
from app.sync.stop_desk import Stopping
from app.web.views.page import Page
from app.web.words_stop import WORDS

STYLES = ("chartside.css", "stop.css")


@dataclass(frozen=True, slots=True)
class StopPage:
    """`clinic` "" where its name is not known; `button` "" where there is nothing to press."""

    template: ClassVar[str] = "pages/stop.html"
    page: Page
    tone: Literal["plain", "accent", "wait"]
    icon_name: str
    clinic: str
    title: str
    lead: str
    also: tuple[str, ...]
    button: str = ""


def build_stop_page(found: Stopping, *, page: Page) -> StopPage:
    """The question, or that it is done."""
    words = WORDS[found.language]
    page = replace(page, lang=found.language, title=words.page, styles=STYLES)
    name, phone = found.clinic or words.practice, found.phone.replace(" ", "\N{NO-BREAK SPACE}")
    also: tuple[str, ...] = (words.others, words.portal)
    if not found.is_stopped:
        lead, button = words.ask_does.format(clinic=name), BUTTONS[found.language]
        return StopPage(page, "plain", "email", found.clinic, words.ask, lead, also, button)
    again = words.again_phone.format(phone=phone) if phone else words.again
    lead = words.done_does.format(clinic=name)
    also = (*also, again)
    return StopPage(page, "accent", "mark-yes", found.clinic, words.done, lead, also)


def build_no_stop_page(language: Tongue, *, page: Page) -> StopPage:
    """For every link that is not valid, whatever is wrong with it."""
    words = WORDS[language]
    page = replace(page, lang=language, title=words.page, styles=STYLES)
    return StopPage(page, "wait", "warn", "", words.bad, words.bad_why, (words.bad_do,))
