"""Who may do what: one declared matrix, deny by default. No I/O, no look-up of roles.

Every route of the app names one of these actions; `undeclared` lists those that do not.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.errors import AccessDenied


class Role(StrEnum):
    """What an administrator may assign. A person without one may do nothing."""

    CLINICIAN = "clinician"
    COORDINATOR = "coordinator"
    ADMIN = "admin"
    AUDITOR = "auditor"


class Action(StrEnum):
    """Everything a route or a use case can ask for."""

    CHART_VIEW = "chart.view"
    CHART_REFRESH = "chart.refresh"
    CONTACT_EDIT = "contact.edit"
    CONSENT_EDIT = "consent.edit"
    CONFLICT_CHOOSE = "conflict.choose"
    OUTREACH_VIEW = "outreach.view"
    OUTREACH_PLAN = "outreach.plan"
    REPLY_VIEW = "reply.view"
    REPLY_HANDLE = "reply.handle"
    GAP_DISMISS = "gap.dismiss"
    RISK_VIEW = "risk.view"
    WORKLIST_VIEW = "worklist.view"
    WRITE_RETRY = "write.retry"
    LEDGER_VIEW = "ledger.view"
    BREAK_GLASS = "break_glass"
    DATA_QUALITY_VIEW = "data_quality.view"
    MAPPING_EDIT = "mapping.edit"
    MESSAGE_EDIT = "message.edit"
    AUDIT_VIEW = "audit.view"
    DISCLOSURES_EXPORT = "disclosures.export"
    TENANT_VIEW = "tenant.view"
    TENANT_EDIT = "tenant.edit"
    USER_MANAGE = "user.manage"
    KEY_ROTATE = "key.rotate"


class Section(StrEnum):
    """The parts of a chart page that are shown or withheld as a whole."""

    BANNER = "banner"
    CONTACT = "contact"
    CONSENT = "consent"
    OUTREACH = "outreach"
    VISITS = "visits"
    WRITES = "writes"
    GAPS = "gaps"
    GAP_EVIDENCE = "gap_evidence"
    RISK = "risk"
    CONDITIONS = "conditions"
    RESULTS = "results"
    MEDICATIONS = "medications"
    IMMUNIZATIONS = "immunizations"
    CARE_TEAM = "care_team"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person at work. `role` None = signed in, nothing assigned. Disabled people may nothing."""

    user_id: str
    tenant_id: str
    role: Role | None = None
    disabled: bool = False


_CHART_WORK = frozenset(
    {
        Action.CHART_VIEW,
        Action.CHART_REFRESH,
        Action.CONTACT_EDIT,
        Action.CONSENT_EDIT,
        Action.CONFLICT_CHOOSE,
        Action.OUTREACH_VIEW,
        Action.OUTREACH_PLAN,
        Action.REPLY_VIEW,
        Action.REPLY_HANDLE,
        Action.WORKLIST_VIEW,
        Action.WRITE_RETRY,
    }
)

MATRIX: Mapping[Role, frozenset[Action]] = {
    Role.CLINICIAN: _CHART_WORK | {Action.GAP_DISMISS, Action.RISK_VIEW, Action.BREAK_GLASS},
    Role.COORDINATOR: _CHART_WORK,
    Role.ADMIN: frozenset(
        {
            Action.LEDGER_VIEW,
            Action.WRITE_RETRY,
            Action.DATA_QUALITY_VIEW,
            Action.MAPPING_EDIT,
            Action.MESSAGE_EDIT,
            Action.TENANT_VIEW,
            Action.TENANT_EDIT,
            Action.USER_MANAGE,
            Action.KEY_ROTATE,
        }
    ),
    Role.AUDITOR: frozenset(
        {Action.AUDIT_VIEW, Action.DISCLOSURES_EXPORT, Action.LEDGER_VIEW, Action.TENANT_VIEW}
    ),
}

_OUTREACH_SECTIONS = frozenset(
    {
        Section.BANNER,
        Section.CONTACT,
        Section.CONSENT,
        Section.OUTREACH,
        Section.VISITS,
        Section.WRITES,
        Section.GAPS,
    }
)

SECTIONS: Mapping[Role, frozenset[Section]] = {
    Role.CLINICIAN: frozenset(Section),
    # Minimum necessary, 45 CFR 164.514(d)(2): arranging contact needs who, how and about what,
    # so gap names, not the results, medicines and conditions behind them.
    Role.COORDINATOR: _OUTREACH_SECTIONS,
    Role.ADMIN: frozenset(),
    Role.AUDITOR: frozenset(),
}


def may(actor: Actor | None, action: Action) -> bool:
    """Whether the matrix allows it. Nobody, no role, disabled or unknown role: no."""
    if actor is None or actor.disabled or actor.role is None:
        return False
    return action in MATRIX.get(actor.role, frozenset())


def require_may(actor: Actor | None, action: Action) -> None:
    """Raises AccessDenied unless `may`."""
    if not may(actor, action):
        raise AccessDenied


def visible_sections(role: Role | None) -> frozenset[Section]:
    """The parts of a chart that this role sees; none without a role."""
    return SECTIONS.get(role, frozenset()) if role is not None else frozenset()


def parse_role(text: str) -> Role | None:
    """The role of that name, or None: an unknown name never grants anything."""
    try:
        return Role(text)
    except ValueError:
        return None


def undeclared(routes: Iterable[str], declared: Mapping[str, Action | None]) -> tuple[str, ...]:
    """Route names without a declared action. None declares a route open to everyone."""
    return tuple(sorted(set(routes) - set(declared)))
