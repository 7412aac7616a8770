"""The chart pane: which boxes the chosen tab shows, and a mark that moves when they change."""

from datetime import date
from typing import Any

from sandbox.fhir.store import Version
from sandbox.jsontypes import Json
from sandbox.state import Sandbox
from sandbox.window.chart import TABS, Box, Read, build_header, build_results, build_snapshot
from sandbox.window.clock import read_now
from sandbox.window.contact import build_contact, build_written
from sandbox.window.view import View
from sandbox.window.wording import CLINIC_ZONE


def build_chart(state: Sandbox, view: View) -> dict[str, Any]:
    """The chart pane: header, tabs and the boxes of the chosen tab."""
    shown: dict[str, Any] = {"view": view, "tabs": TABS, "header": None, "boxes": [], "mark": ""}
    current = state.store.get("Patient", view.patient) if view.patient else None
    if current is None or current.resource is None:
        return shown

    def read(kind: str) -> list[Json]:
        found = state.store.of_patient(kind, view.patient)
        return [v.resource for v in found if v.resource is not None]

    today = read_now(state).astimezone(CLINIC_ZONE).date()
    shown["header"] = build_header(current.resource, read, today)
    shown["boxes"] = _build_boxes(state, view, current.resource, read, today)
    shown["mark"] = build_mark(state, view)
    return shown


def _build_boxes(state: Sandbox, view: View, patient: Json, read: Read, today: date) -> list[Box]:
    if view.tab == "results":
        return build_results(read)
    if view.tab == "contact":
        return build_contact(patient, read, state.store.history("Patient", view.patient))
    if view.tab == "apps":
        return build_written(find_app_changes(state, view.patient), find_refused(state, view))
    return build_snapshot(read, today)


def find_app_changes(state: Sandbox, patient: str) -> list[Version]:
    """Versions made by apps of anything about this patient."""
    return [
        v for v in state.store.journal if patient in v.patients and v.author not in ("load", "ehr")
    ]


def find_refused(state: Sandbox, view: View) -> list[Json]:
    """Writes that named this patient and were refused."""
    return [
        row
        for row in state.log.find({"path": "/fhir/"})
        if row["method"] in ("PUT", "PATCH", "POST", "DELETE")
        and not str(row["path"]).endswith("_search")
        and (row["status"] or 0) >= 400
        and (row["patient"] == view.patient or str(row["path"]).endswith(f"/{view.patient}"))
    ]


def build_mark(state: Sandbox, view: View) -> str:
    """Changes when anything about this patient changes; for the page that watches it."""
    changes = sum(1 for v in state.store.journal if view.patient in v.patients)
    return f"{changes}-{len(find_refused(state, view))}"
