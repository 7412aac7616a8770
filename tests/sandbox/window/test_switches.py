"""Each switch arms what it says, once, and is read back from the server itself."""

import httpx
import pytest

from sandbox.state import Sandbox
from sandbox.window.switches import SWITCHES, Switch, is_on, set_switch

BY_FAULT = [s for s in SWITCHES if s.faults]


@pytest.mark.parametrize("switch", SWITCHES, ids=lambda s: s.key)
def test_on_and_off_again(state: Sandbox, switch: Switch) -> None:
    assert not is_on(state, switch)
    set_switch(state, switch, True)
    set_switch(state, switch, True)
    assert is_on(state, switch)
    assert len(state.faults.all()) == len(switch.faults)
    set_switch(state, switch, False)
    assert not is_on(state, switch)
    assert state.faults.all() == []


def test_a_fault_armed_by_a_test_is_left_alone(state: Sandbox) -> None:
    mine = state.faults.add({"match": {"resource": "Encounter"}, "effect": {"status": 500}})
    for switch in SWITCHES:
        set_switch(state, switch, True)
        set_switch(state, switch, False)
    assert state.faults.all() == [mine]


@pytest.mark.parametrize("switch", BY_FAULT, ids=lambda s: s.key)
def test_half_armed_is_not_on(state: Sandbox, switch: Switch) -> None:
    set_switch(state, switch, True)
    state.faults.remove(state.faults.all()[0].id)
    assert not is_on(state, switch)


@pytest.mark.anyio
@pytest.mark.parametrize("method", ["PATCH", "PUT", "POST"])
async def test_refused_changes_leave_searches_and_sign_in_alone(
    state: Sandbox, ehr: httpx.AsyncClient, method: str
) -> None:
    refuse = next(s for s in SWITCHES if s.key == "refuse-writes")
    set_switch(state, refuse, True)
    path = "/generic/fhir/Patient" + ("" if method == "POST" else "/elena-vargas")
    assert (await ehr.request(method, path, json={})).status_code == 422
    assert (await ehr.post("/generic/fhir/Observation/_search")).status_code == 401
    assert (await ehr.post("/generic/oauth2/token")).status_code in (400, 401)
    assert (await ehr.get("/generic/fhir/Patient/elena-vargas")).status_code == 401
