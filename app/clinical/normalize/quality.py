"""Quality: what was odd in the data, counted per resource type, and every code it may carry.

The codes are a contract: pages, exports and docs/normalize.md name them.
"""

from collections import Counter

from msgspec import Struct

from app.clinical.chart import Chart
from app.clinical.facts import Fact
from app.clinical.normalize.kinds import KINDS

REPAIRS = {
    "text_as_boolean": 'a word "true" or "false" where a boolean belongs',
    "text_as_number": "a number written as text",
    "number_as_text": "a number where text belongs",
    "single_as_list": "one thing where a list belongs",
    "list_as_single": "a list of one where one thing belongs",
    "wrong_type": "an element of the wrong type; left out",
    "too_deep": "an element nested beyond reason; left out",
    "characters_replaced": "characters in no known encoding; each stands as U+FFFD",
    "code_padded": "a vaccine code without its leading zero",
    "system_whitespace": "white space inside a code system's address; taken out",
    "mapped_code": "a local code that the tenant's own table translates",
    "status_cleaned": "a status with other case, spaces or signs",
    "gender_repaired": "a gender with other case, or its first letter",
    "unit_repaired": "a UCUM code in the wrong case or a common variant",
    "unit_inferred": "no UCUM code; the unit's words say it plainly",
    "unit_converted": "a unit converted to the usual one",
    "parsed_from_string": "an amount read out of text",
    "dose_unknown": "a dose whose unit says that it is not known; left out",
}
"""Each stands in the fact's provenance as well as among the warnings."""

WARNINGS = {
    "bad_date": "a date or time that cannot be read; left out",
    "date_as_text": "a date given only in words; left out",
    "time_without_zone": "a time without its zone; taken at UTC",
    "period_reversed": "a period that ends before it begins",
    "number_out_of_range": "a number too large to be one; left out",
    "unknown_comparator": "a comparator outside the standard; the value is left out",
    "unit_missing": "a number without a unit, for a code that is not a score",
    "unit_unknown": "a unit that is not UCUM and not known",
    "value_and_absent_reason": "a value together with a reason why there is none",
    "class_unknown": "an encounter class of a local system",
    "gender_unknown": "a gender outside the standard; left out",
    "deceased_conflict": "a time of death beside deceased = false; taken as deceased",
    "telecom_system_unknown": "a way of contact of no known kind",
    "phone_unreadable": "a phone number that cannot be dialed",
    "email_unreadable": "an e-mail address that cannot be one",
    "identifier_withheld": "an identifier whose value is masked; left out",
    "identifier_empty": "an identifier without a value; left out",
    "mrn_ambiguous": "several medical record numbers and no rule which is meant",
    "preference_channel_unknown": "a contact preference with a local code only",
    "coding_text_conflict": "a code and its text that contradict each other; the code counts",
    "medication_unresolved": "a referenced medication that was not in the answer",
    "modifier_extension_unknown": "an extension that may change the meaning, not known to us",
    "subject_differs": "a file of one patient in which a resource names another",
}

REASONS = {
    "entered_in_error": "the source says that it should not be there",
    "merged_alias": "an old record of a merged patient or visit",
    "superseded": "an older version of a resource that was read twice",
    "other_patient": "about another person or thing (quarantined)",
    "several_patients": "pieces about several patients, none asked for (quarantined)",
    "not_json": "not JSON in any reading (quarantined)",
    "too_deep": "nested beyond reason (quarantined)",
    "entry_without_resource": "a bundle's entry that holds nothing (quarantined)",
    "not_a_resource": "JSON, but no FHIR resource (quarantined)",
}
"""Why a resource became no fact."""


class Tally(Struct, frozen=True, kw_only=True):
    """`read` = facts + excluded + quarantined + unused, for one resource type."""

    resource_type: str
    facts: int = 0
    excluded: int = 0
    quarantined: int = 0
    unused: int = 0
    warnings: int = 0
    unmapped: int = 0

    @property
    def read(self) -> int:
        return self.facts + self.excluded + self.quarantined + self.unused


def facts_of(chart: Chart) -> tuple[Fact, ...]:
    """Every fact of the chart, the patient first, then type by type in the order of time."""
    found: list[Fact] = [] if chart.patient is None else [chart.patient]
    for kind in KINDS.values():
        if kind.field != "patient":
            found.extend(getattr(chart, kind.field))
    return tuple(found)


def count_types(chart: Chart) -> tuple[Tally, ...]:
    """One tally per resource type that was read, in order of name."""
    facts = Counter(f.source.resource_type for f in facts_of(chart))
    excluded = Counter(a.resource_type for a in chart.set_aside if not a.quarantined)
    quarantined = Counter(a.resource_type for a in chart.set_aside if a.quarantined)
    unused = Counter({n.resource_type: n.count for n in chart.not_used})
    warnings = Counter(w.resource_type for w in chart.warnings)
    unmapped = Counter(u.resource_type for u in chart.unmapped)
    kinds = {*facts, *excluded, *quarantined, *unused, *warnings}
    return tuple(
        Tally(
            resource_type=kind,
            facts=facts[kind],
            excluded=excluded[kind],
            quarantined=quarantined[kind],
            unused=unused[kind],
            warnings=warnings[kind],
            unmapped=unmapped[kind],
        )
        for kind in sorted(kinds)
    )


def count_warnings(chart: Chart) -> tuple[tuple[str, str, int], ...]:
    """(resource type, code, times), in that order: the rows of the data-quality ledger."""
    counted = Counter((w.resource_type, w.code) for w in chart.warnings)
    return tuple((kind, code, n) for (kind, code), n in sorted(counted.items()))
