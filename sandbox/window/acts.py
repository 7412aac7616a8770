"""Things done once from the window: the clock, the end of a sign-in, the front desk."""

from collections.abc import Callable
from datetime import timedelta

from sandbox.state import Sandbox
from sandbox.window.clock import build_clock, find_evening, move_clock, read_now
from sandbox.window.front_desk import move_phone


def _add_hour(state: Sandbox, _patient: str) -> str:
    move_clock(state, timedelta(hours=1))
    return build_clock(state)


def _go_to_evening(state: Sandbox, _patient: str) -> str:
    now = read_now(state)
    move_clock(state, find_evening(now) - now)
    return build_clock(state)


def _end_sign_in(state: Sandbox, _patient: str) -> str:
    ended = state.vouchers.expire()
    return f"{ended} sign-in ended" if ended == 1 else f"{ended} sign-ins ended"


def _edit_chart(state: Sandbox, patient: str) -> str:
    number = move_phone(state.store, patient)
    return f"Front desk changed the phone to {number}" if number else "No chart is open"


ACTS: dict[str, Callable[[Sandbox, str], str]] = {
    "add-hour": _add_hour,
    "to-evening": _go_to_evening,
    "end-sign-in": _end_sign_in,
    "edit-chart": _edit_chart,
}
