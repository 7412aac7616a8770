"""The clock on the window's wall, which a tester may move. The server's own clock stays.

A moved server clock makes it refuse the app's signed assertions, rightly, and then nothing opens:
that is for tests, through `/_sandbox/clock`. This one moves only what the window calls now.
"""

from datetime import datetime, timedelta

from sandbox.state import WALL, Sandbox
from sandbox.window.wording import CLINIC_ZONE, read_clock


def read_now(state: Sandbox) -> datetime:
    """Now, as the window has it."""
    return state.wall()


def move_clock(state: Sandbox, by: timedelta) -> None:
    """Forward, or back with a negative span; starting over brings the real time back."""
    ahead = float(state.settings.get(WALL, 0)) + by.total_seconds()
    state.change_settings({WALL: ahead})


def find_evening(now: datetime) -> datetime:
    """The next 9 PM at the clinic."""
    here = now.astimezone(CLINIC_ZONE)
    evening = here.replace(hour=21, minute=0, second=0, microsecond=0)
    return evening if evening > here else evening + timedelta(days=1)


def build_clock(state: Sandbox) -> str:
    """Tue, Nov 24, 2:10 PM Eastern."""
    now = read_now(state)
    here = now.astimezone(CLINIC_ZONE)
    return f"{here:%a}, {here:%b} {here.day}, {read_clock(now)} Eastern"
