"""Four workers on PostgreSQL drain a long line; two are killed after every five seconds that the
four are at work.

`python -m tests.faults.drain [NUMBER] [SEED]`: prints effects in the pretend EHR, each once or not.
"""

import logging
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from app.store.records.ledger_counts import count_states
from tests.faults.judge import TENANT, count_effects, judge
from tests.faults.stage import Stage, build_contact, open_stage

MEMBERS, KILLED, EVERY_S = 4, 2, 5.0
NUMBER, WITHIN_S = 5_000, 1800.0
SAY_S = 30.0
TRIES = 5


@dataclass(slots=True)
class Drained:
    """How it went: `kills` of workers, seconds from the first worker's start to the last effect."""

    kills: int = 0
    took_s: float = 0.0


def save_line(stage: Stage, number: int) -> None:
    """That many contacts to record, each saved with its job as a page would."""
    visit = stage.open()
    for index in range(number):
        new, changes = build_contact(visit, index)
        stage.save_until_taken(visit, new, changes)
        stage.ids.append(new.ledger_id)


def drain(stage: Stage, seed: int) -> Drained:
    """Until all are in the EHR, or the time is up. The five seconds begin again once those in the
    place of the killed are at work: on a slow machine a worker would else never live to do any."""
    choose, done, began = random.Random(seed), Drained(), time.monotonic()
    fill_up(stage)
    tick, say = time.monotonic() + EVERY_S, time.monotonic()
    while done.took_s < WITHIN_S:
        done.took_s = time.monotonic() - began
        left = len(stage.ids) - count_done(stage)
        if not left:
            break
        if time.monotonic() > say:
            tell(f"{done.took_s:.0f} s: {left} left, {done.kills} workers killed")
            say += SAY_S
        if time.monotonic() > tick:
            for member in choose.sample(stage.crew.members, KILLED):
                stage.crew.kill(member)
            done.kills += KILLED
            fill_up(stage)
            tick = time.monotonic() + EVERY_S
        time.sleep(0.2)
    return done


def fill_up(stage: Stage) -> None:
    """Until four are at work. Who ends by itself is told, and started again as a supervisor would,
    a few times."""
    for _try in range(TRIES):
        missing = MEMBERS - len(stage.crew.members)
        for member in [stage.crew.start() for _missing in range(missing)]:
            try:
                stage.crew.wait_ready(member)
            except RuntimeError as exc:
                tell(str(exc))
                stage.crew.members.remove(member)
    assert len(stage.crew.members) == MEMBERS, "no four workers start here"


def count_done(stage: Stage) -> int:
    """Rows that are in the EHR, by one count in the database."""

    async def count() -> int:
        async with stage.world.parts.store.read(TENANT) as tx:
            return (await count_states(tx)).get("in_ehr", 0)

    return stage.world.run(count())


def tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    number = int(arguments[0]) if arguments else NUMBER
    seed = int(arguments[1]) if len(arguments) > 1 else 1
    logging.disable(logging.ERROR)
    made = tempfile.TemporaryDirectory(prefix="drain")
    with made as folder, open_stage(Path(folder), "postgresql") as stage:
        save_line(stage, number)
        done = drain(stage, seed)
        stage.crew.clear()
        effects = count_effects(stage.world, stage.ids)
        found = judge(stage.world, stage.ids, expected=("in_ehr",))
    once = sum(n == 1 for n in effects.values())
    tell(
        f"{number} intents, {once} effects once, lost {found.lost}, twice {found.duplicated}, "
        f"wrong state {found.wrong}, audit {'ok' if found.audit else 'BROKEN'}, "
        f"{done.kills} kills, two in {done.took_s / max(done.kills / KILLED, 1):.1f} s, "
        f"{done.took_s:.0f} s, {number / done.took_s:.1f}/s"
    )
    return 0 if once == number and found.is_clean else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
