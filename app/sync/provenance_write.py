"""A Provenance beside what we wrote, where the EHR takes one. Best effort: it changes no state.

Provenance has no identifier in R4, so it is sent once, right after the write, and never repeated.
"""

import json
import logging
from dataclasses import replace

from app.errors import AppError
from app.fhir.client import FhirClient
from app.store.records.ledger import LedgerEntry
from app.sync.intent_jobs import build_frame
from app.sync.patient_write import WriteResult
from app.sync.payloads.provenance import build_provenance
from app.sync.visits import Visit
from app.sync.write_route import Terms

LOG = logging.getLogger(__name__)


def may_send_provenance(terms: Terms, entry: LedgerEntry, result: WriteResult) -> bool:
    """Advertised and granted, and this very attempt wrote something: a later look adopts."""
    capability = terms.site.capability
    wrote = result.state in ("in_ehr", "noted") and result.rounds > 0 and result.resource_id != ""
    return (
        wrote
        and entry.attempts == 0
        and capability is not None
        and capability.has("Provenance", "create")
        and terms.granted.allow("Provenance", "create")
    )


async def send_provenance(
    client: FhirClient, visit: Visit, entry: LedgerEntry, terms: Terms, result: WriteResult
) -> bool:
    """Whether the EHR took it. Whose sign-in carried what nobody saved is not its author."""
    frame = build_frame(visit, entry, terms)
    if not entry.user_id:
        frame = replace(frame, author="")
    target = f"{result.resource_type}/{result.resource_id}"
    if result.resource_type == "Patient" and result.version:
        target += f"/_history/{result.version}"
    try:
        made = build_provenance(target, frame)
        await client.send("POST", "Provenance", json.dumps(made).encode())
    except AppError as exc:
        LOG.info("no provenance for a write: %s", exc.code)
        return False
    return True
