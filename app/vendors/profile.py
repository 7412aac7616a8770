"""VendorProfile: everything Chartside must know about one EHR, as data. Decides nothing.

What was looked for and not found is `unknown`, and `unknown` behaves as not supported. A tenant's
own CapabilityStatement always outweighs a profile (see plan).
"""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from app.clinical.normalize.profile import NormalizerProfile

Support = Literal["yes", "no", "unknown"]
Intent = Literal["contact_detail", "contact_preference", "planned_outreach", "completed_contact"]
Action = Literal[
    "reread",  # the record changed or is locked against our version: read again, decide again
    "retry_later",  # nothing wrong with what we sent
    "wait_for_minute",  # the limit resets with the wall-clock minute
    "restart_search",  # pages read so far are worthless: begin the search again
    "narrow_search",  # too many hits: ask the person for more, show nothing as complete
    "none_found",  # a true empty answer
    "partial",  # more data exists than was shown
    "deny",  # policy: no retry, no cached display
    "follow_alias",  # the patient was merged: follow on the same base only, then alias
    "reject",  # what we sent cannot be taken; a person must look
    "search_then_adopt",  # it may exist already: search by our identifier, never a second create
    "renew_token",
]

PATIENT = "{patient}"
"""Stands in search parameters for the patient's FHIR id."""
FROM = "{from}"
"""Stands for the first day (YYYY-MM-DD) that a dated search shall cover."""


class Paging(Struct, frozen=True, kw_only=True):
    """Sizes are None where unknown: then no size is asked for."""

    size_param: str = "_count"
    size: int | None = None
    size_max: int | None = None
    style: str = "next-link"
    later_pages_may_be_short: bool = False
    expired_code: str = ""


class Delta(Struct, frozen=True, kw_only=True):
    """Which types can be read as 'changed since', and how the time must be written."""

    support: Support = "unknown"
    types: tuple[str, ...] = ()
    param: str = "_lastUpdated"
    prefix: Literal["ge", "gt", ""] = "ge"
    precision: Literal["instant", "date"] = "instant"
    excludes: tuple[str, ...] = ()


class Limits(Struct, frozen=True, kw_only=True):
    """None = unknown, not unlimited."""

    calls_per_minute: int | None = None
    counts_token_calls: bool = False
    resets_on_minute: bool = False
    retry_after: Support = "unknown"
    patient_search_max: int | None = None
    bulk_jobs_at_once: int | None = None
    note: str = ""


class Concurrency(Struct, frozen=True, kw_only=True):
    """`if_match`: send it on update and patch. `version_test`: put a JSON Patch `test` on
    /meta/versionId first as well, because the server may ignore If-Match on PATCH."""

    if_match: Support = "unknown"
    conflict_statuses: tuple[int, ...] = (409, 412)
    conflict_on_failed_test: bool = True
    locked_statuses: tuple[int, ...] = (423,)
    patch: Support = "unknown"
    version_test: bool = False
    element_test: bool = False
    if_none_exist: Support = "unknown"
    idempotent_create: Support = "no"


class Route(Struct, frozen=True, kw_only=True):
    """One way to carry out an intent. `result` is what the ledger may say when it worked."""

    name: str
    transport: Literal["fhir", "proprietary", "manual"]
    resource_type: str = ""
    interaction: Literal["create", "update", "patch", ""] = ""
    result: Literal["in_ehr", "recorded_as_note", "kept_here"] = "in_ehr"
    needs_contract: bool = False
    note: str = ""

    @property
    def key(self) -> str:
        """What a site's switch or override names."""
        return f"{self.resource_type}.{self.interaction}" if self.transport == "fhir" else self.name


class ErrorRule(Struct, frozen=True, kw_only=True):
    """`code`: an HTTP status ("409") or the vendor's own number inside an OperationOutcome."""

    code: str
    action: Action
    meaning: str


class LaunchRules(Struct, frozen=True, kw_only=True):
    scope_syntax: tuple[Literal["v1", "v2"], ...] = ()
    token_auth: tuple[str, ...] = ()
    assertion_algorithms: tuple[str, ...] = ("RS384", "ES384")
    wildcard_scopes: Support = "unknown"
    scopes_listed: Support = "unknown"
    refresh_rotates: Support = "unknown"
    note: str = ""


KEEP_HERE = Route(
    name="queue_for_person",
    transport="manual",
    result="kept_here",
    note="Nothing is written to the EHR; a person enters it there or prints it.",
)


class VendorProfile(Struct, frozen=True, kw_only=True):
    """`recognized_by`: words that only this vendor's CapabilityStatement has in its software name
    or addresses, in lower case. `searches`: resource type → the query parameters of each search
    that together read all of it for one patient. A type without an entry is not read; `unread`
    says why."""

    name: str
    label: str
    as_of: str
    recognized_by: tuple[str, ...] = ()
    normalizer: NormalizerProfile
    searches: Mapping[str, tuple[Mapping[str, str], ...]]
    unread: Mapping[str, str] = {}
    search_notes: Mapping[str, str] = {}
    page: Paging = Paging()
    delta: Delta = Delta()
    limits: Limits = Limits()
    concurrency: Concurrency = Concurrency()
    writes: Mapping[Intent, tuple[Route, ...]]
    errors: tuple[ErrorRule, ...] = ()
    launch: LaunchRules = LaunchRules()
    takes_provenance: Support = "unknown"
    events: Support = "unknown"
    cds_hooks: Support = "unknown"
    bulk: Support = "unknown"
    notes: tuple[str, ...] = ()


def build_searches(
    profile: VendorProfile, resource_type: str, patient_id: str, *, from_day: str
) -> tuple[dict[str, str], ...]:
    """The searches of a type with the patient and first day put in; () = not readable."""
    return fill_searches(profile.searches.get(resource_type, ()), patient_id, from_day=from_day)


def fill_searches(
    searches: tuple[Mapping[str, str], ...], patient_id: str, *, from_day: str
) -> tuple[dict[str, str], ...]:
    """The same searches with the patient's id and the first day in their places."""
    return tuple(
        {
            name: value.replace(PATIENT, patient_id).replace(FROM, from_day)
            for name, value in search.items()
        }
        for search in searches
    )


def find_error(profile: VendorProfile, codes: tuple[str, ...], status: int) -> ErrorRule | None:
    """What to do about a refusal: the vendor's own code first, then the HTTP status."""
    for wanted in (*codes, str(status)):
        for rule in profile.errors:
            if rule.code == wanted:
                return rule
    return None
