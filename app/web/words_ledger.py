"""English words of the ledger pages. Holds no markup and chooses nothing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LedgerWords:
    """`{ehr}` is the EHR's own name."""

    rows: str = "Writes, newest first"
    none: str = "Nothing in this state."
    filters: str = "Show"
    all_states: str = "All"
    row_detail: str = "{how}. {tries}."
    tries_none: str = "Not tried yet"
    tries_one: str = "Tried once"
    tries_many: str = "Tried {n} times"
    since: str = "saved {when}"
    means: tuple[tuple[str, str], ...] = (
        ("saved", "It is safe in Chartside and has not reached {ehr}. It goes out with the next "
                  "sign-in of the person who saved it."),
        ("saved_reply", "It is safe in Chartside and has not reached {ehr}. It goes out with the "
                        "next sign-in of anybody who opens this chart and may record it."),
        ("person", "Nothing is sent: a person enters it in {ehr}."),
        ("entered", "A person says it is entered in {ehr}. Chartside cannot read that there, so it "
                    "does not claim it."),
        ("here", "It belongs to Chartside and is not sent."),
        ("sending", "It is on its way. Chartside says \u201cIn EHR\u201d only after it has read it "
                    "back."),
        ("unknown", "It was sent and {ehr} did not confirm. Chartside looks for it there before "
                    "anything is sent again."),
        ("in_ehr", "{ehr} holds it: Chartside read it back."),
        ("noted", "{ehr} takes no edits of this from apps. A note about it is in the chart; the "
                  "record itself is unchanged until somebody there changes it."),
        ("conflict", "Both sides changed it. Nothing is sent until a person chooses."),
        ("attention", "{ehr} does not have it, or not as it was meant. It stays here until a "
                      "person decides."),
        ("asked", "It was sent, and nobody knows whether {ehr} took it. Only a look there can "
                  "tell."),
        ("cancelled", "A newer change stands for it."),
        ("chosen", "A person chose between both values. Where it was ours, it went out as a newer "
                   "write."),
    )  # fmt: skip
    why: str = "Why"
    enter: str = "To enter in {ehr}"
    enter_before: str = "instead of {before}"
    enter_reference: str = "Reference"
    entered: str = "It is entered"
    check: str = "It is entered, check"
    check_why: str = "Chartside reads {ehr} and says \u201cIn EHR\u201d only if it is there."
    entered_why: str = "{ehr} cannot be read for this. Your name and the time are kept."
    again: str = "Send again"
    not_there: str = "It is not in {ehr}, send again"
    not_there_why: str = "Look in {ehr} first: a second one would be sent."
    hand_over: str = "Hand over to a person"
    settled: str = "Settled"
    past: str = "What was chosen"
    past_there: str = "In {ehr} then"
    past_by: str = "Chosen: {who}"
    past_stands: str = "chosen"
    tries: str = "What was tried"
    how: str = "How"
    plans: tuple[tuple[str, str], ...] = (
        ("patch", "Change of the patient's record"),
        ("put", "Change of the patient's record"),
        ("patient_preference", "Change of the patient's record"),
        ("athena_v1_preference", "Change of the patient's record"),
        ("consent", "Consent record"),
        ("communication_request", "Request for a contact"),
        ("task", "Task"),
        ("appointment_request", "Proposed appointment"),
        ("withdraw", "Change of the plan's status"),
        ("communication", "Record of the contact"),
        ("staff_message", "Message to staff, as a note"),
        ("questionnaire_response", "Answered form, as a note"),
        ("document_note", "Document, as a note"),
        ("person", "By hand"),
        ("none", "By hand"),
        ("here", "Kept in Chartside"),
    )
    kinds: tuple[tuple[str, str], ...] = (
        ("write", "Sent"),
        ("search", "Searched"),
        ("read_back", "Read back"),
        ("refresh", "Sign-in renewed"),
    )
    outcomes: tuple[tuple[str, str], ...] = (
        ("done", "done"),
        ("refused", "refused"),
        ("conflict", "conflict"),
        ("throttled", "asked to slow down"),
        ("unavailable", "nothing was done"),
        ("unknown", "no confirmation"),
    )
    status: str = "answer {status}"


EN = LedgerWords()
