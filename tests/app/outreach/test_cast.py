"""The fifteen demo people: each channel, purpose and moment with its verdict, rule and next moment.

The table was written from the legal rules and the cast's description, not from the gate's answers.
A cell is `.` for allowed, else the first rule's id, and after `>` the next allowed moment (UTC);
without it waiting does not help. Care = treatment at noon, at 10:30 PM and at noon of Thanksgiving
in Columbus; sales = marketing at noon.
"""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from app.outreach.answer import evaluate_answer
from app.outreach.consent import ConsentEntry, Proxy
from app.outreach.gate import evaluate_contact, evaluate_gate
from app.outreach.known import Held, KnownPerson, Way
from app.outreach.person import build_question
from app.outreach.request import CHANNELS, Address, Channel, Message, Receipt, Tenant
from sandbox.people import load_rules
from tests.app.outreach.cast import TODAY, known
from tests.app.outreach.gate_cases import read_rules

RULES = read_rules()
NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
MOMENTS = {
    "noon": NOON,
    "night": datetime(2026, 11, 25, 3, 30, tzinfo=UTC),
    "feast": datetime(2026, 11, 26, 17, 0, tzinfo=UTC),
}
COLUMNS = (("treatment", "noon"), ("treatment", "night"), ("treatment", "feast"),
           ("marketing", "noon"))  # fmt: skip

TABLE = """
                        care: noon        night             Thanksgiving      sales: noon
elena-vargas     text   .                 .                 Q3>11-27T15:00    H2
elena-vargas     call   .                 .                 Q3>11-27T15:00    H2
elena-vargas     email  .                 .                 .                 H2
elena-vargas     letter .                 .                 .                 H2
elena-vargas     portal .                 .                 .                 H2
ines-delgado     text   C3                C3                C3                C3
ines-delgado     call   .                 Q1>11-25T13:00    Q3>11-27T13:00    H2
ines-delgado     email  .                 .                 .                 H2
ines-delgado     letter .                 .                 .                 H2
ines-delgado     portal .                 .                 .                 H2
petra-novak      text   D1                D1                D1                D1
petra-novak      call   D1                D1                D1                D1
petra-novak      email  D1                D1                D1                D1
petra-novak      letter D1                D1                D1                D1
petra-novak      portal D1                D1                D1                D1
walter-lindqvist text   H6                H6                H6                H6
walter-lindqvist call   H6                H6                H6                H6
walter-lindqvist email  H6                H6                H6                H6
walter-lindqvist letter H6                H6                H6                H6
walter-lindqvist portal H6                H6                H6                H6
ruth-abernathy   text   V2                V2                V2                V2
ruth-abernathy   call   .                 Q1>11-25T13:00    Q3>11-27T13:00    V2
ruth-abernathy   email  V2                V2                V2                V2
ruth-abernathy   letter .                 .                 .                 V2
ruth-abernathy   portal V2                V2                V2                V2
noelani-kealoha  text   Q1>11-24T18:00    Q1>11-25T18:00    Q1>11-27T18:00    H2
noelani-kealoha  call   Q1>11-24T18:00    Q1>11-25T18:00    Q1>11-27T18:00    H2
noelani-kealoha  email  .                 .                 .                 H2
noelani-kealoha  letter .                 .                 .                 H2
noelani-kealoha  portal .                 .                 .                 H2
jaylen-brooks    text   .                 Q1>11-25T13:00    Q3>11-27T13:00    H5
jaylen-brooks    call   .                 Q1>11-25T13:00    Q3>11-27T13:00    H5
jaylen-brooks    email  H5                H5                H5                H5
jaylen-brooks    letter .                 .                 .                 H5
jaylen-brooks    portal H5                H5                H5                H5
hannah-park      text   C1                C1                C1                C1
hannah-park      call   .                 Q1>11-25T13:00    Q3>11-27T13:00    H2
hannah-park      email  H9                H9                H9                H9
hannah-park      letter .                 .                 .                 H2
hannah-park      portal .                 .                 .                 H2
erik-sorensen    text   P1                P1                P1                P1
erik-sorensen    call   P1                P1                P1                P1
erik-sorensen    email  P1                P1                P1                P1
erik-sorensen    letter P1                P1                P1                P1
erik-sorensen    portal P1                P1                P1                P1
samir-haddad     text   L1                L1                L1                H2
samir-haddad     call   .                 Q1>11-25T13:00    Q3>11-27T13:00    H2
samir-haddad     email  L1                L1                L1                H2
samir-haddad     letter L1                L1                L1                H2
samir-haddad     portal L1                L1                L1                H2
grace-adeyemi    text   C8                C8                C8                C8
grace-adeyemi    call   .                 Q1>11-25T13:00    Q3>11-27T13:00    H2
grace-adeyemi    email  N1                N1                N1                N1
grace-adeyemi    letter .                 .                 .                 H2
grace-adeyemi    portal .                 .                 .                 H2
rita-castellano  text   C6                C6                C6                C6
rita-castellano  call   C6                C6                C6                C6
rita-castellano  email  N1                N1                N1                N1
rita-castellano  letter .                 .                 .                 H2
rita-castellano  portal .                 .                 .                 H2
joan-whitfield   text   .                 Q1>11-25T13:00    Q3>11-27T13:00    H2
joan-whitfield   call   .                 Q1>11-25T13:00    Q3>11-27T13:00    H2
joan-whitfield   email  .                 .                 .                 H2
joan-whitfield   letter .                 .                 .                 H2
joan-whitfield   portal .                 .                 .                 H2
luc-moreau       text   N1                N1                N1                N1
luc-moreau       call   N1                N1                N1                N1
luc-moreau       email  N1                N1                N1                N1
luc-moreau       letter N1                N1                N1                N1
luc-moreau       portal N3                N3                N3                N3
emeka-adeyemi    text   N1                N1                N1                N1
emeka-adeyemi    call   .                 Q1>11-25T13:00    Q3>11-27T13:00    H2
emeka-adeyemi    email  .                 .                 .                 H2
emeka-adeyemi    letter .                 .                 .                 H2
emeka-adeyemi    portal .                 .                 .                 H2
"""
ROWS = [line.split() for line in TABLE.strip().splitlines()[1:]]
CELLS = [
    (person, channel, purpose, moment, cell)
    for person, channel, *cells in ROWS
    for (purpose, moment), cell in zip(COLUMNS, cells, strict=True)
]

TENANT = Tenant(agreements=(("text", None), ("email", None)))
SPEAKS_SPANISH = ("elena-vargas", "ines-delgado")
ENGLISH = Message(text="Mercy West: a check is due. Call (614) 555-0100. Reply STOP or "
                  "unsubscribe to end.", language="en")  # fmt: skip
SPANISH = Message(text="Mercy West: le toca un control. Llame al (614) 555-0100. Responda STOP.",
                  language="es")  # fmt: skip
FATHER = Proxy(name="Min-ho Park", relationship="guardian", purposes=("treatment",))
MOTHER = Proxy(name="Danielle Brooks", relationship="guardian", purposes=("treatment",))
TEXTED = {  # who agreed to texts, at which number
    "elena-vargas": "+16025550148", "ines-delgado": "+16145550127", "petra-novak": "+16145550183",
    "noelani-kealoha": "+19175550134", "jaylen-brooks": "+16145550174",
    "hannah-park": "+16145550191", "erik-sorensen": "+16145550108", "samir-haddad": "+13135550143",
    "grace-adeyemi": "+16145550166", "rita-castellano": "+16145550136",
    "joan-whitfield": "+17405550125",
}  # fmt: skip
MAILED = {
    "elena-vargas": "e.vargas@example.com", "ines-delgado": "ines.delgado@example.org",
    "petra-novak": "petra.novak@example.net", "noelani-kealoha": "noelani.k@example.com",
    "hannah-park": "hannah.park@example.com", "erik-sorensen": "erik.s@example.net",
    "samir-haddad": "s.haddad@example.org", "joan-whitfield": "jwhitfield@example.com",
    "emeka-adeyemi": "emeka.adeyemi@example.com",
}  # fmt: skip
AGREED_BY = {"jaylen-brooks": MOTHER, "hannah-park": FATHER}


def agree(person: str, channel: Channel, address: str) -> ConsentEntry:
    return ConsentEntry(
        id=f"{person}-{channel}", action="agreed", recorded_at=NOON - timedelta(days=200),
        recorded_by="R. Patel, MA", how="spoken", channel=channel, address=address, risk_told=True,
        proxy=AGREED_BY.get(person),
    )  # fmt: skip


def ledger(person: str) -> tuple[ConsentEntry, ...]:
    """What was agreed in the clinic, and the STOP that Inés sent."""
    entries = []
    if person in TEXTED:
        entries.append(agree(person, "text", TEXTED[person]))
    if person in MAILED:
        entries.append(agree(person, "email", MAILED[person]))
    if person == "ines-delgado":
        stop = ConsentEntry(
            id="stop", action="revoked", recorded_at=NOON - timedelta(days=36), recorded_by="reply",
            how="reply", channel="text", address=TEXTED[person], wording="STOP",
        )  # fmt: skip
        entries.append(stop)
    return tuple(entries)


def held(person: str) -> Held:
    """Numbers checked four days ago; Rita's belongs to someone else; the Adeyemis share theirs."""
    return Held(
        checked=dict.fromkeys(TEXTED.values(), NOON - timedelta(days=4)),
        reassigned=frozenset({"+16145550136"}),
        shared=frozenset({"+16145550166"}),
        portal="none" if person == "luc-moreau" else "active",
    )


def person_of(person: str) -> KnownPerson:
    return known(person, held=held(person), consents=ledger(person))


def message_of(person: str) -> Message:
    if person in SPEAKS_SPANISH:
        return SPANISH
    return replace(ENGLISH, part2=person == "erik-sorensen")


def first_way(someone: KnownPerson, channel: str) -> Way | None:
    return next((w for w in someone.ways if w.channel == channel), None)


def judge(person: str, channel: Channel, purpose: str, at: datetime) -> Receipt:
    someone = person_of(person)
    question = build_question(
        someone,
        first_way(someone, channel),
        channel=channel,
        purpose=purpose,
        at=at,
        tenant=TENANT,
        message=message_of(person),
    )
    return evaluate_gate(question, RULES)


def test_the_table_covers_the_whole_cast() -> None:
    expected = [(person, channel) for person in load_rules() for channel in CHANNELS]
    assert sorted((person, channel) for person, channel, *_ in ROWS) == sorted(expected)
    assert (TODAY.isoformat(), len(CELLS)) == ("2026-11-24", 300)


@pytest.mark.parametrize(("person", "channel", "purpose", "moment", "cell"), CELLS)
def test_the_gate_on_the_cast(
    person: str, channel: Channel, purpose: str, moment: str, cell: str
) -> None:
    at = MOMENTS[moment]
    receipt = judge(person, channel, purpose, at)
    rule, _, opens = cell.partition(">")
    first = receipt.denials[0].rule_id if receipt.denials else "."
    assert first == rule
    assert receipt.allowed == (rule == ".")
    moment_named = datetime.fromisoformat(f"2026-{opens}").replace(tzinfo=UTC) if opens else None
    assert receipt.next_allowed == (at if rule == "." else moment_named)


@pytest.mark.parametrize(("person", "channel", "purpose", "moment", "cell"),
                         [c for c in CELLS if ">" in c[4]])  # fmt: skip
def test_the_next_moment_itself_passes_and_the_minute_before_does_not(
    person: str, channel: Channel, purpose: str, moment: str, cell: str
) -> None:
    opens = datetime.fromisoformat(f"2026-{cell.partition('>')[2]}").replace(tzinfo=UTC)
    assert judge(person, channel, purpose, opens).allowed
    assert not judge(person, channel, purpose, opens - timedelta(minutes=1)).allowed


def test_the_father_is_no_longer_the_way_to_who_turned_18_yesterday() -> None:
    someone = person_of("hannah-park")
    assert not [w for w in someone.ways if w.owner]
    to_father = Way(channel="call", address=Address(value="+16145550192", proxy=FATHER))
    for day, rule in ((NOON, "H5P"), (NOON - timedelta(days=2), "")):
        question = build_question(
            someone, to_father, channel="call", purpose="treatment", at=day, tenant=TENANT
        )
        denials = evaluate_contact(question, RULES).denials
        assert (denials[0].rule_id if denials else "") == rule


def test_a_part_2_consent_opens_what_part_2_closed() -> None:
    part2 = ConsentEntry(
        id="p2", action="agreed", recorded_at=NOON - timedelta(days=1), recorded_by="R. Patel, MA",
        how="signed", kind="part2",
    )  # fmt: skip
    erik = person_of("erik-sorensen")
    agreed = replace(erik, consents=(*erik.consents, part2))
    question = build_question(
        agreed, first_way(agreed, "text"), channel="text", purpose="treatment", at=NOON,
        tenant=TENANT, message=message_of("erik-sorensen"),
    )  # fmt: skip
    assert evaluate_gate(question, RULES).allowed


def test_joan_a_hidden_result_does_not_change_who_may_be_contacted() -> None:
    answer = evaluate_answer(
        person_of("joan-whitfield"), RULES, at=NOON, zone_here="America/New_York", tenant=TENANT
    )
    assert answer.open_now == CHANNELS


@pytest.mark.parametrize("person", load_rules())
def test_the_panels_answer_agrees_with_the_table(person: str) -> None:
    """Planning knows no message, so P1 and L1, which speak of it, do not count there."""
    found = evaluate_answer(
        person_of(person), RULES, at=NOON, zone_here="America/New_York", tenant=TENANT
    )
    expected = {c: cell.partition(">") for p, c, cell, *_ in ROWS if p == person}
    for row in found.channels:
        rule, _, opens = expected[row.channel]
        stops = rule in ("H6", "D1")
        verdict = "stopped" if stops else "not_now" if opens else "no"
        assert row.verdict == ("yes" if rule in (".", "P1", "L1") else verdict)
