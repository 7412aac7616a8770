"""Our signing keys: made once, sealed, rotated without a gap."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest

from app.store.db import Store, open_store
from app.store.ports.client_keys import REMEMBER_FOR, RememberedKeys, StoredClientKeys
from app.store.tables.keys import CLIENT_KEY
from launch.jwks import build_public_jwks, choose_signing_key
from launch.models import ClientKey
from tests.app.store.conftest import MovableClock

pytestmark = pytest.mark.anyio


async def test_a_first_look_makes_one_key_per_algorithm_and_keeps_them(store: Store) -> None:
    keys = StoredClientKeys(store)
    first = await keys.load_keys()
    assert sorted(key.alg for key in first) == ["ES384", "RS384"]
    assert await keys.load_keys() == first


async def test_two_processes_agree_on_the_first_keys(
    store: Store, database_url: str, key_file: Path, clock: MovableClock
) -> None:
    other = await open_store(database_url, key_file, clock=clock)
    await StoredClientKeys(store).load_keys()
    assert await StoredClientKeys(other).load_keys() == await StoredClientKeys(store).load_keys()
    await other.close()


async def test_many_first_looks_at_once_make_two_keys(store: Store) -> None:
    found: list[tuple[ClientKey, ...]] = []

    async def look() -> None:
        found.append(await StoredClientKeys(store).load_keys())

    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(look)
    if store.is_sqlite:
        assert {len(keys) for keys in found} == {2}
    assert all({key.alg for key in keys} == {"ES384", "RS384"} for keys in found)


async def test_private_members_are_sealed(store: Store) -> None:
    keys = await StoredClientKeys(store).load_keys()
    async with store.read("") as tx:
        rows = await tx.all(CLIENT_KEY.select())
    for key in keys:
        assert not any(key.private_jwk["d"].encode() in row.private_sealed for row in rows)


async def test_a_rotation_publishes_first_signs_later_and_retires_last(
    store: Store, clock: MovableClock
) -> None:
    port = StoredClientKeys(store)
    old = next(key for key in await port.load_keys() if key.alg == "ES384")
    after = await port.rotate("ES384")
    new = next(key for key in after if key.alg == "ES384" and key.kid != old.kid)
    assert len(build_public_jwks(after, now=clock.now)["keys"]) == 3
    assert choose_signing_key(after, alg="ES384", now=clock.now) == next(
        key for key in after if key.kid == old.kid
    )
    clock.move(hours=3)
    later = await port.load_keys()
    signing = choose_signing_key(later, alg="ES384", now=clock.now)
    assert signing is not None and signing.kid == new.kid
    clock.now += timedelta(hours=24)
    assert old.kid not in {key.kid for key in await port.load_keys()}
    assert len(await port.load_keys()) == 2


async def test_remembered_keys_look_again_after_a_minute() -> None:
    at = [datetime(2026, 11, 22, tzinfo=UTC)]
    asked: list[datetime] = []

    class Keys:
        async def load_keys(self) -> tuple[ClientKey, ...]:
            asked.append(at[0])
            return ()

    keys = RememberedKeys(Keys(), lambda: at[0])
    for _time in range(3):
        await keys.load_keys()
    assert len(asked) == 1
    at[0] += REMEMBER_FOR
    await keys.load_keys()
    assert len(asked) == 2
