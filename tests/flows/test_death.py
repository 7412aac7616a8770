"""Someone dies in the EHR: everything that was going to reach them stops with the refresh."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from app.outreach.known import Held
from app.store.records.consents import save_consents
from app.store.records.outbound import load_outbound, save_outbound
from app.store.records.outreach import Content, NewOutreach, load_outreach, save_outreach
from app.store.records.receipts import save_receipt
from app.store.records.standing import save_held
from tests.app.sync.post_world import agreed
from tests.flows.mini_browser import MiniBrowser
from tests.flows.running import SOON_S, World, running_world

PATIENT, PHONE, TENANT = "elena-vargas", "+16025550148", "demo-generic"
WITHIN_S = 5.0
SPANISH = "Mercy West: llame al (614) 555-0100. Responda STOP para no recibir más."


class Wall:
    """Eleven in the morning at the clinic, on a working Tuesday, until it is moved."""

    def __init__(self) -> None:
        now = datetime.now(UTC)
        day = now + timedelta(days=(1 - now.weekday()) % 7)
        self.now = day.replace(hour=18, minute=0, second=0, microsecond=0)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def wall() -> Wall:
    return Wall()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, wall: Wall) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("death"), wall=wall) as found:
        yield found


def texts(world: World) -> int:
    return len(world.http.get(f"{world.ehr}/_sandbox/texts").json())


async def plan(world: World, outreach_id: str, due_at: datetime) -> None:
    """A text that they agreed to."""
    store = world.parts.delivery.store
    new = NewOutreach(
        outreach_id=outreach_id,
        patient_id=PATIENT,
        state="scheduled",
        purpose="treatment",
        channel="text",
        content=Content(address=PHONE, body=SPANISH, language="es"),
        created_by="u1",
        due_at=due_at,
        zone="America/Phoenix",
    )
    async with store.write(TENANT) as tx:
        assert await save_outreach(tx, new)


async def queue(world: World, outreach_id: str, outbound_id: str, not_before: datetime) -> None:
    """As delivery would: an allowing receipt of this very content, and the message in the queue."""
    delivery = world.parts.delivery
    async with delivery.store.write(TENANT) as tx:
        row = await load_outreach(tx, outreach_id)
        receipt = await delivery.judge(tx, row, row.content)
        assert receipt.allowed, [d.rule_id for d in receipt.denials]
        receipt_id = await save_receipt(
            tx, outreach_id, receipt, channel="text", purpose="treatment", content=row.content
        )
        assert await save_outbound(
            tx, outbound_id, row, receipt_id=receipt_id, attempt_key="1", content=row.content,
            not_before=not_before,
        )  # fmt: skip


async def states(world: World) -> list[tuple[str, str]]:
    async with world.parts.store.read(TENANT) as tx:
        rows = [await load_outreach(tx, o) for o in ("later", "queued")]
        sent = await load_outbound(tx, "message")
    return [(r.state, r.cancelled_because) for r in rows] + [(sent.state, sent.error_code)]


def test_a_death_in_the_ehr_stops_everything_within_seconds(
    world: World, browser: MiniBrowser, wall: Wall
) -> None:
    panel = world.open(PATIENT, browser)
    assert "Vargas" in panel.text

    async def prepare() -> None:
        async with world.parts.delivery.store.write(TENANT) as tx:
            entry = agreed("text", PHONE)
            await save_consents(tx, PATIENT, (entry,), user_id="u1")
            theirs = Held(checked={PHONE: wall.now - timedelta(days=1)})
            await save_held(tx, PATIENT, theirs, saved_by="u1")
        await plan(world, "later", wall.now + timedelta(hours=1))
        await plan(world, "queued", wall.now + timedelta(hours=1))
        await queue(world, "queued", "message", wall.now + timedelta(hours=1))

    world.run(prepare())
    world.sandbox(f"patch/Patient/{PATIENT}", {"deceasedBoolean": True})
    began, end = time.process_time(), time.monotonic() + SOON_S
    world.open(PATIENT, browser)
    ended = ("cancelled", "deceased")
    while world.run(states(world)) != [ended, ended, ended]:
        assert time.monotonic() < end, world.run(states(world))
        time.sleep(0.05)
    # Both programs' work: what other programs do on the machine meanwhile is not counted.
    assert time.process_time() - began < WITHIN_S
    wall.now += timedelta(hours=2)
    world.run(world.parts.delivery.run_due())
    assert texts(world) == 0
    again = world.open(PATIENT, browser).text
    assert "died" in again.lower() or "deceased" in again.lower()
