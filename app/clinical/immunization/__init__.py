"""Immunization: CDC's schedule as data, and what it asks of one patient. Pure; shows nothing.

`forecast_patient` is the way in. Releases of CDC's supporting data become a `Schedule` by
`import_schedule` (CDC's XML) or `parse_table` (our own compact table, which the product ships).
"""

from app.clinical.immunization.engine import forecast_patient
from app.clinical.immunization.history import Dose, History, Seen
from app.clinical.immunization.import_schedule import import_schedule
from app.clinical.immunization.observed import ObservationMap
from app.clinical.immunization.outlook import GroupOutlook, Outlook, Tables, evaluate_outlook
from app.clinical.immunization.results import DoseVerdict, Evidence, GroupForecast, SeriesForecast
from app.clinical.immunization.schedule import Schedule
from app.clinical.immunization.table import build_table, parse_table

__all__ = [
    "Dose",
    "DoseVerdict",
    "Evidence",
    "GroupForecast",
    "GroupOutlook",
    "History",
    "ObservationMap",
    "Outlook",
    "Schedule",
    "Seen",
    "SeriesForecast",
    "Tables",
    "build_table",
    "evaluate_outlook",
    "forecast_patient",
    "import_schedule",
    "parse_table",
]
