"""One reply as it reads everywhere: their words, when, what was made of it. Moves nothing."""

from dataclasses import dataclass

from app.store.records.inbound import HANDLED, OPEN, Inbound
from app.web.views.scene import Scene
from app.web.views.times import build_pair
from app.web.words import count, lookup
from app.web.words_replies import EN


@dataclass(frozen=True, slots=True)
class ReplyLine:
    """One reply as it reads everywhere. `is_urgent` only while it still needs a person."""

    mark_kind: str
    state: str
    text: str
    when: str
    made: tuple[str, ...]
    is_urgent: bool
    is_new: bool


def build_reply_line(row: Inbound, scene: Scene, user_id: str) -> ReplyLine:
    is_open = row.work == OPEN
    return ReplyLine(
        mark_kind="wait" if is_open else "met" if row.work == HANDLED else "yes",
        state=build_state(row, user_id),
        text=row.text,
        when=build_pair(row.heard_at, scene),
        made=build_made(row, scene, user_id),
        is_urgent=row.is_urgent and is_open,
        is_new=is_open and row.seen_at is None,
    )


def build_state(row: Inbound, user_id: str) -> str:
    if row.work == OPEN and row.claimed_by:
        return EN.with_you if row.claimed_by == user_id else EN.with_other
    return lookup(EN.states, row.work)


def build_made(row: Inbound, scene: Scene, user_id: str) -> tuple[str, ...]:
    """What it was read as, what Chartside and the provider did, how it was handled."""
    said = [lookup(EN.did, row.did) if row.did else dict(EN.meanings).get(row.meaning, "")]
    if row.ended:
        said.append(count(row.ended, EN.ended_one, EN.ended_many))
    if row.provider_did:
        said.append(EN.provider_did)
    if row.task_id:
        said.append(f"{EN.call_planned}.")
    if row.work == HANDLED and row.handled_at is not None:
        who = EN.by_you if row.handled_by == user_id else EN.by_other
        result = lookup(EN.results, row.result)
        when = build_pair(row.handled_at, scene)
        said.append(EN.handled.format(who=who, when=when, result=result))
    if row.note:
        said.append(row.note)
    return tuple(line for line in said if line)
