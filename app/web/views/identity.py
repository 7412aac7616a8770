"""Whose chart this is and how old the picture of it is. Chooses words; reads nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from app.clinical.chart import SearchOutcome
from app.clinical.elements import Language
from app.clinical.facts import Patient
from app.web.views.languages import build_language_name
from app.web.views.people import (
    build_age_words,
    build_birth_date,
    build_name,
    build_sex,
    build_short_name,
)
from app.web.views.scene import Scene
from app.web.views.times import bind, build_age, build_clock, build_when
from app.web.words import lookup

FreshState = Literal["opened", "fresh", "stale", "part"]
STALE_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Freshness:
    """`text` is the line beside the name; `lines` say per kind of data what was read and when.

    `state` opened: this is being read now, `text` names the time at which that began.
    `read_at` is ISO 8601 for the script that keeps the age current, "" when there is no age.
    """

    state: FreshState
    text: str
    read_at: str
    stale_after_s: int
    lines: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Identity:
    """`banner` false: the host shows its own, so ours is for dialogs, readers and print only."""

    name: str
    short_name: str
    facts: str
    short_facts: str
    speaks: str
    banner: bool
    freshness: Freshness


def build_identity(
    patient: Patient | None,
    scene: Scene,
    *,
    freshness: Freshness,
    banner: bool = True,
) -> Identity:
    """The identity line. Without a patient (not read) it says so instead of standing empty."""
    words = scene.words
    if patient is None:
        return Identity(words.name_missing, words.name_missing, "", "", "", banner, freshness)
    age = build_age_words(patient.birth_date, scene.today, words, deceased=patient.deceased)
    sex = build_sex(patient.sex, words)
    person = f"{age}, {sex}" if age == words.age_missing else f"{age} {sex}"
    mrn = words.mrn.format(mrn=patient.mrn) if patient.mrn else words.mrn_missing
    ending = words.mrn_ends.format(mrn=patient.mrn[-4:]) if len(patient.mrn) > 4 else mrn
    born = build_birth_date(patient.birth_date, words)
    return Identity(
        name=build_name(patient.names, words),
        short_name=build_short_name(patient.names, words),
        facts=", ".join(bind(p) for p in (person, born, mrn)),
        short_facts=f"{person}, {ending}",
        speaks=build_speaks(patient.languages, scene),
        banner=banner,
        freshness=freshness,
    )


def build_speaks(languages: tuple[Language, ...], scene: Scene) -> str:
    """`Speaks Spanish, interpreter needed`; "" for English without an interpreter."""
    spoken = choose_language(languages)
    if spoken is None:
        return ""
    is_ours = spoken.tag.split("-")[0].lower() == scene.words.lang
    if is_ours and not spoken.interpreter:
        return ""
    said = scene.words.speaks.format(language=build_language_name(spoken))
    return f"{said}, {scene.words.interpreter}" if spoken.interpreter else said


def choose_language(languages: tuple[Language, ...]) -> Language | None:
    """The preferred one; else the only one; several without a preference are not a choice."""
    preferred = [spoken for spoken in languages if spoken.preferred]
    if preferred:
        return preferred[0]
    return languages[0] if len(languages) == 1 else None


def build_freshness(
    searches: Iterable[SearchOutcome],
    scene: Scene,
    *,
    stale_after: timedelta = STALE_AFTER,
) -> Freshness:
    """How old the oldest part is. Without searches the chart is being read at this moment."""
    words, ran = scene.words, tuple(searches)
    limit = int(stale_after.total_seconds())
    if not ran:
        clock = build_clock(scene.now, scene.here, words)
        text = words.freshness.format(ehr=scene.ehr, age=words.reading.format(clock=clock))
        return Freshness("opened", text, "", limit)
    oldest = min(s.read_at for s in ran)
    age = scene.now - oldest
    is_stale = age > stale_after
    is_part = any(s.completeness in ("partial", "failed") for s in ran)
    said = words.part_read if is_part else build_age(age, words, old=is_stale)
    state: FreshState = "part" if is_part else "stale" if is_stale else "fresh"
    text = words.freshness.format(ehr=scene.ehr, age=said)
    lines = tuple(build_search_line(search, scene) for search in ran)
    return Freshness(state, text, oldest.isoformat(), limit, lines)


def build_search_line(search: SearchOutcome, scene: Scene) -> tuple[str, str]:
    """(`Results`, `complete, 2:08 PM`)."""
    things = lookup(scene.words.things, search.resource_type)
    how = lookup(scene.words.completeness, search.completeness)
    return things[:1].upper() + things[1:], f"{how}, {build_when(search.read_at, scene)}"
