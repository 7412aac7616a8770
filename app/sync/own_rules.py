"""The practice's own message templates and sequences beside the shipped ones.

What is in force for new plans: shipped versions that are not retired here, and own ones that are
approved. A planned message keeps the version it was planned with, retired or not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import msgspec
from msgspec import structs

from app.errors import ConfigError, InvalidInput
from app.outreach import sequence as sequences
from app.outreach.lint import WORDS, lint_template
from app.outreach.message import Template, load_templates
from app.outreach.sequence import load_sequences
from app.store.records.contact_rules import RuleRow, load_rules
from app.store.transactions import TenantTx
from app.sync.rule_files import ContactRules

Kind = Literal["template", "sequence"]
KINDS: tuple[Kind, ...] = ("template", "sequence")
Rule = Template | sequences.Sequence


@dataclass(frozen=True, slots=True)
class Version:
    """One version with what is known of it. `state`: draft, approved, retired."""

    kind: Kind
    rule: Rule
    state: str
    is_shipped: bool
    row: RuleRow | None = None


async def load_tenant_rules(tx: TenantTx, shipped: ContactRules) -> ContactRules:
    """The rules with this practice's templates and sequences among them."""
    rows = await load_rules(tx)
    return merge_rules(shipped, rows) if rows else shipped


def merge_rules(shipped: ContactRules, rows: Sequence[RuleRow]) -> ContactRules:
    """Templates keep all versions, so that a planned one is found; those not in force are not
    approved. Sequences are what may begin now."""
    known = list_versions(shipped, rows)
    templates = tuple(_in_force(v.rule, v) for v in known if isinstance(v.rule, Template))
    begun = tuple(
        v.rule for v in known if isinstance(v.rule, sequences.Sequence) and v.state == "approved"
    )
    return replace(shipped, templates=templates, sequences=begun)


def _in_force(template: Template, version: Version) -> Template:
    if version.state != "approved":
        return structs.replace(template, approved_on=None)
    if version.row is None or version.is_shipped or version.row.approved_at is None:
        return template
    return structs.replace(
        template,
        approved_by=version.row.approved_by,
        approved_on=version.row.approved_at.date(),
    )


def list_versions(shipped: ContactRules, rows: Sequence[RuleRow]) -> tuple[Version, ...]:
    """Every version, shipped and own, by kind and key, the newest first. Raises ConfigError."""
    said = {(row.kind, row.rule_key, row.rule_version): row for row in rows}
    found = [_shipped("template", t, said) for t in shipped.templates]
    found += [_shipped("sequence", s, said) for s in shipped.sequences]
    found += [_own(row) for row in rows if row.body]
    return tuple(sorted(found, key=lambda v: (KINDS.index(v.kind), v.rule.key, -v.rule.version)))


def _shipped(kind: Kind, rule: Rule, said: dict[tuple[str, str, int], RuleRow]) -> Version:
    row = said.get((kind, rule.key, rule.version))
    ready = not isinstance(rule, Template) or rule.approved_on is not None
    state = row.state if row else "approved" if ready else "draft"
    return Version(kind, rule, state, is_shipped=True, row=row)


def _own(row: RuleRow) -> Version:
    kind: Kind = "template" if row.kind == "template" else "sequence"
    rule: Rule
    try:
        if kind == "template":
            rule = msgspec.json.decode(row.body, type=Template)
        else:
            rule = msgspec.json.decode(row.body, type=sequences.Sequence)
    except msgspec.DecodeError as exc:
        raise ConfigError(f"{row.kind} {row.rule_key} cannot be read.") from exc
    return Version(kind, rule, row.state, is_shipped=False, row=row)


def find_findings(rule: Rule, rules: ContactRules) -> tuple[str, ...]:
    """What stands against approving it, a line each; `rules` are those of the practice."""
    if isinstance(rule, sequences.Sequence):
        known = {t.key for t in rules.templates if t.approved_on is not None}
        missing = [s.template for s in rule.steps if s.template and s.template not in known]
        return tuple(f"No approved template is named {key}" for key in dict.fromkeys(missing))
    said = []
    for found in lint_template(rule, rules.gate):
        where = " ".join(part for part in (found.language, found.channel) if part)
        what = f": {found.found}" if found.found else ""
        said.append(f"{where}: {WORDS[found.code]}{what}" if where else WORDS[found.code])
    return tuple(dict.fromkeys(said))


def parse_rules(text: str) -> tuple[tuple[Kind, Rule], ...]:
    """A file in the shape of the shipped ones, templates or sequences or both. Approvals in it
    count for nothing here. Raises InvalidInput saying what is wrong."""
    try:
        has_templates = "[[template]]" in text
        templates = load_templates(text) if has_templates else ()
        begun = load_sequences(text) if "[[sequence]]" in text else ()
    except ConfigError as exc:
        raise InvalidInput(str(exc.user_message)) from exc
    plain = [structs.replace(t, approved_by="", approved_on=None) for t in templates]
    found: list[tuple[Kind, Rule]] = [("template", t) for t in plain]
    found += [("sequence", s) for s in begun]
    if not found:
        raise InvalidInput("This file holds no [[template]] and no [[sequence]].")
    return tuple(found)
