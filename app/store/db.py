"""The database door: opens the store, begins transactions, translates errors. Holds no records."""

import copy
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import anyio
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.errors import ConfigError, NotSaved, StoreUnavailable
from app.store.anchors import ANCHOR_FILE, AnchorFile
from app.store.engine import BUSY_TIMEOUT_MS, PASSING, build_engine, build_readers
from app.store.keyfile import create_key_file, load_key_file
from app.store.migrate import migrate
from app.store.tables.keys import DATA_KEY
from app.store.transactions import OnAudit, TenantTx, WideTx
from app.store.turns import Turns
from app.store.vault import PRODUCT, Vault

LOG = logging.getLogger(__name__)
Clock = Callable[[], datetime]


def read_clock() -> datetime:
    return datetime.now(UTC)


class Store:
    """The database with its vault. Build it with `open_store`."""

    def __init__(self, engine: AsyncEngine, vault: Vault, clock: Clock = read_clock) -> None:
        self.engine = engine
        self.vault = vault
        self.clock = clock
        self.on_audit: OnAudit | None = None
        self._anchors: AnchorFile | None = None
        self.is_sqlite = engine.dialect.name == "sqlite"
        self.patience_s = BUSY_TIMEOUT_MS / 1000
        self._readers = build_readers(engine)
        self._passing = engine.execution_options(**{PASSING: True})
        self._turns = Turns()
        self._preparing = anyio.Lock()

    @asynccontextmanager
    async def read(self, tenant_id: str) -> AsyncIterator[TenantTx]:
        """A look at one tenant; what it begins with is not held still (`build_readers`). Raises
        StoreUnavailable."""
        async with self._begin(reads=True) as connection:
            yield TenantTx(connection, self.vault, self.clock(), tenant_id)

    @asynccontextmanager
    async def write(self, tenant_id: str) -> AsyncIterator[TenantTx]:
        """All or nothing, durable when it returns. Raises NotSaved when the database refuses."""
        await self.prepare(tenant_id)
        async with self._begin(reads=False) as connection:
            tx = TenantTx(connection, self.vault, self.clock(), tenant_id)
            tx.on_audit = self.on_audit
            yield tx
        tx.committed()

    @asynccontextmanager
    async def read_wide(self) -> AsyncIterator[WideTx]:
        async with self._begin(reads=True) as connection:
            yield WideTx(connection, self.vault, self.clock())

    @asynccontextmanager
    async def write_wide(self, *tenants: str, lasts: bool = True) -> AsyncIterator[WideTx]:
        """As `write`, across tenants; name those under which something will be sealed. One that
        need not last is seen by all when it returns, but a loss of power may undo it: for what is
        harmless twice and urgent once."""
        for tenant in tenants:
            await self.prepare(tenant)
        async with self._begin(reads=False, lasts=lasts) as connection:
            tx = WideTx(connection, self.vault, self.clock())
            tx.on_audit = self.on_audit
            yield tx
        tx.committed()

    async def prepare(self, tenant_id: str) -> None:
        """Makes sure that the tenant's data key is loaded and has budget."""
        now = self.clock()
        if self.vault.is_ready(tenant_id, now):
            return
        async with self._preparing:
            if self.vault.is_ready(tenant_id, now):
                return
            async with self._begin(reads=False) as connection:
                use = await self.vault.prepare(connection, tenant_id, now)
            use()

    def anchor_in(self, path: Path) -> None:
        """From now on writes down outside the database where the audit chains stand."""
        self._anchors = anchors = AnchorFile(path, self.vault.roots.audit)
        self.on_audit = lambda tenant, seq, mac: anchors.note(tenant, seq, mac, self.clock())

    def seen_by(self, clock: Clock) -> "Store":
        """The same database by another clock; closing either closes both."""
        other = copy.copy(self)
        other.clock = clock
        return other

    async def close(self) -> None:
        if self._anchors is not None:
            self._anchors.flush(self.clock())
        await self.engine.dispose()

    @asynccontextmanager
    async def _begin(self, *, reads: bool, lasts: bool = True) -> AsyncIterator[AsyncConnection]:
        engine = self._readers if reads else self.engine if lasts else self._passing
        failure = StoreUnavailable if reads else NotSaved
        async with AsyncExitStack() as stack:
            if self.is_sqlite and not reads:
                await self._take_turn(stack)
            try:
                async with engine.begin() as connection:
                    yield connection
            except (SQLAlchemyError, OSError, TimeoutError) as exc:
                # The driver's text may quote a value, so only the kind of failure goes further.
                LOG.error("database %s: %s", failure.code, _kind(exc))
                raise failure from None

    async def _take_turn(self, stack: AsyncExitStack) -> None:
        """SQLite has one writer: queue here instead of polling its lock."""
        try:
            with anyio.fail_after(self.patience_s):
                await self._turns.acquire()
        except TimeoutError:
            raise NotSaved from None
        stack.callback(self._turns.release)


def _kind(exc: BaseException) -> str:
    """Class names and SQLSTATE; never the text."""
    inner = getattr(exc, "orig", None)
    state = getattr(inner, "sqlstate", None) or getattr(inner, "sqlite_errorname", None) or ""
    return " ".join(part for part in (type(exc).__name__, type(inner).__name__, state) if part)


async def open_store(database_url: str, key_file: Path, *, clock: Clock = read_clock) -> Store:
    """The migrated database and its keys; a first start makes both.

    Raises ConfigError when the key file is missing although something is sealed, is open to
    others, is damaged, or belongs to another database. There is no plaintext fallback.
    """
    engine = build_engine(database_url)
    try:
        await migrate(engine)
        async with engine.connect() as connection:
            sealed = (await connection.execute(select(DATA_KEY.c.key_id).limit(1))).first()
        # In this order: whoever sealed something made the file before.
        roots = load_key_file(key_file)
        if roots is None:
            if sealed is not None:
                raise ConfigError("The key file is missing. Restore it: stored data needs it.")
            roots = create_key_file(key_file)
        store = Store(engine, Vault(roots), clock)
        store.anchor_in(key_file.parent / ANCHOR_FILE)
        await store.prepare(PRODUCT)
    except SQLAlchemyError as exc:
        await engine.dispose()
        raise ConfigError(f"The database cannot be opened ({_kind(exc)}).") from None
    except BaseException:
        await engine.dispose()
        raise
    return store
