"""The English words of the vaccine schedule. A part of Words; holds no markup."""

from dataclasses import dataclass


@dataclass(frozen=True)
class VaccineWords:
    """`vaccine_` words stand on the card, `shots_` words on the page behind it."""

    vaccine_groups: tuple[tuple[str, str], ...] = (
        ("Influenza", "Flu"),
        ("HepA", "Hepatitis A"),
        ("HepB", "Hepatitis B"),
        ("Meningococcal", "MenACWY"),
        ("Meningococcal B", "MenB"),
        ("Zoster", "Shingles"),
    )
    vaccine_needs: tuple[tuple[str, str], ...] = (
        ("overdue", "Overdue"),
        ("due", "Due now"),
        ("may", "May be given"),
        ("declined", "Declined"),
        ("later", "Later"),
        ("contraindicated", "Contraindicated"),
        ("immune", "Immune"),
        ("complete", "Complete"),
        ("aged_out", "Past the age"),
        ("not_recommended", "Not recommended"),
    )
    vaccine_dose: str = "{name} dose\u00a0{n}"
    vaccine_since: str = "{name}, since {day}"
    shots_in_time: str = "{name}, in time until {day}"
    vaccine_said_no: str = "{name}, {day}"
    vaccine_next: str = "Next: {name}, {day}"
    vaccine_nothing: str = "Nothing due now"
    vaccine_finished: str = "No further dose in the schedule"
    vaccine_more_one: str = "1 more"
    vaccine_unknown: str = "Cannot tell what is due"
    vaccine_why_unknown: tuple[tuple[str, str], ...] = (
        ("unread", "The doses were not read completely."),
        ("birth_date", "There is no exact birth date."),
        ("waiting", "Waits for the rest of the chart."),
    )
    vaccine_open: str = "Schedule"

    shots_notes: tuple[tuple[str, str], ...] = (
        ("contraindicated", "Do not give"),
        ("not_recommended", "Not now"),
    )
    shots_title: str = "Vaccines"
    shots_overdue_one: str = "1 vaccine overdue"
    shots_overdue_many: str = "{n} vaccines overdue"
    shots_due_one: str = "1 vaccine due now"
    shots_due_many: str = "{n} vaccines due now"
    shots_both: str = "{overdue}, {due} due"
    shots_as_of: str = "As of {day}, from the doses that {ehr} holds."
    shots_died: str = "No forecast"
    shots_died_why: str = "The record says that this person has died. Doses given stay listed."
    shots_unknown_do: str = "Doses read so far are listed below, without a judgment."
    shots_next_visit: str = "Next visit"
    shots_visit_today: str = "From today, one visit serves {names}."
    shots_visit_on: str = "From {day}, one visit serves {names}."
    shots_visit_may: str = "May be given then: {names}."
    shots_visit_none: str = "No dose to plan a visit for."
    shots_booked: str = "A visit is booked: {when}."
    shots_booked_what: str = "A visit is booked: {when}, {what}."
    shots_plan: str = "Plan outreach"
    shots_kept_out: str = "Not asked again: {names}. The gap stays open."
    shots_picture: str = "Doses over time"
    shots_picture_note: str = "Spread so that each dose shows. Exact dates stand in the table."
    shots_now: str = "today"
    shots_earlier: str = "{n} earlier"
    shots_marks: tuple[tuple[str, str], ...] = (
        ("valid", "given, counts"),
        ("invalid", "given, does not count"),
        ("extra", "given, was not needed"),
        ("overdue", "overdue"),
        ("due", "due"),
        ("may", "may be given"),
        ("declined", "declined"),
        ("contraindicated", "contraindicated"),
        ("later", "later"),
    )
    shots_table: str = "The same as a table"
    shots_columns: tuple[str, ...] = ("Vaccine", "Given", "Now", "Next dose")
    shots_not_shown: str = "Not drawn: {names}. They stand in the table."
    shots_given_none: str = "none"
    shots_given_bad: str = "{day} (does not count)"
    shots_given_extra: str = "{day} (not needed)"
    shots_groups: str = "Vaccine by vaccine"
    shots_next: str = "Next dose"
    shots_earliest: str = "Earliest"
    shots_recommended: str = "Recommended"
    shots_past_due: str = "Past due after"
    shots_latest: str = "Last day"
    shots_usable: str = "Any of"
    shots_series: str = "Series"
    shots_because: str = "Because"
    shots_said_no: str = "Declined"
    shots_shared: str = "Offered after talking it over, never simply due."
    shots_guidance: str = "CDC says"
    shots_no_date: str = "none in the schedule"
    shots_only_shown: str = "The series shown does not count it: {why}"
    shots_reasons: tuple[tuple[str, str], ...] = (
        ("Age: Too Young", "given before the youngest age"),
        ("Age: Too Old", "given after the oldest age"),
        ("Interval: too Soon", "given too soon after the dose before"),
        ("Live Virus Conflict", "given too soon after a live vaccine"),
        ("Vaccine: Not Preferable or Allowable", "this vaccine does not serve the dose"),
        ("Inadvertent Vaccine", "this vaccine is not meant for it"),
        ("Series Already Complete", "the series was complete"),
        ("Dose Condition", "the dose was marked as not fully effective"),
        ("Lot Expired", "the lot had expired"),
        ("Age: Grace Period", "a few days early, within the grace period"),
        ("Interval: Grace Period", "a few days early, within the grace period"),
        ("Volume: Less than Recommended", "less than the recommended volume"),
    )
    shots_roles: tuple[tuple[str, str], ...] = (
        ("indication", "a reason to vaccinate"),
        ("contraindication", "speaks against it"),
        ("immunity", "shows immunity"),
    )
    shots_measure: str = "In the measures"
    shots_measure_open: str = "See the measure"
    shots_rule: str = "The schedule"
    shots_source: str = "{source}, version {version}, by the CDSi logic 4.6."
    shots_season_on: str = (
        "Season switch on: the season dates of the schedule are carried to the season around today."
    )
    shots_season_off: str = "Season switch off: season dates stand as the schedule has them."
    shots_limits: str = (
        "Allergies and doses that {ehr} does not hold are not read. Check both in {ehr} before "
        "giving a vaccine."
    )
    shots_unread: str = (
        "{things} were not read completely: a reason against a vaccine may be missing."
    )
    shots_left_one: str = (
        "1 record of a dose has no exact day or no vaccine code. It counts for nothing."
    )
    shots_left_many: str = (
        "{n} records of doses have no exact day or no vaccine code. They count for nothing."
    )
    shots_recorded: str = "Recorded doses"
    gap_schedule: str = "By the vaccine schedule"
    gap_schedule_open: str = "Open the schedule"
