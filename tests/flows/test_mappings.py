"""A local code that hides a result waits in the queue, once, however often the chart is read."""

from app.clinical.terminology import LOINC, has_code
from app.store.records.charts import load_chart
from app.store.records.codes import CodeMapping, load_quality, load_unmapped, save_mapping
from tests.flows.mini_browser import MiniBrowser
from tests.flows.running import World

TENANT = "demo-generic"


def queue(world: World) -> dict[str, int]:
    async def load() -> dict[str, int]:
        async with world.parts.store.read(TENANT) as tx:
            return {code.code: code.seen for code in await load_unmapped(tx)}

    return world.run(load())


def counts(world: World) -> dict[tuple[str, str], int]:
    async def load() -> dict[tuple[str, str], int]:
        async with world.parts.store.read(TENANT) as tx:
            return dict(await load_quality(tx, since=tx.now.date().replace(day=1)))

    return world.run(load())


def read_chart(world: World, browser: MiniBrowser, patient: str) -> None:
    """Opens the panel and waits until the chart is kept."""
    world.open(patient, browser)
    world.kept()


def test_a_local_code_is_queued_once_and_a_second_reading_counts_nothing(
    world: World, browser: MiniBrowser
) -> None:
    read_chart(world, browser, "joan-whitfield")
    assert queue(world) == {"MAMSCRB": 1, "GHBPOC": 1}
    first = counts(world)
    read_chart(world, browser, "joan-whitfield")
    assert queue(world) == {"MAMSCRB": 1, "GHBPOC": 1}
    assert counts(world) == first


def test_a_mapping_is_in_force_with_the_next_reading(world: World, browser: MiniBrowser) -> None:
    read_chart(world, browser, "joan-whitfield")

    async def settle() -> None:
        async with world.parts.store.write(TENANT) as tx:
            code = next(c for c in await load_unmapped(tx) if c.code == "GHBPOC")
            meant = CodeMapping(code.system, code.code, LOINC, "17856-6", "HbA1c by HPLC")
            await save_mapping(tx, meant, mapped_by="u")

    world.run(settle())
    read_chart(world, browser, "joan-whitfield")
    assert queue(world) == {"MAMSCRB": 1}

    async def load() -> list[str]:
        async with world.parts.store.read(TENANT) as tx:
            stored = await load_chart(tx, "joan-whitfield")
        assert stored is not None
        return [o.id for o in stored.chart.observations if has_code(o.code, LOINC, "17856-6")]

    assert len(world.run(load())) == 1
