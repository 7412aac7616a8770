"""One database, the pretend EHR, the app and a crew: what a cell of the matrix plays on."""

import random
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.errors import NotSaved
from app.outreach.contact import FieldChange
from app.store.records.ledger import NewIntent
from app.sync.intents import CompletedContact, build_changes, build_content
from app.sync.visits import Visit
from tests.faults.crew import Crew
from tests.faults.disk import SmallDisk
from tests.faults.judge import TENANT, wait_over
from tests.faults.postgres import Postgres
from tests.flows.mini_browser import MiniBrowser
from tests.flows.running import World, app_beside, running_world

DEADLINE_S = 5.0
PATIENTS = ("elena-vargas", "hannah-park", "joan-whitfield", "ruth-abernathy", "luc-moreau")
States = tuple[str, ...]
"""In which a cell's rows may end."""
WRITES = {"path_regex": "/generic/fhir/(Communication|Patient)"}


@dataclass(slots=True)
class Stage:
    """`seed` makes every choice of a cell; the same seed plays the same cell again. `disk` is the
    small one that all files lie on, where the stage has one."""

    world: World
    crew: Crew
    postgres: Postgres | None
    disk: SmallDisk | None = None
    choose: random.Random = field(default_factory=lambda: random.Random(1))
    ids: list[str] = field(default_factory=list)

    def begin(self, seed: int) -> None:
        self.choose, self.ids = random.Random(seed), []
        self.heal()

    def heal(self) -> None:
        """No fault is armed any more, and the EHR is asked again at once."""
        self.world.http.delete(f"{self.world.ehr}/_sandbox/faults")
        self.world.sandbox("latency", {"ms": 0})

    def arm(self, effect: dict[str, Any], *, times: int | None = None, **match: Any) -> None:
        body: dict[str, Any] = {"match": WRITES | match, "effect": effect}
        self.world.sandbox("faults", body | ({"times": times} if times else {}))

    def open(self, patient: str = "") -> Visit:
        """A launch by the usual clinician, as work goes on in it without a browser."""
        browser = MiniBrowser()
        page = self.world.open(patient or self.choose.choice(PATIENTS), browser)
        browser.close()
        launch_id = page.url.rstrip("/").rsplit("/", 1)[1].split(".")[0]
        visit = self.world.run(self.world.parts.services.visits.load_unattended(launch_id))
        assert visit is not None
        return visit

    def save(self, visit: Visit, number: int = 4) -> list[str]:
        """That many contacts to record, and one e-mail address to change, each with its job."""
        made = [build_contact(visit, n) for n in range(number)]
        made.append(self._build_edit(visit))
        for new, changes in made:
            self.save_until_taken(visit, new, changes)
        self.ids += [new.ledger_id for new, _changes in made]
        return self.ids

    def _build_edit(self, visit: Visit) -> tuple[NewIntent, list[FieldChange]]:
        """From the address that the EHR has now to one that names the row."""
        ledger_id = str(uuid.uuid4())
        telecom = self.world.resource(f"Patient/{visit.patient_id}").get("telecom", [])
        before = next((t["value"] for t in telecom if t["system"] == "email"), "")
        changes = (FieldChange("email", before, f"{ledger_id}@example.com"),)
        return build_new(visit, ledger_id, "contact_detail", "patch", changes), []

    def save_until_taken(self, visit: Visit, new: NewIntent, changes: list[FieldChange]) -> None:
        """As a person would: "not saved, try again" is tried again, with the same key."""
        for _try in range(20):
            try:
                return self.save_once(visit, new, changes)
            except NotSaved:
                time.sleep(0.5)
        raise NotSaved

    def save_once(self, visit: Visit, new: NewIntent, changes: list[FieldChange]) -> None:
        """Raises NotSaved."""
        self.world.run(self._save(visit, new, changes))

    def wait_database(self) -> None:
        """A server that went down by itself is started again, as its supervisor would."""
        if self.postgres is not None:
            self.postgres.revive()

    async def _save(self, visit: Visit, new: NewIntent, changes: list[FieldChange]) -> None:
        desk = self.world.parts.desk
        async with desk.store.write(TENANT) as tx:
            await desk.save_changes(tx, visit, new, changes)

    def settle(self, *, within_s: float = 60.0, states: tuple[str, ...] = ("in_ehr",)) -> None:
        wait_over(self.world, self.ids, within_s=within_s, states=states)

    def pause(self, least: float, most: float) -> None:
        time.sleep(self.choose.uniform(least, most))


Cell = Callable[[Stage], States]


def build_contact(visit: Visit, number: int) -> tuple[NewIntent, list[FieldChange]]:
    ledger_id = str(uuid.uuid4())
    done = CompletedContact(
        outreach_id=ledger_id,
        channel="call",
        purpose="care_reminder",
        title="Reminder",
        outcome="reached",
        at=datetime.now(UTC),
    )
    return build_new(visit, ledger_id, "completed_contact", "communication", done), []


def build_new(
    visit: Visit, ledger_id: str, kind: str, plan: str, intent: CompletedContact | tuple[Any, ...]
) -> NewIntent:
    content = build_changes(intent) if isinstance(intent, tuple) else build_content(intent)
    return NewIntent(
        ledger_id=ledger_id,
        patient_id=visit.patient_id,
        kind=kind,
        idempotency_key=ledger_id,
        intent=content,
        launch_id=visit.opened.launch_id,
        user_id=visit.actor.user_id,
        plan=plan,
        plan_reason=plan,
    )


@contextmanager
def open_stage(
    folder: Path, database: str, disk: SmallDisk | None = None, *, ehr: str = ""
) -> Iterator[Stage]:
    """`database`: sqlite or postgresql, its files under `folder`; `ehr` a pretend EHR that runs
    already. The crew has no member yet."""
    postgres = Postgres(folder / "pg") if database == "postgresql" else None
    url = postgres.url if postgres else ""
    data = folder / "data"
    try:
        opened = (
            app_beside(ehr, data, database_url=url, fhir_deadline_s=DEADLINE_S)
            if ehr
            else running_world(data, database_url=url, fhir_deadline_s=DEADLINE_S)
        )
        with opened as world:
            address = url or f"sqlite+aiosqlite:///{data / 'chartside.db'}"
            crew = Crew(address, data, folder / "members.log")
            try:
                yield Stage(world, crew, postgres, disk)
            finally:
                crew.clear()
    finally:
        if postgres is not None:
            postgres.close()
