"""The fields of the preferences form as they stand: as recorded, or as they were typed."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.outreach.request import Span
from app.sync.consent_desk import ConsentSheet
from app.sync.consent_form import DAYS, HOWS, TIMED
from app.web.views.choices import Choice, build_choices
from app.web.views.consent import (
    build_address,
    write_clock,
    write_day,
)
from app.web.views.scene import Scene
from app.web.words import lookup
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
