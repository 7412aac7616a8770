"""A write that a person does by hand: everything to type in, and nothing else. Pure."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.outreach.contact import LABELS, FieldChange
from app.sync.contact_payload import is_writable
from app.sync.intents import Intent, parse_content
from app.sync.payloads.frame import Frame
from app.sync.payloads.wording import EMPTY, build_lines, show_value


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to type. `before` is what the EHR showed when it was saved, "" where that does
    not apply."""

    key: str
    label: str
    value: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class WorkItem:
    """`can_check`: the EHR can be read afterwards, so that nobody has to be believed."""

    entries: tuple[Entry, ...]
    can_check: bool


def build_work_item(
    kind: str, content: object, *, ledger_id: str, saved_at: datetime, zone: ZoneInfo
) -> WorkItem:
    """From a ledger row's kind and content. Raises DataError when it cannot be read."""
    intent = parse_content(kind, content)
    if isinstance(intent, tuple):
        return WorkItem(tuple(_entry(c) for c in intent), can_check=can_check(intent))
    frame = Frame(ledger_id, kind, "", "", saved_at, zone)
    lines = build_lines(intent, frame)
    return WorkItem(tuple(Entry(k.key, k.label, k.value) for k in lines), can_check=False)


def can_check(intent: Intent) -> bool:
    """Whether every field of it stands in the Patient that we can read."""
    return isinstance(intent, tuple) and bool(intent) and all(map(is_writable, intent))


def _entry(change: FieldChange) -> Entry:
    before = show_value(change.field, change.before)
    return Entry(
        change.field,
        LABELS.get(change.field, change.field),
        show_value(change.field, change.after),
        "" if before == EMPTY else before,
    )
