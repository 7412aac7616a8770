"""The schema, one module per aggregate. Shapes only: no queries, no sealing.

Every column whose name ends in `_sealed` holds a sealed cell; what stands beside it identifies
nobody. Times are UTC. `patient_key` is the blind index of the patient's id in that tenant.
"""

from app.store.tables.audit import AuditHead, AuditRow
from app.store.tables.base import METADATA, Row, sealed_columns
from app.store.tables.charts import ChartSnapshot, ContactValue, PatientRef
from app.store.tables.codes import CodeMapping, DataQuality, UnmappedCode
from app.store.tables.contact_rules import ContactRuleRow
from app.store.tables.gaps import GapDecisionRow
from app.store.tables.inbound import InboundRow
from app.store.tables.jobs import TenantPaceRow, WorkerRow
from app.store.tables.keys import ClientKeyRow, DataKeyRow
from app.store.tables.launches import LaunchRow, PendingLaunchRow, TokenSetRow
from app.store.tables.ledger import ConflictRow, LedgerAttempt, LedgerRow
from app.store.tables.needs import NeedItemRow, NeedRow
from app.store.tables.outreach import ConsentRow, OutboundRow, OutreachRow, ReceiptRow
from app.store.tables.tenants import TenantCapability, TenantRow, UserAccount

__all__ = [
    "METADATA",
    "AuditHead",
    "AuditRow",
    "ChartSnapshot",
    "ClientKeyRow",
    "CodeMapping",
    "ConflictRow",
    "ConsentRow",
    "ContactRuleRow",
    "ContactValue",
    "DataKeyRow",
    "DataQuality",
    "GapDecisionRow",
    "InboundRow",
    "LaunchRow",
    "LedgerAttempt",
    "LedgerRow",
    "NeedItemRow",
    "NeedRow",
    "OutboundRow",
    "OutreachRow",
    "PatientRef",
    "PendingLaunchRow",
    "ReceiptRow",
    "Row",
    "TenantCapability",
    "TenantPaceRow",
    "TenantRow",
    "TokenSetRow",
    "UnmappedCode",
    "UserAccount",
    "WorkerRow",
    "sealed_columns",
]
