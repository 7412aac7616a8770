"""The frame of the pages for administrators: title, the way between them, who is at work."""

from dataclasses import dataclass

from app.security.access import Action, Actor, may
from app.web.views.links import Links
from app.web.views.scene import Scene
from app.web.words_codes import CodeWords

STYLES = ("chartside.css", "codes.css")
Tab = tuple[str, str, bool]


@dataclass(frozen=True, slots=True)
class DeskHead:
    """`tabs` are (word, address, is this page). `panel_url` is "" for who may not see charts."""

    title: str
    about: str
    tabs: tuple[Tab, ...]
    panel_url: str
    opened_by: str
    sign_out_url: str
    csrf: str


def list_tabs(actor: Actor, links: Links, t: CodeWords) -> tuple[tuple[str, str], ...]:
    """(word, address) of the administrators' pages that this person may open."""
    pages = (
        (Action.MAPPING_EDIT, t.codes, links.mappings),
        (Action.DATA_QUALITY_VIEW, t.quality, links.quality),
        (Action.MESSAGE_EDIT, t.messages, links.messages),
        (Action.LEDGER_VIEW, t.ledger, links.ledger),
    )
    return tuple((word, url) for action, word, url in pages if may(actor, action))


def build_desk_head(
    actor: Actor, scene: Scene, links: Links, t: CodeWords, *, url: str, who: str
) -> DeskHead:
    """`url` is the page's own address, `who` the signed-in person's name or ""."""
    tabs = tuple((word, at, at == url) for word, at in list_tabs(actor, links, t))
    abouts = {
        links.mappings: t.codes_about,
        links.ledger: t.ledger_about,
        links.messages: t.messages_about,
    }
    about = abouts.get(url, t.quality_about)
    return DeskHead(
        title=next((word for word, _at, is_here in tabs if is_here), t.codes),
        about=about.format(ehr=scene.ehr),
        tabs=tabs,
        panel_url=links.panel if may(actor, Action.CHART_VIEW) else "",
        opened_by=t.opened_by.format(who=who) if who else "",
        sign_out_url=links.sign_out,
        csrf=links.csrf,
    )
