"""What a kept chart adds to the tenant's tables: unmapped codes and odd data. Judges nothing.

A finding (code, resource, place in it) is counted on the day a kept chart first shows it and not
again while it stands there, so reading a chart once more inflates nothing. A code waits once for
each patient whose kept chart carries it.
"""

from collections import Counter
from collections.abc import Mapping

from msgspec.structs import replace

from app.clinical.chart import Chart, Unmapped
from app.store.records.codes import (
    count_quality,
    leave_unmapped,
    save_unmapped,
    touch_unmapped,
)
from app.store.transactions import TenantTx

NOTHING = Chart()
LONGEST = 200
UNUSABLE = "code_unusable"
"""A local code too long or not printable: nobody can map it."""


async def count_chart(tx: TenantTx, former: Chart | None, kept: Chart) -> None:
    """Call it in the transaction that saves `kept` in place of `former`, so both or none stand."""
    before, now = find_codes(former or NOTHING), find_codes(kept)
    await save_unmapped(tx, [now[key] for key in sorted(now.keys() - before.keys())])
    await touch_unmapped(tx, [now[key] for key in sorted(now.keys() & before.keys())])
    await leave_unmapped(tx, sorted(before.keys() - now.keys()))
    await count_quality(tx, tx.now.date(), count_new(former or NOTHING, kept))


def find_codes(chart: Chart) -> dict[tuple[str, str], Unmapped]:
    """The chart's unmapped codes, each once however often it occurs. What cannot be a key of a
    table (too long, or not of printable characters) cannot be mapped either, and does not wait."""
    return {
        (code.system, code.code): replace(code, display=tidy(code.display))
        for code in reversed(chart.unmapped)
        if is_key(code.system) and is_key(code.code)
    }


def is_key(text: str) -> bool:
    return len(text) <= LONGEST and text.isprintable()


def tidy(words: str) -> str:
    """A source's words as one line that every database takes."""
    return "".join(c if c.isprintable() else " " for c in words[:LONGEST])


def count_new(former: Chart, kept: Chart) -> Mapping[tuple[str, str], int]:
    """(resource type, code) → how many findings `kept` shows and `former` did not, in order."""
    counted = Counter[tuple[str, str]]()
    for finding, times in (_findings(kept) - _findings(former)).items():
        counted[tidy(finding[0]), finding[1]] += times
    return dict(sorted(counted.items()))


Finding = tuple[str, str, str, str, str]


def _findings(chart: Chart) -> Counter[Finding]:
    """Warnings (repairs are among them) and reasons of what was set aside."""
    warned = ((w.resource_type, w.code, w.resource_id, w.path, w.detail) for w in chart.warnings)
    aside = ((a.resource_type, a.reason, a.resource_id, "", a.detail) for a in chart.set_aside)
    lost = (
        (u.resource_type, UNUSABLE, u.resource_id, u.system, u.code)
        for u in chart.unmapped
        if not (is_key(u.system) and is_key(u.code))
    )
    return Counter([*warned, *aside, *lost])
