"""The shape of one chart file: what an author writes, before it becomes FHIR. Shapes only.

Unknown keys are refused, so a misspelt one is found at load. `at`, `since`, `until` are relative
days (see dates). `sensitive` puts the Part 2 labels on the resource.
"""

from msgspec import Struct, field


class Item(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    sensitive: bool = False


class Phone(Item, frozen=True):
    value: str
    system: str = "phone"
    use: str = ""
    rank: int | None = None
    since: str = ""
    until: str = ""


class Address(Item, frozen=True):
    use: str
    line: str
    city: str
    state: str
    zip: str
    since: str = ""
    until: str = ""


class Contact(Item, frozen=True):
    """`relationship` is a v3-RoleCode: MTH, FTH, SPS, GUARD, DAU …; `guardian` adds GUARD."""

    relationship: str
    family: str
    given: str
    phone: str = ""
    guardian: bool = False


class Problem(Item, frozen=True):
    code: str
    text: str
    since: str
    status: str = "active"
    until: str = ""


class Series(Item, frozen=True):
    """One test over time; `values` are [relative day, number or words]."""

    test: str
    values: list[tuple[str, float | str]]


class Pressure(Item, frozen=True):
    at: str
    systolic: int
    diastolic: int


class LocalResult(Item, frozen=True):
    """A result that carries only the site's own code: no standard system knows it."""

    code: str
    text: str
    at: str
    value: str
    category: str = "imaging"


class Medicine(Item, frozen=True):
    rxnorm: str
    text: str
    dose: str
    since: str
    status: str = "active"


class Shot(Item, frozen=True):
    cvx: str
    at: str
    refused: str = ""


class Deed(Item, frozen=True):
    """A procedure that was done, or an order for one."""

    text: str
    at: str
    snomed: str = ""
    status: str = "completed"


class Allergy(Item, frozen=True):
    rxnorm: str
    text: str
    reaction: str = ""


class Visit(Item, frozen=True):
    """`kind` AMB, VR, EMER, IMP or HH; `discharge` a code of discharge-disposition."""

    at: str
    text: str
    kind: str = "AMB"
    who: str = ""
    minutes: int = 20
    reason: str = ""
    status: str = "finished"
    discharge: str = ""


class Booking(Item, frozen=True):
    at: str
    text: str
    status: str = "booked"
    who: str = ""
    minutes: int = 20


class Note(Item, frozen=True):
    at: str
    title: str
    text: str
    who: str = ""


class Message(Item, frozen=True):
    """`from_patient`: an answer that came in, else what the clinic sent."""

    at: str
    text: str
    medium: str = "SMSWRIT"
    from_patient: bool = False


class Wish(Item, frozen=True):
    """A consent on file: `deny` or `permit`, `topic` in words."""

    decision: str
    topic: str
    at: str


class Flag(Item, frozen=True):
    text: str
    at: str
    category: str = "contact"


class Payer(Item, frozen=True):
    name: str
    member: str
    since: str


class Script(Item, frozen=True):
    """One person. `rule` is the reason this person is in the cast, in words for the list.

    `read_only`: registration holds the record, the server refuses every write to it.
    """

    order: int
    id: str
    rule: str
    family: str
    given: list[str]
    mrn: str
    sex: str
    born: str
    nickname: str = ""
    gp: str = ""
    read_only: bool = False
    language: str = "en"
    interpreter: bool = False
    marital: str = ""
    died: str = ""
    phones: list[Phone] = field(default_factory=list)
    addresses: list[Address] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    results: list[Series] = field(default_factory=list)
    pressures: list[Pressure] = field(default_factory=list)
    local_results: list[LocalResult] = field(default_factory=list)
    medicines: list[Medicine] = field(default_factory=list)
    shots: list[Shot] = field(default_factory=list)
    procedures: list[Deed] = field(default_factory=list)
    orders: list[Deed] = field(default_factory=list)
    allergies: list[Allergy] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    bookings: list[Booking] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    payers: list[Payer] = field(default_factory=list)
    team: list[str] = field(default_factory=list)
