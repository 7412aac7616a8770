"""What a ledger row's sealed intent holds, read back into types. Builds and sends nothing."""

from app.outreach.contact import FieldChange


def parse_intent(intent: object) -> tuple[FieldChange, ...]:
    """The changes inside a ledger row."""
    rows = intent if isinstance(intent, list) else []
    return tuple(FieldChange(str(f), str(b), str(a)) for f, b, a in rows)
