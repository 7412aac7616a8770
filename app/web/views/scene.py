"""Who looks, when and from where: the one argument that all builders share. Reads no clock."""

from dataclasses import dataclass
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

    @property
    def today(self) -> date:
        """The calendar day where the staff are."""
        return self.now.astimezone(self.here).date()
