"""NormalizerProfile: what the normaliser must know about a vendor's dialect. Data only."""

import re
from functools import cache

from msgspec import Struct


class SystemPattern(Struct, frozen=True):
    r"""A code or identifier system whose address carries a site segment.

    `match` is a full regular expression over the written system; `canonical` its template, in
    which `\1` takes a group and `%` stands where the site was.
    """

    match: str
    canonical: str


class OutcomeRule(Struct, frozen=True):
    """What a code inside an OperationOutcome entry of a search says about completeness."""

    code: str
    completeness: str
    reason: str


class NormalizerProfile(Struct, frozen=True, kw_only=True):
    """One vendor's dialect. `mrn_systems`/`mrn_types` choose the medical record number: by
    identifier system (`%` = any site) or type code/text, never by position."""

    name: str
    version: str = "1"
    system_patterns: tuple[SystemPattern, ...] = ()
    mrn_systems: tuple[str, ...] = ()
    mrn_types: tuple[str, ...] = ("MR",)
    outcome_rules: tuple[OutcomeRule, ...] = ()
    default_region: str = "US"
    preference_url: str = ""

    def canonical(self, system: str) -> str:
        """`system` with this vendor's site segment replaced by `%`."""
        for pattern in self.system_patterns:
            found = _compiled(pattern.match).fullmatch(system)
            if found is not None:
                return found.expand(pattern.canonical)
        return system


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


GENERIC = NormalizerProfile(name="generic")
