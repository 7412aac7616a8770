"""English words of signed authorizations and Part 2 consents. Holds no markup."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SignedWords:
    title: str = "Signed papers"
    kinds: tuple[tuple[str, str], ...] = (
        ("authorization", "Authorization for paid promotions"),
        ("part2", "Consent for substance use records"),
    )
    standings: tuple[tuple[str, str], ...] = (
        ("agreed", "In force until {until}"),
        ("revoked", "Taken back {until}"),
        ("none", "None in force"),
    )
    without: tuple[tuple[str, str], ...] = (
        ("authorization", "Nothing that somebody pays for may be sent."),
        ("part2", "Nothing may go out that tells of substance use treatment."),
    )
    record: str = "Record a signed paper"
    record_kind: tuple[tuple[str, str], ...] = (
        ("authorization", "Record an authorization for paid promotions"),
        ("part2", "Record a consent for substance use records"),
    )
    paper: str = "What the paper says"
    fields: tuple[tuple[str, str], ...] = (
        ("description", "What may be used or told"),
        ("discloser", "Who may use or tell it"),
        ("recipient", "To whom"),
        ("purpose", "What for"),
        ("until_day", "Until the day"),
        ("until_event", "Or until this happens"),
        ("signer", "Who signed"),
        ("signed_by", "Name as signed"),
        ("authority", "Why this person may sign"),
        ("signed_on", "Signed on"),
        ("is_paid", "Somebody pays the practice for it"),
        ("says_revoke", "They may take it back, and how"),
        ("says_condition", "Their care does not depend on it"),
        ("says_redisclose", "Others may tell on what they are told"),
        ("says_paid", "The practice is paid for it"),
        ("wording", "The words that were signed"),
        ("wording_version", "Version of the paper"),
        ("scan", "Where the paper is kept"),
    )
    hints: tuple[tuple[str, str], ...] = (
        ("until_event", "Without a day it counts for a year and is then asked for again."),
        ("scan", "A document number or a place, so that it can be found again."),
    )
    signers: tuple[tuple[str, str], ...] = (
        ("self", "They did"),
        ("guardian", "Parent or guardian"),
        ("representative", "Representative"),
    )
    yes_no: tuple[tuple[str, str], ...] = (("yes", "Yes"), ("no", "No"))
    says: str = "The paper tells them that"
    signature: str = "Signature"
    save: str = "Save"
    revoke_title: str = "They take it back"
    revoke: str = "Record that they took it back"
    revoke_hows: tuple[tuple[str, str], ...] = (("written", "In writing"), ("spoken", "Spoken"))
    how: str = "How"
    said: str = "Their words"
    history: str = "History"
    history_none: str = "Nothing was recorded."
    signed_line: str = "Signed {day} by {who}, recorded {when} by {staff}. Version {version}."
    revoked_line: str = "Taken back ({how}), recorded {when} by {staff}."
    authority: str = "Signed for them: {why}."
    ends: str = "Counts until {day}."
    ends_event: str = "Ends when: {event}."
    paid: str = "Somebody pays the practice for it."
    element: str = "{label}: {said}"
    note: str = (
        "Counts here at once, for every message. Chartside reads no paper: the rules go by what "
        "is entered here."
    )
    back: str = "Preferences"


EN = SignedWords()
