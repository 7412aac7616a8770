"""The matrix: each cell breaks one thing on a stage and says in which states rows may end."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import update

from app.security.access import Role
from app.store.records.users import assign_role
from app.store.tables.launches import TOKENS
from app.sync.visits import Visit
from tests.faults.cells_disk import ON_SMALL_DISK
from tests.faults.crew import LEASE_S
from tests.faults.judge import TENANT, count_effects, load_rows
from tests.faults.stage import Cell, Stage, States

DONE: States = ("in_ehr",)
LOOK: States = ("in_ehr", "attention")
"""Where a refusal is final, or only a person can tell."""


def answer(effect: dict[str, Any], *, times: int = 3, ends: States = DONE, **match: Any) -> Cell:
    """The EHR answers writes or reads so a few times, then recovers."""

    def play(stage: Stage) -> States:
        visit = stage.open()
        stage.arm(effect, times=times, **match)
        stage.save(visit)
        stage.settle(states=ends, within_s=90)
        return ends

    return play


def kill_under_way(stage: Stage) -> States:
    """K3-K6: SIGKILL at a random point of an attempt, twice, with slow answers; others go on."""
    visit = stage.open()
    stage.world.sandbox("latency", {"ms": 200})
    stage.save(visit, 6)
    for _time in range(2):
        stage.pause(0.1, 2.0)
        stage.crew.kill(stage.choose.choice(stage.crew.members))
        stage.crew.wait_ready(stage.crew.start())
    stage.heal()
    stage.settle(within_s=90)
    return DONE


def freeze_past_lease(stage: Stage) -> States:
    """R1: a member sleeps twice its lease with writes in hand, then wakes; nobody records twice."""
    visit = stage.open()
    stage.world.sandbox("latency", {"ms": 300})
    stage.save(visit, 6)
    stage.pause(0.2, 1.5)
    stage.crew.freeze(stage.choose.choice(stage.crew.members), 2 * LEASE_S)
    stage.heal()
    stage.settle(within_s=90)
    return DONE


def race_of_eight(stage: Stage) -> States:
    """R1: eight members want the same rows."""
    more = [stage.crew.start() for _ in range(8 - len(stage.crew.members))]
    for member in more:
        stage.crew.wait_ready(member)
    stage.save(stage.open(), 8)
    stage.settle(within_s=90)
    for member in more:
        stage.crew.kill(member)
    return DONE


def drain_on_sigterm(stage: Stage) -> States:
    """K9: SIGTERM during load ends within 30 s, and the others finish."""
    visit = stage.open()
    stage.world.sandbox("latency", {"ms": 200})
    stage.save(visit, 8)
    stage.pause(0.3, 1.0)
    stage.crew.end(stage.crew.members[0], within_s=30)
    stage.heal()
    stage.crew.wait_ready(stage.crew.start())
    stage.settle(within_s=90)
    return DONE


def wrong_clocks(stage: Stage) -> States:
    """C1: members whose clocks are ten minutes ahead and an hour behind; leases do not care."""
    odd = [stage.crew.start(offset_s=s) for s in (600.0, -3600.0)]
    for member in odd:
        stage.crew.wait_ready(member)
    visit = stage.open()
    stage.world.sandbox("latency", {"ms": 300})
    stage.save(visit, 8)
    stage.settle(within_s=90)
    stage.heal()
    for member in odd:
        stage.crew.kill(member)
    return DONE


def token_expires(stage: Stage) -> States:
    """A1: the access token dies between save and send; one refresh, nobody notices."""
    visit = stage.open()
    stage.world.sandbox("expire_tokens")
    stage.save(visit)
    stage.settle()
    return DONE


def sign_in_dead(stage: Stage) -> States:
    """A2, A3: no refresh any more; the queue is kept, and the author's next launch drains it."""
    visit = stage.open()
    stage.world.sandbox("expire_tokens", {"refresh": True})
    stage.save(visit)
    stage.settle(states=("saved", "unknown"), within_s=5)
    stage.pause(3, 4)
    assert not count_effects(stage.world, stage.ids), "sent without a sign-in"
    relaunch(stage, visit)
    return DONE


def relaunch(stage: Stage, visit: Visit) -> None:
    """The author opens the same chart again, and what waited goes out."""
    later = stage.open(visit.patient_id)
    desk, world = stage.world.parts.desk, stage.world

    async def drain() -> None:
        desk.resume(later, await desk.load_rows(later))

    world.run(drain())
    stage.settle()


def role_revoked(stage: Stage) -> States:
    """R4: what is queued is not sent for someone who may no longer; it is kept, says so, and goes
    out once they may again."""
    visit = stage.open()
    give_role(stage, visit.actor.user_id, None)
    stage.save(visit)
    stage.pause(3, 5)
    assert not count_effects(stage.world, stage.ids), "sent without the role"
    said = {(r.state, r.error_code) for r in load_rows(stage.world, stage.ids).values()}
    give_role(stage, visit.actor.user_id, Role.CLINICIAN)
    assert said == {("saved", "role_ended")}, said
    relaunch(stage, visit)
    return DONE


def give_role(stage: Stage, user_id: str, role: Role | None) -> None:
    async def give() -> None:
        async with stage.world.parts.store.write(TENANT) as tx:
            await assign_role(tx, user_id, role)

    stage.world.run(give())


def tokens_row_lost(stage: Stage) -> States:
    """A2: a crash after the refresh and before it was kept: the row holds a token that the EHR
    has replaced. Never used twice; the queue is kept until the next launch, which drains it."""
    visit = stage.open()

    async def lose() -> None:
        async with stage.world.parts.store.write_wide() as tx:
            mine = TOKENS.c.owner_id == visit.opened.launch_id
            await tx.run(update(TOKENS).where(mine).values(version=TOKENS.c.version + 1))

    stage.world.run(lose())
    stage.world.sandbox("expire_tokens", {"refresh": True})
    stage.save(visit)
    stage.pause(3, 4)
    assert not count_effects(stage.world, stage.ids), "sent without a sign-in"
    relaunch(stage, visit)
    return DONE


def restart_database(stage: Stage) -> States:
    """K8: the server goes away in the middle and comes back."""
    if stage.postgres is None:
        raise LookupError("SQLite has no server to restart")
    visit = stage.open()
    stage.world.sandbox("latency", {"ms": 100})
    stage.save(visit, 8)
    stage.pause(0.2, 1.0)
    stage.postgres.restart()
    stage.heal()
    stage.settle(within_s=120)
    return DONE


def crash_database(stage: Stage) -> States:
    """K8: kill -9 of the server while rows are on their way."""
    if stage.postgres is None:
        raise LookupError("SQLite has no server to kill")
    visit = stage.open()
    stage.world.sandbox("latency", {"ms": 100})
    stage.save(visit, 8)
    stage.pause(0.2, 1.0)
    stage.postgres.crash(1.0)
    stage.heal()
    stage.settle(within_s=120)
    return DONE


CREATE: Mapping[str, Any] = {"method": "POST", "resource": "Communication"}
CHANGE: Mapping[str, Any] = {"method": "PATCH", "resource": "Patient"}
LATE = {"execute_then_timeout": LEASE_S / 2}
FAR = {"Retry-After": "1000000000"}

MATRIX: Mapping[str, Cell] = {
    "K3-K6 kill -9 under way": kill_under_way,
    "K9 SIGTERM during load": drain_on_sigterm,
    "H1 409 to a create": answer({"status": 409}, ends=LOOK, **CREATE),
    "H2 412 to a change": answer({"status": 412}, times=1, **CHANGE),
    "H4 429 Retry-After seconds": answer({"status": 429, "headers": {"Retry-After": "2"}}),
    "H4 429 Retry-After date": answer(
        {"status": 429, "headers": {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}}
    ),
    "H4 429 no Retry-After": answer({"status": 429}, times=2),
    "H4 429 Retry-After -5": answer({"status": 429, "headers": {"Retry-After": "-5"}}, times=2),
    "H5 500 burst": answer({"status": 500}),
    "H5 503 burst": answer({"status": 503}),
    "H5 HTML body": answer({"html": True, "status": 502}),
    "H6 422 refused": answer({"status": 422}, ends=LOOK, method="POST"),
    "H7 200 empty": answer({"status": 200, "empty": True}, times=2, ends=LOOK, **CREATE),
    "H7 200 OperationOutcome": answer(
        {"status": 200, "operation_outcome": True}, times=2, ends=LOOK, **CREATE
    ),
    "H7 wrong patient read": answer({"wrong_patient": True}, times=2, ends=LOOK, method="GET"),
    "H8 401 mid-way": answer({"status": 401}, times=1),
    "H8 403": answer({"status": 403}, times=1, ends=LOOK, method="POST"),
    "H8 410 gone": answer({"status": 410}, times=1, ends=LOOK, method="PATCH"),
    "T2 create done, no answer": answer(LATE, times=2, **CREATE),
    "T2 change done, no answer": answer(LATE, times=1, **CHANGE),
    "T3 cut": answer({"cut": True}),
    "T3 truncated": answer({"truncate": True}),
    "T4 drip": answer({"drip": 1}, times=2),
    "T4 endless": answer({"endless": True}, times=1),
    "C1 clocks wrong": wrong_clocks,
    "A1 token expires": token_expires,
    "A2 refresh token replaced": tokens_row_lost,
    "A2-A3 sign-in dead, relaunch": sign_in_dead,
    "R1 eight race": race_of_eight,
    "R1 SIGSTOP past the lease": freeze_past_lease,
    "R4 role revoked": role_revoked,
    "K8 database restarted": restart_database,
    "K8 database kill -9": crash_database,
    **ON_SMALL_DISK,
}

NOT_RUN: Mapping[str, str] = {
    "K1 K2 K7": "a browser's own view of a kill; the same transaction is held by tests/flows and "
    "tests/app/store/test_db.py",
    "K10": "needs a disk that loses writes; synchronous=FULL is asserted at every connect",
    "H3": "no EHR here answers a conditional create with several matches",
    "H4 absurd": "Retry-After of 1e9 is capped at ten minutes by the client: unit test",
    "H9": "batches are not sent",
    "T1": "a loopback EHR has no TLS; tests/app/fhir hold it",
    "T5 W1-W5 A4 P1-P4": "other rooms' tests: launch, events, fhir, normalize",
    "D2 D4": "tests/app/store hold a busy database and migrations that fail half-way",
    "R2 R3 R5": "tests/flows: conflict, spine, two charts",
}
