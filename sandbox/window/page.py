"""What the whole window shows for one address: built from the server's state, changes nothing."""

from typing import Any

from sandbox.jsontypes import Json
from sandbox.people import load_rules
from sandbox.state import Sandbox
from sandbox.window.clock import build_clock, read_now
from sandbox.window.pane import build_chart
from sandbox.window.post import build_post, build_post_mark
from sandbox.window.switches import SWITCHES, is_on
from sandbox.window.view import NARROWEST, PERSONALITIES, WIDEST, WIDTHS, View
from sandbox.window.wording import (
    CLINIC_ZONE,
    read_age,
    read_name,
    read_sex,
)

# What athena gives its embedded apps; without allow-same-origin the app has no origin, so its
# scripts have no storage and its posts say Origin: null.
FRAME_TOKENS = (
    "allow-forms allow-modals allow-pointer-lock allow-popups "
    "allow-popups-to-escape-sandbox allow-same-origin allow-scripts allow-downloads"
)
OPAQUE_TOKENS = (
    "allow-forms allow-scripts allow-popups allow-popups-to-escape-sandbox allow-downloads"
)


def build_people_list(state: Sandbox) -> list[Json]:
    """Every chart: id, name and why it is here; the cast first, in its own order."""
    rules = load_rules()
    order = list(rules)
    today = read_now(state).astimezone(CLINIC_ZONE).date()
    rows = []
    for current in state.store.of_type("Patient"):
        patient = current.resource or {}
        plain = f"{read_age(patient.get('birthDate'), today)} {read_sex(patient.get('gender'))}"
        rows.append(
            {
                "id": current.id,
                "name": read_name(patient.get("name")),
                "rule": rules.get(current.id, plain.strip()),
            }
        )
    rows.sort(key=lambda row: order.index(row["id"]) if row["id"] in order else len(order))
    return rows


def build_window(state: Sandbox, view: View) -> dict[str, Any]:
    """Everything the template needs."""
    client = find_client(state, view.personality)
    return {
        "view": view,
        "clock": build_clock(state),
        "personalities": PERSONALITIES,
        "people": build_people_list(state),
        "switches": [(s, is_on(state, s)) for s in SWITCHES],
        "latency": round(state.latency_ms),
        "widths": WIDTHS,
        "narrowest": NARROWEST,
        "widest": WIDEST,
        "client": client,
        "origin": state.origin,
        "frame_tokens": OPAQUE_TOKENS if state.settings.get("window_no-origin") else FRAME_TOKENS,
        **build_chart(state, view),
        **build_post(state, view),
        "post_mark": build_post_mark(state),
    }


def find_client(state: Sandbox, personality: str) -> str:
    """client_id of the first app that can be opened beside a chart here, or nothing."""
    for client in state.clients.all():
        if client.launch_url and client.known_to(personality):
            return str(client.client_id)
    return ""
