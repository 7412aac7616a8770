"""The card "Can I contact them now?": one answer, five rows, each with its reason and its repair.

Shows what the pure answer says, in words and in both times; judges nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

from app.clinical.facts import Patient
from app.outreach.answer import ChannelAnswer, ContactAnswer, Verdict
from app.outreach.request import Channel, Denial
from app.outreach.ways import find_home
from app.store.records.outreach import Outreach
from app.web.views.consent import build_address
from app.web.views.contact_answer import build_stopped
from app.web.views.day_bar import DayBar, build_day_bar
from app.web.views.links import Links
from app.web.views.notices import Action, Notice
from app.web.views.provenance import Provenance
from app.web.views.scene import Scene
from app.web.views.times import build_clock, build_day, build_pair, build_stamp_inline
from app.web.words import count, lookup
from app.web.words_answer import EN, AnswerWords

Mark = Literal["yes", "wait", "no", "unknown", "stopped"]
MARKS: dict[Verdict, Mark] = {
    "yes": "yes", "not_now": "wait", "no": "no", "unknown": "unknown", "stopped": "stopped",
}  # fmt: skip
RECORDS = {"N1": "record", "N2": "choose", "C6": "record"}
ASKS = ("C1", "C3", "C4", "C4A", "C6S", "C8", "H9", "H5", "H5P")
CHANGES = ("D1", "D2", "H3", "Q4")
CLINICAL = ("V1", "V2", "P1")
"""Rules whose fact is clinical: not for a role that sees no conditions."""


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """`verdict` is the word, `address` as people write it; `actions` has at most one."""

    mark: Mark
    channel: str
    verdict: str
    address: str
    why: str
    behind: Provenance | None
    when: str
    action: Action | None


@dataclass(frozen=True, slots=True)
class AnswerCard:
    template: ClassVar[str] = "cards/answer.html"
    title: str
    preferences_word: str
    preferences_url: str
    mark_kind: Mark
    text: str
    why: str
    clock: str
    opens: str
    missing: str
    bar: DayBar | None
    rows: tuple[AnswerRow, ...]
    canceled: str
    canceled_word: str
    canceled_url: str


@dataclass(frozen=True, slots=True)
class Permissions:
    """What the person who looks may do and see."""

    edit: bool
    plan: bool
    clinical: bool


def with_their_zone(scene: Scene, answer: ContactAnswer) -> Scene:
    """The scene at the answer's moment with the patient's wall clock, where that is only one."""
    clocks = {scene.now.astimezone(ZoneInfo(z)).utcoffset() for z in answer.zones_there}
    there = ZoneInfo(answer.zones_there[0]) if len(clocks) == 1 else None
    return replace(scene, there=there, now=answer.at)


def build_answer_card(
    answer: ContactAnswer,
    patient: Patient,
    scene: Scene,
    links: Links,
    *,
    may: Permissions,
    canceled: Sequence[Outreach] = (),
) -> AnswerCard:
    """`canceled` are contacts that ended because of what stops all."""
    there, words = with_their_zone(scene, answer), EN
    is_dead = patient.deceased.state == "deceased"
    stopped = build_stopped(patient, scene) if is_dead else None
    rows = () if answer.verdict == "stopped" else build_rows(answer, there, links, may)
    first = answer.channels[0].denial
    return AnswerCard(
        title=words.title,
        preferences_word=words.preferences,
        preferences_url=f"{links.base}/preferences" if may.edit and not is_dead else "",
        mark_kind=MARKS[answer.verdict],
        text=stopped.text if stopped else build_text(answer, words),
        why=stopped.why if stopped else build_stop_why(answer, may),
        clock="" if is_dead else build_their_clock(answer, patient, there, words),
        opens=build_opens(answer, there, words),
        missing=build_missing(answer, words),
        bar=build_day_bar(answer, there) if rows else None,
        rows=rows,
        canceled=build_canceled(canceled, scene, words),
        canceled_word=words.see_canceled,
        canceled_url=f"{links.base}/outreach" if canceled and first else "",
    )


def build_text(answer: ContactAnswer, words: AnswerWords) -> str:
    first = answer.channels[0].denial
    if answer.verdict == "stopped" and first is not None:
        known = {"D1": words.do_not_contact, "V1": words.paused}
        return known.get(first.rule_id, words.stopped)
    if answer.verdict == "yes":
        return words.yes.format(ways=join(answer.open_now, words))
    known_words = {"not_now": words.not_now, "no": words.no, "unknown": words.unknown}
    return known_words[answer.verdict]


def build_stop_why(answer: ContactAnswer, may: Permissions) -> str:
    """Why everything is stopped: the same reason on every row, said once."""
    first = answer.channels[0].denial
    if answer.verdict != "stopped" or first is None:
        return ""
    return f"{first.reason} {build_fact(first, may)}".strip()


def build_fact(denial: Denial, may: Permissions) -> str:
    if not denial.fact or (denial.rule_id in CLINICAL and not may.clinical):
        return ""
    return f"{denial.fact[:1].upper()}{denial.fact[1:]}."


def join(channels: Sequence[Channel], words: AnswerWords) -> str:
    names = [lookup(words.ways, channel) for channel in channels]
    if len(names) < 2:
        return "".join(names)
    return words.or_word.format(first=", ".join(names[:-1]), last=names[-1])


def build_their_clock(
    answer: ContactAnswer, patient: Patient, scene: Scene, words: AnswerWords
) -> str:
    """`12:10 PM there (Mesa, AZ) / 2:10 PM here`; several clocks if they may be in several."""
    here = build_clock(scene.now, scene.here, scene.words)
    if not answer.zones_there:
        return words.zone_missing.format(here=here)
    clocks = [build_clock(scene.now, ZoneInfo(z), scene.words) for z in answer.zones_there]
    there = " or ".join(dict.fromkeys(clocks))
    home = find_home(patient, scene.today)
    town = ", ".join(p for p in (home.city, home.state) if p) if home else ""
    place = words.place.format(place=town) if town else ""
    line = words.clock_same if there == here else words.clock_there
    return line.format(there=there, here=here, place=place)


def build_opens(answer: ContactAnswer, scene: Scene, words: AnswerWords) -> str:
    """When the first channel opens again, if none is open now."""
    if answer.verdict != "not_now" or answer.next_at is None:
        return ""
    soonest = [c.channel for c in answer.channels if c.next_at == answer.next_at]
    return words.opens.format(when=build_pair(answer.next_at, scene), ways=join(soonest, words))


def build_missing(answer: ContactAnswer, words: AnswerWords) -> str:
    if not answer.missing or answer.verdict == "stopped":
        return ""
    named = ", ".join(lookup(words.missing, name) for name in answer.missing)
    return words.missing_one.format(what=named)


def build_rows(
    answer: ContactAnswer, scene: Scene, links: Links, may: Permissions
) -> tuple[AnswerRow, ...]:
    return tuple(build_row(row, scene, links, may, EN) for row in answer.channels)


def build_row(
    row: ChannelAnswer, scene: Scene, links: Links, may: Permissions, words: AnswerWords
) -> AnswerRow:
    return AnswerRow(
        mark=MARKS[row.verdict],
        channel=lookup(words.channels, row.channel),
        verdict=lookup(words.verdicts, row.verdict),
        address=build_way_address(row, scene),
        why=build_why(row, scene, may, words),
        behind=build_behind(row, scene, may, words),
        when=build_when_line(row, scene, words),
        action=build_action(row, links, may, words),
    )


def build_way_address(row: ChannelAnswer, scene: Scene) -> str:
    value = row.way.address.value if row.way else ""
    return "" if row.channel == "portal" else build_address(value, scene)


def build_why(row: ChannelAnswer, scene: Scene, may: Permissions, words: AnswerWords) -> str:
    """The reason in one line; for a yes what it rests on, and what is used of the limit."""
    if row.denial is not None:
        return f"{row.denial.reason} {build_fact(row.denial, may)}".strip()
    said = words.nothing_against
    if row.entry is not None and row.entry.action == "agreed":
        said = f"{words.agreed.format(when=build_stamp_inline(row.entry.recorded_at, scene))}."
    parts = [said]
    if row.way is not None and row.way.owner:
        parts.append(f"{words.owner.format(owner=row.way.owner)}.")
    if row.way is not None and row.way.until is not None:
        parts.append(f"{words.address_until.format(when=build_day(row.way.until, scene))}.")
    if row.limit:
        parts.append(f"{words.used.format(used=row.used, limit=row.limit)}.")
    return " ".join(parts)


def build_behind(
    row: ChannelAnswer, scene: Scene, may: Permissions, words: AnswerWords
) -> Provenance | None:
    """What opens: rule, source of law, who recorded it, what helps, what else objects."""
    denial = row.denial
    if denial is None:
        if row.entry is None:
            return None
        entry = row.entry
        lines = [(words.by, entry.recorded_by), (words.said, entry.wording or entry.how)]
        return Provenance(tuple(lines))
    lines = [(words.rule, denial.rule_id), (words.citation, build_citation(denial, words))]
    if row.entry is not None:
        lines.append((words.by, row.entry.recorded_by))
    lines.append((words.fix, denial.fix))
    others = [d.reason for d in row.receipt.denials if d.rule_id != denial.rule_id]
    lines += [(words.also, reason) for reason in others]
    return Provenance(tuple(lines))


def build_citation(denial: Denial, words: AnswerWords) -> str:
    if denial.citation_verified:
        return denial.citation
    return words.unverified.format(citation=denial.citation)


def build_when_line(row: ChannelAnswer, scene: Scene, words: AnswerWords) -> str:
    if row.until is not None:
        return words.until.format(when=build_pair(row.until, scene))
    if row.next_at is not None:
        return words.next.format(when=build_pair(row.next_at, scene))
    return ""


def build_action(
    row: ChannelAnswer, links: Links, may: Permissions, words: AnswerWords
) -> Action | None:
    """Uses the permission, or repairs the reason; none where nobody here can."""
    if row.verdict in ("yes", "not_now"):
        url = f"{links.base}/outreach/new?reason=manual&channel={row.channel}"
        return Action(lookup(words.plan, row.channel), url) if may.plan else None
    rule = row.denial.rule_id if row.denial else ""
    field = row.way.field if row.way and row.way.field.startswith("phone") else ""
    tab = f"?tab={field or 'other'}"
    if not may.edit:
        return None
    if rule in RECORDS and row.channel in ("text", "call", "email"):
        word = words.choose if RECORDS[rule] == "choose" else words.record
        return Action(word, links.contact)
    if rule in ASKS:
        return Action(words.ask, f"{links.base}/preferences{tab}")
    return Action(words.change, f"{links.base}/preferences{tab}") if rule in CHANGES else None


def build_canceled(canceled: Sequence[Outreach], scene: Scene, words: AnswerWords) -> str:
    if not canceled:
        return ""
    latest: datetime = max(item.updated_at for item in canceled)
    said = count(len(canceled), words.canceled_one, words.canceled_many)
    return said.format(when=build_stamp_inline(latest, scene))


def build_answer_ready(links: Links) -> Notice:
    """The rest of the chart came after the card had gone out."""
    return Notice(
        "accent",
        "refresh",
        EN.ready,
        EN.ready_do,
        (Action(EN.ready_show, links.panel, primary=True),),
    )
