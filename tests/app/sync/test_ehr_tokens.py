"""Tokens of a launch: one at hand, one renewed, or none when only a new launch helps."""

from datetime import UTC, datetime

import pytest

from app.sync.ehr_tokens import LaunchTokens
from launch.errors import ReauthorizationRequired
from launch.models import TokenSet

NOW = datetime(2026, 11, 22, tzinfo=UTC)


class Source:
    def __init__(self, error: bool = False) -> None:
        self.error = error

    async def current_tokens(self, launch_id: str) -> TokenSet:
        if self.error:
            raise ReauthorizationRequired("expired")
        return TokenSet("current", "", NOW)

    async def renew_after_401(self, launch_id: str, *, used: str) -> TokenSet:
        if self.error:
            raise ReauthorizationRequired("expired")
        return TokenSet(f"after-{used}", "", NOW)


@pytest.mark.anyio
async def test_tokens_are_empty_when_only_a_new_launch_helps() -> None:
    alive, dead = LaunchTokens(Source(), "l"), LaunchTokens(Source(error=True), "l")
    assert await alive.current() == "current"
    assert await alive.renew("x") == "after-x"
    assert await LaunchTokens(Source(error=True), "l", "first").current() == "first"
    assert (await dead.current(), await dead.renew("x")) == ("", "")
