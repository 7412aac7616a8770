"""What an address asks for: unknown values fall back, known ones travel on."""

import pytest

from sandbox.state import Sandbox
from sandbox.window.view import parse_view


def test_an_empty_address_opens_the_servers_own_personality_and_no_chart(state: Sandbox) -> None:
    view = parse_view({}, state)
    assert (view.personality, view.patient, view.width, view.tab) == (
        "generic",
        "",
        400,
        "snapshot",
    )


def test_a_deep_link(state: Sandbox) -> None:
    query = {"patient": "elena-vargas", "personality": "epic", "width": "320", "tab": "contact"}
    view = parse_view(query, state)
    assert view.address() == "/?patient=elena-vargas&personality=epic&width=320&tab=contact"
    assert "width=800" in view.address(width=800)


@pytest.mark.parametrize("given", ["0", "-1", "9e9", "", "x", "²", "99999999"])
def test_a_width_stays_within_the_handle(state: Sandbox, given: str) -> None:
    assert 200 <= parse_view({"width": given}, state).width <= 1280


def test_strangers_are_nobody(state: Sandbox) -> None:
    view = parse_view({"patient": "../x", "personality": "cerner", "tab": "<b>"}, state)
    assert (view.patient, view.personality, view.tab) == ("", "generic", "snapshot")
