"""Four workers on PostgreSQL drain a long line while two of them are killed every five seconds.

`python -m tests.faults.drain [NUMBER] [SEED]`: prints effects in the pretend EHR, each once or not.
"""

import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.faults.judge import count_effects, judge, load_rows
from tests.faults.stage import Stage, build_contact, open_stage

MEMBERS, KILLED, EVERY_S = 4, 2, 5.0
NUMBER, WITHIN_S = 5_000, 3600.0


def drain(stage: Stage, number: int, seed: int) -> Counter[str]:
    """The effects of each intent once all are over, or the time is up."""
    choose, visit = random.Random(seed), stage.open()
    for index in range(number):
        new, changes = build_contact(visit, index)
        stage.save_until_taken(visit, new, changes)
        stage.ids.append(new.ledger_id)
    for member in [stage.crew.start() for _member in range(MEMBERS)]:
        stage.crew.wait_ready(member)
    end = time.monotonic() + WITHIN_S
    while time.monotonic() < end and not is_over(stage):
        time.sleep(EVERY_S)
        for member in choose.sample(stage.crew.members, KILLED):
            stage.crew.kill(member)
        for member in [stage.crew.start() for _member in range(KILLED)]:
            stage.crew.wait_ready(member)
    return count_effects(stage.world, stage.ids)


def is_over(stage: Stage) -> bool:
    return all(row.state == "in_ehr" for row in load_rows(stage.world, stage.ids).values())


def main(arguments: list[str]) -> int:
    number = int(arguments[0]) if arguments else NUMBER
    seed = int(arguments[1]) if len(arguments) > 1 else 1
    made = tempfile.TemporaryDirectory(prefix="drain")
    with made as folder, open_stage(Path(folder), "postgresql") as stage:
        began = time.monotonic()
        effects = drain(stage, number, seed)
        found = judge(stage.world, stage.ids, expected=("in_ehr",))
    once = sum(n == 1 for n in effects.values())
    sys.stdout.write(
        f"{number} intents, {once} effects once, lost {found.lost}, twice {found.duplicated}, "
        f"audit {'ok' if found.audit else 'BROKEN'}, {time.monotonic() - began:.0f} s\n"
    )
    return 0 if once == number and found.is_clean else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
