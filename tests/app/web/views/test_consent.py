"""What a consent entry says of itself: how, when, to whom, and in which wording if in any."""

from msgspec.structs import replace

from app.outreach.consent import ConsentEntry
from app.web.samples import NOW, SCENE
from app.web.views.consent import build_how
from app.web.words_consent import EN

TOLD = ConsentEntry(
    id="1", action="agreed", recorded_at=NOW, recorded_by="Dana Okafor, RN", how="spoken"
)


def test_who_took_it_and_in_which_wording() -> None:
    said = build_how(TOLD, SCENE, EN)
    assert said.startswith("Spoken, today") and said.endswith("taken by Dana Okafor, RN.")
    worded = replace(TOLD, wording_version="1-es")
    assert build_how(worded, SCENE, EN) == f"{said} Wording 1-es."


def test_a_reply_was_taken_by_nobody() -> None:
    reply = replace(TOLD, how="reply", recorded_by="Reply by text")
    assert build_how(reply, SCENE, EN) == "Reply by text, today\xa02:10\xa0PM."
