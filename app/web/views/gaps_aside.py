"""A gap that people set aside: its line on the card, its notice on the page, and the forms.

Shows decisions and offers those that may be made; judges none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from app.clinical.care_gaps.decisions import LONGEST, REASONS, SNOOZES, Kind, Refused
from app.sync.gap_desk import SetAside
from app.web.views.edit import Option
from app.web.views.links import Links
from app.web.views.scene import Scene
from app.web.views.times import build_day, build_stamp_inline
from app.web.words import lookup

FORMS: tuple[Kind, ...] = ("snoozed", "dismissed", "closed_here")
DRAWINGS = {"snoozed": "wait", "dismissed": "excluded", "closed_here": "here"}
"""Kind of decision → its drawing in icons.svg."""


@dataclass(frozen=True, slots=True)
class AsideLine:
    """`state` is the bold part, `why` the coded reason with who and when."""

    drawing: str
    state: str
    why: str
    note: str


@dataclass(frozen=True, slots=True)
class AsideForm:
    """One of the three forms. `errors` maps a field's name to a sentence; `is_open` after one."""

    kind: str
    title: str
    button: str
    effect: str
    reasons: tuple[Option, ...]
    untils: tuple[Option, ...]
    asks_day: bool
    day: str
    last_day: str
    errors: Mapping[str, str]
    is_open: bool


@dataclass(frozen=True, slots=True)
class AsideForms:
    """`hidden` travels with each form: the token, and the evidence that was looked at."""

    action: str
    hidden: tuple[tuple[str, str], ...]
    forms: tuple[AsideForm, ...]


def build_aside_line(aside: SetAside, scene: Scene) -> AsideLine:
    words, decision = scene.words, aside.decision
    until = build_day(decision.until, scene)
    state = lookup(words.aside_states, decision.kind).format(until=until, ehr=scene.ehr)
    why = words.aside_by.format(
        reason=lookup(words.aside_reasons, decision.reason),
        who=aside.who or words.aside_someone.format(ehr=scene.ehr),
        when=build_stamp_inline(decision.made_at, scene),
    )
    done = decision.details.done_on
    note = words.aside_done.format(day=build_day(done, scene), until=until) if done else ""
    return AsideLine(DRAWINGS.get(decision.kind, "excluded"), state, why, note)


def build_aside_forms(
    measure: str,
    seen: str,
    scene: Scene,
    links: Links,
    *,
    typed: Mapping[str, str] | None = None,
    refused: Refused | None = None,
) -> AsideForms:
    """`seen` is the evidence on screen; `typed` and `refused` what came back with mistakes."""
    return AsideForms(
        action=links.gap(measure),
        hidden=(("csrf", links.csrf), ("seen", seen)),
        forms=tuple(build_form(kind, scene, typed or {}, refused) for kind in FORMS),
    )


def build_form(
    kind: Kind, scene: Scene, typed: Mapping[str, str], refused: Refused | None
) -> AsideForm:
    words = scene.words
    is_ours = refused is not None and refused.kind == kind
    values = typed if is_ours else {}
    codes = refused.errors if refused is not None and is_ours else {}
    known = {name: code for name, code in codes.items() if name != "seen"}
    errors = {name: lookup(words.aside_errors, code) for name, code in known.items()}
    last = scene.today + timedelta(days=LONGEST[kind])
    reasons = REASONS[kind] if len(REASONS[kind]) > 1 else ()
    return AsideForm(
        kind=kind,
        title=lookup(words.aside_forms, kind),
        button=lookup(words.aside_save, kind),
        effect=lookup(words.aside_effects, kind).format(
            until=build_day(last, scene), ehr=scene.ehr
        ),
        reasons=build_reasons(reasons, values.get("reason", ""), scene),
        untils=build_untils(values.get("until", ""), scene) if kind == "snoozed" else (),
        asks_day=kind == "closed_here",
        day=values.get("done_on", ""),
        last_day=scene.today.isoformat(),
        errors=errors,
        is_open=bool(errors),
    )


def build_reasons(codes: tuple[str, ...], chosen: str, scene: Scene) -> tuple[Option, ...]:
    """Nothing is preselected: a reason is given, not accepted."""
    words = scene.words
    if not codes:
        return ()
    first = Option("", words.aside_choose, chosen not in codes)
    return (first, *(Option(c, lookup(words.aside_reasons, c), c == chosen) for c in codes))


def build_untils(chosen: str, scene: Scene) -> tuple[Option, ...]:
    days = [(n, scene.today + timedelta(days=n)) for n in SNOOZES]
    picked = chosen if chosen in {day.isoformat() for _n, day in days} else days[1][1].isoformat()
    return tuple(
        Option(day.isoformat(), build_ahead(n, day, scene), day.isoformat() == picked)
        for n, day in days
    )


def build_ahead(n: int, day: date, scene: Scene) -> str:
    """`Dec 8, in 14 days`."""
    return scene.words.aside_in_days.format(day=build_day(day, scene), n=n)
