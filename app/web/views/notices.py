"""Notices: a bold fact, its consequence, what to do. They stay until they are no longer true."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app.clinical.chart import SearchOutcome
from app.clinical.facts import Patient
from app.web.views.links import Links
from app.web.views.scene import Scene
from app.web.words import lookup

Tone = Literal["wait", "plain", "accent", "no"]


@dataclass(frozen=True, slots=True)
class Action:
    """A link, or a form when `method` is post (it then carries the launch's CSRF token)."""

    label: str
    url: str
    method: Literal["get", "post"] = "get"
    primary: bool = False
    csrf: str = ""
    new_window: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """Bold fact, one sentence of consequence, at most two actions, a quiet note after them."""

    tone: Tone
    icon: str
    fact: str
    text: str
    actions: tuple[Action, ...] = ()
    note: str = ""


def build_chart_changed(scene: Scene) -> Notice:
    """What stays when the host opened another patient."""
    words = scene.words
    return Notice("plain", "person", words.changed, f"{words.changed_do} {words.changed_next}")


def build_reconnect(scene: Scene, *, url: str) -> Notice:
    """The sign-in to the EHR ended; `url` begins a new one."""
    words = scene.words
    action = Action(words.reconnect_action.format(ehr=scene.ehr), url, primary=True)
    fact = words.reconnect.format(ehr=scene.ehr)
    return Notice("wait", "clock", fact, words.reconnect_do, (action,))


def build_own_window(scene: Scene, *, window_url: str, cookieless_url: str = "") -> Notice:
    """Cookies are blocked in the frame. `cookieless_url` only where the tenant allows that."""
    words = scene.words
    actions = [Action(words.own_window_action, window_url, primary=True, new_window=True)]
    if cookieless_url:
        actions.append(Action(words.without_cookies, cookieless_url))
    text = words.own_window_do.format(ehr=scene.ehr)
    return Notice("accent", "window", words.own_window, text, tuple(actions))


def build_news(scene: Scene, links: Links) -> Notice:
    """What is shown is from an earlier reading, and a newer one says something else."""
    words = scene.words
    action = Action(words.news_action, links.panel, primary=True)
    return Notice("accent", "refresh", words.news.format(ehr=scene.ehr), words.news_do, (action,))


def build_offline(scene: Scene) -> Notice:
    return Notice("plain", "plug", scene.words.offline, scene.words.offline_do)


def build_part_failed(
    searches: Sequence[SearchOutcome], scene: Scene, links: Links
) -> tuple[Notice, ...]:
    """One notice that names what did not load; none when all was read."""
    words = scene.words
    failed = [s for s in searches if s.completeness in ("failed", "partial")]
    if not failed:
        return ()
    names = list(dict.fromkeys(lookup(words.things, s.resource_type) for s in failed))
    last = names.pop()
    listed = words.and_word.format(first=", ".join(names), last=last) if names else last
    action = Action(words.try_these_again, links.refresh, "post", csrf=links.csrf)
    fact = words.part_failed.format(things=listed[:1].upper() + listed[1:])
    text = words.part_failed_do.format(ehr=scene.ehr)
    return (Notice("wait", "warn", fact, text, (action,)),)


def build_record_notices(patient: Patient | None, scene: Scene) -> tuple[Notice, ...]:
    """A merged or inactive record: said before anything is read from it."""
    words, ehr = scene.words, scene.ehr
    if patient is None:
        return ()
    if any(link.type == "replaced-by" for link in patient.links):
        text = words.record_replaced_do.format(ehr=ehr)
        return (Notice("wait", "warn", words.record_replaced, text),)
    if patient.active is False:
        fact = words.record_inactive.format(ehr=ehr)
        return (Notice("wait", "warn", fact, words.record_inactive_do),)
    return ()
