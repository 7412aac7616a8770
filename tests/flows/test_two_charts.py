"""Two charts side by side in one browser: whatever is clicked, nothing lands on the wrong person.

Oracle's own documentation shows how embedded browsers mix up two open charts (product.md §0.4).
"""

import random
import string
from dataclasses import dataclass

from tests.flows.mini_browser import Form, MiniBrowser, Page
from tests.flows.running import World

ACTIONS = 200
SEED = 20261122
PATIENTS = ("elena-vargas", "ruth-abernathy")


@dataclass(slots=True)
class Frame:
    """One frame of the pair: its chart, the form it has open, what was typed there."""

    patient: str
    panel: Page
    form: Form


def test_200_interleaved_actions_write_nothing_to_the_wrong_patient(
    world: World, browser: MiniBrowser
) -> None:
    frames = [open_frame(world, browser, patient) for patient in PATIENTS]
    rng = random.Random(SEED)
    submitted = 0
    for step in range(ACTIONS):
        frame = rng.choice(frames)
        other = frames[1 - frames.index(frame)]
        action = rng.choice(("edit", "view", "form", "refresh", "cross", "stale", "reopen"))
        submitted += action == "edit"
        act(world, browser, frame, other, action, step)
    assert submitted > 10
    for patient, other_patient in (PATIENTS, PATIENTS[::-1]):
        seen = values_ever(world, patient)
        assert any(mark(patient) in value for value in seen)
        assert not [v for v in seen if mark(other_patient) in v]


def mark(patient: str) -> str:
    return patient.split("-")[0]


def open_frame(world: World, browser: MiniBrowser, patient: str) -> Frame:
    panel = world.open(patient, browser)
    assert panel.status == 200
    return Frame(patient, panel, browser.get(panel.url + "contact").form("/contact"))


def act(
    world: World, browser: MiniBrowser, frame: Frame, other: Frame, action: str, step: int
) -> None:
    """One click. `cross` posts this frame's form to the other's address, `stale` an old form."""
    url = frame.panel.url
    typed = {"email": f"{mark(frame.patient)}.{step}@example.com"}
    if action == "view":
        assert name_of(frame.patient) in browser.get(url).text
    elif action == "form" or action == "reopen":
        if action == "reopen":
            frame.panel = world.open(frame.patient, browser)
        frame.form = browser.get(frame.panel.url + "contact").form("/contact")
    elif action == "refresh":
        browser.submit(frame.panel, frame.panel.form("/refresh"), {})
    elif action == "cross":
        answer = browser.post(other.panel.url + "contact", frame.form.fields | typed)
        assert answer.status == 403
    else:
        browser.post(url + "contact", frame.form.fields | typed)
        if action == "edit":
            frame.form = browser.get(frame.panel.url + "contact").form("/contact")


def name_of(patient: str) -> str:
    return string.capwords(patient.split("-")[1])


def values_ever(world: World, patient: str) -> set[str]:
    """Every telecom value that any version of the record ever had."""
    found: set[str] = set()
    for write in world.http.get(f"{world.ehr}/_sandbox/writes").json():
        if write.get("type") == "Patient" and write.get("id") == patient:
            found |= {str(write)}
    found |= {t["value"] for t in world.resource(f"Patient/{patient}")["telecom"]}
    return found
