"""English words of the preferences and consent page. Holds no markup and chooses nothing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConsentWords:
    title: str = "Preferences and consent"
    tab_other: str = "E-mail, letter, portal"
    tabs: str = "Which number or address"
    grid: str = "May we use it for"
    channels: tuple[tuple[str, str], ...] = (
        ("text", "Text"),
        ("call", "Live call"),
        ("robocall", "Recorded call"),
        ("voicemail", "Voice mail"),
        ("email", "E-mail"),
        ("letter", "Letter"),
        ("portal", "Portal"),
    )
    purposes: tuple[tuple[str, str], ...] = (
        ("treatment", "Care, visits, results"),
        ("operations", "Surveys, notices"),
        ("payment", "Billing"),
    )
    promotions: str = "Paid promotions"
    promotions_why: str = "Needs a signed authorization"
    promotions_open: str = "Signed papers"
    states: tuple[tuple[str, str], ...] = (
        ("agreed", "Agreed"),
        ("refused", "Refused"),
        ("none", "Not asked"),
    )
    cell: str = "{channel}, {purpose}"
    evidence_none: str = "Nobody has recorded an answer."
    evidence: str = "{how}, {when}, taken by {who}."
    evidence_reply: str = "{who}, {when}."
    evidence_wording: str = "Wording {version}."
    evidence_proxy: str = "Said by {proxy}."
    carried: str = "Ended when they withdrew another automated message."
    hows: tuple[tuple[str, str], ...] = (
        ("spoken", "Spoken"),
        ("written", "In writing"),
        ("signed", "Signed form"),
        ("portal", "Portal"),
        ("reply", "By reply"),
        ("link", "By the link in an e-mail"),
        ("form", "Web form"),
        ("staff", "Entered by staff"),
    )
    keys: tuple[tuple[str, str], ...] = (("Y", "agreed"), ("N", "refused"), ("U", "not asked"))
    keys_move: str = "move"
    open_write: str = "Open"
    kept_hint: str = (
        "Refusing one kind of text or recorded call leaves those that stay agreed here as they "
        "are: they count as said again. A reply of STOP ends them all."
    )
    confirmed: str = "Confirmed as theirs {when}, by their own word"
    unconfirmed: str = "Nobody has confirmed lately that this number is theirs"
    wrong_number: str = "This number was reported to belong to somebody else"
    ehr_title: str = "Held in {ehr}"
    ehr_why: str = "The stricter of the two counts. A preference there is not permission."
    stop_title: str = "Stop all contact"
    stop: str = "They asked not to be contacted"
    stop_why: str = "Stops every text, call, letter, e-mail and portal message."
    stop_until: str = "Until, if they said so"
    hours_title: str = "Hours, in their own time"
    texts: str = "Texts"
    calls: str = "Calls"
    to: str = "to"
    hours_why: str = "Empty means the legal hours, 8:00 AM to 9:00 PM."
    from_label: str = "{what}, from"
    to_label: str = "{what}, until"
    days_label: str = "{what}, on"
    days: tuple[tuple[str, str], ...] = (
        ("all", "every day"),
        ("weekdays", "weekdays only"),
        ("no_sunday", "not on Sunday"),
    )
    proxy_title: str = "Someone who may act for them"
    proxy_name: str = "Name"
    proxy_relationship: str = "As"
    relationships: tuple[tuple[str, str], ...] = (
        ("representative", "Representative"),
        ("guardian", "Parent or guardian"),
    )
    proxy_until: str = "Until"
    proxy_scope: str = "May act in"
    confidential_title: str = "Confidential communications"
    confidential: str = "Use only the ways that they listed"
    confidential_why: str = "A request overrides every other choice, ours included."
    how_title: str = "How do you know?"
    how_aside: str = "Kept with every change"
    speaker: str = "Who said it"
    speaker_self: str = "They did"
    speaker_proxy: str = "Someone who may act for them"
    said: str = "Their words"
    shared: str = "They know that others use this number too"
    note: str = "Counts here at once. What was agreed or refused goes to {ehr} as it can take it."
    save: str = "Save"
    history_one: str = "1 entry so far"
    history_many: str = "{n} entries so far"
    history_none: str = "No entries yet."
    history_line: str = "{state}: {channel}, {purpose}, {place}"
    all_ways: str = "every way"
    all_purposes: str = "every purpose"
    stale: str = "Somebody changed this while you were filling it in"
    stale_do: str = "This is what is on record now. What you had entered is not saved."


EN = ConsentWords()
