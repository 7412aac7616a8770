"""What the window can make go wrong, and how each switch is read and set. Serves no pages."""

from dataclasses import dataclass

from sandbox.jsontypes import Json
from sandbox.state import Sandbox

FHIR_WRITE = r"/fhir/[A-Z][A-Za-z]+(/[^/_][^/]*)?$"


@dataclass(frozen=True, slots=True)
class Switch:
    """`faults` are armed while on; a switch without faults is remembered for the next opening."""

    key: str
    label: str
    faults: tuple[Json, ...] = ()

    @property
    def setting(self) -> str:
        return f"window_{self.key}"


SWITCHES = (
    Switch(
        "slow-results",
        "Results time out",
        (
            {
                "match": {"method": "GET", "resource": "Observation"},
                "effect": {"latency_ms": 60_000},
            },
        ),
    ),
    Switch(
        "refuse-writes",
        "Refuse changes",
        tuple(
            {"match": {"method": m, "path_regex": FHIR_WRITE}, "effect": {"status": 422}}
            for m in ("PATCH", "PUT", "POST")
        ),
    ),
    Switch(
        "wrong-patient",
        "Wrong patient answers",
        (
            {
                "match": {"method": "GET", "resource": "Condition"},
                "effect": {"wrong_patient": True},
            },
        ),
    ),
    Switch("block-cookies", "Block other-site cookies"),
    Switch("no-origin", "Frame without an origin"),
    Switch("ehr-banner", "EHR shows own banner"),
    Switch("ehr-colors", "Colors of the EHR"),
    Switch("as-administrator", "Open as administrator"),
)
BY_KEY = {switch.key: switch for switch in SWITCHES}


def is_on(state: Sandbox, switch: Switch) -> bool:
    """Read from the server itself, so that a reload or a test through the API shows the truth."""
    if not switch.faults:
        return bool(state.settings.get(switch.setting))
    armed = [(f.match, f.effect) for f in state.faults.all() if f.left is None]
    return all((f["match"], f["effect"]) in armed for f in switch.faults)


def set_switch(state: Sandbox, switch: Switch, on: bool) -> None:
    """Arm or disarm; the same twice changes nothing."""
    if not switch.faults:
        state.change_settings({switch.setting: on})
        return
    wanted = [(f["match"], f["effect"]) for f in switch.faults]
    for fault in state.faults.all():
        if (fault.match, fault.effect) in wanted:
            state.faults.remove(fault.id)
    for armed in switch.faults if on else ():
        state.faults.add(armed)
