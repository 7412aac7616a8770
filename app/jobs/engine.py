"""The job engine: DBOS in our own database, opaque ids only. Knows nothing of what jobs do.

`enqueue` joins the caller's transaction on both databases: the job exists exactly if the change
does. What a job did is told by our own tables; the engine's rows only say that it should be tried.
No conductor, no telemetry, no admin server: nothing here opens a connection but to the database.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta

from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer, EnqueueOptions
from sqlalchemy.engine import make_url

from app.errors import AppError
from app.jobs.names import APPLICATION, QUEUES, RUN_JOB, VERSION, Queue
from app.jobs.quiet_log import quiet_library
from app.store.transactions import TenantTx
from app.store.turns import in_background

LOG = logging.getLogger(__name__)
Handler = Callable[[str, str], Awaitable[None]]
"""(tenant id, job id) → done. Must be safe to run again at any point."""

PAUSES_S = (0.5, 2.0, 5.0, 10.0)
"""Between tries of a job whose database did not answer; afterwards the sweep finds it."""

DRAIN_S = 25
KEEP_DONE = timedelta(hours=24)


@dataclass(slots=True)
class Engine:
    """One per process. Enqueues from the start; runs jobs between `start` and `stop`."""

    url: str
    client: DBOSClient
    handlers: Mapping[str, Handler] = field(default_factory=dict)
    is_running: bool = False
    at_work: int = 0

    async def enqueue(
        self, tx: TenantTx, queue: Queue, kind: str, job_id: str, *, key: str, priority: int
    ) -> None:
        """In the caller's transaction; a second job of the same `key` is none."""
        options = build_options(queue, tx.tenant_id, key, priority)
        await tx.connection.run_sync(
            lambda sync: self.client.enqueue_in_transaction(
                sync, options, kind, tx.tenant_id, job_id
            )
        )

    async def enqueue_alone(
        self, tenant_id: str, queue: Queue, kind: str, job_id: str, *, key: str, priority: int
    ) -> None:
        """As above in a transaction of its own, for the sweep."""
        options = build_options(queue, tenant_id, key, priority)
        await self.client.enqueue_async(options, kind, tenant_id, job_id)

    async def start(self, handlers: Mapping[str, Handler], *, executor: str, poll_s: float) -> None:
        """Take up what this executor had begun, and listen. One engine per process."""
        global _running
        if _running is not None:
            raise RuntimeError("a job engine runs in this process already")
        self.handlers = handlers
        DBOS(config=build_config(self.url, executor))
        DBOS.launch()
        _running = self
        self.is_running = True
        for queue in QUEUES:
            await DBOS.register_queue_async(
                queue.name,
                worker_concurrency=queue.at_once,
                partition_worker_concurrency=queue.per_tenant,
                polling_interval_sec=poll_s,
                on_conflict="always_update",
            )

    async def stop(self, *, drain_s: int = DRAIN_S) -> None:
        """Take nothing new, let what runs come to an end for `drain_s`, then let go."""
        global _running
        if self.is_running:
            self.is_running = False
            drain_s = drain_s if self.at_work else 0
            try:
                await asyncio.to_thread(DBOS.destroy, workflow_completion_timeout_sec=drain_s)
            finally:  # whatever goes wrong, another engine may start in this process
                # The library made its own threads the loop's default ones, and has just ended them.
                asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
                _running = None

    async def close(self) -> None:
        await asyncio.to_thread(self.client.destroy)

    async def run(self, kind: str, tenant_id: str, job_id: str) -> None:
        """One job. What goes wrong is told by kind only, and found again by the sweep."""
        handler = self.handlers.get(kind)
        if handler is None:
            LOG.error("no handler for a job of kind %s", kind)
            return
        self.at_work += 1
        try:
            with in_background():
                await self._try(handler, kind, tenant_id, job_id)
        except Exception as exc:
            LOG.error("job %s failed: %s", kind, type(exc).__name__)
        finally:
            self.at_work -= 1

    async def _try(self, handler: Handler, kind: str, tenant_id: str, job_id: str) -> None:
        for pause in (*PAUSES_S, None):
            try:
                return await handler(tenant_id, job_id)
            except AppError as exc:
                if pause is None or not exc.retryable:
                    LOG.warning("job %s left for the sweep: %s", kind, exc.code)
                    return
                await asyncio.sleep(pause)

    async def resume_of(self, executor: str) -> int:
        """Put back what a dead executor had begun; how many. Running it twice is harmless."""
        begun = await DBOS.list_workflows_async(
            status="PENDING", executor_id=executor, load_input=False, load_output=False
        )
        for job in begun:
            await DBOS.resume_workflow_async(job.workflow_id)
        return len(begun)

    async def forget_done(self, before: str, *, limit: int = 500) -> int:
        """Drop the engine's rows of jobs that ended before that ISO time; how many."""
        over = await DBOS.list_workflows_async(
            status=["SUCCESS", "ERROR", "CANCELLED"],
            completed_before=before,
            limit=limit,
            load_input=False,
            load_output=False,
        )
        if over:
            await DBOS.delete_workflows_async([job.workflow_id for job in over])
        return len(over)


_running: Engine | None = None
"""The engine whose handlers this process runs: the library has one instance per process."""


@DBOS.workflow(name=RUN_JOB)
async def run_job(kind: str, tenant_id: str, job_id: str) -> None:
    """The one workflow. It has no steps: a handler begins with a look at our own tables, which is
    all the memory that a second run needs."""
    if _running is not None:
        await _running.run(kind, tenant_id, job_id)


async def open_engine(database_url: str) -> Engine:
    """The engine on the store's database, its tables made or updated."""
    quiet_library()
    url = build_url(database_url)
    await asyncio.to_thread(DBOS.migrate, url)
    client = DBOSClient(
        system_database_url=url,
        application_name=APPLICATION,
        serializer=DBOSPortableJSONSerializer(),
        lazy=True,
    )
    return Engine(url, client)


def build_url(database_url: str) -> str:
    """The same database with the driver that the engine's threads use."""
    url = make_url(database_url)
    driver = "sqlite" if url.get_backend_name() == "sqlite" else "postgresql+psycopg"
    return url.set(drivername=driver).render_as_string(hide_password=False)


def build_config(url: str, executor: str) -> DBOSConfig:
    """Everything pinned; nothing that would talk to anybody."""
    return {
        "name": APPLICATION,
        "system_database_url": url,
        "application_version": VERSION,
        "executor_id": executor,
        "serializer": DBOSPortableJSONSerializer(),
        "enable_otlp": False,
        "use_listen_notify": False,
        "log_level": "WARNING",
        "max_executor_threads": 32,
        "scheduler_polling_interval_sec": 300.0,
        # We use none of its notifications, but its thread is what the end of a process waits for.
        "notification_listener_polling_interval_sec": 0.5,
    }


def build_options(queue: Queue, tenant_id: str, key: str, priority: int) -> EnqueueOptions:
    """Partitioned by tenant: each tenant has its own line, served in turn."""
    return {
        "queue_name": queue.name,
        "workflow_name": RUN_JOB,
        "workflow_id": key,
        "queue_partition_key": tenant_id,
        "priority": priority,
        "app_version": VERSION,
    }
