"""A signed authorization or Part 2 consent: which elements it must have, and what is missing.

45 CFR 164.508(c) for marketing, 42 CFR 2.31(a) for substance use records; the paragraph letters
below are recalled, not checked by us against the official text. Pure; keeps nothing.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Literal

from msgspec import Struct

from app.outreach.consent import SignedForm

SignedKind = Literal["authorization", "part2"]
Relationship = Literal["", "guardian", "representative"]
KINDS: tuple[SignedKind, ...] = ("authorization", "part2")
EVENT_HOLDS = timedelta(days=365)
"""An event that ends it comes unseen: without a date it counts for a year from the signature, and
is then asked for again (internal policy, stricter than the law)."""
LONGEST = 500
VERSION = "1-en"

REQUIRED: Mapping[str, str] = {
    "description": "Say what may be used or told.",
    "discloser": "Say who may use or tell it.",
    "recipient": "Say to whom.",
    "purpose": "Say what for.",
    "signed_by": "Say who signed.",
    "wording": "Give the words of the paper that was signed.",
    "wording_version": "Give the version of the paper.",
}
"""Text that both laws ask for: 164.508(c)(1)(i) to (vi), 2.31(a)(2) to (9)."""
STATEMENTS: Mapping[SignedKind, tuple[str, ...]] = {
    "authorization": ("revoke", "condition", "redisclose"),
    "part2": ("revoke", "redisclose"),
}
"""What the paper must tell them: 164.508(c)(2), 2.31(a)(6) and, for TPO, 2.31(a)(4)."""
UNSAID = "The paper must say this. Without it, it is not valid: have another one signed."

WORDING: Mapping[SignedKind, str] = {
    "authorization": "I allow the practice to use what is named here to send me offers as described"
    " here. I may take this back at any time in writing. My care does not depend on it. What is"
    " told to others may be told on by them and then no longer be protected.",
    "part2": "I agree that what is named here of my substance use treatment may be told to those"
    " named here for the purpose named here. I may take this back at any time in writing, but not"
    " for what was told before. Some who receive it may tell it on as the law lets them.",
}
"""Our own words for a practice that has none; a practice's lawyer should read them first."""


class Signed(Struct, frozen=True, kw_only=True):
    """A paper that has every element. `last_day` is the last day on which it counts."""

    kind: SignedKind
    form: SignedForm
    wording: str
    wording_version: str
    relationship: Relationship
    last_day: date


def parse_signed(
    kind: SignedKind, typed: Mapping[str, str], today: date
) -> tuple[Signed | None, dict[str, str]]:
    """(the paper, {}) or (None, field → what is missing or wrong). `today` where the staff are."""
    errors = {name: say for name, say in REQUIRED.items() if not typed.get(name, "").strip()}
    errors |= {
        f"says_{name}": UNSAID for name in STATEMENTS[kind] if typed.get(f"says_{name}") != "on"
    }
    signed_on = _parse_day(typed, "signed_on", errors, "Give the day of the signature.")
    if signed_on is not None and signed_on > today:
        errors["signed_on"] = "This day is still to come."
    relationship = _parse_signer(typed, errors)
    is_paid = _parse_paid(kind, typed, errors)
    last_day = _parse_end(typed, signed_on, today, errors)
    if errors or signed_on is None or last_day is None:
        return None, errors
    signed = _build(kind, typed, signed_on, last_day, relationship, is_paid=is_paid)
    return signed, {}


def _build(
    kind: SignedKind,
    typed: Mapping[str, str],
    signed_on: date,
    last_day: date,
    relationship: Relationship,
    *,
    is_paid: bool,
) -> Signed:
    form = SignedForm(
        **{name: typed[name].strip()[:LONGEST] for name in _PLAIN},
        signed_on=signed_on,
        authority=typed.get("authority", "").strip()[:LONGEST] if relationship else "",
        until_event=typed.get("until_event", "").strip()[:LONGEST],
        is_paid=is_paid,
        states=(*STATEMENTS[kind], *(("paid",) if is_paid else ())),
        scan=typed.get("scan", "").strip()[:LONGEST],
    )
    return Signed(
        kind=kind,
        form=form,
        wording=typed["wording"].strip(),
        wording_version=typed["wording_version"].strip()[:LONGEST],
        relationship=relationship,
        last_day=last_day,
    )


_PLAIN = ("description", "discloser", "recipient", "purpose", "signed_by")


def _parse_signer(typed: Mapping[str, str], errors: dict[str, str]) -> Relationship:
    """ "" where they signed themselves; 164.508(c)(1)(vi), 2.31(a)(8)."""
    signer = typed.get("signer", "")
    if signer not in ("self", "guardian", "representative"):
        errors["signer"] = "Say whether they signed themselves."
        return ""
    if signer == "self":
        return ""
    if not typed.get("authority", "").strip():
        errors["authority"] = "Say why this person may sign for them."
    return "guardian" if signer == "guardian" else "representative"


def _parse_paid(kind: SignedKind, typed: Mapping[str, str], errors: dict[str, str]) -> bool:
    """Whether somebody pays the practice for it: the paper must then say so, 164.508(a)(3)(ii)."""
    if kind != "authorization":
        return False
    paid = typed.get("is_paid", "")
    if paid not in ("yes", "no"):
        errors["is_paid"] = "Say whether somebody pays the practice for it."
    elif paid == "yes" and typed.get("says_paid") != "on":
        errors["says_paid"] = UNSAID
    return paid == "yes"


def _parse_end(
    typed: Mapping[str, str], signed_on: date | None, today: date, errors: dict[str, str]
) -> date | None:
    """The last day on which it counts; 164.508(c)(1)(v), 2.31(a)(7)."""
    event = typed.get("until_event", "").strip()
    if not (typed.get("until_day", "").strip() or event):
        errors["until_day"] = "Say until which day, or until what happens."
        return None
    if typed.get("until_day", "").strip():
        last = _parse_day(typed, "until_day", errors, "")
    else:
        last = signed_on + EVENT_HOLDS if signed_on else None
    if last is not None and last < today:
        field = "until_day" if typed.get("until_day", "").strip() else "signed_on"
        errors.setdefault(field, "It has ended already.")
    return last


def _parse_day(
    typed: Mapping[str, str], name: str, errors: dict[str, str], missing: str
) -> date | None:
    text = typed.get(name, "").strip()
    try:
        return date.fromisoformat(text)
    except ValueError:
        errors[name] = "Type a date, such as 2027-06-30." if text else missing
        return None
