"""What an EHR wrote as a code must never keep its chart from being kept, on either database."""

import pytest

from app.clinical.chart import Chart, DataWarning, SetAside, Unmapped
from app.store.db import Store
from app.store.records.codes import load_quality, load_unmapped
from app.sync.data_quality import LONGEST, UNUSABLE, count_chart

pytestmark = pytest.mark.anyio
ODD = (
    Unmapped("urn:local", "GLU", "Glu\x00cose\nhere " + "x" * 9000, "Observation", "o1"),
    Unmapped("urn:local", "N\x00L", "", "Observation", "o2"),
    Unmapped("urn:chartside:text", "words " * 3000, "", "Observation", "o3"),
    Unmapped("u" * 5000, "c", "", "Observation", "o4"),
)


async def test_odd_codes_are_counted_and_do_not_stop_the_chart(store: Store) -> None:
    chart = Chart(
        unmapped=ODD,
        set_aside=(SetAside("not_a_resource", "T\x00ype" + "y" * 5000, quarantined=True),),
        warnings=(DataWarning("bad_date", "Observation", "o\x001", "issued", "d\x00"),),
    )
    for former in (None, chart):
        async with store.write("north") as tx:
            await count_chart(tx, former, chart)
    async with store.read("north") as tx:
        (waits,) = await load_unmapped(tx)
        counts = await load_quality(tx, since=tx.now.date())
    assert (waits.code, waits.seen) == ("GLU", 1)
    assert waits.display.startswith("Glu cose here x") and len(waits.display) == LONGEST
    assert counts["Observation", UNUSABLE] == 3
    assert counts["Observation", "bad_date"] == 1
    (odd_type,) = [kind for kind, code in counts if code == "not_a_resource"]
    assert odd_type.startswith("T ype") and len(odd_type) == LONGEST
