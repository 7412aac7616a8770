"""Can I contact them now? One row per channel, with reason, fact, fix, and the day's windows.

Planning only: an answer is no permission to send. Words are the rules' own; times stay instants
(UTC), with the zones in which to show them.
"""

from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

from app.outreach.consent import ConsentEntry, Question, fold_consents
from app.outreach.gate import evaluate_contact
from app.outreach.gate_rules import GateRules
from app.outreach.known import KnownPerson, Way, Wish
from app.outreach.localtime import zone
from app.outreach.person import build_question
from app.outreach.request import (
    CHANNELS,
    Channel,
    Contact,
    Denial,
    GateInput,
    Receipt,
    Tenant,
)
from app.outreach.windows import Window, find_bar, find_until, find_windows
from app.outreach.zones import find_zones

Verdict = Literal["yes", "not_now", "no", "unknown", "stopped"]
BAR_CHANNELS: tuple[Channel, ...] = ("text", "call")
STOPS = frozenset({"H6", "V1", "D1"})
"""Rules that stop every channel at once."""
UNKNOWN = frozenset({"Q0", "N2", "C6S", "C5"})
"""Rules that object because something is not known; a fact would settle it either way."""
AGE_RULE = "H5"
WISH_RULES = {"D1": "do_not_contact", "D2": "refused", "H3": "confidential"}
WEEK = timedelta(hours=168)


class ChannelAnswer(Struct, frozen=True, kw_only=True):
    """One row. `denial` is the reason (None = yes), the receipt lists every rule that objects.

    `until`: when the present yes ends; `next_at`: when a no ends by waiting; None = not within two
    days, or not by waiting. `wish`: the preference behind the reason; `entry`: the ledger's entry
    that decides. `used` of `limit` contacts by this channel within seven days (limit 0 = none).
    """

    channel: Channel
    verdict: Verdict
    way: Way | None
    receipt: Receipt
    denial: Denial | None = None
    until: datetime | None = None
    next_at: datetime | None = None
    wish: Wish | None = None
    entry: ConsentEntry | None = None
    used: int = 0
    limit: int = 0


class Bar(Struct, frozen=True):
    """One track of the day bar: the allowed windows of their own day, 6 AM to 10 PM there."""

    channel: Channel
    day: Window
    windows: tuple[Window, ...]


class ContactAnswer(Struct, frozen=True, kw_only=True):
    """The whole answer. `zones_there`: every place that they may be in, the address's first; empty
    = not known, and then there are no bars. `missing`: see KnownPerson."""

    verdict: Verdict
    purpose: str
    at: datetime
    channels: tuple[ChannelAnswer, ...]
    zones_there: tuple[str, ...]
    zone_here: str
    bars: tuple[Bar, ...] = ()
    next_at: datetime | None = None
    missing: tuple[str, ...] = ()

    @property
    def open_now(self) -> tuple[Channel, ...]:
        """Channels that may be used now, in the fixed order."""
        return tuple(c.channel for c in self.channels if c.verdict == "yes")


class _Asked(Struct, frozen=True):
    """One panel's question, carried through."""

    known: KnownPerson
    rules: GateRules
    at: datetime
    tenant: Tenant
    purpose: str
    history: tuple[Contact, ...]

    def build(self, channel: Channel, way: Way | None) -> GateInput:
        return build_question(
            self.known,
            way,
            channel=channel,
            purpose=self.purpose,
            at=self.at,
            tenant=self.tenant,
            history=self.history,
        )


def evaluate_answer(
    known: KnownPerson,
    rules: GateRules,
    *,
    at: datetime,
    zone_here: str,
    tenant: Tenant,
    purpose: str = "treatment",
    history: tuple[Contact, ...] = (),
) -> ContactAnswer:
    """The answer for one purpose at one moment; `zone_here` is the staff's IANA zone."""
    asked = _Asked(known, rules, at, tenant, purpose, history)
    rows = tuple(_answer_channel(asked, channel) for channel in CHANNELS)
    zones = find_zones(rules.zones, known.person.state, known.person.postal_code)
    zones = zones or next((r.receipt.zones for r in rows if r.receipt.zones), ())
    return ContactAnswer(
        verdict=_join(rows),
        purpose=purpose,
        at=at,
        channels=rows,
        zones_there=zones,
        zone_here=zone_here,
        bars=tuple(_bar(asked, r, zones) for r in rows if zones and r.channel in BAR_CHANNELS),
        next_at=min((r.next_at for r in rows if r.next_at), default=None),
        missing=known.missing,
    )


def _answer_channel(asked: _Asked, channel: Channel) -> ChannelAnswer:
    """The best way of the channel: one that is open, else the one that opens soonest."""
    ways: list[Way | None] = [w for w in asked.known.ways if w.channel == channel]
    best: tuple[GateInput, Way | None, Receipt] | None = None
    for way in ways or [None]:
        question = asked.build(channel, way)
        receipt = evaluate_contact(question, asked.rules)
        if best is None or _opens_sooner(receipt, best[2]):
            best = question, way, receipt
        if receipt.allowed:
            break
    if best is None:  # pragma: no cover - the list above is never empty
        raise AssertionError
    return _build_row(asked, *best)


def _opens_sooner(receipt: Receipt, than: Receipt) -> bool:
    if receipt.next_allowed is None:
        return False
    return than.next_allowed is None or receipt.next_allowed < than.next_allowed


def _build_row(
    asked: _Asked, question: GateInput, way: Way | None, receipt: Receipt
) -> ChannelAnswer:
    channel = question.channel
    verdict, denial = judge_receipt(receipt)
    standing = fold_consents(
        question.consents,
        Question(purpose=question.purpose, channel=channel, address=question.address.value),
        question.at,
    )
    return ChannelAnswer(
        channel=channel,
        verdict=verdict,
        way=way,
        receipt=receipt,
        denial=denial,
        until=find_until(question, asked.rules, receipt.zones) if receipt.allowed else None,
        next_at=None if receipt.allowed else receipt.next_allowed,
        wish=_find_wish(asked.known, denial, channel),
        entry=standing.entry,
        used=sum(c.channel == channel and c.at > asked.at - WEEK for c in asked.history),
        limit=_week_limit(asked.rules, channel),
    )


def judge_receipt(receipt: Receipt) -> tuple[Verdict, Denial | None]:
    """The verdict and the denial that makes it: a firm no before what is merely not known, and
    both before what time will mend."""
    if receipt.allowed:
        return "yes", None
    first = receipt.denials[0]
    if first.rule_id in STOPS:
        return "stopped", first
    if receipt.next_allowed is not None:
        return "not_now", first
    lasting = [d for d in receipt.denials if d.retry_at is None] or [first]
    firm = next((d for d in lasting if not _is_unknown(d)), None)
    return ("unknown", lasting[0]) if firm is None else ("no", firm)


def _is_unknown(denial: Denial) -> bool:
    age_unknown = denial.rule_id == AGE_RULE and denial.retry_at is None
    return denial.rule_id in UNKNOWN or age_unknown


def _find_wish(known: KnownPerson, denial: Denial | None, channel: Channel) -> Wish | None:
    says = WISH_RULES.get(denial.rule_id) if denial else None
    fits = (w for w in known.wishes if w.says == says and w.channel in ("", channel))
    return next(fits, None)


def _week_limit(rules: GateRules, channel: Channel) -> int:
    own = (d.rule for d in rules.by_channel[channel].dated if d.rule.counts == (channel,))
    return next((r.max or 0 for r in own if r.hours == 168), 0)


def _bar(asked: _Asked, row: ChannelAnswer, zones: tuple[str, ...]) -> Bar:
    day = find_bar(asked.at, zone(zones[0]))
    if row.receipt.next_allowed is None:
        return Bar(row.channel, day, ())
    question = asked.build(row.channel, row.way)
    windows = find_windows(question, asked.rules, row.receipt.zones, day.start, day.end)
    return Bar(row.channel, day, windows)


def _join(rows: tuple[ChannelAnswer, ...]) -> Verdict:
    """The answer over all channels: the best of them; stopped only if nothing is open."""
    order: tuple[Verdict, ...] = ("yes", "not_now", "unknown", "stopped", "no")
    return min((r.verdict for r in rows), key=order.index)
