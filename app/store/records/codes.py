"""Local codes: mappings, the queue of unexplained ones, counts of odd data. Maps nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func

from app.clinical.chart import Unmapped
from app.store.tables.codes import CODE_MAPPING, QUALITY, UNMAPPED
from app.store.transactions import AnyRow, TenantTx


@dataclass(frozen=True, slots=True)
class CodeMapping:
    """`system|code` of the tenant means `target_system|target_code`."""

    system: str
    code: str
    target_system: str
    target_code: str
    target_display: str = ""
    mapped_by: str = ""
    mapped_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class UnmappedCode:
    """A code that waits for a person. `seen`: how many patients' kept charts carry it."""

    system: str
    code: str
    display: str
    resource_type: str
    seen: int
    state: str
    first_seen: datetime
    last_seen: datetime


async def save_mapping(tx: TenantTx, mapping: CodeMapping, *, mapped_by: str) -> None:
    """Maps a code, or maps it anew; it leaves the queue."""
    values = {
        "system": mapping.system,
        "code": mapping.code,
        "target_system": mapping.target_system,
        "target_code": mapping.target_code,
        "target_display": mapping.target_display,
        "mapped_by": mapped_by,
        "mapped_at": tx.now,
    }
    await tx.upsert(CODE_MAPPING, ("system", "code"), values)
    await settle_unmapped(tx, mapping.system, mapping.code, state="mapped")


async def load_mappings(tx: TenantTx) -> tuple[CodeMapping, ...]:
    """All of the tenant's mappings, by system and code."""
    query = tx.select(CODE_MAPPING).order_by(CODE_MAPPING.c.system, CODE_MAPPING.c.code)
    return tuple(_build_mapping(row) for row in await tx.all(query))


async def load_mapping(tx: TenantTx, system: str, code: str) -> CodeMapping | None:
    """What the code is mapped to; None when it is not."""
    same = (CODE_MAPPING.c.system == system, CODE_MAPPING.c.code == code)
    row = await tx.first(tx.select(CODE_MAPPING).where(*same))
    return _build_mapping(row) if row is not None else None


def _build_mapping(row: AnyRow) -> CodeMapping:
    return CodeMapping(
        system=row.system,
        code=row.code,
        target_system=row.target_system,
        target_code=row.target_code,
        target_display=row.target_display,
        mapped_by=row.mapped_by,
        mapped_at=row.mapped_at,
    )


async def has_leftovers(tx: TenantTx) -> bool:
    """Whether a code that is mapped by now is still unexplained in some kept chart."""
    left = (UNMAPPED.c.state == "mapped", UNMAPPED.c.seen > 0)
    return await tx.first(tx.select(UNMAPPED).where(*left).limit(1)) is not None


async def remove_mapping(tx: TenantTx, system: str, code: str) -> bool:
    """Takes a mapping away; its code waits again. False when there was none."""
    same = (CODE_MAPPING.c.system == system, CODE_MAPPING.c.code == code)
    if not await tx.run(tx.delete(CODE_MAPPING).where(*same)):
        return False
    await settle_unmapped(tx, system, code, state="open")
    return True


async def load_mapping_stamp(tx: TenantTx) -> tuple[int, datetime | None]:
    """(how many mappings, when the last was made): differs after each change of the table."""
    columns = (func.count(), func.max(CODE_MAPPING.c.mapped_at))
    row = await tx.first(tx.select(CODE_MAPPING, *columns))
    count, last = tuple(row) if row is not None else (0, None)
    return count, last


async def save_unmapped(tx: TenantTx, codes: Iterable[Unmapped]) -> None:
    """Queues codes and counts one patient more for each given. Mapped and ignored ones stay so."""
    counted: dict[tuple[str, str], tuple[Unmapped, int]] = {}
    for code in codes:
        _, seen = counted.get((code.system, code.code), (code, 0))
        counted[code.system, code.code] = (code, seen + 1)
    for code, seen in counted.values():
        values = {
            "system": code.system,
            "code": code.code,
            "display": code.display,
            "resource_type": code.resource_type,
            "seen": seen,
            "state": "open",
            "first_seen": tx.now,
            "last_seen": tx.now,
        }
        await tx.upsert(
            UNMAPPED,
            ("system", "code"),
            values,
            changes={"seen": UNMAPPED.c.seen + seen, "last_seen": tx.now},
        )


async def touch_unmapped(tx: TenantTx, codes: Iterable[Unmapped]) -> None:
    """Codes that a patient's chart carries still: queued if they never were, else only dated."""
    for code in codes:
        values = {
            "system": code.system,
            "code": code.code,
            "display": code.display,
            "resource_type": code.resource_type,
            "seen": 1,
            "state": "open",
            "first_seen": tx.now,
            "last_seen": tx.now,
        }
        changes = {"last_seen": tx.now}
        await tx.upsert(UNMAPPED, ("system", "code"), values, changes=changes)


async def leave_unmapped(tx: TenantTx, codes: Iterable[tuple[str, str]]) -> None:
    """Codes (system, code) that one patient's chart no longer carries."""
    for system, code in codes:
        same = (UNMAPPED.c.system == system, UNMAPPED.c.code == code, UNMAPPED.c.seen > 0)
        await tx.run(tx.update(UNMAPPED).where(*same).values(seen=UNMAPPED.c.seen - 1))


async def load_unmapped(tx: TenantTx, *, state: str = "open") -> tuple[UnmappedCode, ...]:
    """The queue, what is seen most first; open codes that no chart carries are left out."""
    query = tx.select(UNMAPPED).where(UNMAPPED.c.state == state)
    if state == "open":
        query = query.where(UNMAPPED.c.seen > 0)
    order = (UNMAPPED.c.seen.desc(), UNMAPPED.c.system, UNMAPPED.c.code)
    return tuple(
        UnmappedCode(
            system=row.system,
            code=row.code,
            display=row.display,
            resource_type=row.resource_type,
            seen=row.seen,
            state=row.state,
            first_seen=row.first_seen,
            last_seen=row.last_seen,
        )
        for row in await tx.all(query.order_by(*order))
    )


async def settle_unmapped(tx: TenantTx, system: str, code: str, *, state: str) -> None:
    """Takes a code out of the queue: mapped or ignored."""
    same = (UNMAPPED.c.system == system, UNMAPPED.c.code == code)
    await tx.run(tx.update(UNMAPPED).where(*same).values(state=state))


async def count_quality(tx: TenantTx, day: date, counts: Mapping[tuple[str, str], int]) -> None:
    """Adds to a day's counters, keyed by (resource type, code)."""
    for (resource_type, code), count in counts.items():
        values = {"day": day, "resource_type": resource_type, "code": code, "count": count}
        await tx.upsert(
            QUALITY,
            ("day", "resource_type", "code"),
            values,
            changes={"count": QUALITY.c["count"] + count},
        )


async def load_quality(tx: TenantTx, *, since: date) -> Mapping[tuple[str, str], int]:
    """Sums per (resource type, code) from that day on."""
    sums: dict[tuple[str, str], int] = {}
    for row in await tx.all(tx.select(QUALITY).where(QUALITY.c.day >= since)):
        key = (row.resource_type, row.code)
        sums[key] = sums.get(key, 0) + row._mapping["count"]
    return sums
