"""The style guide's parts: each component with each of its states, from invented data."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar

import msgspec

from app.clinical.chart import Chart
from app.clinical.elements import PatientLink, Reference
from app.web.answer_examples import NOTHING, OPEN, PLANNED, STOPPED
from app.web.render import View
from app.web.samples import CHART, DIED, LEDGER, LINKS, NOW, PATIENT, SCENE, make_searches
from app.web.views.blanks import Blank, build_blank
from app.web.views.conditions import build_conditions
from app.web.views.contact import PendingEdit, build_contact_card
from app.web.views.edit import FormField, Option, build_field
from app.web.views.identity import Identity, build_freshness, build_identity
from app.web.views.links import Links
from app.web.views.medicines import build_medicines
from app.web.views.notices import (
    Action,
    build_chart_changed,
    build_offline,
    build_own_window,
    build_part_failed,
    build_reconnect,
    build_record_notices,
)
from app.web.views.panel import (
    NoticesPart,
    build_failed,
    build_loading,
    build_strip,
)
from app.web.views.results import build_results
from app.web.views.sent import LedgerRow, build_sent
from app.web.views.vaccines import build_vaccines
from app.web.views.visits import build_visits

TOKENS = (
    "bg",
    "sunk",
    "ink",
    "ink2",
    "ink3",
    "edge",
    "line",
    "accent",
    "on-accent",
    "yes",
    "wait",
    "no",
    "accent-tint",
    "yes-tint",
    "wait-tint",
    "no-tint",
)
MARKS = (
    ("yes", "Yes"),
    ("wait", "Not now"),
    ("no", "No"),
    ("unknown", "Not known"),
    ("stopped", "Stopped"),
)
ICONS = (
    "phone",
    "text",
    "email",
    "letter",
    "portal",
    "other",
    "language",
    "refresh",
    "next",
    "back",
    "down",
    "lock",
    "dash",
    "warn",
    "clock",
    "plug",
    "person",
    "window",
    "info",
    "print",
    "close",
)
TRACKS = ("saved", "sending", "in_ehr", "note", "conflict", "attention")


@dataclass(frozen=True, slots=True)
class DrawingsSample:
    """Tokens, type, marks, icons, tracks and actions, drawn as they are."""

    template: ClassVar[str] = "styleguide/drawings.html"
    tokens: tuple[str, ...]
    marks: tuple[tuple[str, str], ...]
    icons: tuple[str, ...]
    tracks: tuple[tuple[str, str], ...]
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class IdentitySample:
    template: ClassVar[str] = "styleguide/identity.html"
    identity: Identity
    links: Links
    refresh_word: str


@dataclass(frozen=True, slots=True)
class BlanksSample:
    template: ClassVar[str] = "styleguide/blanks.html"
    blanks: tuple[tuple[str, Blank], ...]


@dataclass(frozen=True, slots=True)
class FieldsSample:
    template: ClassVar[str] = "styleguide/fields.html"
    fields: tuple[FormField, ...]


@dataclass(frozen=True, slots=True)
class Example:
    id: str
    title: str
    note: str
    views: tuple[View, ...]


def build_drawings() -> DrawingsSample:
    words = dict(SCENE.words.write_states)
    return DrawingsSample(
        tokens=TOKENS,
        marks=MARKS,
        icons=ICONS,
        tracks=tuple((state, words[state]) for state in TRACKS),
        actions=(
            Action("Save choices", "#", primary=True),
            Action("Try these again", "#", "post"),
            Action("Decide later", "#"),
        ),
    )


def build_identities() -> tuple[View, ...]:
    later = replace(SCENE, now=NOW + timedelta(hours=3))
    failed = make_searches(Observation="failed")
    shown = tuple(
        build_identity(PATIENT, scene, freshness=build_freshness(searches, scene))
        for scene, searches in (
            (SCENE, make_searches()),
            (later, make_searches()),
            (SCENE, failed),
            (SCENE, ()),
        )
    )
    unread = build_identity(None, SCENE, freshness=build_freshness(failed, SCENE))
    refresh = SCENE.words.refresh.format(ehr=SCENE.ehr)
    return tuple(IdentitySample(line, LINKS, refresh) for line in (*shown, unread))


def build_blanks() -> BlanksSample:
    """The five reasons side by side: same question, five different answers."""
    things = "Immunization"
    return BlanksSample(
        (
            ("none", build_blank(make_searches(), things, SCENE)),
            ("denied", build_blank(make_searches(Immunization="denied"), things, SCENE)),
            ("unsupported", build_blank(make_searches(Immunization="unsupported"), things, SCENE)),
            ("failed", build_blank(make_searches(Immunization="failed"), things, SCENE)),
            ("hidden", build_blank(make_searches(), things, SCENE, hidden=True)),
        )
    )


def build_fields_sample() -> FieldsSample:
    phone = build_field("phone_mobile", "(602) 555-0148", SCENE, error="", is_first=False)
    wrong = build_field(
        "phone_home",
        "614 555",
        SCENE,
        error="This number has too few or too many digits.",
        is_first=False,
    )
    return FieldsSample(
        (
            phone,
            wrong,
            build_field("email", "", SCENE, error="", is_first=False),
            build_field("preferred_channel", "text", SCENE, error="", is_first=False),
            build_field("language", "es", SCENE, error="", is_first=False),
            FormField(
                "choice_error",
                "With an error",
                "choice",
                "",
                error="Choose one of the list.",
                options=(Option("a", "One way", False), Option("b", "Another way", False)),
            ),
        )
    )


def build_notices() -> NoticesPart:
    merged = msgspec.structs.replace(
        PATIENT, links=(PatientLink("replaced-by", Reference("Patient", "other")),)
    )
    inactive = msgspec.structs.replace(PATIENT, active=False)
    failed = make_searches(Observation="failed", Immunization="partial")
    return NoticesPart(
        (
            *build_part_failed(failed, SCENE, LINKS),
            build_reconnect(SCENE, url="#"),
            build_offline(SCENE),
            build_chart_changed(SCENE),
            build_own_window(SCENE, window_url="#", cookieless_url="#"),
            *build_record_notices(merged, SCENE),
            *build_record_notices(inactive, SCENE),
        )
    )


def build_contacts() -> tuple[View, ...]:
    edits = (PendingEdit("phone_mobile", "+16025550184", LEDGER[3]),)
    bare = msgspec.structs.replace(PATIENT, preferences=(), addresses=(), languages=())
    lost = msgspec.structs.replace(bare, telecom=())
    charts = [Chart(patient=p, searches=make_searches()) for p in (bare, lost, DIED)]
    charts.append(Chart(searches=make_searches(Patient="failed")))
    return (
        build_contact_card(CHART, SCENE, LINKS, edits=edits),
        *(build_contact_card(chart, SCENE, LINKS) for chart in charts),
    )


def build_facts(chart: Chart) -> tuple[View, ...]:
    return (
        build_results(chart, SCENE),
        build_conditions(chart, SCENE),
        build_medicines(chart, SCENE),
        build_vaccines(chart, SCENE),
        build_visits(chart, SCENE),
    )


def build_strips() -> tuple[View, ...]:
    contact = build_contact_card(CHART, SCENE, LINKS)
    quiet, urgent = build_sent((), SCENE, LINKS), build_sent(LEDGER, SCENE, LINKS)
    return tuple(build_strip(contact, sent, open_url="#") for sent in (urgent, quiet))


ODD_WRITES = (
    LedgerRow("o1", "Home number", "sending", NOW - timedelta(minutes=4)),
    LedgerRow("o2", "E-mail", "sending", NOW, is_outcome_unknown=True),
    LedgerRow("o3", "Mobile number", "attention", NOW - timedelta(hours=20)),
)
PART = msgspec.structs.replace(
    CHART,
    searches=make_searches(
        Observation="partial",
        Condition="partial",
        MedicationRequest="partial",
        Immunization="partial",
        Encounter="partial",
        Appointment="partial",
    ),
)

EXAMPLES: tuple[Example, ...] = (
    Example(
        "drawings", "Tokens, marks, actions", "Shapes differ without color.", (build_drawings(),)
    ),
    Example(
        "identity",
        "Identity line",
        "Fresh, stale, part read, opening, unread.",
        build_identities(),
    ),
    Example("contact", "Contact", "Preference, number, nothing, died, not read.", build_contacts()),
    Example("answer", "Contact answer", "Open and stopped.", (OPEN, STOPPED)),
    Example("outreach", "Planned outreach", "Empty, and the next one.", (NOTHING, PLANNED)),
    Example(
        "sent",
        "Sent to the EHR",
        "The six states, late, unknown outcome, nothing sent.",
        (
            build_sent(LEDGER, SCENE, LINKS),
            build_sent(ODD_WRITES, SCENE, LINKS),
            build_sent((), SCENE, LINKS),
        ),
    ),
    Example("blanks", "Empty, for five reasons", "Never merged.", (build_blanks(),)),
    Example("facts", "Facts", "Complete answers.", build_facts(CHART)),
    Example("part", "Facts, part read", "What is shown is true, and not all.", build_facts(PART)),
    Example(
        "cards",
        "Loading and failed",
        "Still bars at final height; each card fails alone.",
        (build_loading("Results", SCENE), build_failed("Results", SCENE)),
    ),
    Example("notices", "Notices", "They stay until no longer true.", (build_notices(),)),
    Example("fields", "Form fields", "With and without errors.", (build_fields_sample(),)),
    Example("strip", "Strip", "All there is at 200 px.", build_strips()),
)
