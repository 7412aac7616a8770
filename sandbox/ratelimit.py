"""Calls per wall-clock minute, for the vendors that count them. Sends no Retry-After."""

from sandbox.personalities.model import Personality
from sandbox.state import Sandbox


def is_throttled(state: Sandbox, personality: Personality) -> bool:
    """Count one call; true when this minute is used up."""
    if personality.calls_per_minute is None or not state.settings["rate_limits"]:
        return False
    minute = int(state.clock.timestamp() // 60)
    count = state.calls.get((personality.name, minute), 0) + 1
    state.calls = {(personality.name, minute): count}
    return count > personality.calls_per_minute
