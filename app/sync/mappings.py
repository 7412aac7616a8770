"""A tenant's own code mappings: as normalize takes them, and as a person changes them.

Puts none into kept charts (see remaking) and shows none.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.clinical.code_shapes import is_plausible
from app.clinical.elements import Coding
from app.clinical.remap import PLACES
from app.clinical.terminology import CLINICAL, TEXT, Mappings, canonical_system
from app.errors import InvalidInput, NotFound
from app.store.audit import AuditEntry, append_audit
from app.store.db import Store
from app.store.records.codes import (
    CodeMapping,
    load_mapping,
    load_mapping_stamp,
    load_mappings,
    remove_mapping,
    save_mapping,
    settle_unmapped,
)
from app.store.transactions import TenantTx


def build_mappings(rows: Iterable[CodeMapping]) -> Mappings:
    """The stored rows as the table that codes are looked up in."""
    return Mappings(
        {
            (row.system, row.code): Coding(row.target_system, row.target_code, row.target_display)
            for row in rows
        }
    )


@dataclass(slots=True)
class MappingTables:
    """One per process. A table is kept until its stamp in the store changes, so that what another
    process or a command changed is in force with the next reading."""

    store: Store
    _known: dict[str, tuple[object, Mappings]] = field(default_factory=dict)

    async def load(self, tenant_id: str) -> Mappings:
        """The tenant's table as it stands now."""
        async with self.store.read(tenant_id) as tx:
            stamp = await load_mapping_stamp(tx)
            known = self._known.get(tenant_id)
            if known is not None and known[0] == stamp:
                return known[1]
            table = build_mappings(await load_mappings(tx))
        self._known[tenant_id] = (stamp, table)
        return table


LONGEST = 200
NO_TARGET = "No rule reads codes of this system."


def parse_mapping(
    system: str,
    code: str,
    target_system: str,
    target_code: str,
    display: str = "",
    *,
    resource_type: str = "",
) -> CodeMapping:
    """A mapping as a person typed it. Raises InvalidInput with the field that cannot be so.

    The target must be in a system that rules may name, and ask for in facts of `resource_type`
    where that is given; `system` is `urn:chartside:text` for words.
    """
    source, target = canonical_system(system.strip()), canonical_system(target_system.strip())
    local = code.strip().casefold() if source == TEXT else code.strip()
    meant = target_code.strip()
    for name, value in (("system", source), ("code", local), ("target_code", meant)):
        if not value or len(value) > LONGEST or not value.isprintable():
            raise InvalidInput("This must be one line of up to 200 characters.", field=name)
    place = PLACES.get(resource_type)
    if target not in (place.wanted if place else CLINICAL) or target == TEXT:
        raise InvalidInput(NO_TARGET, field="target_system")
    if not is_plausible(target, meant):
        raise InvalidInput("This cannot be a code of that system.", field="target_code")
    if (source, local) == (target, meant):
        raise InvalidInput("This code already means itself.", field="target_code")
    return CodeMapping(source, local, target, meant, " ".join(display.split())[:LONGEST])


async def keep_mapping(
    store: Store, tenant_id: str, mapping: CodeMapping, *, mapped_by: str
) -> CodeMapping | None:
    """Saves the mapping alone: in force with the next reading, not yet in the kept charts (see
    remaking). The mapping that it replaces, None for a new one or the same again."""
    async with store.write(tenant_id) as tx:
        former = await load_mapping(tx, mapping.system, mapping.code)
        await save_mapping(tx, mapping, mapped_by=mapped_by)
        target = {"target_system": mapping.target_system, "target_code": mapping.target_code}
        await _note(tx, "mapping.saved", mapping.system, mapping.code, mapped_by, target)
    return former if former is not None and target_of(former) != target_of(mapping) else None


async def forget_mapping(
    store: Store, tenant_id: str, system: str, code: str, *, removed_by: str
) -> CodeMapping:
    """Takes a mapping out of the table alone; its code waits again. Raises NotFound."""
    system = canonical_system(system.strip())
    code = code.strip().casefold() if system == TEXT else code.strip()
    async with store.write(tenant_id) as tx:
        former = await load_mapping(tx, system, code)
        if former is None or not await remove_mapping(tx, system, code):
            raise NotFound("There is no mapping of that code.")
        await _note(tx, "mapping.removed", system, code, removed_by)
    return former


def target_of(mapping: CodeMapping) -> Coding:
    return Coding(mapping.target_system, mapping.target_code, mapping.target_display)


async def leave_out(
    store: Store, tenant_id: str, system: str, code: str, *, state: str, by: str
) -> None:
    """A code that nobody needs to map ("ignored"), or one that waits again ("open"). It stays in
    the charts, and gaps that it may hide stay undecided."""
    async with store.write(tenant_id) as tx:
        await settle_unmapped(tx, system, code, state=state)
        await _note(tx, f"mapping.{state}", system, code, by)


async def _note(
    tx: TenantTx,
    action: str,
    system: str,
    code: str,
    actor: str,
    more: dict[str, str] | None = None,
) -> None:
    detail = {"system": system, "code": code, **(more or {})}
    await append_audit(
        tx, AuditEntry(action=action, actor_id=actor, purpose="HOPERAT", detail=detail)
    )
