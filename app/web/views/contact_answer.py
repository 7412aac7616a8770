"""The large line of the contact card, with the reason under it. Says what the EHR holds, not what
is permitted; that is the gate's to say."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.clinical.elements import Telecom
from app.clinical.facts import Patient
from app.web.views.people import is_dialable
from app.web.views.preferences import build_preference, choose_preference
from app.web.views.scene import Scene
from app.web.views.times import build_moment, build_stamp_inline
from app.web.views.ways import build_way_value, has_ended, rank_telecom
from app.web.words import lookup

AnswerMark = Literal["unknown", "stopped"]


@dataclass(frozen=True, slots=True)
class Answer:
    """`value` is a number or address inside `text` that must not be reordered (bdi); may be ""."""

    mark: AnswerMark
    text: str
    value: str
    why: str


@dataclass(frozen=True, slots=True)
class KeptChannel:
    """The preferred channel as recorded in Chartside: a key of outreach.contact.CHANNELS."""

    channel: str
    at: datetime
    who: str = ""


def build_answer(patient: Patient, scene: Scene, *, kept: KeptChannel | None = None) -> Answer:
    """A preference recorded here first, then the EHR's; else the number that the EHR puts first;
    else what there is."""
    words, ehr = scene.words, scene.ehr
    if kept is not None and kept.channel:
        return build_kept_answer(kept, scene)
    preference = choose_preference(patient.preferences)
    if preference is not None:
        channel = lookup(words.channels, preference.channel)
        note = build_preference(preference, scene).note
        text = words.reach_prefers.format(channel=channel)
        return Answer("unknown", text, "", words.reach_preference_why.format(note=note))
    phones = [t for t in patient.telecom if is_current_phone(t, scene)]
    if phones:
        first = rank_telecom(phones)[0]
        text = words.reach_phone.format(value="").strip()
        return Answer("unknown", text, build_way_value(first, scene), choose_why(phones, scene))
    if any(t.system == "email" and not has_ended(t.period, scene.today) for t in patient.telecom):
        return Answer("unknown", words.reach_email, "", words.reach_email_why.format(ehr=ehr))
    return Answer("unknown", words.reach_none, "", words.reach_none_do.format(ehr=ehr))


def build_kept_answer(kept: KeptChannel, scene: Scene) -> Answer:
    words = scene.words
    text = words.reach_prefers.format(channel=lookup(words.channels, kept.channel))
    note = words.preference_kept.format(when=build_stamp_inline(kept.at, scene))
    if kept.who:
        note = f"{note}, {kept.who}"
    return Answer("unknown", text, "", words.reach_preference_why.format(note=note))


def is_current_phone(telecom: Telecom, scene: Scene) -> bool:
    return (
        telecom.system in ("phone", "sms")
        and telecom.use != "old"
        and is_dialable(telecom)
        and not has_ended(telecom.period, scene.today)
    )


def choose_why(phones: list[Telecom], scene: Scene) -> str:
    words, ehr = scene.words, scene.ehr
    if len(phones) == 1:
        return words.reach_only.format(ehr=ehr)
    has_rank = any(t.rank is not None for t in phones)
    return (words.reach_first if has_rank else words.reach_listed).format(ehr=ehr)


def build_stopped(patient: Patient, scene: Scene) -> Answer:
    """Plain and quiet, for a person who has died."""
    words, at = scene.words, patient.deceased.at
    died = words.died_on.format(date=build_moment(at, scene)) if at else words.died_undated
    why = f"{words.stopped_why.format(died=died, ehr=scene.ehr)} {words.stopped_effect}"
    return Answer("stopped", words.stopped, "", why)
