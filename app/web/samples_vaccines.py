"""An invented child's vaccines for the style guide and the tests of the pages. Nothing is real,
and nothing here is read by the product's own pages."""

from datetime import date

from app.clinical.chart import Chart
from app.clinical.immunization import (
    DoseVerdict,
    Evidence,
    GroupForecast,
    GroupOutlook,
    History,
    Outlook,
    Schedule,
    Seen,
    SeriesForecast,
)
from app.clinical.immunization.outlook import Need
from app.clinical.immunization.progress import Dates, DoseStatus, Reason, SeriesStatus
from app.clinical.immunization.schedule import Vaccine
from app.clinical.immunization.visit import Visit, VisitDose
from app.web.samples import CHART, PATIENT, make_dose
from app.web.views.schedule_page import ScheduleAsked

TODAY = date(2026, 11, 24)
BORN = date(2025, 6, 23)
NAMES = {"20": "DTaP", "03": "MMR", "10": "IPV", "140": "Influenza, trivalent, PF", "165": "HPV9"}
SCHEDULE = Schedule(
    version="4.64",
    source="CDC CDSi supporting data (US government work, public domain)",
    digest="",
    antigens=(),
    groups=(),
    vaccines={cvx: Vaccine(name, ()) for cvx, name in NAMES.items()},
    conflicts={},
    observations={},
)
REFUSED = make_dose("varicella", "21", "2026-10-02", refused=True)


def make_verdict(
    group: str, cvx: str, given: date, status: DoseStatus = "Valid", *reasons: Reason
) -> DoseVerdict:
    """One dose as the engine would report it."""
    return DoseVerdict(
        id=f"{group}-{given}",
        given=given,
        cvx=cvx,
        status=status,
        reasons=reasons,
        notes=(),
        target=1,
        group=group,
        series=f"{group} series",
        kind="Standard",
    )


def make_group(
    group: str,
    need: Need,
    *doses: DoseVerdict,
    dates: tuple[date, date, date | None] | None = None,
    number: int = 1,
    status: SeriesStatus = "Not Complete",
    evidence: tuple[Evidence, ...] = (),
) -> GroupOutlook:
    """`dates`: earliest, recommended, past due."""
    made = Dates(*dates, None, dates[1], dates[2]) if dates else None
    shown = SeriesForecast(
        status=status,
        kind="Standard",
        series=(f"{group} standard series",),
        series_group="1",
        number=number if made else None,
        dates=made,
        usable=("20",) if made else (),
        reasons=() if made else (f"the series is {status.lower()}",),
    )
    forecast = GroupForecast(
        group=group,
        shown=shown,
        doses=doses,
        evidence=evidence,
        as_of=TODAY,
        schedule_version="4.64",
        season_shift=True,
    )
    declined = REFUSED if need == "declined" else None
    otherwise: Need = "due" if declined else need
    return GroupOutlook(forecast=forecast, need=need, otherwise=otherwise, declined=declined)


SEEN = Evidence(code="091", title="Severe reaction after a dose", role="contraindication")
OUTLOOK = Outlook(
    as_of=TODAY,
    groups=(
        make_group(
            "MMR",
            "overdue",
            make_verdict("MMR", "03", date(2026, 5, 2), "Not Valid", "Age: Too Young"),
            dates=(date(2026, 6, 23), date(2026, 6, 23), date(2026, 10, 22)),
        ),
        make_group(
            "DTaP/Tdap/Td",
            "due",
            *(make_verdict("DTaP/Tdap/Td", "20", date(2025, m, 23)) for m in (8, 10, 12)),
            dates=(date(2026, 9, 23), date(2026, 9, 23), date(2027, 1, 20)),
            number=4,
        ),
        make_group("Influenza", "due", dates=(date(2026, 7, 1), date(2026, 7, 1), None)),
        make_group(
            "COVID-19", "may", dates=(date(2025, 12, 23), date(2025, 12, 23), None), number=1
        ),
        make_group(
            "Varicella",
            "declined",
            dates=(date(2026, 6, 23), date(2026, 6, 23), date(2026, 10, 22)),
        ),
        make_group(
            "Polio",
            "later",
            *(make_verdict("Polio", "10", date(2025, m, 23)) for m in (8, 10, 12)),
            dates=(date(2029, 6, 23), date(2029, 6, 23), date(2032, 6, 22)),
            number=4,
        ),
        make_group("Rotavirus", "contraindicated", status="Contraindicated", evidence=(SEEN,)),
        make_group("HepB", "complete", status="Complete"),
        make_group("Zoster", "later", dates=(date(2075, 6, 23), date(2075, 6, 23), None)),
    ),
    visit=Visit(
        on=TODAY,
        doses=(
            VisitDose(group="MMR", number=1, vaccines=("03",), timing="overdue"),
            VisitDose(group="DTaP/Tdap/Td", number=4, vaccines=("20",), timing="due"),
            VisitDose(group="Influenza", number=1, vaccines=("140",), timing="due"),
            VisitDose(group="COVID-19", number=1, vaccines=(), timing="possible"),
        ),
    ),
    history=History(birth_date=BORN, observations=(Seen(code="091", id="Condition/none"),)),
    unread=("Condition",),
    left_out=("Immunization/x: no exact day",),
)
UNKNOWN = Outlook(as_of=TODAY, unknown="unread")


def make_asked(outlook: Outlook = OUTLOOK, chart: Chart = CHART) -> ScheduleAsked:
    return ScheduleAsked(chart=chart, patient=PATIENT, outlook=outlook, schedule=SCHEDULE)
