"""The preferences and consent page: grid, hours, proxy, confidential request, how we know.

Shows values and what is wrong with them; validates and saves nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from app.clinical.facts import Patient
from app.sync.consent_desk import ConsentSheet
from app.sync.consent_form import TIMED
from app.web.ledger_rows import STATES, build_row
from app.web.views.consent import (
    Grid,
    HistoryLine,
    Tab,
    build_grid,
    build_history,
    build_tabs,
)
from app.web.views.consent_fields import (
    ConfidentialFields,
    HoursLine,
    HowFields,
    ProxyFields,
    StopFields,
    build_confidential,
    build_form,
    build_hours,
    build_how_fields,
    build_proxy,
    build_stop,
    label_of,
)
from app.web.views.edit import build_patient_line
from app.web.views.links import Links
from app.web.views.notices import Notice
from app.web.views.page import Page
from app.web.views.preferences import PreferenceLine, build_preference
from app.web.views.scene import Scene
from app.web.views.sent import WriteTrack, build_track
from app.web.words import count
from app.web.words_consent import EN, ConsentWords


@dataclass(frozen=True, slots=True)
class ConsentPage:
    """`hidden` are names and values that travel with the form."""

    template: ClassVar[str] = "pages/consent.html"
    page: Page
    t: ConsentWords
    patient: str
    back_url: str
    action: str
    hidden: tuple[tuple[str, str], ...]
    notice: Notice | None
    tabs: tuple[Tab, ...]
    grid: Grid
    theirs_title: str
    theirs: tuple[PreferenceLine, ...]
    stop: StopFields
    hours: tuple[HoursLine, ...]
    proxy: ProxyFields
    confidential: ConfidentialFields
    how: HowFields
    history_word: str
    history: tuple[HistoryLine, ...]
    write: tuple[WriteTrack, str] | None
    signed_url: str
    note: str
    to_correct: str
    to_correct_fields: tuple[tuple[str, str], ...]


def build_consent_page(
    sheet: ConsentSheet,
    patient: Patient,
    scene: Scene,
    links: Links,
    *,
    page: Page,
    key: str,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    notice: Notice | None = None,
) -> ConsentPage:
    """`typed` is the form as it came back with `errors`."""
    words, wrong = EN, errors or {}
    form = typed if typed is not None else build_form(sheet, scene)
    url = f"{links.base}/preferences"
    bad = tuple((name, label_of(name, words)) for name in wrong)
    history = build_history(sheet, scene)
    return ConsentPage(
        page=page,
        t=words,
        patient=build_patient_line(patient, scene),
        back_url=links.panel,
        action=url,
        hidden=build_hidden(sheet, key, links),
        notice=notice,
        tabs=build_tabs(sheet, url),
        grid=build_grid(sheet, scene, typed=typed, errors=wrong),
        theirs_title=words.ehr_title.format(ehr=scene.ehr),
        theirs=tuple(build_preference(p, scene) for p in patient.preferences),
        stop=build_stop(form, wrong),
        hours=tuple(build_hours(channel, form, wrong, words) for channel in TIMED),
        proxy=build_proxy(form, wrong, words),
        confidential=build_confidential(sheet, form, wrong, scene),
        how=build_how_fields(form, words),
        history_word=build_history_word(len(history), words),
        history=history,
        write=build_write(sheet, scene, links),
        signed_url=links.signed,
        note=words.note.format(ehr=scene.ehr),
        to_correct=build_sum(len(bad), scene),
        to_correct_fields=bad,
    )


def build_hidden(sheet: ConsentSheet, key: str, links: Links) -> tuple[tuple[str, str], ...]:
    named = {"csrf": links.csrf, "key": key, "seen": sheet.seen, "tab": sheet.place.key}
    return tuple(named.items())


def build_write(sheet: ConsentSheet, scene: Scene, links: Links) -> tuple[WriteTrack, str] | None:
    """What became in the EHR of the newest save, and the address of its page, "" where there is
    nothing to do; None before the first."""
    if sheet.write is None or sheet.write.state not in STATES:
        return None
    row = build_row(sheet.write, scene, links)
    return build_track(row, scene), row.action_url


def build_sum(wrong: int, scene: Scene) -> str:
    """`2 things to correct`, "" for none."""
    words = scene.words
    return count(wrong, words.to_correct_one, words.to_correct_many) if wrong else ""


def build_history_word(n: int, words: ConsentWords) -> str:
    return count(n, words.history_one, words.history_many) if n else words.history_none
