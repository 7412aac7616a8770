"""Each way to reach a person that the EHR lists: phones, e-mail, letter. Lists; does not rank by
judgement and does not permit."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from app.clinical.elements import Address, Span, Telecom
from app.clinical.facts import Patient
from app.web.views.people import build_phone, is_dialable
from app.web.views.scene import Scene
from app.web.views.times import build_moment
from app.web.words import lookup

WayKind = Literal["phone", "text", "email", "letter", "other"]
KINDS: dict[str, WayKind] = {"phone": "phone", "sms": "text", "email": "email"}
HIDDEN_SYSTEMS = ("fax", "pager", "url")


@dataclass(frozen=True, slots=True)
class Way:
    """`label` is the kind in words ("Mobile"), `value` as people write it, `note` what limits it.

    `is_past` ways are no longer in use and are shown as such.
    """

    kind: WayKind
    label: str
    value: str
    note: str = ""
    is_past: bool = False


def build_ways(patient: Patient, scene: Scene) -> tuple[Way, ...]:
    """Phones, then e-mail, then letters, each in the EHR's own order of rank; past ones last."""
    listed = [t for t in patient.telecom if t.system not in HIDDEN_SYSTEMS and t.raw + t.value]
    ways = [build_telecom_way(t, scene) for t in rank_telecom(listed)]
    ways += [build_letter_way(a, scene) for a in patient.addresses if has_text(a)]
    order: tuple[WayKind, ...] = ("phone", "text", "email", "other", "letter")
    return tuple(sorted(ways, key=lambda w: (w.is_past, order.index(w.kind))))


def rank_telecom(telecom: list[Telecom]) -> list[Telecom]:
    """By the source's rank, unranked after ranked, in the source's order among equals."""
    return sorted(telecom, key=lambda t: (t.rank is None, t.rank or 0, t.index))


def build_telecom_way(telecom: Telecom, scene: Scene) -> Way:
    kind = KINDS.get(telecom.system, "other")
    past = telecom.use == "old" or has_ended(telecom.period, scene.today)
    return Way(
        kind=kind,
        label=build_way_label(telecom, scene),
        value=build_way_value(telecom, scene),
        note=build_way_note(telecom, scene, past=past),
        is_past=past,
    )


def build_way_label(telecom: Telecom, scene: Scene) -> str:
    """Mobile, Home, Work for phones; the kind of way otherwise."""
    words = scene.words
    if telecom.system in ("phone", ""):
        known = {use for use, _ in words.uses if use != "old"}
        return lookup(words.uses, telecom.use) if telecom.use in known else words.phone
    return {"email": words.email, "sms": words.text_number}.get(telecom.system, words.other_way)


def build_way_value(telecom: Telecom, scene: Scene) -> str:
    if telecom.system in ("phone", "sms", "") and is_dialable(telecom):
        number = build_phone(telecom.value, scene.region)
        if telecom.extension_number:
            return f"{number} {scene.words.extension.format(number=telecom.extension_number)}"
        return number
    return telecom.value or telecom.raw


def build_way_note(telecom: Telecom, scene: Scene, *, past: bool) -> str:
    words = scene.words
    if past:
        return lookup(words.uses, "old")
    if telecom.system in ("phone", "sms") and not is_dialable(telecom):
        return words.unreadable
    if telecom.system == "email" and telecom.use in ("home", "work", "temp"):
        return lookup(words.uses, telecom.use).lower()
    return build_period_note(telecom.period, scene)


def build_period_note(period: Span | None, scene: Scene) -> str:
    """`until Apr 15`, `from Jan 2`, or ""."""
    if period is None:
        return ""
    if period.end is not None:
        return scene.words.until.format(date=build_moment(period.end, scene))
    if period.start is not None and period.start.day > scene.today:
        return scene.words.since.format(date=build_moment(period.start, scene))
    return ""


def has_ended(period: Span | None, today: date) -> bool:
    """Did the period end before today? One that ends today has not."""
    return bool(period and period.end and period.end.day < today)


def has_text(address: Address) -> bool:
    return bool(address.text or address.lines or address.city)


def build_letter_way(address: Address, scene: Scene) -> Way:
    past = address.use == "old" or has_ended(address.period, scene.today)
    words = scene.words
    note = lookup(words.uses, "old") if past else build_period_note(address.period, scene)
    return Way("letter", words.letter, build_address(address), note, past)


def build_address(address: Address) -> str:
    """One line: street, city, state and postal code; the source's text if there are no parts."""
    place = " ".join(part for part in (address.state, address.postal_code) if part)
    parts = [*address.lines, address.city, place]
    return ", ".join(part for part in parts if part) or address.text
