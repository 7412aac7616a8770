"""What pages may use: use cases, the renderer, the clock. Built by main, one per process."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from app.clinical.care_gaps import Measures
from app.clinical.immunization import Tables
from app.settings import Settings
from app.sync.charts import Charts
from app.sync.code_desk import CodeDesk
from app.sync.consent_desk import ConsentDesk
from app.sync.desk import ContactDesk
from app.sync.gap_desk import GapDesk
from app.sync.looks import Looks
from app.sync.need_desk import NeedDesk
from app.sync.outreach_desk import OutreachDesk
from app.sync.outreach_work import OutreachWork
from app.sync.reply_desk import ReplyDesk
from app.sync.resolve import Resolver
from app.sync.rule_desk import RuleDesk
from app.sync.signed_desk import SignedDesk
from app.sync.stop_desk import StopDesk
from app.sync.visits import Visits
from app.sync.worklist import WorklistDesk
from app.sync.write_acts import WriteActs
from app.web.render import Renderer
from launch.service import LaunchService


@dataclass(frozen=True, slots=True)
class Services:
    """`csrf_keys` sign the forms of every launch, the current one first; `find_missing` names the
    part that is not ready, "" when all are."""

    settings: Settings
    renderer: Renderer
    launches: LaunchService
    visits: Visits
    charts: Charts
    looks: Looks
    desk: ContactDesk
    consents: ConsentDesk
    signed: SignedDesk
    outreach: OutreachDesk
    work: OutreachWork
    worklist: WorklistDesk
    replies: ReplyDesk
    stops: StopDesk
    needs: NeedDesk
    resolver: Resolver
    codes: CodeDesk
    rules: RuleDesk
    acts: WriteActs
    measures: Measures
    gaps: GapDesk
    immunizations: Tables
    csrf_keys: tuple[bytes, ...] = field(repr=False)
    clock: Callable[[], datetime]
    find_missing: Callable[[], Awaitable[str]]
