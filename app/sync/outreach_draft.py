"""A contact as it would be planned: words, way, moment, and what the gate says. Pure; saves
nothing. What is asked comes from a form; what is answered is shown before anything is kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from app.clinical.chart import Chart
from app.clinical.facts import Appointment, Patient
from app.errors import InvalidInput
from app.outreach.known import Way
from app.outreach.lint import LintFinding, lint_text
from app.outreach.localtime import ceil_minute
from app.outreach.message import (
    Template,
    Variant,
    find_template,
    find_variables,
    find_variant,
    is_usable,
    render_message,
)
from app.outreach.plan import REASON_KINDS, Reason, ReasonKind
from app.outreach.request import CHANNELS, PURPOSES, Channel, Message, Receipt
from app.store.records.outreach import Content
from app.sync.consent_form import parse_clock
from app.sync.consent_wording import write_phone
from app.sync.contact_judge import Subject, build_message
from app.sync.rule_files import ContactRules

TEMPLATES: Mapping[ReasonKind, str] = {
    "gap": "screening_due", "vaccines": "vaccines_due", "visit": "visit_reminder",
    "manual": "call_back", "reply": "reply",
}  # fmt: skip
"""The template that each reason begins with."""
OFFERS = (timedelta(0), timedelta(days=1), timedelta(days=3), timedelta(days=7))
MORNING = time(9, 30)
QUEUE = "queue:outreach"
Judge = Callable[[datetime], Receipt]
"""A question to the gate about one moment."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What a person wants to plan. `due` is an offered moment (ISO), "" for the next allowed one,
    or "other" with `day` and `clock` in the patient's own time. `words` are the person's own, for
    a template that asks for them."""

    reason: Reason
    channel: Channel
    purpose: str = "treatment"
    template_key: str = ""
    due: str = ""
    day: str = ""
    clock: str = ""
    is_mine: bool = False
    is_sequence: bool = False
    note: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """What a draft is made from. `values` fill templates; `title` says in staff words what it is
    about, `visit` is the visit that the reason names."""

    subject: Subject
    rules: ContactRules
    now: datetime
    here: ZoneInfo
    values: Mapping[str, str]
    title: str
    visit: Appointment | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """`problem` in words when there is nothing to send; `receipt` is the gate's on `due_at`;
    `offers` are moments at which it would let this go. `errors` name fields of the form."""

    ask: Ask
    way: Way | None
    content: Content
    template_version: str
    zone: str
    due_at: datetime
    receipt: Receipt
    offers: tuple[datetime, ...]
    lint: tuple[LintFinding, ...]
    problem: str
    errors: Mapping[str, str]

    @property
    def is_good(self) -> bool:
        return self.receipt.allowed and not (self.problem or self.errors or self.lint)


def parse_reason(text: str) -> Reason:
    """`gap:CMS130`, `vaccines:2027-01-12`, `visit:<id>` or `manual`. Raises InvalidInput."""
    kind, _sep, key = text.partition(":")
    if kind not in REASON_KINDS or len(key) > 200 or (kind != "manual") is not bool(key):
        raise InvalidInput("This reason for contact is not known.")
    return Reason(kind, key)


def write_reason(reason: Reason) -> str:
    return f"{reason.kind}:{reason.key}" if reason.key else reason.kind


def parse_ask(form: Mapping[str, str], preferred: Channel) -> Ask:
    """A form or a query. Raises InvalidInput for what no page of ours sends."""
    reason = parse_reason(form.get("reason", "manual"))
    channel = form.get("channel", preferred)
    purpose = form.get("purpose", "treatment")
    if channel not in CHANNELS or purpose not in PURPOSES or purpose == "marketing":
        raise InvalidInput("This form cannot be read.")
    return Ask(
        reason=reason,
        channel=channel,
        purpose=purpose,
        template_key=form.get("template", "") or TEMPLATES[reason.kind],
        due=form.get("due", ""),
        day=form.get("day", "").strip(),
        clock=form.get("clock", "").strip(),
        is_mine=form.get("assign") == "me",
        is_sequence=form.get("mode") == "sequence",
        note=form.get("note", "").strip()[:1000],
        words=form.get("words", "").strip()[:1000],
    )


def build_draft(ask: Ask, frame: Frame) -> Draft:
    """The one contact that `ask` would plan."""
    way = find_best_way(frame.subject, ask.channel, ask.purpose, frame.now)
    content, version, problem = build_content(ask, way, frame)
    message = build_message(content, ask.template_key if version else "", version, frame.rules)
    lint = find_lint(content, ask.channel, frame.rules)

    def judge(at: datetime) -> Receipt:
        return frame.subject.judge(
            way, channel=ask.channel, purpose=ask.purpose, at=at, message=message
        )

    first = judge(ceil_minute(frame.now))
    zone = first.zones[0] if first.zones else frame.here.key
    offers = build_offers(judge, first, frame.now, ZoneInfo(zone))
    errors: dict[str, str] = {}
    due_at = choose_due(ask, offers, frame.now, ZoneInfo(zone), errors)
    receipt = judge(due_at)
    return Draft(ask, way, content, version, zone, due_at, receipt, offers, lint, problem, errors)


def find_best_way(subject: Subject, channel: Channel, purpose: str, now: datetime) -> Way | None:
    """The way that is open first; without one the first on file."""
    ways = [w for w in subject.known.ways if w.channel == channel]
    best: tuple[datetime, Way] | None = None
    for way in ways:
        receipt = subject.judge(way, channel=channel, purpose=purpose, at=now, message=Message())
        lasting = [d for d in receipt.denials if d.retry_at is None and d.rule_id[0] not in "ML"]
        waits = max((d.retry_at for d in receipt.denials if d.retry_at), default=now)
        if not lasting and (best is None or waits < best[0]):
            best = waits, way
    if best is not None:
        return best[1]
    return ways[0] if ways else None


def build_content(ask: Ask, way: Way | None, frame: Frame) -> tuple[Content, str, str]:
    """(content, template version or "", what is wrong in words or "")."""
    address = way.address.value if way else ""
    plain = Content(address=address, shown=write_address(address), title=frame.title, note=ask.note)
    if ask.channel == "call":
        return plain, "", ""
    template = find_template(frame.rules.templates, ask.template_key)
    if template is None:
        return plain, "", "This template is not approved."
    variant = find_variant(template, frame.subject.known.person.language, ask.channel)
    if variant is None or not is_usable(template, variant, frame.now.date()):
        return (
            plain,
            str(template.version),
            (
                "There are no approved words in their language for this channel. "
                "Nothing goes in another language instead."
            ),
        )
    if asks_words(variant) and not ask.words:
        return plain, str(template.version), "Write what to say."
    values = {**frame.values, "own_words": ask.words}
    return fill_template(template, variant, plain, values, ask.channel)


def asks_words(variant: Variant) -> bool:
    """Whether a person writes a part of it."""
    return "own_words" in find_variables(variant.text)


def fill_template(
    template: Template,
    variant: Variant,
    plain: Content,
    values: Mapping[str, str],
    channel: Channel,
) -> tuple[Content, str, str]:
    version = str(template.version)
    try:
        said = render_message(template, variant, values, channel)
    except InvalidInput as exc:
        return plain, version, exc.user_message
    content = replace(
        plain,
        subject=said.subject,
        body=said.text,
        language=said.language,
        values={name: value for name, value in values.items() if value},
    )
    return content, version, ""


def write_address(address: str) -> str:
    return write_phone(address) if address.startswith("+") else address


def find_lint(content: Content, channel: Channel, rules: ContactRules) -> tuple[LintFinding, ...]:
    if not content.body or channel == "call":
        return ()
    return lint_text(content.body, channel, rules.gate, content.language, subject=content.subject)


def build_offers(
    judge: Judge, first: Receipt, now: datetime, there: ZoneInfo
) -> tuple[datetime, ...]:
    """The gate's next moment, then mornings of theirs as far as the gate lets them be."""
    found: list[datetime] = []
    for ahead in OFFERS:
        receipt = first
        if ahead:
            day = (now.astimezone(there) + ahead).date()
            receipt = judge(datetime.combine(day, MORNING, there).astimezone(UTC))
        if receipt.next_allowed is not None and receipt.next_allowed not in found:
            found.append(receipt.next_allowed)
    return tuple(sorted(found))


def choose_due(
    ask: Ask, offers: tuple[datetime, ...], now: datetime, there: ZoneInfo, errors: dict[str, str]
) -> datetime:
    """The moment that was asked for; the first offer, else now, where none was."""
    default = offers[0] if offers else ceil_minute(now)
    if ask.due == "other":
        return parse_moment(ask, there, now, errors) or default
    if not ask.due:
        return default
    try:
        due = datetime.fromisoformat(ask.due)
    except ValueError:
        raise InvalidInput("This form cannot be read.") from None
    return max(due, ceil_minute(now)) if due.tzinfo else default


def parse_moment(
    ask: Ask, there: ZoneInfo, now: datetime, errors: dict[str, str]
) -> datetime | None:
    try:
        day, minute = date.fromisoformat(ask.day), parse_clock(ask.clock)
        local = datetime.combine(day, time(minute // 60 % 24, minute % 60), there)
    except ValueError:
        errors["due"] = "Type a date and a time, such as 9:30 AM."
        return None
    at = local.astimezone(UTC)
    if at < now:
        errors["due"] = "This moment has passed."
    return at


def build_values(
    settings: Mapping[str, str],
    patient: Patient,
    staff: str,
    visit: Appointment | None,
    there: ZoneInfo,
) -> dict[str, str]:
    """What templates may name; what is not known stays out. `settings` is the tenant's clinic."""
    name = next((n for n in patient.names if n.given and n.use != "old"), None)
    values = {
        "clinic_name": str(settings.get("name", "")),
        "clinic_phone": str(settings.get("phone", "")),
        "clinic_address": str(settings.get("address", "")),
        "first_name": name.given[0] if name else "",
        "staff_name": staff,
    }
    if visit is not None and visit.when.start is not None:
        begins = visit.when.start.at.astimezone(there)
        values["visit_day"] = f"{begins:%a, %b} {begins.day}"
        values["visit_time"] = f"{begins.hour % 12 or 12}:{begins:%M %p}"
    return {key: value for key, value in values.items() if value}


def find_visit(chart: Chart, reason: Reason) -> Appointment | None:
    """The visit that a reason names. Raises InvalidInput for one that the chart does not hold."""
    if reason.kind != "visit":
        return None
    found = next((a for a in chart.appointments if a.id == reason.key), None)
    if found is None:
        raise InvalidInput("This visit is not in the chart any more.")
    return found
