"""The page on which a contact is planned: why, how, which words, when, and what the gate says.

Shows a draft; decides and saves nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from app.clinical.facts import Patient
from app.outreach.answer import ContactAnswer
from app.outreach.lint import WORDS as LINT
from app.outreach.message import Template, find_template
from app.outreach.request import Receipt
from app.sync.outreach_desk import BY_PEOPLE, Step
from app.sync.outreach_draft import Ask, Draft, asks_words, write_reason
from app.web.views.answer import MARKS, Mark
from app.web.views.choices import Choice, build_choices
from app.web.views.edit import build_patient_line
from app.web.views.links import Links
from app.web.views.page import Page
from app.web.views.scene import Scene
from app.web.views.times import build_pair
from app.web.words import lookup
from app.web.words_answer import EN as ANSWER
from app.web.words_outreach import EN, OutreachWords


@dataclass(frozen=True, slots=True)
class WayChoice:
    value: str
    label: str
    verdict: str
    mark: Mark
    chosen: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What would arrive. `lang` is the patient's; `script` is for a caller instead."""

    to: str
    subject: str
    body: str
    lang: str
    script: tuple[str, ...]
    problem: str
    lint: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GateLine:
    mark: Mark
    text: str
    reasons: tuple[str, ...]
    opens: str


@dataclass(frozen=True, slots=True)
class PlanFormPage:
    template: ClassVar[str] = "pages/plan.html"
    page: Page
    t: OutreachWords
    patient: str
    back_url: str
    action: str
    hidden: tuple[tuple[str, str], ...]
    about: str
    warning: str
    ways: tuple[WayChoice, ...]
    purposes: tuple[Choice, ...]
    templates: tuple[Choice, ...]
    asks_words: bool
    words: str
    modes: tuple[Choice, ...]
    dues: tuple[Choice, ...]
    day: str
    clock: str
    due_error: str
    assigns: tuple[Choice, ...]
    note: str
    preview: Preview
    gate: GateLine
    steps: tuple[str, ...]
    plan_word: str
    visits: tuple[tuple[str, str], ...] = ()


def build_plan_form(
    steps: Sequence[Step],
    answer: ContactAnswer,
    patient: Patient,
    scene: Scene,
    links: Links,
    *,
    page: Page,
    key: str,
    ask: Ask,
    templates: Sequence[Template],
    has_sequence: bool,
    title: str,
    warning: str = "",
    may_voicemail: bool = False,
) -> PlanFormPage:
    """`ask` is what the form said; `steps` what would come of it, the first one shown in full."""
    words, first = EN, steps[0].draft
    there = replace(scene, there=ZoneInfo(first.zone))
    by_hand = ask.reason.kind == "manual"
    return PlanFormPage(
        page=page,
        t=words,
        patient=build_patient_line(patient, scene),
        back_url=links.panel,
        action=f"{links.base}/outreach",
        hidden=(("reason", write_reason(ask.reason)), ("key", key), ("csrf", links.csrf)),
        about=title,
        warning=warning,
        ways=build_way_choices(answer, ask),
        purposes=build_choices("purpose", words.purposes, ask.purpose) if by_hand else (),
        templates=build_template_choices(templates, ask) if ask.channel != "call" else (),
        asks_words=takes_words(templates, ask),
        words=ask.words,
        modes=build_modes(ask, words) if has_sequence else (),
        dues=build_dues(first, there, words),
        day=ask.day,
        clock=ask.clock,
        due_error=first.errors.get("due", ""),
        assigns=build_assigns(ask, words) if ask.channel in BY_PEOPLE else (),
        note=ask.note,
        preview=build_preview(first, may_voicemail=may_voicemail),
        gate=build_gate_line(first.receipt, there, words),
        steps=build_steps(steps, there, words),
        plan_word=words.plan_many.format(n=len(steps)) if len(steps) > 1 else words.plan,
    )


def build_modes(ask: Ask, words: OutreachWords) -> tuple[Choice, ...]:
    return build_choices("mode", words.modes, "sequence" if ask.is_sequence else "one")


def build_way_choices(answer: ContactAnswer, ask: Ask) -> tuple[WayChoice, ...]:
    return tuple(
        WayChoice(
            row.channel,
            lookup(ANSWER.channels, row.channel),
            lookup(ANSWER.verdicts, row.verdict),
            MARKS[row.verdict],
            row.channel == ask.channel,
        )
        for row in answer.channels
    )


def build_template_choices(templates: Sequence[Template], ask: Ask) -> tuple[Choice, ...]:
    """The newest approved version of each template."""
    newest = {t.key: t for t in templates if t.approved_on is not None}
    return tuple(
        Choice("template", t.name, t.key == ask.template_key, t.key) for t in newest.values()
    )


def takes_words(templates: Sequence[Template], ask: Ask) -> bool:
    """Whether the chosen template has a place for words of one's own."""
    chosen = find_template(tuple(templates), ask.template_key)
    if chosen is None or ask.channel == "call":
        return False
    return any(asks_words(v) for v in chosen.variants if ask.channel in v.channels)


def build_dues(draft: Draft, scene: Scene, words: OutreachWords) -> tuple[Choice, ...]:
    """The moments that the gate lets be, the first chosen unless another was."""
    is_other = draft.ask.due == "other"
    chosen = "" if is_other else draft.due_at.isoformat()
    offered = [
        Choice("due", build_pair(at, scene), at.isoformat() == chosen, at.isoformat())
        for at in draft.offers
    ]
    return (*offered, Choice("due", words.due_other, is_other, "other"))


def build_assigns(ask: Ask, words: OutreachWords) -> tuple[Choice, ...]:
    return (
        Choice("assign", words.assign_queue, not ask.is_mine, "queue"),
        Choice("assign", words.assign_me, ask.is_mine, "me"),
    )


def build_preview(draft: Draft, *, may_voicemail: bool) -> Preview:
    words, content = EN, draft.content
    is_call = draft.ask.channel == "call"
    voicemail = words.call_message if may_voicemail else words.call_no_message
    return Preview(
        to=words.preview_to.format(address=content.shown)
        if content.shown
        else ""
        if draft.ask.channel == "portal"
        else words.preview_none,
        subject=content.subject,
        body=content.body,
        lang=content.language,
        script=(words.call_script, voicemail) if is_call else (),
        problem=draft.problem,
        lint=tuple(
            words.lint_found.format(word=LINT[f.code], found=f.found) if f.found else LINT[f.code]
            for f in draft.lint
        ),
    )


def build_gate_line(receipt: Receipt, scene: Scene, words: OutreachWords) -> GateLine:
    if receipt.allowed:
        return GateLine("yes", words.may_go, (), "")
    opens: datetime | None = receipt.next_allowed
    return GateLine(
        "wait" if opens else "no",
        words.may_not,
        tuple(f"{d.reason} {d.fix}" for d in receipt.denials),
        words.opens.format(when=build_pair(opens, scene)) if opens else "",
    )


def build_steps(steps: Sequence[Step], scene: Scene, words: OutreachWords) -> tuple[str, ...]:
    if len(steps) < 2:
        return ()
    return tuple(
        words.step.format(
            n=n,
            channel=lookup(ANSWER.channels, step.draft.ask.channel),
            when=build_pair(step.draft.due_at, scene),
        )
        for n, step in enumerate(steps, 1)
    )
