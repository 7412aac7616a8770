"""The desk for message templates and sequences: versions listed, added, approved, retired.

Each change is one transaction with its audit row. Changes no version's words, ever.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import structs

from app.errors import InvalidInput, NotFound
from app.outreach.message import Template, Variant, find_variables
from app.store.audit import AuditEntry, append_audit
from app.store.db import Store
from app.store.records.contact_rules import RuleRow, load_rules, save_rule, save_rule_state
from app.store.transactions import TenantTx
from app.sync.own_rules import (
    KINDS,
    Kind,
    Rule,
    Version,
    find_findings,
    list_versions,
    merge_rules,
)
from app.sync.rule_files import ContactRules

MOST_CHARS = 3000


@dataclass(frozen=True, slots=True)
class Shelf:
    """Versions, the newest of each first, and the rules that they make together."""

    versions: tuple[Version, ...]
    rules: ContactRules

    def find(self, kind: str, key: str, version: int) -> Version:
        """Raises NotFound."""
        for found in self.versions:
            if (found.kind, found.rule.key, found.rule.version) == (kind, key, version):
                return found
        raise NotFound("There is no such version.")


@dataclass(slots=True)
class RuleDesk:
    """`who` in every call is the user id, or `system:cli`."""

    store: Store
    shipped: ContactRules

    async def load(
        self, tenant_id: str, who: str, *, launch_id: str = "", request_id: str = ""
    ) -> Shelf:
        """Every version; that they were shown is on record."""
        async with self.store.write(tenant_id) as tx:
            entry = AuditEntry(
                action="message.view",
                actor_id=who,
                launch_id=launch_id,
                purpose="HOPERAT",
                request_id=request_id,
            )
            await append_audit(tx, entry)
            return self._shelf(await load_rules(tx))

    async def add(self, tenant_id: str, rules: tuple[tuple[Kind, Rule], ...], who: str) -> Shelf:
        """New versions as drafts, all or none. Raises InvalidInput for one that is there."""
        async with self.store.write(tenant_id) as tx:
            for kind, rule in rules:
                if self._is_shipped(kind, rule) or not await _save(tx, kind, rule, who):
                    raise InvalidInput(
                        f"{rule.key} version {rule.version} is there already. A change is a new "
                        "version: give it a higher number.",
                        field="version",
                    )
            shelf = self._shelf(await load_rules(tx))
        made = {(kind, rule.key, rule.version) for kind, rule in rules}
        mine = (v for v in shelf.versions if (v.kind, v.rule.key, v.rule.version) in made)
        return Shelf(tuple(mine), shelf.rules)

    async def approve(self, tenant_id: str, kind: str, key: str, version: int, who: str) -> None:
        """In force for new plans from now on. Raises NotFound, InvalidInput naming what stands
        against it."""
        async with self.store.write(tenant_id) as tx:
            shelf = self._shelf(await load_rules(tx))
            found = shelf.find(kind, key, version)
            if findings := find_findings(found.rule, shelf.rules):
                raise InvalidInput(f"It cannot be approved yet. {'. '.join(findings)}.")
            changes = {"state": "approved", "approved_by": who, "approved_at": tx.now}
            await self._change(tx, found, changes, who, "approved")

    async def retire(self, tenant_id: str, kind: str, key: str, version: int, who: str) -> None:
        """No new plan uses it; what is planned keeps its words. Raises NotFound."""
        async with self.store.write(tenant_id) as tx:
            found = self._shelf(await load_rules(tx)).find(kind, key, version)
            changes = {"state": "retired", "retired_by": who, "retired_at": tx.now}
            await self._change(tx, found, changes, who, "retired")

    def _shelf(self, rows: tuple[RuleRow, ...]) -> Shelf:
        return Shelf(list_versions(self.shipped, rows), merge_rules(self.shipped, rows))

    async def _change(
        self, tx: TenantTx, found: Version, changes: Mapping[str, Any], who: str, what: str
    ) -> None:
        kind, rule = found.kind, found.rule
        if found.is_shipped and found.row is None:
            await save_rule(
                tx, kind, rule.key, rule.version, body="", state="approved", made_by=who
            )
        await save_rule_state(tx, kind, rule.key, rule.version, changes)
        await _record(tx, kind, rule, who, what)

    def _is_shipped(self, kind: Kind, rule: Rule) -> bool:
        known: tuple[Rule, ...] = (
            self.shipped.templates if kind == "template" else self.shipped.sequences
        )
        return any((r.key, r.version) == (rule.key, rule.version) for r in known)


async def _save(tx: TenantTx, kind: Kind, rule: Rule, who: str) -> bool:
    body = msgspec.json.encode(rule).decode()
    if not await save_rule(tx, kind, rule.key, rule.version, body=body, state="draft", made_by=who):
        return False
    await _record(tx, kind, rule, who, "added")
    return True


async def _record(tx: TenantTx, kind: Kind, rule: Rule, who: str, what: str) -> None:
    detail: dict[str, str | int | bool] = {"kind": kind, "key": rule.key, "version": rule.version}
    entry = AuditEntry(action=f"message.{what}", actor_id=who, purpose="HOPERAT", detail=detail)
    await append_audit(tx, entry)


def parse_kind(text: str) -> Kind:
    """Raises InvalidInput."""
    for kind in KINDS:
        if kind == text:
            return kind
    raise InvalidInput("This form cannot be read.")


def build_version(
    versions: tuple[Version, ...], key: str, place: int, typed: Mapping[str, str]
) -> Template:
    """The newest version of the template with one variant's words changed, as the next version.

    Raises NotFound, InvalidInput for words that cannot be rendered."""
    same = [v.rule for v in versions if isinstance(v.rule, Template) and v.rule.key == key]
    if not same or not 0 <= place < len(same[0].variants):
        raise NotFound("There is no such template.")
    newest = same[0]
    variant = newest.variants[place]
    changed = structs.replace(
        variant,
        text=typed.get("text", "").replace("\r\n", "\n").strip(),
        subject=typed.get("subject", "").strip(),
        reviewed_by=typed.get("reviewed_by", "").strip(),
    )
    check_words(changed)
    variants = (*newest.variants[:place], changed, *newest.variants[place + 1 :])
    return structs.replace(
        newest,
        version=newest.version + 1,
        variants=variants,
        approved_by="",
        approved_on=None,
    )


def check_words(variant: Variant) -> None:
    """Raises InvalidInput naming the field."""
    if not variant.text:
        raise InvalidInput("Write what it says.", field="text")
    for name, text in (("text", variant.text), ("subject", variant.subject)):
        if len(text) > MOST_CHARS:
            raise InvalidInput("This is too long.", field=name)
        try:
            find_variables(text)
        except ValueError as exc:
            raise InvalidInput(f"This cannot be used: {exc}.", field=name) from exc
