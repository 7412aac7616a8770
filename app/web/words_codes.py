"""The words of the pages for local codes and odd data. A second language is a second instance."""

from dataclasses import dataclass

from app.clinical.terminology import (
    CDT,
    CPT,
    CVX,
    HCPCS,
    ICD9CM,
    ICD10CM,
    ICD10PCS,
    LOINC,
    NDC,
    RXNORM,
    SNOMED,
    TEXT,
)

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CodeWords:
    """`{n}` is a number, `{ehr}` the EHR's name."""

    codes: str = "Local codes"
    quality: str = "Data quality"
    ledger: str = "Writes"
    messages: str = "Messages"
    messages_about: str = (
        "What patients may be sent, version by version. Only approved words go out."
    )
    ledger_about: str = (
        "Everyone's writes to {ehr}, newest first. Names and values are shown in the patient's own "
        "chart only."
    )
    pages: str = "Pages for administrators"
    codes_about: str = (
        "{ehr} wrote these in codes of its own. No rule can read them until somebody says what "
        "they mean."
    )
    back: str = "Panel"
    waiting: str = "Waiting"
    none_waiting: str = "No code waits. Every code that a rule needs can be read."
    patients_one: str = "1 patient"
    patients_many: str = "{n} patients"
    hides: str = "May hide"
    hides_nothing: str = "No gap that Chartside checks looks at these."
    reads_one: str = "1 gap that looks at {things}"
    reads_many: str = "{n} gaps that look at {things}"
    and_word: str = "and"
    first_seen: str = "first seen {day}"
    as_words: str = "words without a code"
    say: str = "Say what it means"
    change: str = "Change"
    things: Pairs = (
        ("Observation", "results"),
        ("Condition", "conditions"),
        ("MedicationRequest", "medicines"),
        ("Immunization", "vaccines"),
        ("Encounter", "visits"),
        ("Procedure", "procedures"),
        ("ServiceRequest", "orders"),
        ("DeviceRequest", "device orders"),
        ("DiagnosticReport", "reports"),
    )
    singles: Pairs = (
        ("Observation", "result"),
        ("Condition", "condition"),
        ("MedicationRequest", "medicine"),
        ("Immunization", "vaccine"),
        ("Encounter", "visit"),
        ("Procedure", "procedure"),
        ("ServiceRequest", "order"),
        ("DeviceRequest", "device order"),
        ("DiagnosticReport", "report"),
    )
    systems: Pairs = (
        (LOINC, "LOINC"),
        (SNOMED, "SNOMED CT"),
        (RXNORM, "RxNorm"),
        (CVX, "CVX"),
        (ICD10CM, "ICD-10-CM"),
        (CPT, "CPT"),
        (HCPCS, "HCPCS"),
        (NDC, "NDC"),
        (ICD9CM, "ICD-9-CM"),
        (ICD10PCS, "ICD-10-PCS"),
        (CDT, "CDT"),
        (TEXT, "words without a code"),
    )

    # ---- the form ---------------------------------------------------------------------------
    form_title: str = "What does this code mean?"
    target_system: str = "Standard system"
    target_code: str = "Code"
    display: str = "Its name"
    display_hint: str = "As the standard calls it, for the next reader. May be left empty."
    look: str = "See what it changes"
    cancel: str = "Cancel"
    leave_out: str = "Leave it out"
    leave_out_about: str = (
        "For a code that no rule needs. It stays in the charts, and a gap that it may hide stays "
        "undecided."
    )
    to_correct: str = "1 thing to correct:"

    # ---- what it changes --------------------------------------------------------------------
    preview_title: str = "What this changes"
    gives: str = "{facts} in {charts} would be read as {target}."
    gives_nothing: str = "No kept chart holds a fact that this would change."
    charts_one: str = "1 kept chart"
    charts_many: str = "{n} kept charts"
    looked_one: str = "The one kept chart was looked at."
    looked_all: str = "All {n} kept charts were looked at."
    looked_part: str = "Looked at {looked} of {n} kept charts; the rest was not waited for."
    apply_about: str = (
        "Gaps are decided anew over these charts, and every chart read from now on is read so. "
        "It can be taken back."
    )
    apply: str = "Use this meaning"
    back_to_form: str = "Change it"

    # ---- done -------------------------------------------------------------------------------
    done: str = "Done."
    done_charts: str = "{facts} in {charts} changed."
    done_nothing: str = "No kept chart changed."
    done_going_on: str = "The kept charts are being gone through; that goes on beside this page."
    facts_one: str = "1 fact"
    facts_many: str = "{n} facts"

    # ---- the table --------------------------------------------------------------------------
    mapped: str = "Given a meaning"
    none_mapped: str = "No code has been given a meaning."
    means: str = "means"
    by: str = "{who}, {when}"
    by_command: str = "a command"
    by_someone: str = "somebody"
    take_away: str = "Take away"
    left_out: str = "Left out"
    put_back: str = "Put back"
    history: str = "History"
    show_history: str = "Show the last changes"
    actions: Pairs = (
        ("mapping.saved", "given the meaning"),
        ("mapping.removed", "meaning taken away"),
        ("mapping.ignored", "left out"),
        ("mapping.open", "put back"),
    )
    earlier: str = "Previous"
    later: str = "Next"
    shown: str = "{first} to {last} of {n}"

    # ---- data quality -----------------------------------------------------------------------
    quality_about: str = (
        "What was odd in the data that {ehr} gave, each time a chart first showed it. Counts "
        "only: nothing here names a patient."
    )
    periods: Pairs = (
        ("1", "Today"),
        ("7", "7 days"),
        ("30", "30 days"),
        ("90", "90 days"),
        ("365", "1 year"),
    )
    period: str = "Period"
    none_counted: str = "Nothing odd was counted in this period."
    total: str = "{n} in all"
    kinds: Pairs = (
        ("repair", "repaired, and said in the fact's source"),
        ("warning", "used, with a doubt"),
        ("excluded", "left out on purpose"),
        ("quarantined", "set aside: could not be trusted"),
        ("other", "counted by an earlier version"),
    )
    unusable: str = "A local code too long or not readable: nobody can give it a meaning"
    times: str = "Times"
    save_csv: str = "Save as CSV"
    save_json: str = "Save as JSON"
    unknown_type: str = "No resource type"
    sign_out: str = "Close and sign out"
    opened_by: str = "Opened by {who}"


EN = CodeWords()
