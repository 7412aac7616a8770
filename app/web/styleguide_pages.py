"""The style guide's whole pages: panels in their states, the form, the conflict, the messages."""

from collections.abc import Callable, Mapping
from datetime import timedelta

import msgspec

from app.clinical.care_gaps.decisions import Refused
from app.clinical.chart import Chart
from app.web.answer_examples import OPEN, PLANNED
from app.web.render import View
from app.web.samples import CHART, DIED, LEDGER, LINKS, NOW, PATIENT, SCENE, make_searches
from app.web.samples_gaps import GAPS, make_aside
from app.web.samples_vaccines import OUTLOOK, UNKNOWN, make_asked
from app.web.samples_writes import show_ledger, show_write, show_write_asked, show_write_by_hand
from app.web.views.assembly import build_panel
from app.web.views.conflict import ClashRow, build_conflict_page
from app.web.views.contact import PendingEdit
from app.web.views.edit import build_edit_page
from app.web.views.gap_page import Decided, build_gap_page
from app.web.views.gaps import build_gaps_card
from app.web.views.gaps_aside import build_aside_forms
from app.web.views.gaps_vaccines import build_vaccine_row
from app.web.views.message import (
    build_chart_changed_page,
    build_fault,
    build_own_window_page,
    build_signed_out,
)
from app.web.views.page import Page
from app.web.views.schedule_card import build_next_vaccines
from app.web.views.schedule_page import build_schedule_page

SampleView = View
VALUES = {
    "phone_mobile": "+16025550148",
    "phone_home": "+16145550192",
    "email": "a.okonkwo@example.com",
    "language": "es",
    "preferred_channel": "text",
}
WHO = "Dana Okafor, RN"


def show_panel(page: Page) -> tuple[SampleView, ...]:
    edits = (PendingEdit("phone_home", "+16145550184", LEDGER[3]),)
    gaps = build_gaps_card(
        GAPS,
        SCENE,
        LINKS,
        aside={"CMS130": make_aside("CMS130")},
        vaccines=build_vaccine_row(OUTLOOK, GAPS, SCENE, LINKS, may_look=True, may_plan=True),
        may_plan=True,
    )
    return build_panel(
        CHART,
        SCENE,
        LINKS,
        page=page,
        who=WHO,
        ledger=LEDGER,
        edits=edits,
        now=(OPEN, PLANNED),
        gaps=gaps,
        following=build_next_vaccines(OUTLOOK, SCENE, url=LINKS.vaccines),
    )


def show_failed(page: Page) -> tuple[SampleView, ...]:
    searches = make_searches(
        Observation="failed",
        MedicationRequest="denied",
        Immunization="partial",
        Encounter="unsupported",
    )
    chart = msgspec.structs.replace(
        CHART, observations=(), medications=(), encounters=(), searches=searches
    )
    return build_panel(chart, SCENE, LINKS, page=page, who=WHO)


def show_empty(page: Page) -> tuple[SampleView, ...]:
    patient = msgspec.structs.replace(
        PATIENT, telecom=(), addresses=(), languages=(), preferences=(), mrn="", birth_date=None
    )
    chart = Chart(patient=patient, searches=make_searches())
    return build_panel(chart, SCENE, LINKS, page=page)


def show_died(page: Page) -> tuple[SampleView, ...]:
    chart = msgspec.structs.replace(CHART, patient=DIED)
    return build_panel(chart, SCENE, LINKS, page=page, who=WHO, ledger=LEDGER[2:3])


def show_no_banner(page: Page) -> tuple[SampleView, ...]:
    return build_panel(CHART, SCENE, LINKS, page=page, who=WHO, banner=False)


def show_edit(page: Page) -> tuple[SampleView, ...]:
    return (build_edit_page(PATIENT, SCENE, LINKS, page=page, values=VALUES),)


def show_edit_errors(page: Page) -> tuple[SampleView, ...]:
    return (
        build_edit_page(
            PATIENT,
            SCENE,
            LINKS,
            page=page,
            values=VALUES,
            typed={"phone_mobile": "602 555", "email": "a.okonkwo at example"},
            errors={
                "phone_mobile": "This number has too few or too many digits.",
                "email": "Type an e-mail address such as name@example.com.",
            },
            accepts=False,
        ),
    )


def show_conflict(page: Page) -> tuple[SampleView, ...]:
    clashes = (
        ClashRow(
            "phone_mobile",
            "+16025550111",
            "+16025550148",
            "+16025550184",
            ours_by=WHO,
            ours_at=NOW - timedelta(minutes=34),
            theirs_by="Front desk",
            theirs_at=NOW - timedelta(minutes=30),
            chosen="ours",
        ),
        ClashRow("language", "", "es", "en", ours_by=WHO, ours_at=NOW - timedelta(minutes=33)),
    )
    return (
        build_conflict_page(
            clashes,
            PATIENT,
            SCENE,
            LINKS,
            page=page,
            ledger_id="w6",
            clear=2,
            is_incomplete=True,
        ),
    )


def show_vaccines(page: Page) -> tuple[SampleView, ...]:
    return (build_schedule_page(make_asked(), SCENE, LINKS, page=page),)


def show_vaccines_unknown(page: Page) -> tuple[SampleView, ...]:
    denied = msgspec.structs.replace(CHART, searches=make_searches(Immunization="denied"))
    return (build_schedule_page(make_asked(UNKNOWN, denied), SCENE, LINKS, page=page),)


def show_gap(page: Page) -> tuple[SampleView, ...]:
    form = {"decision": "snoozed", "until": "soon"}
    refused = Refused("snoozed", {"until": "no_date", "reason": "choose"})
    forms = build_aside_forms("CMS125", "", SCENE, LINKS, typed=form, refused=refused)
    decided = Decided(may_decide=True, forms=forms, is_changed=True)
    return (build_gap_page(GAPS[0], CHART, PATIENT, SCENE, LINKS, page=page, decided=decided),)


def show_gap_aside(page: Page) -> tuple[SampleView, ...]:
    aside = make_aside("CMS125", "closed_here", "done_elsewhere")
    decided = Decided(aside, may_decide=True)
    return (
        build_gap_page(
            GAPS[0], CHART, PATIENT, SCENE, LINKS, page=page, outlook=OUTLOOK, decided=decided
        ),
    )


def show_fault(page: Page) -> tuple[SampleView, ...]:
    return (
        build_fault(
            "This sign-in cannot be continued",
            "Signing in took longer than ten minutes. Close this panel and open Chartside again "
            "from the chart.",
            page=page,
            code="state.expired",
            reference="5f2c9a10",
        ),
    )


def show_own_window(page: Page) -> tuple[SampleView, ...]:
    return (build_own_window_page(SCENE, page=page, window_url="#", cookieless_url="#"),)


def show_signed_out(page: Page) -> tuple[SampleView, ...]:
    return (build_signed_out(page=page),)


def show_changed(page: Page) -> tuple[SampleView, ...]:
    return (build_chart_changed_page(page=page),)


SAMPLE_PAGES: Mapping[str, Callable[[Page], tuple[SampleView, ...]]] = {
    "panel": show_panel,
    "panel-part-failed": show_failed,
    "panel-empty": show_empty,
    "panel-died": show_died,
    "panel-no-banner": show_no_banner,
    "edit": show_edit,
    "edit-errors": show_edit_errors,
    "conflict": show_conflict,
    "write": show_write,
    "write-by-hand": show_write_by_hand,
    "write-asked": show_write_asked,
    "ledger": show_ledger,
    "vaccines": show_vaccines,
    "vaccines-unknown": show_vaccines_unknown,
    "gap": show_gap,
    "gap-aside": show_gap_aside,
    "fault": show_fault,
    "own-window": show_own_window,
    "signed-out": show_signed_out,
    "chart-changed": show_changed,
}
