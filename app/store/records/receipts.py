"""The gate's receipts, kept and never changed. Judges nothing."""

import uuid
from dataclasses import dataclass

import msgspec

from app.errors import SealBroken
from app.outreach.request import Receipt
from app.store.records.outreach import Content
from app.store.tables.outreach import RECEIPT
from app.store.transactions import TenantTx


@dataclass(frozen=True, slots=True)
class StoredReceipt:
    """`content_key` stands for channel, address, subject and text: what was judged, exactly."""

    receipt_id: str
    outreach_id: str
    channel: str
    purpose: str
    content_key: str
    receipt: Receipt


def build_content_key(tx: TenantTx, channel: str, content: Content) -> str:
    """Equal for equal channel, address, subject and text; says nothing about them."""
    parts = [channel, content.address, content.subject, content.body]
    return tx.blind("outbound", "content", msgspec.json.encode(parts).decode())


async def save_receipt(
    tx: TenantTx,
    outreach_id: str,
    receipt: Receipt,
    *,
    channel: str,
    purpose: str,
    content: Content,
) -> str:
    """Keeps the gate's answer about this content; the receipt's id."""
    receipt_id = uuid.uuid4().hex
    body = msgspec.json.encode(receipt)
    values = {
        "receipt_id": receipt_id,
        "outreach_id": outreach_id,
        "channel": channel,
        "purpose": purpose,
        "content_key": build_content_key(tx, channel, content),
        "decided_at": receipt.at,
        "allowed": receipt.allowed,
        "rule_id": receipt.denials[0].rule_id if receipt.denials else "",
        "next_allowed": receipt.next_allowed,
        "rules_version": receipt.rules_version,
        "detail_sealed": tx.seal(RECEIPT, "detail_sealed", receipt_id, body),
        "detail_mac": _build_mac(tx, body),
    }
    await tx.insert(RECEIPT, values)
    return receipt_id


async def load_receipts(tx: TenantTx, outreach_id: str) -> tuple[StoredReceipt, ...]:
    """Every answer that the gate gave about this outreach, oldest first.

    Raises SealBroken for one that is not as it was kept.
    """
    query = tx.select(RECEIPT).where(RECEIPT.c.outreach_id == outreach_id)
    found = []
    for row in await tx.all(query.order_by(RECEIPT.c.decided_at, RECEIPT.c.receipt_id)):
        body = await tx.open(RECEIPT, "detail_sealed", row.receipt_id, row.detail_sealed)
        if _build_mac(tx, body) != row.detail_mac:
            raise SealBroken
        found.append(
            StoredReceipt(
                row.receipt_id,
                row.outreach_id,
                row.channel,
                row.purpose,
                row.content_key,
                msgspec.json.decode(body, type=Receipt),
            )
        )
    return tuple(found)


def _build_mac(tx: TenantTx, body: bytes) -> str:
    return tx.blind("receipts", "detail", body.decode())
