"""From the ledger row of recorded consents to its job: one Consent per patient, and the newest row
writes it. Sends nothing."""

from app.sync.dispatch_retry import OUTCOME_UNKNOWN, UNDER_WAY
from app.sync.ledger_kin import ConsentKin
from app.sync.patient_write import WriteResult
from app.sync.payloads.consent_record import build_record_patch, build_record_put, judge_record
from app.sync.payloads.frame import Json
from app.sync.resource_write import ResourceWrite
from app.sync.status_write import StatusWrite
from app.sync.withdrawal_jobs import Ended, build_by_hand, plan_way
from app.sync.write_route import Terms


def build_consent_write(
    job: ResourceWrite, kin: ConsentKin, terms: Terms
) -> ResourceWrite | StatusWrite | Ended:
    """`job` creates the record; it stands only where no older row has."""
    if not kin.is_newest:
        job.may_create = False
        return job
    if kin.waits:
        return Ended(WriteResult("waiting", UNDER_WAY, resource_type=""))
    if kin.is_lost:
        return Ended(build_by_hand(OUTCOME_UNKNOWN))
    if not kin.ehr_id:
        return job
    way, reason = plan_way(terms, job.type)
    if way == "person":
        return Ended(build_by_hand(reason))
    wanted, tested = job.resource, terms.profile.concurrency.version_test

    def build(held: Json) -> object:
        if way == "put":
            return build_record_put(held, wanted)
        return build_record_patch(held, wanted, version_test=tested)

    return StatusWrite(
        job.client,
        job.type,
        kin.ehr_id,
        job.patient_id,
        way,
        lambda held: judge_record(held, wanted),
        build,
    )
