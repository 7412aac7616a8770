"""`chartside audit …`: examine the log. Changes nothing but the file of anchors."""

import sys
from typing import Annotated, Any

import msgspec
import typer

from app.cli.store_access import Format, FormatOption, TenantOption, emit, run_command, stop
from app.settings import Settings
from app.store.anchors import ANCHOR_FILE, Anchor, append_anchors, load_anchors
from app.store.audit import AuditEntry, append_audit
from app.store.audit_chain import ChainReport, load_chains, verify_chain
from app.store.audit_event import build_audit_event
from app.store.db import Store
from app.store.records.disclosures import load_patient_history, load_records
from app.store.tables.audit import AUDIT_HEAD

group = typer.Typer(help="The audit log", no_args_is_help=True)


@group.command()
def verify(tenant: TenantOption = "", form: FormatOption = Format.TEXT) -> None:
    """Walk every chain; exit 1 and name the first entry that does not hold."""
    reports, forged = run_command(lambda store, settings: _verify(store, settings, tenant))
    emit([_show(report) for report in reports], form)
    if forged:
        sys.stderr.write(f"{forged} lines of {ANCHOR_FILE} were changed\n")
    if forged or not all(report.holds for report in reports):
        raise typer.Exit(1)


@group.command()
def anchor() -> None:
    """Write down where every chain stands, in a file to keep elsewhere."""
    count = run_command(_anchor)
    sys.stdout.write(f"{count} chains anchored in {ANCHOR_FILE}\n")


@group.command()
def export(tenant: TenantOption) -> None:
    """The tenant's log as FHIR AuditEvents (IHE BALP), one JSON line each."""

    async def work(store: Store, _settings: Settings) -> None:
        async with store.read(tenant) as tx:
            async for record in load_records(tx):
                line = msgspec.json.encode(build_audit_event(record))
                sys.stdout.write(line.decode() + "\n")
        await _note(store, tenant, AuditEntry(action="audit.exported", actor_id="system:cli"))

    run_command(work)


@group.command()
def disclosures(
    tenant: TenantOption,
    patient: Annotated[str, typer.Option(help="the patient's FHIR id")],
    everything: Annotated[
        bool, typer.Option("--everything", help="with treatment, payment, operations")
    ] = False,
    form: FormatOption = Format.TEXT,
) -> None:
    """Who did what with a patient's record in six years (45 CFR 164.528)."""

    async def work(store: Store, _settings: Settings) -> list[dict[str, Any]]:
        async with store.read(tenant) as tx:
            key = tx.patient_key(patient)
            records = await load_patient_history(tx, patient, with_exempt=everything)
        entry = AuditEntry(
            action="disclosures.exported",
            actor_id="system:cli",
            patient_key=key,
            purpose="HOPERAT",
        )
        await _note(store, tenant, entry)
        return [
            {
                "at": record.at.isoformat(),
                "who": record.actor_id,
                "action": record.action,
                "outcome": record.outcome,
                "purpose": record.purpose,
                "entry": record.seq,
            }
            for record in records
        ]

    emit(run_command(work), form)


async def _verify(store: Store, settings: Settings, tenant: str) -> tuple[list[ChainReport], int]:
    anchors, forged = load_anchors(settings.data_dir / ANCHOR_FILE, store.vault.roots.audit)
    async with store.read_wide() as tx:
        chains = (tenant,) if tenant else await load_chains(tx, anchors)
        reports = [await verify_chain(tx.within(name), anchors) for name in chains]
    if tenant and not reports[0].rows and reports[0].holds:
        stop("There is no chain of that tenant.", 2)
    return reports, forged


async def _anchor(store: Store, settings: Settings) -> int:
    async with store.read_wide() as tx:
        rows = await tx.all(AUDIT_HEAD.select())
    anchors = [Anchor(row.tenant_id, row.seq, row.mac) for row in rows if row.seq]
    path = settings.data_dir / ANCHOR_FILE
    append_anchors(path, store.vault.roots.audit, anchors, store.clock())
    return len(anchors)


async def _note(store: Store, tenant: str, entry: AuditEntry) -> None:
    async with store.write(tenant) as tx:
        await append_audit(tx, entry)


def _show(report: ChainReport) -> dict[str, Any]:
    return {
        "tenant": report.tenant_id or "(the product's own)",
        "rows": report.rows,
        "holds": report.holds,
        "first_bad": report.first_bad,
        "reason": report.reason,
    }
