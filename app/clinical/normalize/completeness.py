"""Completeness: what a search's own words (OperationOutcome entries) say about what is missing."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

from msgspec import Struct
from msgspec.structs import replace

from app.clinical.chart import SearchOutcome
from app.clinical.elements import Completeness
from app.clinical.normalize.profile import NormalizerProfile

_WORST: dict[Completeness, int] = {
    "complete": 0, "partial": 1, "unsupported": 2, "denied": 3, "failed": 4,
}  # fmt: skip
_DENIED = frozenset({"forbidden", "security", "login", "expired"})
_PARTIAL = frozenset({"incomplete", "too-costly", "suppressed", "throttled", "timeout"})
_GRAVE = frozenset({"error", "fatal"})
_SEARCHED = re.compile(r"(?:^|/)([A-Z][A-Za-z]{2,63})(?:/_search)?(?:\?|$)")


class Issue(Struct, frozen=True):
    severity: str
    code: str
    details: tuple[str, ...]


class Outcome(Struct, frozen=True):
    """One OperationOutcome; `searched` is the type that was searched for, "" when unknown."""

    searched: str
    issues: tuple[Issue, ...]


def searched_type(links: Iterable[tuple[str | None, str | None]]) -> str:
    """The resource type in a searchset's self link."""
    for relation, url in links:
        if relation == "self" and url and (found := _SEARCHED.search(url)):
            return found[1]
    return ""


def read_outcome(value: dict[str, Any], searched: str) -> Outcome:
    """The codes of an OperationOutcome; its words stay behind (they may hold PHI)."""
    issues = value.get("issue")
    found = (_issue(i) for i in (issues if isinstance(issues, list) else [issues]))
    return Outcome(searched, tuple(i for i in found if i is not None))


def judge_outcome(outcome: Outcome, profile: NormalizerProfile) -> tuple[Completeness, str]:
    """The worst that any issue says, with its stable reason."""
    judged = [_judge(issue, profile) for issue in outcome.issues]
    return max(judged, key=lambda j: _WORST[j[0]], default=("complete", ""))


def merge_searches(
    given: Iterable[SearchOutcome],
    outcomes: Iterable[Outcome],
    profile: NormalizerProfile,
    read_at: datetime,
) -> tuple[SearchOutcome, ...]:
    """The given outcomes, made worse where the answers themselves tell that data is missing."""
    found, outcomes = list(given), tuple(outcomes)
    if not outcomes and len(found) < 2:
        return tuple(found)
    only = found[0].resource_type if len({s.resource_type for s in found}) == 1 else ""
    for outcome in outcomes:
        completeness, reason = judge_outcome(outcome, profile)
        if completeness == "complete":
            continue
        kind = outcome.searched or only
        told = [place for place, s in enumerate(found) if s.resource_type == kind]
        for place in told:
            found[place] = _worse(found[place], completeness, reason)
        if not told:
            found.append(SearchOutcome(kind, completeness, read_at, reason))
    return tuple(sorted(found, key=lambda s: (s.resource_type, s.reason)))


def _worse(search: SearchOutcome, completeness: Completeness, reason: str) -> SearchOutcome:
    if _WORST[search.completeness] >= _WORST[completeness]:
        return search
    return replace(search, completeness=completeness, reason=reason)


def _issue(value: object) -> Issue | None:
    if not isinstance(value, dict):
        return None
    details = value.get("details")
    codings = details.get("coding") if isinstance(details, dict) else None
    codes = (
        str(c["code"])
        for c in (codings if isinstance(codings, list) else ())
        if isinstance(c, dict) and isinstance(c.get("code"), str | int)
    )
    return Issue(str(value.get("severity")), str(value.get("code")), tuple(codes))


def _judge(issue: Issue, profile: NormalizerProfile) -> tuple[Completeness, str]:
    for rule in profile.outcome_rules:
        if rule.code in issue.details:
            return cast(Completeness, rule.completeness), rule.reason
    if issue.code in _DENIED:
        return "denied", f"outcome_{issue.code}"
    if issue.code in _PARTIAL:
        return "partial", f"outcome_{issue.code.replace('-', '_')}"
    return ("partial", "outcome_error") if issue.severity in _GRAVE else ("complete", "")
