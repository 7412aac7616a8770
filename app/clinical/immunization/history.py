"""History: what the engine is told about one patient. Shapes only."""

from datetime import date

from msgspec import Struct

from app.clinical.immunization.schedule import Gender


class Dose(Struct, frozen=True, gc=False, kw_only=True):
    """One vaccine dose given. `id` is the record it came from; it also settles the order of doses
    of one day. `condition` is CDSi's dose condition flag (recalled, half dose, wrong storage);
    `volume` in mL, `expires` the lot's last day."""

    given: date
    cvx: str
    mvx: str = ""
    trade_name: str = ""
    volume: float | None = None
    expires: date | None = None
    condition: bool = False
    id: str = ""


class Seen(Struct, frozen=True, gc=False, kw_only=True):
    """One active patient observation in CDSi's codes; `when` is what intervals count from."""

    code: str
    when: date | None = None
    id: str = ""


class History(Struct, frozen=True, gc=False, kw_only=True):
    """`birth_country` "" = not known. `left_out` names the records that could not be used."""

    birth_date: date
    gender: Gender = "Unknown"
    doses: tuple[Dose, ...] = ()
    observations: tuple[Seen, ...] = ()
    birth_country: str = ""
    left_out: tuple[str, ...] = ()
