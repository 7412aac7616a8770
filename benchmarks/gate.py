"""The send gate against its oracle, and the time of one decision. Measures nothing else.

Cases come from tests/app/outreach/gate_cases.py; GATE_CASES and GATE_SEED change the run. The
next moment is compared on one case of NEXT_EACH, as the oracle finds it by trying every quarter
of an hour. The cases are split over two processes; each chunk has a seed of its own, so that the
same cases are asked whatever the machine.
"""

import os
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from app.outreach.gate import evaluate_gate
from benchmarks.figure import Figure
from tests.app.outreach import oracle
from tests.app.outreach.gate_cases import Cases, read_rules

FIGURES = ("gate_oracle_disagreements", "gate_us")
CASES = 1_000_000
CHUNK = 10_000
NEXT_EACH = 200
TIMED = 20_000
PROCESSES = 2


def run() -> Iterator[Figure]:
    total, seed = int(os.environ.get("GATE_CASES", CASES)), int(os.environ.get("GATE_SEED", "7"))
    starts = range(0, total, CHUNK)
    with ProcessPoolExecutor(PROCESSES) as pool:
        numbers = [min(CHUNK, total - start) for start in starts]
        wrong = sum(pool.map(_count_wrong, [seed + start for start in starts], numbers))
    note = f"{total} cases, seed {seed}, next moment on every {NEXT_EACH}th"
    yield Figure(FIGURES[0], wrong, "", note)
    yield Figure(FIGURES[1], _median_us(seed), "us", f"median of {TIMED} mixed decisions, CPU")


def _count_wrong(seed: int, number: int) -> int:
    rules, cases, wrong = read_rules(), Cases(seed), 0
    for index in range(number):
        question = cases.next()
        receipt = evaluate_gate(question, rules)
        same = [d.rule_id for d in receipt.denials] == oracle.judge(question, question.at)
        if same and index % NEXT_EACH == 0:
            same = receipt.next_allowed == oracle.find_next(question)
        wrong += not same
    return wrong


def _median_us(seed: int) -> float:
    rules, cases = read_rules(), Cases(seed)
    taken: list[int] = []
    for question in [cases.next() for _ in range(TIMED)]:
        started = time.thread_time_ns()
        evaluate_gate(question, rules)
        taken.append(time.thread_time_ns() - started)
    return statistics.median(taken) / 1000
