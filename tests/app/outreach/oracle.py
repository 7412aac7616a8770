"""A second gate, written from the rule text and slow on purpose. Shares no code with the first.

It reads state and ZIP from the zone table (data), everything else stands here as plain numbers.
A moment is judged by a list of sentences; the next moment is found by trying every quarter of an
hour and every instant at which something in the question runs out.
"""

import re
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import timezone as number_zone

from app.outreach.consent import ConsentEntry, Proxy
from app.outreach.request import GateInput

RULES = Path(__file__).resolve().parents[3] / "app/outreach/rules"
TABLE = tomllib.loads((RULES / "zones.toml").read_text(encoding="utf-8"))
WORDS = tomllib.loads((RULES / "words.toml").read_text(encoding="utf-8"))
FLIP = datetime(2027, 1, 31, tzinfo=UTC)
EVENING_AT_EIGHT = {"FL", "OK", "WA"}
THREE_A_DAY = {"FL", "OK"}


@cache
def _of_number(number: str) -> tuple[str, ...]:
    try:
        got = number_zone.time_zones_for_number(phonenumbers.parse(number, "US"))
    except phonenumbers.NumberParseException:
        return ()
    named = {z for z in got if z != "Etc/Unknown"}
    return tuple(named) if len(named) < 6 else ()


def _places(q: GateInput) -> set[str]:
    places: set[str] = set()
    row = TABLE.get(q.person.state)
    if row:
        places |= set(row.get("zip3", {}).get(q.person.postal_code[:3], row["zones"]))
    if q.channel in ("text", "call"):
        places |= set(_of_number(q.address.value)) if q.address.value else set()
    return places


def _clocks(q: GateInput, at: datetime) -> list[datetime]:
    return [at.astimezone(ZoneInfo(z)) for z in _places(q)]


def _birthday_18(born: date) -> date:
    leapling = (born.month, born.day) == (2, 29)
    return date(born.year + 18, 3, 1) if leapling else date(born.year + 18, born.month, born.day)


def _adult(q: GateInput, at: datetime) -> bool | None:
    if q.person.birth_date is None:
        return None
    clocks = _clocks(q, at) or [at.astimezone(UTC)]
    return all(c.date() >= _birthday_18(q.person.birth_date) for c in clocks)


def _acts(q: GateInput, proxy: Proxy, at: datetime) -> bool:
    grown_up = proxy.relationship == "guardian" and _adult(q, at) is True
    ended = proxy.ends_at is not None and not at < proxy.ends_at
    return q.purpose in proxy.purposes and not grown_up and not ended


def _touches(q: GateInput, e: ConsentEntry, at: datetime, kind: str, wide: bool) -> bool:
    if e.kind != kind or e.recorded_at > at:
        return False
    if e.action == "revoked":
        return _takes_back(q, e, kind, wide)
    dead = e.expires_at is not None and e.expires_at <= at
    by_reply = e.how == "reply" and not q.tenant.reply_counts
    no_right = e.proxy is not None and not _acts(q, e.proxy, at)
    other_purpose = bool(e.purpose) and e.purpose != q.purpose
    if dead or by_reply or no_right or other_purpose:
        return False
    return kind != "contact" or _same_address(q, e)


def _same_address(q: GateInput, e: ConsentEntry) -> bool:
    if e.channel != q.channel:
        return False
    if q.channel in ("letter", "portal") and not e.address:
        return True
    strict = q.channel in ("text", "call", "email")
    return e.address == q.address.value and (not strict or bool(e.address))


def _takes_back(q: GateInput, e: ConsentEntry, kind: str, wide: bool) -> bool:
    if kind != "contact":
        return True
    right_purpose = not e.purpose or e.purpose == q.purpose
    if q.channel == "text" and e.channel in ("text", "robocall"):
        return wide or right_purpose
    right_channel = not e.channel or e.channel == q.channel
    return right_purpose and right_channel and (not e.address or e.address == q.address.value)


def _last(
    q: GateInput, at: datetime, kind: str = "contact", wide: bool = False
) -> ConsentEntry | None:
    bearing = [e for e in q.consents if _touches(q, e, at, kind, wide)]
    if not bearing:
        return None
    newest = max(e.recorded_at for e in bearing)
    together = [e for e in bearing if e.recorded_at == newest]
    return next((e for e in together if e.action == "revoked"), together[-1])


def _is_revoked(q: GateInput, at: datetime, wide: bool) -> bool:
    last = _last(q, at, wide=wide)
    return last is not None and last.action == "revoked"


def _agreed(q: GateInput, at: datetime, kind: str = "contact") -> ConsentEntry | None:
    last = _last(q, at, kind)
    return last if last is not None and last.action == "agreed" else None


def _minor(q: GateInput, at: datetime) -> bool:
    adult = _adult(q, at)
    if adult:
        return False
    proxy = q.address.proxy
    if adult is not None and q.message.own_consent:
        return proxy is not None
    return adult is None or proxy is None or not _acts(q, proxy, at)


def _proxy(q: GateInput, at: datetime) -> bool:
    proxy = q.address.proxy
    return _adult(q, at) is True and proxy is not None and not _acts(q, proxy, at)


def _confidential(q: GateInput, _at: datetime) -> bool:
    allowed = q.preferences.confidential
    here = [(q.channel, ""), (q.channel, q.address.value)]
    return allowed is not None and not any((p.channel, p.address) in here for p in allowed)


def _do_not(q: GateInput, at: datetime) -> bool:
    until = q.preferences.do_not_contact_until
    return q.preferences.do_not_contact and (until is None or until > at)


def _no_vendor(q: GateInput, at: datetime) -> bool:
    return not [1 for c, end in q.tenant.agreements if c == q.channel and (not end or end > at)]


def _unchecked(q: GateInput, at: datetime) -> bool:
    seen = q.address.checked_at
    return seen is None or seen + timedelta(days=31) < at


def _no_authorization(q: GateInput, at: datetime) -> bool:
    paper = _agreed(q, at, "authorization")
    return q.purpose == "marketing" and (paper is None or paper.how != "signed")


def _foreign(q: GateInput, _at: datetime) -> bool:
    theirs, ours = q.person.language[:2], q.message.language[:2]
    return theirs != "" and theirs != ours


@cache
def _word_patterns() -> list[re.Pattern[str]]:
    words = [w for group in WORDS.values() for w in group]
    return [
        re.compile(r"\b" + re.escape(w.rstrip("*")) + ("" if "*" in w else r"\b")) for w in words
    ]


@cache
def _tells(text: str) -> bool:
    return any(p.search(text.lower()) for p in _word_patterns())


def _no_way_out(q: GateInput, _at: datetime) -> bool:
    ways = (
        r"(reply|text)\s+stop|responda\s+(stop|alto)|unsubscribe|opt\s+out|darse\s+de\s+baja"
        r"|to\s+stop\s+these\s+e-mails|para\s+dejar\s+de\s+recibir\s+estos\s+correos"
    )
    return re.search(ways, q.message.text, re.IGNORECASE) is None


def _night(q: GateInput, at: datetime) -> bool:
    first, last = max(480, q.tenant.day_start), min(1260, q.tenant.day_end)
    return not all(first <= c.hour * 60 + c.minute < last for c in _clocks(q, at))


def _evening(q: GateInput, at: datetime) -> bool:
    early = q.person.state in EVENING_AT_EIGHT or q.person.state not in TABLE
    return early and any(c.hour >= 20 for c in _clocks(q, at))


def _is_holiday(d: date) -> bool:
    fixed = (d.month, d.day) in {(1, 1), (6, 19), (7, 4), (12, 25)}
    week, monday = (d.day - 1) // 7 + 1, d.weekday() == 0
    memorial = d.month == 5 and monday and d.day > 24
    thanks = d.month == 11 and d.weekday() == 3 and week == 4
    king, labor = d.month == 1 and monday and week == 3, d.month == 9 and monday and week == 1
    return fixed or memorial or thanks or king or labor


def _holiday(q: GateInput, at: datetime) -> bool:
    return any(_is_holiday(c.date()) or c.date() in q.tenant.holidays for c in _clocks(q, at))


def _own_time(q: GateInput, at: datetime) -> bool:
    return any(
        c.weekday() in s.weekdays and s.start <= c.hour * 60 + c.minute < s.end
        for s in q.preferences.spans
        if s.channel == q.channel
        for c in _clocks(q, at)
    )


def _count(q: GateInput, at: datetime, days: int, *channels: str) -> int:
    return sum(c.channel in channels and at - c.at < timedelta(days=days) for c in q.history)


def _crowded(q: GateInput, at: datetime) -> bool:
    limited = q.person.state in THREE_A_DAY or q.person.state not in TABLE
    return limited and _count(q, at, 1, "text", "call") >= 3


def _risk(q: GateInput, at: datetime) -> bool:
    yes = _agreed(q, at)
    return yes is None or not yes.risk_told


def _shared(q: GateInput, at: datetime) -> bool:
    yes = _agreed(q, at)
    return q.address.shared and (yes is None or not yes.shared_known)


def _is_refused(q: GateInput, _at: datetime) -> bool:
    return any(
        r.channel == q.channel and r.purpose in (q.purpose, "") for r in q.preferences.refused
    )


def _hospice(q: GateInput, _at: datetime) -> bool:
    return q.person.hospice and (q.purpose, q.channel) not in {
        ("treatment", "call"),
        ("treatment", "letter"),
    }


TEXT, PHONE, MAIL = ("text",), ("text", "call"), ("text", "email")
WRITTEN, ALL = ("text", "email", "letter", "portal"), ("text", "email", "letter", "portal", "call")
SENTENCES: list[tuple[str, tuple[str, ...], Callable[[GateInput, datetime], bool]]] = [
    ("H6", ALL, lambda q, t: q.person.vital == "deceased"),
    ("V1", ALL, lambda q, t: q.person.vital == "suspected"),
    ("H3", ALL, _confidential),
    ("D1", ALL, _do_not),
    ("V2", ALL, _hospice),
    ("H1", ALL, lambda q, t: q.purpose not in {"treatment", "operations", "payment", "marketing"}),
    ("H5", ALL, _minor),
    ("H5P", ALL, _proxy),
    ("P1", ALL, lambda q, t: q.message.part2 and _agreed(q, t, "part2") is None),
    ("H7", MAIL, _no_vendor),
    ("N1", ("text", "call", "email", "letter"), lambda q, t: q.address.value == ""),
    ("N3", ("portal",), lambda q, t: q.address.value == ""),
    ("N2", ALL, lambda q, t: q.address.conflict),
    ("C6", PHONE, lambda q, t: q.address.reassigned),
    ("C6S", TEXT, _unchecked),
    ("C3", ALL, lambda q, t: _is_revoked(q, t, wide=False)),
    ("C4", ALL, lambda q, t: t < FLIP and q.tenant.revocation_all and _is_revoked(q, t, wide=True)),
    ("C4A", ALL, lambda q, t: t >= FLIP and _is_revoked(q, t, wide=True)),
    ("C5", TEXT, lambda q, t: q.address.unread),
    ("C1", TEXT, lambda q, t: _agreed(q, t) is None),
    ("H9", MAIL, _risk),
    ("C8", MAIL, _shared),
    ("H2", ALL, _no_authorization),
    ("D2", ALL, _is_refused),
    ("L1", WRITTEN, _foreign),
    ("M0", WRITTEN, lambda q, t: not q.message.text.strip()),
    ("H4", WRITTEN, lambda q, t: _tells(q.message.text)),
    ("M1", MAIL, _no_way_out),
    ("M2", TEXT, lambda q, t: len(q.message.text) > 160),
    ("Q0", PHONE, lambda q, t: not _places(q)),
    ("Q1", PHONE, _night),
    ("Q2", PHONE, _evening),
    ("Q3", PHONE, _holiday),
    ("Q4", ALL, _own_time),
    ("F1", TEXT, lambda q, t: _count(q, t, 1, "text") >= 1),
    ("F2", TEXT, lambda q, t: _count(q, t, 7, "text") >= 3),
    ("F3", ("text", "call", "email", "portal"),
     lambda q, t: _count(q, t, 7, "text", "call", "email", "portal") >= 6),
    ("F4", PHONE, _crowded),
]  # fmt: skip
PASSING = {"D1", "H5", "Q1", "Q2", "Q3", "Q4", "F1", "F2", "F3", "F4"}
"""Only these can end by waiting (C4 does, but C4A takes its place)."""


def judge(q: GateInput, at: datetime) -> list[str]:
    """Ids of the rules that object at `at`, in order."""
    return [
        name for name, channels, objects in SENTENCES if q.channel in channels and objects(q, at)
    ]


def find_next(q: GateInput, days: int = 400) -> datetime | None:
    """The first instant not before `q.at` at which nothing objects, by trying."""
    objections = judge(q, q.at)
    if not objections:
        return q.at
    if set(objections) - PASSING:
        return None
    start = _start(q, objections)
    for at in _instants(q, start, days) if start else ():
        objections = judge(q, at)
        if not objections:
            return at
        if set(objections) - PASSING:
            return None
    return None


def _start(q: GateInput, objections: list[str]) -> datetime | None:
    """No need to try before a wish ends or a birthday comes; None if it never does."""
    start, until, born = q.at, q.preferences.do_not_contact_until, q.person.birth_date
    if ("D1" in objections and until is None) or ("H5" in objections and born is None):
        return None
    if "D1" in objections and until is not None:
        start = until - timedelta(hours=1)
    if "H5" in objections and born is not None:
        birthday = datetime.combine(_birthday_18(born), time(), UTC)
        start = max(start, birthday - timedelta(days=1))
    return start


def _instants(q: GateInput, start: datetime, days: int) -> Iterator[datetime]:
    """Every quarter hour, and each whole minute at which a wish or a cap runs out."""
    end = q.at + timedelta(days=days)
    odd = [c.at + timedelta(days=n) for c in q.history for n in (1, 7)]
    odd += [t for t in [q.preferences.do_not_contact_until] if t]
    whole = sorted({t.replace(second=0, microsecond=0) + timedelta(minutes=n)
                    for t in odd for n in (0, 1)})  # fmt: skip
    at = start.replace(minute=start.minute // 15 * 15, second=0, microsecond=0)
    while at <= end:
        later = at + timedelta(minutes=15)
        yield from sorted(
            t for t in {at, *(w for w in whole if at <= w < later)} if q.at < t <= end
        )
        at = later
