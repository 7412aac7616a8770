"""Preferences that the EHR holds, said as what they are: the EHR's record, not consent."""

from dataclasses import dataclass

from app.clinical.elements import EhrPreference
from app.clinical.facts import Patient
from app.web.views.scene import Scene
from app.web.views.times import build_moment
from app.web.words import lookup


@dataclass(frozen=True, slots=True)
class PreferenceLine:
    """`text` is the channel (and topic), `note` its holder and when it was checked."""

    text: str
    note: str


def choose_preference(preferences: tuple[EhrPreference, ...]) -> EhrPreference | None:
    """The preference for contact in general; one for a single topic is not an answer for all."""
    return next((p for p in preferences if p.channel and not p.topic), None)


def build_preferences(patient: Patient, scene: Scene) -> tuple[PreferenceLine, ...]:
    """All but the general one, which is the card's large line."""
    general = choose_preference(patient.preferences)
    return tuple(build_preference(p, scene) for p in patient.preferences if p is not general)


def build_preference(preference: EhrPreference, scene: Scene) -> PreferenceLine:
    words = scene.words
    channel = lookup(words.channels, preference.channel)
    text = channel[:1].upper() + channel[1:]
    if preference.topic:
        text = f"{text} {words.preference_for.format(topic=preference.topic)}"
    note = words.preference_source.format(ehr=scene.ehr)
    if preference.verified:
        checked = words.preference_checked.format(date=build_moment(preference.verified, scene))
        note = f"{note}, {checked}"
    return PreferenceLine(text, note)
