"""Keeps a launch's access token alive: one refresh at a time, in this process and beyond it.

A refresh token is used once (SMART best practices): callers in this process share one run, and
across processes the store's lease lets one of them through while the others wait for its result.
"""

import asyncio
import logging
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from launch.context import parse_id
from launch.errors import ReauthorizationRequired, SessionInvalid, TokenError
from launch.events import build_event
from launch.models import OpenedLaunch, StoredTokens, TokenSet
from launch.parts import LaunchParts
from launch.single_flight import SingleFlight
from launch.tokens import TokenAnswer, build_refresh_form

log = logging.getLogger(__name__)
SKEW = timedelta(seconds=30)
# These say that the refresh token is dead; everything else may pass.
_FINAL = frozenset({"invalid_grant", "unauthorized_client", "unsupported_grant_type"})


@dataclass(slots=True)
class Refresher:
    """One per process. `lease` must outlast a token request; `poll_s` is how often a process that
    waits for another one looks again."""

    parts: LaunchParts
    lease: timedelta = timedelta(seconds=30)
    poll_s: float = 0.05
    _flights: SingleFlight[TokenSet] = field(default_factory=SingleFlight)

    async def current_tokens(self, launch_id: str) -> TokenSet:
        """Tokens whose access token is good for now, refreshed if need be.

        While the old token still lives, a refresh that fails for now is no failure. Raises
        ReauthorizationRequired when only a new launch helps, TokenError when the EHR could not be
        asked.
        """
        stored = await self._load(launch_id)
        now = self.parts.clock()
        if not is_due(stored.tokens, now):
            return stored.tokens
        lives = not is_over(stored.tokens, now)
        if lives and stored.tokens.refresh_token is None:
            return stored.tokens
        try:
            return await self._refresh(launch_id, stored.version)
        except TokenError as error:
            if lives and error.retryable:
                return stored.tokens
            raise

    async def renew_after_401(self, launch_id: str, *, used: str) -> TokenSet:
        """Other tokens than the refused access token `used`: those that somebody has meanwhile
        fetched, or fresh ones. Raises as above."""
        stored = await self._load(launch_id)
        if stored.tokens.access_token != used:
            return stored.tokens
        return await self._refresh(launch_id, stored.version)

    async def aclose(self) -> None:
        await self._flights.aclose()

    async def _refresh(self, launch_id: str, version: int) -> TokenSet:
        return await self._flights.run(launch_id, lambda: self._take_turn(launch_id, version))

    async def _take_turn(self, launch_id: str, version: int) -> TokenSet:
        """Rotates if the lease is ours; else waits for whoever holds it."""
        holder = self.parts.randomness()
        for _ in range(int(self.lease.total_seconds() / self.poll_s)):
            stored = await self._load(launch_id)
            if stored.version != version:
                return stored.tokens
            if stored.tokens.refresh_token is None:
                raise ReauthorizationRequired("no_refresh_token")
            now = self.parts.clock()
            if await self.parts.token_store.acquire_refresh(
                launch_id, version=version, holder=holder, now=now, until=now + self.lease
            ):
                return await self._rotate_leased(launch_id, stored, holder)
            await asyncio.sleep(self.poll_s)
        raise TokenError("unreachable", detail="another refresh did not end")

    async def _rotate_leased(self, launch_id: str, stored: StoredTokens, holder: str) -> TokenSet:
        try:
            return await self._rotate(launch_id, stored)
        finally:
            # After a swap the lease is gone already, and this changes nothing.
            await self.parts.token_store.release_refresh(launch_id, holder=holder)

    async def _rotate(self, launch_id: str, stored: StoredTokens) -> TokenSet:
        opened = await self._opened(launch_id)
        try:
            answer = await self._ask(opened, stored.tokens)
        except TokenError as error:
            if error.reason not in _FINAL:
                raise
            await self._give_up(opened, stored, error.reason)
            raise ReauthorizationRequired(error.reason) from None
        if not is_same_patient(opened, answer):
            await self._give_up(opened, stored, "patient_changed")
            raise ReauthorizationRequired("patient_changed")
        return await self._swap(opened, stored, answer.tokens, kind="token_refreshed")

    async def _ask(self, opened: OpenedLaunch, tokens: TokenSet) -> TokenAnswer:
        registration = await self.parts.registry.by_tenant(opened.tenant_id)
        if registration is None or registration.client_id != opened.client_id:
            raise TokenError("unauthorized_client", detail="the connection was withdrawn")
        return await self.parts.token_endpoint.fetch_tokens(
            build_refresh_form(tokens.refresh_token or ""),
            registration=registration,
            configuration=opened.configuration,
            previous=tokens,
        )

    async def _give_up(self, opened: OpenedLaunch, stored: StoredTokens, reason: str) -> None:
        """Drops the dead refresh token, so that it is never sent again."""
        log.info("refresh of %s ended: %s", opened.tenant_id, reason)
        dead = replace(stored.tokens, refresh_token=None)
        await self._swap(opened, stored, dead, kind="reauthorization_required")

    async def _swap(
        self, opened: OpenedLaunch, stored: StoredTokens, tokens: TokenSet, *, kind: str
    ) -> TokenSet:
        swapped = await self.parts.token_store.swap_tokens(
            opened.launch_id,
            version=stored.version,
            tokens=tokens,
            audit=build_event(kind, opened, parts=self.parts),
        )
        return tokens if swapped else (await self._load(opened.launch_id)).tokens

    async def _load(self, launch_id: str) -> StoredTokens:
        stored = await self.parts.token_store.load_tokens(launch_id)
        if stored is None:
            raise ReauthorizationRequired("no_tokens")
        return stored

    async def _opened(self, launch_id: str) -> OpenedLaunch:
        stored = await self.parts.launches.load_launch(launch_id)
        if stored is None or stored.ended:
            raise SessionInvalid("ended")
        return stored.opened


def is_due(tokens: TokenSet, now: datetime) -> bool:
    """True when the access token ends within SKEW (a tenth of its life, if that is less). Where
    the EHR did not say when, only a 401 tells."""
    if tokens.expires_at is None:
        return False
    life = tokens.expires_at - tokens.obtained_at
    return now >= tokens.expires_at - min(SKEW, life / 10)


def is_over(tokens: TokenSet, now: datetime) -> bool:
    return tokens.expires_at is not None and now >= tokens.expires_at


def is_same_patient(opened: OpenedLaunch, answer: TokenAnswer) -> bool:
    """A refresh may repeat the context; a chart must not turn into another patient's by it."""
    if "patient" not in answer.body:
        return True
    return parse_id(answer.body["patient"], "Patient") == opened.patient
