"""Consent: append-only entries and what they say at one moment. Stores nothing, agrees to nothing.

An entry is never edited: a change of mind is a further entry. Silence is not consent, and a reply
to a message is not consent unless the tenant has said so (`reply_counts`).
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal

from msgspec import Struct

Kind = Literal["contact", "authorization", "part2"]
How = Literal["spoken", "written", "signed", "form", "portal", "reply", "staff", "link"]
Scope = Literal["related", "all_automated"]
"""How far a revocation by phone or text reaches: the related messages (same purpose), or every
automated text and call. It never reaches e-mail, portal or a live call by itself."""

AUTOMATED = ("text", "robocall")
NEEDS_ADDRESS = ("text", "call", "email")


class Proxy(Struct, frozen=True, kw_only=True):
    """Who acts for the patient. `purposes` empty = none; a guardian lapses at majority."""

    name: str
    relationship: Literal["guardian", "representative"]
    purposes: tuple[str, ...] = ()
    ends_at: datetime | None = None


class SignedForm(Struct, frozen=True, kw_only=True):
    """What a signed paper says, element by element, for an authorization or a Part 2 consent.

    `authority` is why a representative may sign, "" where they signed themselves. `until_event`
    ends it beside the entry's `expires_at`. `states` are the statements that the paper makes;
    `is_paid`: somebody else pays for what is sent. `scan` says where the paper is kept.
    """

    description: str
    discloser: str
    recipient: str
    purpose: str
    signed_by: str
    signed_on: date
    authority: str = ""
    until_event: str = ""
    is_paid: bool = False
    states: tuple[str, ...] = ()
    scan: str = ""


class ConsentEntry(Struct, frozen=True, kw_only=True):
    """One line of the ledger. In a revocation, empty purpose, channel or address means all of
    them; an agreement to text, call or e-mail covers only the address that it names."""

    id: str
    action: Literal["agreed", "revoked"]
    recorded_at: datetime
    recorded_by: str
    how: How
    kind: Kind = "contact"
    purpose: str = ""
    channel: str = ""
    address: str = ""
    wording: str = ""
    wording_version: str = ""
    proxy: Proxy | None = None
    expires_at: datetime | None = None
    risk_told: bool = False
    shared_known: bool = False
    form: SignedForm | None = None


class Question(Struct, frozen=True, gc=False, kw_only=True):
    """What is asked of the ledger. `adult_from` ends a guardian's agreements."""

    kind: Kind = "contact"
    purpose: str = ""
    channel: str = ""
    address: str = ""
    scope: Scope = "all_automated"
    adult_from: datetime | None = None
    reply_counts: bool = False


class Standing(Struct, frozen=True, gc=False):
    """What holds: the entry that decided, or none was found."""

    state: Literal["agreed", "revoked", "none"]
    entry: ConsentEntry | None = None


NONE = Standing("none")


def fold_consents(entries: Sequence[ConsentEntry], asked: Question, at: datetime) -> Standing:
    """What holds at `at`: the latest entry that bears on the question.

    Entries at one instant count in the ledger's order, except that a revocation wins over an
    agreement of that same instant.
    """
    best: ConsentEntry | None = None
    for entry in entries:
        if entry.recorded_at > at or entry.kind != asked.kind:
            continue
        bears = _revokes(entry, asked) if entry.action == "revoked" else _agrees(entry, asked, at)
        if bears and (best is None or _rank(entry) >= _rank(best)):
            best = entry
    return NONE if best is None else Standing(best.action, best)


def has_automated(entries: Sequence[ConsentEntry]) -> bool:
    """Some entry revokes automated messages: only then the scope makes a difference."""
    return any(e.action == "revoked" and e.channel in AUTOMATED for e in entries)


def _rank(entry: ConsentEntry) -> tuple[datetime, bool]:
    return entry.recorded_at, entry.action == "revoked"


def _agrees(entry: ConsentEntry, asked: Question, at: datetime) -> bool:
    if entry.purpose not in ("", asked.purpose) or not _names_address(entry, asked):
        return False
    if entry.how == "reply" and not asked.reply_counts:
        return False
    if entry.expires_at is not None and at >= entry.expires_at:
        return False
    return entry.proxy is None or may_act(entry.proxy, asked.purpose, at, asked.adult_from)


def _names_address(entry: ConsentEntry, asked: Question) -> bool:
    if asked.kind != "contact":
        return True
    if entry.channel != asked.channel:
        return False
    if asked.channel in NEEDS_ADDRESS:
        return bool(asked.address) and entry.address == asked.address
    return entry.address in ("", asked.address)


def _revokes(entry: ConsentEntry, asked: Question) -> bool:
    if asked.kind != "contact":
        return True
    if entry.channel in AUTOMATED and asked.channel in AUTOMATED:
        return asked.scope == "all_automated" or entry.purpose in ("", asked.purpose)
    return (
        entry.channel in ("", asked.channel)
        and entry.purpose in ("", asked.purpose)
        and entry.address in ("", asked.address)
    )


def may_act(proxy: Proxy, purpose: str, at: datetime, adult_from: datetime | None) -> bool:
    """Whether the proxy's scope covers the purpose and has not ended."""
    if purpose not in proxy.purposes or (proxy.ends_at is not None and at >= proxy.ends_at):
        return False
    lapsed = proxy.relationship == "guardian" and adult_from is not None and at >= adult_from
    return not lapsed
