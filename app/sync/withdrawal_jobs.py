"""From the ledger row of a withdrawal to the job that carries it out, by what became of the plan.

Sends nothing. Whether this site takes a change of the status is asked when it is sent: a plan is
also taken back where nobody is at work whose grant could be asked.
"""

from dataclasses import dataclass
from typing import Literal

from app.fhir.client import FhirClient
from app.store.records.due import OPEN, PARKED, WAITS_FOR_SIGN_IN
from app.store.records.ledger import LedgerEntry
from app.sync.dispatch_retry import OUTCOME_UNKNOWN, UNDER_WAY
from app.sync.intents import WithdrawnOutreach
from app.sync.patient_write import WriteResult
from app.sync.payloads.frame import Frame, Json
from app.sync.payloads.withdrawal import build_status_patch, build_status_put, judge_status
from app.sync.status_write import NOTHING_THERE, StatusWrite, is_plan_type
from app.sync.write_route import Terms, explain
from app.vendors.plan import plan_route
from app.vendors.profile import Route

TakeBack = Literal["wait", "nothing", "status", "note", "person"]


@dataclass(frozen=True, slots=True)
class Ended:
    """A job that is over before anything was sent."""

    result: WriteResult

    async def apply(self) -> WriteResult:
        return self.result


def plan_take_back(origin: LedgerEntry | None) -> TakeBack:
    """What there is to take back, by the row of the plan."""
    if origin is None or origin.state == "cancelled":
        return "nothing"
    if origin.state in OPEN:
        return "wait"
    if origin.state == "noted":
        return "note"
    if origin.ehr_id:
        return "status" if is_plan_type(origin.ehr_type) else "person"
    return "person" if origin.error_code == OUTCOME_UNKNOWN else "nothing"


def build_take_back(
    client: FhirClient,
    origin: LedgerEntry,
    intent: WithdrawnOutreach,
    frame: Frame,
    terms: Terms,
) -> StatusWrite | Ended:
    """The change of the status, or the word that a person must do it."""
    way, reason = plan_way(terms, origin.ehr_type)
    if way == "person":
        return Ended(build_by_hand(reason))
    rule = terms.profile.concurrency

    def build(resource: Json) -> object:
        if way == "put":
            return build_status_put(resource, intent, frame)
        tested, bare = rule.version_test, rule.element_test
        return build_status_patch(resource, intent, frame, version_test=tested, bare=bare)

    found = (origin.ehr_type, origin.ehr_id, frame.patient_id)
    return StatusWrite(client, *found, way, judge_status, build)


def plan_way(terms: Terms, resource_type: str) -> tuple[Literal["patch", "put", "person"], str]:
    """How a resource of the type may be changed here: by patch, else whole, else by a person, and
    then why."""
    patch = Route(
        name="take_back", transport="fhir", resource_type=resource_type, interaction="patch"
    )
    put = Route(
        name="take_back", transport="fhir", resource_type=resource_type, interaction="update"
    )
    rules = terms.site.rules
    verdicts = [
        plan_route(
            terms.profile,
            terms.site.capability,
            route,
            granted=terms.granted,
            switches=rules.write_switches,
            overrides=rules.write_overrides,
            switched_on=rules.writes_on,
        )
        for route in (patch, put)
    ]
    if verdicts[0].status == "ready":
        return "patch", ""
    return ("put", "") if verdicts[1].status == "ready" else ("person", explain(verdicts))


def build_by_hand(reason: str) -> WriteResult:
    return WriteResult("waiting", reason, resource_type="", by_hand=True)


def build_early_end(origin: LedgerEntry | None, planned: TakeBack) -> WriteResult | None:
    """The result where nothing is to be sent; None where something is."""
    if planned == "nothing":
        return WriteResult("cancelled", NOTHING_THERE, resource_type="")
    if planned == "wait":
        parked = origin is not None and origin.error_code in PARKED
        reason = WAITS_FOR_SIGN_IN if parked else UNDER_WAY
        return WriteResult("waiting", reason, resource_type="")
    return build_by_hand(OUTCOME_UNKNOWN) if planned == "person" else None
