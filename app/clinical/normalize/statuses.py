"""Statuses: status words made whole, and which of them mean that a statement does not stand."""

from app.clinical.elements import Standing
from app.clinical.normalize.context import Context

ENTERED_IN_ERROR = "entered-in-error"
_USUAL = frozenset({"final", "finished", "completed", "active", "order", "confirmed", "resolved"})
"""The common ones, let through without looking closer."""
_COUNTED = frozenset({"final", "amended", "corrected", "appended"})


def build_status(written: str | None, ctx: Context, path: str = "status") -> str:
    """The status trimmed and lower-case; what had to be mended is said."""
    if written in _USUAL:
        return written
    if not written:
        return ""
    clean = written.strip().lower()
    if " " in clean or "_" in clean:
        clean = clean.replace(" ", "-").replace("_", "-")
    if clean != written:
        ctx.repair("status_cleaned", path)
    return clean


def is_error(status: str, ctx: Context) -> bool:
    """True when the statement was entered in error; the resource is then set aside."""
    if status != ENTERED_IN_ERROR:
        return False
    ctx.leave_out("entered_in_error")
    return True


def standing_of(status: str, absent_reason: str) -> Standing:
    """Only final, amended, corrected (and a report's appended) results count."""
    if absent_reason == "masked":
        return "withheld"
    return "counted" if status in _COUNTED else "preliminary"
