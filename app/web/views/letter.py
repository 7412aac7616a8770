"""A letter as a page to print: sender, receiver, the words, nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from app.clinical.facts import Patient
from app.store.records.outreach import Outreach
from app.web.views.page import Page
from app.web.views.people import build_name
from app.web.views.scene import Scene
from app.web.words_outreach import EN, OutreachWords


@dataclass(frozen=True, slots=True)
class LetterPage:
    template: ClassVar[str] = "pages/letter.html"
    page: Page
    t: OutreachWords
    back_url: str
    lang: str
    sender: tuple[str, ...]
    receiver: tuple[str, ...]
    subject: str
    body: str


def build_letter(
    row: Outreach,
    patient: Patient,
    scene: Scene,
    *,
    page: Page,
    back_url: str,
    clinic: Mapping[str, str],
) -> LetterPage:
    """The address is the one that was judged, not what the chart says now."""
    lines = tuple(str(clinic[k]) for k in ("name", "address", "phone") if clinic.get(k))
    name = build_name(patient.names, scene.words)
    return LetterPage(
        page=page,
        t=EN,
        back_url=back_url,
        lang=row.content.language,
        sender=lines,
        receiver=(name, *row.content.address.split(", ")),
        subject=row.content.subject,
        body=row.content.body,
    )
