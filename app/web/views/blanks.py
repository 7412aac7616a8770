"""Why a part of the page is empty: five reasons that are never merged. Decides from how a search
ended, never from how many facts came back."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from app.clinical.chart import SearchOutcome
from app.web.views.scene import Scene
from app.web.views.times import build_when
from app.web.words import lookup

SITE_REASONS = ("switched_off", "override_off")
BlankReason = Literal["none", "denied", "unsupported", "failed", "hidden"]


@dataclass(frozen=True, slots=True)
class Blank:
    """`reason` chooses the drawing; `word` is the bold part, `detail` the sentence after it."""

    reason: BlankReason
    word: str
    detail: str


def find_outcome(searches: Iterable[SearchOutcome], resource_type: str) -> SearchOutcome | None:
    """How the search for that type ended; the first that is not complete when there are several."""
    found = [s for s in searches if s.resource_type == resource_type]
    return next((s for s in found if s.completeness != "complete"), found[0] if found else None)


def build_blank(
    searches: Iterable[SearchOutcome], resource_type: str, scene: Scene, *, hidden: bool = False
) -> Blank:
    """The reason why nothing of `resource_type` is shown. `hidden`: something is withheld."""
    words = scene.words
    outcome = find_outcome(searches, resource_type)
    if outcome is None:
        return Blank("failed", words.failed_word, words.not_asked_detail)
    if outcome.completeness == "denied":
        detail = build_detail(outcome, words.denied_detail, scene)
        return Blank("denied", words.denied_word, detail)
    if outcome.completeness == "unsupported":
        word = words.off_word if outcome.reason in SITE_REASONS else words.unsupported_word
        detail = build_detail(outcome, words.unsupported_detail, scene)
        return Blank("unsupported", word, detail)
    if outcome.completeness != "complete":
        return Blank("failed", words.failed_word, words.failed_detail.format(ehr=scene.ehr))
    if hidden:
        return Blank("hidden", words.hidden_word, words.hidden_detail)
    when = build_when(outcome.read_at, scene)
    return Blank("none", words.none_word, words.none_detail.format(ehr=scene.ehr, when=when))


def build_detail(outcome: SearchOutcome, usual: str, scene: Scene) -> str:
    """Who is in the way: the EHR, the sign-in, or the site itself; `usual` for other reasons."""
    words = scene.words
    sentence = lookup(words.blank_details, outcome.reason, usual)
    things = lookup(words.things, outcome.resource_type)
    return sentence.format(ehr=scene.ehr, things=things)


def build_doubt(searches: Iterable[SearchOutcome], resource_type: str, scene: Scene) -> str:
    """A sentence to stand beside facts that are shown although the search was not complete; ""
    over a complete one."""
    outcome = find_outcome(searches, resource_type)
    if outcome is not None and outcome.completeness == "complete":
        return ""
    return scene.words.partial_detail.format(ehr=scene.ehr)
