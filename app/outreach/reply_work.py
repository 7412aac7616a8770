"""Reply work: what a reply leaves for a person to do, and how a person may say that it is done.

Pure; app.outreach.replies says what a reply means.
"""

from typing import Literal

from app.outreach.replies import Reply

Result = Literal[
    "called", "wrote", "booked", "passed_on", "recorded", "emergency", "nothing", "not_theirs"
]
RESULTS: tuple[Result, ...] = (
    "emergency", "called", "wrote", "booked", "passed_on", "recorded", "not_theirs", "nothing",
)  # fmt: skip
"""How a reply was handled, in the order in which it is asked."""
Did = Literal["", "opted_out", "no_email", "wrong_number", "answered", "held"]
"""What Chartside did with a reply by itself."""


def needs_person(reply: Reply) -> bool:
    """Whether somebody has to read it.

    All that is urgent; and all but what is done once it was acted on: a revocation, somebody
    else's number, a bare "no", a phone's reaction to a message.
    """
    if reply.urgent or reply.may_revoke:
        return True
    if reply.revokes or reply.rule == "tapback":
        return False
    return not (reply.kind == "no" and reply.rule.startswith("keyword"))


def find_did(reply: Reply, *, answered: bool) -> Did:
    """`answered`: it was kept as the answer to something that we sent. "held": texts wait until
    somebody has read it."""
    if reply.wrong_person:
        return "wrong_number"
    if reply.revokes:
        return "no_email" if reply.channels == ("email",) else "opted_out"
    if reply.may_revoke:
        return "held"
    return "answered" if answered else ""


def find_missing(result: str, note: str, *, is_urgent: bool) -> dict[str, str]:
    """Field → what is wrong with how it was handled; empty when it may be closed."""
    if result not in RESULTS:
        return {"result": "Say how it was handled."}
    if is_urgent and result == "nothing" and not note.strip():
        return {"note": "It was marked urgent. Say in a few words why there is nothing to do."}
    return {}
