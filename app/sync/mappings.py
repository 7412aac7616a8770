"""A tenant's own code mappings, as normalize takes them. Decides none and shows none."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.clinical.elements import Coding
from app.clinical.terminology import Mappings
from app.store.db import Store
from app.store.records.codes import CodeMapping, load_mapping_stamp, load_mappings


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
