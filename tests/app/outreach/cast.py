"""The demo's fifteen people as charts, through the product's own normalizer. Asserts nothing."""

from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import msgspec

from app.clinical.chart import Chart
from app.clinical.elements import ReadInfo
from app.clinical.normalize import normalize_bundle
from app.clinical.normalize.profile import GENERIC
from app.outreach.consent import ConsentEntry
from app.outreach.known import Held, KnownPerson
from app.outreach.person import build_person
from app.outreach.request import Preferences
from app.outreach.signs import Signs, load_signs
from sandbox.people import build_people

TODAY = date(2026, 11, 24)
RULES_DIR = Path(__file__).resolve().parents[3] / "app/outreach/rules"


def read_signs() -> Signs:
    return load_signs((RULES_DIR / "signs.toml").read_text(encoding="utf-8"))


SIGNS = read_signs()


@cache
def chart_of(person: str, today: date = TODAY) -> Chart:
    """One person's normalized chart."""
    bundle = next(b for b in build_people(today) if b["id"] == person)
    read = ReadInfo("sandbox", datetime.combine(today, datetime.min.time(), UTC), "generic", "1")
    return normalize_bundle(
        msgspec.json.encode(bundle), profile=GENERIC, read=read, patient_id=person
    )


def known(
    person: str,
    *,
    held: Held | None = None,
    consents: tuple[ConsentEntry, ...] = (),
    preferences: Preferences | None = None,
    today: date = TODAY,
) -> KnownPerson:
    """One person as the gate sees them."""
    ours = preferences or Preferences()
    return build_person(chart_of(person, today), consents, ours, held or Held(), SIGNS, today)
