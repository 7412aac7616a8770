"""Who looks, when and from where: the one argument that all builders share. Reads no clock."""

from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from app.web.words import EN, Words


@dataclass(frozen=True, slots=True)
class Scene:
    """`now` is aware. `here` is the staff's zone, `there` the patient's, None when not known.

    `ehr` is the EHR's name as people say it; `region` is where its local phone numbers are.
    """

    now: datetime
    here: ZoneInfo
    ehr: str
    there: ZoneInfo | None = None
    region: str = "US"
    words: Words = EN
    today: date = field(init=False)
    """The calendar day where the staff are."""
    stamps: dict[datetime, str] = field(init=False, default_factory=dict, compare=False, repr=False)
    """Stamps already put into words: all facts of one reading share theirs."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "today", self.now.astimezone(self.here).date())
