"""The preferences and consent page: grid, hours, proxy, confidential request, how we know.

Shows values and what is wrong with them; validates and saves nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from app.clinical.facts import Patient
from app.outreach.request import Span
from app.sync.consent_desk import ConsentSheet
from app.sync.consent_form import DAYS, HOWS, TIMED
from app.web.ledger_rows import STATES, build_row
from app.web.views.choices import Choice, build_choices
from app.web.views.consent import (
    Grid,
    HistoryLine,
    Tab,
    build_address,
    build_grid,
    build_history,
    build_tabs,
    write_clock,
    write_day,
)
from app.web.views.edit import build_patient_line
from app.web.views.links import Links
from app.web.views.notices import Notice
from app.web.views.page import Page
from app.web.views.preferences import PreferenceLine, build_preference
from app.web.views.scene import Scene
from app.web.views.sent import WriteTrack, build_track
from app.web.words import count, lookup
from app.web.words_consent import EN, ConsentWords


@dataclass(frozen=True, slots=True)
class HoursLine:
    """One channel's hours; names are those of the form."""

    channel: str
    label: str
    begins: str
    ends: str
    days: tuple[Choice, ...]
    error_from: str = ""
    error_to: str = ""


@dataclass(frozen=True, slots=True)
class ProxyFields:
    name: str
    relationships: tuple[Choice, ...]
    until: str
    scope: tuple[Choice, ...]
    error_name: str
    error_until: str
    error_scope: str


@dataclass(frozen=True, slots=True)
class StopFields:
    chosen: bool
    until: str
    error: str


@dataclass(frozen=True, slots=True)
class ConfidentialFields:
    chosen: bool
    ways: tuple[Choice, ...]
    error: str


@dataclass(frozen=True, slots=True)
class HowFields:
    """How we know, from whom, and in which words."""

    ways: tuple[Choice, ...]
    is_proxy: bool
    said: str
    shared_known: bool


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


def build_stop(form: Mapping[str, str], errors: Mapping[str, str]) -> StopFields:
    name = "do_not_contact_until"
    return StopFields("do_not_contact" in form, form.get(name, ""), errors.get(name, ""))


def build_confidential(
    sheet: ConsentSheet, form: Mapping[str, str], errors: Mapping[str, str], scene: Scene
) -> ConfidentialFields:
    ways = build_ways(sheet, form, scene, EN)
    return ConfidentialFields("confidential" in form, ways, errors.get("confidential", ""))


def build_how_fields(form: Mapping[str, str], words: ConsentWords) -> HowFields:
    chosen = form.get("how", HOWS[0])
    return HowFields(
        tuple(Choice("how", lookup(words.hows, how), how == chosen, how) for how in HOWS),
        form.get("speaker") == "proxy",
        form.get("said", ""),
        "shared_known" in form,
    )


def build_history_word(n: int, words: ConsentWords) -> str:
    return count(n, words.history_one, words.history_many) if n else words.history_none


def build_form(sheet: ConsentSheet, scene: Scene) -> dict[str, str]:
    """What is on record, as the form would send it."""
    form: dict[str, str] = {}
    kept = sheet.preferences
    if kept.do_not_contact:
        form["do_not_contact"] = "on"
    form["do_not_contact_until"] = write_day(kept.do_not_contact_until)
    if kept.confidential is not None:
        form["confidential"] = "on"
        allowed = {(p.channel, p.address) for p in kept.confidential}
        form |= {name: "on" for name, way in sheet.ways.items() if way in allowed}
    for channel in TIMED:
        form |= build_span_form(channel, kept.spans, scene)
    if sheet.held.proxies:
        proxy = sheet.held.proxies[0].proxy
        form |= {"proxy_name": proxy.name, "proxy_relationship": proxy.relationship}
        form["proxy_until"] = write_day(proxy.ends_at)
        form |= {f"proxy_{purpose}": "on" for purpose in proxy.purposes}
    return form


def build_span_form(channel: str, spans: tuple[Span, ...], scene: Scene) -> dict[str, str]:
    """The spans that the form made, turned back into its fields."""
    mine = [s for s in spans if s.channel == channel]
    whole = [s for s in mine if (s.start, s.end) == (0, 1440)]
    form = {}
    for span in mine:
        if span in whole:
            continue
        if span.start == 0:
            form[f"{channel}_from"] = write_clock(span.end, scene)
        else:
            form[f"{channel}_to"] = write_clock(span.start, scene)
    off = {day for span in whole for day in span.weekdays}
    rest = tuple(day for day in range(7) if day not in off)
    form[f"{channel}_days"] = next((name for name, days in DAYS.items() if days == rest), "all")
    return form


def build_hours(
    channel: str, form: Mapping[str, str], errors: Mapping[str, str], words: ConsentWords
) -> HoursLine:
    chosen = form.get(f"{channel}_days", "all")
    return HoursLine(
        channel=channel,
        label=words.texts if channel == "text" else words.calls,
        begins=form.get(f"{channel}_from", ""),
        ends=form.get(f"{channel}_to", ""),
        days=build_choices(f"{channel}_days", words.days, chosen),
        error_from=errors.get(f"{channel}_from", ""),
        error_to=errors.get(f"{channel}_to", ""),
    )


def build_proxy(
    form: Mapping[str, str], errors: Mapping[str, str], words: ConsentWords
) -> ProxyFields:
    chosen = form.get("proxy_relationship", "representative")
    return ProxyFields(
        name=form.get("proxy_name", ""),
        relationships=build_choices("proxy_relationship", words.relationships, chosen),
        until=form.get("proxy_until", ""),
        scope=tuple(
            Choice(f"proxy_{key}", word, f"proxy_{key}" in form) for key, word in words.purposes
        ),
        error_name=errors.get("proxy_name", ""),
        error_until=errors.get("proxy_until", ""),
        error_scope=errors.get("proxy_treatment", ""),
    )


def build_ways(
    sheet: ConsentSheet, form: Mapping[str, str], scene: Scene, words: ConsentWords
) -> tuple[Choice, ...]:
    return tuple(
        Choice(
            name,
            " ".join(
                part
                for part in (lookup(words.channels, channel), build_address(address, scene))
                if part
            ),
            name in form,
        )
        for name, (channel, address) in sheet.ways.items()
    )


def label_of(name: str, words: ConsentWords) -> str:
    """What an error's link is called."""
    if name.startswith("cell_"):
        _cell, purpose, channel = name.split("_")
        return words.cell.format(
            channel=lookup(words.channels, channel),
            purpose=lookup(words.purposes, purpose).lower(),
        )
    for channel, what in (("text_", words.texts), ("call_", words.calls)):
        if name.startswith(channel):
            label = words.from_label if name.endswith("from") else words.to_label
            return label.format(what=what)
    known = {
        "do_not_contact_until": words.stop_until,
        "confidential": words.confidential_title,
        "proxy_until": words.proxy_until,
        "proxy_treatment": words.proxy_scope,
    }
    return known.get(name, words.proxy_name)
