"""Every English word the pages say, in one place. Holds no markup and chooses nothing.

A second language is a second instance of Words. Sentences take their values by name, so that a
translation may reorder them. Patient data never passes through here; it is escaped by the page.
"""

from dataclasses import dataclass

from app.web.words_gaps import GapWords

NBSP = "\u00a0"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Words(GapWords):
    """`{ehr}` is the EHR's own name. Pairs named _one and _many are singular and plural."""

    lang: str = "en"

    # ---- time -------------------------------------------------------------------------------
    months: tuple[str, ...] = MONTHS
    weekdays: tuple[str, ...] = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    day: str = "{month} {day}"
    day_year: str = "{month} {day}, {year}"
    month_year: str = "{month} {year}"
    clock: str = "{hour12}:{minute:02d} {half}"
    halves: tuple[str, str] = ("AM", "PM")
    day_clock: str = "{day}, {clock}"
    weekday_day: str = "{weekday}, {day}"
    today_at: str = "today {clock}"
    today_first: str = "Today, {clock}"
    pair: str = "{there} there / {here} here"
    pair_same: str = "{there} there and here"
    just_now: str = "just now"
    minutes_ago: str = "{n} min ago"
    hours_ago: str = "{n} h ago"
    days_ago_one: str = "1 day ago"
    days_ago_many: str = "{n} days ago"
    minutes_old: str = "{n} min old"
    hours_old: str = "{n} h old"
    days_old_one: str = "1 day old"
    days_old_many: str = "{n} days old"

    # ---- identity ---------------------------------------------------------------------------
    name_missing: str = "Name not recorded"
    age_years: str = "{n}"
    age_months: str = "{n} mo"
    age_days: str = "{n} d"
    age_missing: str = "age not recorded"
    sexes: tuple[tuple[str, str], ...] = (
        ("female", "F"),
        ("male", "M"),
        ("other", "other sex"),
        ("unknown", "sex unknown"),
        ("", "sex not recorded"),
    )
    born: str = "born {date}"
    born_missing: str = "birth date not recorded"
    mrn: str = "MRN {mrn}"
    mrn_ends: str = "MRN ends {mrn}"
    mrn_missing: str = "no MRN"
    speaks: str = "Speaks {language}"
    interpreter: str = "interpreter needed"
    freshness: str = "{ehr}, {age}"
    part_read: str = "part read"
    reading: str = "{clock}"
    refresh: str = "Read again from {ehr}"
    record_replaced: str = "This record was merged into another one"
    record_replaced_do: str = "Open the other record in {ehr}. Nothing here can be saved."
    record_inactive: str = "{ehr} marks this record as not active"
    record_inactive_do: str = "Check that this is the right chart before contacting anyone."

    # ---- contact ----------------------------------------------------------------------------
    contact: str = "Contact"
    edit_contact: str = "Edit contact details"
    reach_prefers: str = "Prefers {channel}"
    reach_phone: str = "Phone {value}"
    reach_email: str = "E-mail only"
    reach_none: str = "No phone or e-mail"
    reach_none_do: str = "{ehr} holds none for this patient. Ask at the next visit."
    reach_preference_why: str = "{note}. A preference is not permission."
    reach_first: str = "The number {ehr} puts first. No preference is recorded."
    reach_only: str = "The only number in {ehr}. No preference is recorded."
    reach_listed: str = "Listed first in {ehr}. No preference is recorded."
    reach_email_why: str = "{ehr} holds no phone number."
    channels: tuple[tuple[str, str], ...] = (
        ("phone", "phone calls"),
        ("call", "phone calls"),
        ("sms", "text messages"),
        ("text", "text messages"),
        ("email", "e-mail"),
        ("letter", "letters"),
        ("portal", "portal messages"),
        ("none", "no contact"),
        ("", "a way Chartside does not know"),
    )
    uses: tuple[tuple[str, str], ...] = (
        ("mobile", "Mobile"),
        ("home", "Home"),
        ("work", "Work"),
        ("temp", "Temporary"),
        ("old", "No longer in use"),
    )
    phone: str = "Phone"
    email: str = "E-mail"
    text_number: str = "Text"
    other_way: str = "Other"
    letter: str = "Letter"
    extension: str = "ext. {number}"
    until: str = "until {date}"
    since: str = "from {date}"
    unreadable: str = "Not a number that can be dialed"
    language: str = "Language"
    preference: str = "Prefers"
    preference_kept: str = "Recorded in Chartside, {when}"
    preference_source: str = "Held in {ehr}"
    preference_checked: str = "checked {date}"
    preference_for: str = "for {topic}"
    where_from: str = "Where this comes from"
    saved_value: str = "changed here to"
    died_on: str = "Died {date}"
    died_undated: str = "Recorded as deceased"
    stopped: str = "All contact is stopped"
    stopped_why: str = "{died}, recorded in {ehr}."
    stopped_effect: str = "Nothing is planned and nothing goes out."

    # ---- sent to the EHR --------------------------------------------------------------------
    sent: str = "Sent to {ehr}"
    sent_none: str = "Nothing sent from Chartside for this patient."
    needs_you_one: str = "1 needs you"
    needs_you_many: str = "{n} need you"
    write_states: tuple[tuple[str, str], ...] = (
        ("saved", "Saved here"),
        ("sending", "Sending"),
        ("in_ehr", "In EHR"),
        ("note", "Recorded as note"),
        ("conflict", "Conflict"),
        ("attention", "Needs attention"),
    )
    saved_detail: str = "kept in Chartside since {when}"
    sending_detail: str = "started {when}"
    sending_late: str = "started {when}, still trying"
    sending_unknown: str = "checking, {ehr} did not confirm"
    in_ehr_detail: str = "read back {when}"
    note_detail: str = "{ehr} takes no edits of this"
    conflict_detail: str = "changed in {ehr} {when}"
    conflict_by: str = "changed in {ehr} by {who} {when}"
    attention_detail: str = "{ehr} did not take it, {when}"
    choose: str = "Choose"
    fix: str = "Fix"
    enter: str = "Enter"
    open_note: str = "Open note"
    open_write: str = "Open"
    earlier_sent: str = "{n} earlier"

    # ---- facts ------------------------------------------------------------------------------
    facts: str = "Recent facts"
    all_read: str = "All read {when}"
    part_read_at: str = "Part read {when}"
    results: str = "Results"
    conditions: str = "Conditions"
    medicines: str = "Medicines"
    vaccines: str = "Vaccines"
    visits: str = "Visits"
    was: str = "was {value} in {month}"
    yes: str = "yes"
    no: str = "no"
    range: str = "{low} to {high}"
    preliminary: str = "preliminary"
    more: str = "{n} more"
    sources: str = "sources"
    rest_in_ehr_one: str = "1 more is in {ehr}."
    rest_in_ehr_many: str = "{n} more are in {ehr}."
    withheld_one: str = "{ehr} does not show 1 value."
    withheld_many: str = "{ehr} does not show {n} values."
    condition_since: str = "since {date}"
    condition_resolved: str = "resolved"
    condition_past_one: str = "1 past"
    condition_past_many: str = "{n} past"
    past_only: str = "None active. "
    declined: str = "declined"
    on_hold: str = "on hold"
    vaccine_name: str = "Full name"
    undated: str = "date not recorded"
    last_visit: str = "Last"
    next_visit: str = "Next"

    # ---- provenance -------------------------------------------------------------------------
    source: str = "Source"
    source_line: str = "{ehr}, {type}"
    source_version: str = "version {version}"
    changed_there: str = "Changed there"
    read_by_us: str = "Read by us"
    repaired: str = "Repaired"
    not_repaired: str = "Nothing"
    full_value: str = "Value"
    flagged: str = "Flagged"
    taken: str = "Taken"
    not_said: str = "Not said by {ehr}"
    dose: str = "Directions"

    # ---- empty reasons, never merged --------------------------------------------------------
    none_word: str = "None recorded."
    none_detail: str = "{ehr} answered fully at {when}."
    denied_word: str = "Not permitted."
    denied_detail: str = "Your sign-in did not include {things}."
    unsupported_word: str = "Not supported."
    unsupported_detail: str = "{ehr} does not share {things} with apps."
    off_word: str = "Switched off."
    blank_details: tuple[tuple[str, str], ...] = (
        ("fhir_forbidden", "{ehr} refused {things} with your sign-in."),
        ("not_listed", "{ehr} says that it does not offer {things} to apps here."),
        ("search_refused", "{ehr} asks for a search of {things} that Chartside does not make."),
        ("switched_off", "Your site has {things} switched off in Chartside."),
        ("override_off", "Your site has {things} switched off in Chartside."),
    )
    failed_word: str = "Did not load."
    failed_detail: str = "{ehr} did not answer in time, or not as expected."
    hidden_word: str = "Hidden."
    hidden_detail: str = "Sensitive records need a consent that is not on file."
    partial_detail: str = "Some did not load. There may be more in {ehr}."
    not_asked_detail: str = "This was not read yet."
    things: tuple[tuple[str, str], ...] = (
        ("Patient", "demographics"),
        ("Observation", "results"),
        ("Condition", "conditions"),
        ("MedicationRequest", "medicines"),
        ("Immunization", "vaccines"),
        ("Encounter", "past visits"),
        ("Appointment", "booked visits"),
        ("Procedure", "procedures"),
        ("ServiceRequest", "referrals and orders"),
        ("DeviceRequest", "device orders"),
        ("DiagnosticReport", "reports"),
        ("Coverage", "coverage"),
        ("Consent", "what they agreed to"),
        ("Flag", "warnings"),
    )
    completeness: tuple[tuple[str, str], ...] = (
        ("complete", "complete"),
        ("partial", "part read"),
        ("denied", "not permitted"),
        ("failed", "did not load"),
        ("unsupported", "not supported"),
    )
    card_failed: str = "This part did not load."
    card_failed_do: str = "The rest of the page is not affected."
    loading: str = "Reading from {ehr}"

    # ---- notices ----------------------------------------------------------------------------
    part_failed: str = "{things} did not load"
    part_failed_do: str = "{ehr} did not answer in time. The other parts are not affected."
    and_word: str = "{first} and {last}"
    try_these_again: str = "Try these again"
    reconnect: str = "Your {ehr} sign-in ended"
    reconnect_do: str = (
        "What you see was read before. Reconnect and go on where you were; what you typed is kept."
    )
    reconnect_action: str = "Reconnect {ehr}"
    # ---- gaps -------------------------------------------------------------------------------
    gaps: str = "Care gaps"
    gaps_none: str = "No open gap among the measures that Chartside checks."
    gaps_waiting: str = "waits for the rest of the chart"
    gaps_met: str = "{n} met"
    gaps_out: str = "{n} left out"
    gap_by: str = "by {day}"
    gap_unknown: str = "cannot tell"
    gap_why: str = "Why"
    gap_missing: str = "What is missing"
    gap_needs: str = "Would have to be known: {what}"
    gap_more_one: str = ", and 1 more"
    gap_more_many: str = ", and {n} more"
    gap_out_since: str = "Left out since {day}"
    gap_states: tuple[tuple[str, str], ...] = (
        ("open", "Open"),
        ("met", "Met"),
        ("excluded", "Left out"),
        ("unknown", "Cannot tell"),
        ("not_applicable", "Does not apply"),
    )
    gap_holds: tuple[tuple[str, str], ...] = (
        ("met", "True"),
        ("open", "Not so"),
        ("excluded", "True"),
        ("unknown", "Not known"),
    )
    gap_since: str = "since {day}"
    gap_due: str = "due by {day}"
    gap_next: str = "next due {day}"
    gap_until: str = "This holds until {day} if nothing new is recorded."
    gap_path_title: str = "How this was decided"
    gap_missing_title: str = "What would have to be known"
    gap_sets_title: str = "The rule"
    gap_sets_one: str = "1 code list used"
    gap_sets_many: str = "{n} code lists used"
    gap_set: str = "{name}, {origin}, version {version}"
    gap_source: str = "{source}. Version: {version}."

    # ---- newer data -------------------------------------------------------------------------
    news: str = "{ehr} has newer data"
    news_do: str = "What you see was read earlier. The newer data is ready to be shown."
    news_action: str = "Show the newer data"
    changed: str = "A different chart is open now"
    changed_do: str = (
        "This panel was for another patient and has been cleared. Nothing typed here can be saved "
        "to the new chart."
    )
    changed_next: str = "Open Chartside again from the new chart."
    own_window: str = "Open Chartside in its own window"
    own_window_do: str = (
        "This browser blocks the cookie that keeps you signed in inside {ehr}. A window of its own "
        "works. It follows this patient only."
    )
    own_window_action: str = "Open in a window"
    without_cookies: str = "Go on without cookies"
    offline: str = "You are offline"
    offline_do: str = "Showing what was read before. Saving waits until you are back."

    error_code: str = "Error code"
    error_reference: str = "Reference"
    signed_out: str = "You are signed out of Chartside"
    signed_out_do: str = "Nothing of the chart is kept in this browser. You can close this panel."

    # ---- edit -------------------------------------------------------------------------------
    back_to_panel: str = "Panel"
    save: str = "Save"
    cancel: str = "Cancel"
    edit_note: str = "Saved here at once, then sent to {ehr} and read back."
    edit_note_closed: str = "Saved here. {ehr} takes no such edits from apps."
    edit_note_noted: str = (
        "Saved here. {ehr} takes no such edits from apps: a note about it is put into the chart, "
        "and somebody there has to change the record."
    )
    to_correct_one: str = "1 thing to correct:"
    to_correct_many: str = "{n} things to correct:"
    no_preference: str = "No preference"
    not_recorded: str = "Not recorded"
    channel_hint: str = "A preference is not permission. {ehr} does not hold it."
    removes: str = "An emptied field is removed."
    saves_key: str = "saves"

    # ---- conflict ---------------------------------------------------------------------------
    conflict_title: str = "{ehr} changed while you were editing"
    conflict_nothing: str = "nothing was overwritten"
    conflict_one: str = (
        "1 field you edited was also changed in {ehr}. Nothing is sent until you choose."
    )
    conflict_many: str = (
        "{n} fields you edited were also changed in {ehr}. Nothing is sent until you choose."
    )
    conflict_word: str = "Conflict"
    left_one: str = "1 left:"
    left_many: str = "{n} left:"
    clear_one: str = "1 other field had no clash and is saved."
    clear_many: str = "{n} other fields had no clash and are saved."
    yours: str = "Yours"
    theirs: str = "In {ehr} now"
    choose_one: str = "Choose one"
    chosen: str = "Chosen"
    before_both: str = "Before both edits:"
    empty_value: str = "nothing"
    conflict_effect: str = "What you choose goes to {ehr} with a fresh version check."
    save_choices: str = "Save choices"
    decide_later: str = "Decide later"

    # ---- page frame -------------------------------------------------------------------------
    opened_by: str = "Opened by {who}"
    printed: str = "Printed by {who}, {when}, from {ehr} as of {read}"
    someone: str = "the signed-in user"
    print: str = "Print"
    keys: str = "Keys"
    sign_out: str = "Close and sign out"
    skip: str = "Skip to the contact details"
    key_next: str = "next row"
    key_previous: str = "row before"
    key_open: str = "open"
    key_help: str = "this list"
    open_panel: str = "Open panel"


EN = Words()


def count(n: int, one: str, many: str) -> str:
    """The right one of two sentences for `n`. Other values in them are left to be filled in."""
    return one if n == 1 else many.replace("{n}", str(n))


def lookup(pairs: tuple[tuple[str, str], ...], key: str, default: str = "") -> str:
    """The word for `key` in a table of Words, else `default`, else the key itself."""
    return next((word for k, word in pairs if k == key), default or key)
