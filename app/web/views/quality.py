"""What was odd in the data: counts per resource type and code, in plain words. Counts nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from app.clinical.normalize.quality import REASONS, REPAIRS, WARNINGS
from app.sync.data_quality import UNUSABLE
from app.web.views.desk import DeskHead
from app.web.views.page import Page
from app.web.words import lookup
from app.web.words_codes import CodeWords

PERIODS = (1, 7, 30, 90, 365)
QUARANTINED = " (quarantined)"


@dataclass(frozen=True, slots=True)
class QualityRow:
    code: str
    says: str
    kind: str
    times: str


@dataclass(frozen=True, slots=True)
class QualityGroup:
    """One resource type, what occurred most first."""

    name: str
    total: str
    rows: tuple[QualityRow, ...]


@dataclass(frozen=True, slots=True)
class QualityPage:
    template: ClassVar[str] = "pages/quality.html"
    page: Page
    head: DeskHead
    t: CodeWords
    periods: tuple[tuple[str, str, bool], ...]
    groups: tuple[QualityGroup, ...]
    csv_url: str
    json_url: str


def build_quality_page(
    counts: Mapping[tuple[str, str], int],
    head: DeskHead,
    t: CodeWords,
    *,
    page: Page,
    url: str,
    days: int,
) -> QualityPage:
    """`counts` by (resource type, code); `url` is the page's address without its query."""
    kinds = sorted({kind for kind, _code in counts})
    return QualityPage(
        page=page,
        head=head,
        t=t,
        periods=tuple((lookup(t.periods, str(n)), f"{url}?days={n}", n == days) for n in PERIODS),
        groups=tuple(build_group(kind, counts, t) for kind in kinds),
        csv_url=f"{url}/export?format=csv&days={days}",
        json_url=f"{url}/export?format=json&days={days}",
    )


def build_group(kind: str, counts: Mapping[tuple[str, str], int], t: CodeWords) -> QualityGroup:
    found = [(n, code) for (of, code), n in counts.items() if of == kind]
    found.sort(key=lambda pair: (-pair[0], pair[1]))
    rows = tuple(QualityRow(code, *tell(code, t), f"{n:,}") for n, code in found)
    return QualityGroup(
        kind or t.unknown_type, t.total.format(n=f"{sum(n for n, _ in found):,}"), rows
    )


def tell(code: str, t: CodeWords) -> tuple[str, str]:
    """(the code in words, what became of the data)."""
    kind = find_kind(code)
    if code == UNUSABLE:
        return t.unusable, lookup(t.kinds, "warning")
    says = REPAIRS.get(code) or WARNINGS.get(code) or REASONS.get(code) or code.replace("_", " ")
    says = says.removesuffix(QUARANTINED)
    return says[:1].upper() + says[1:], lookup(t.kinds, kind)


def find_kind(code: str) -> str:
    """repair, warning, excluded, quarantined, or other."""
    if code in REPAIRS:
        return "repair"
    if code in WARNINGS:
        return "warning"
    if code in REASONS:
        return "quarantined" if REASONS[code].endswith(QUARANTINED) else "excluded"
    return "other"
