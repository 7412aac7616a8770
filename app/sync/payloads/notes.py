"""Fallbacks that record an intent as a note: QuestionnaireResponse and DocumentReference. Pure.

Neither changes what the EHR itself holds about the patient, so neither ever counts as "in EHR".
"""

import base64

from app.sync.intents import Intent
from app.sync.payloads.checked import build_checked
from app.sync.payloads.frame import Frame, Json, build_instant
from app.sync.payloads.wording import TITLES, Line, build_div, build_lines, build_text

OWN_FORM = "urn:chartside:questionnaire"
"""Canonical of our own forms, for sites that did not build one: `…:contact_detail`."""

INSTEAD = {"withdrawn_outreach": "planned_outreach"}
"""Kind → the kind whose form a site has more likely built."""

NOTE_TYPE = {"system": "http://loinc.org", "code": "34109-9", "display": "Note"}
CLINICAL_NOTE = {
    "system": "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category",
    "code": "clinical-note",
    "display": "Clinical Note",
}


def build_questionnaire_response(intent: Intent, frame: Frame) -> Json:
    """One answered line per item; the site's own form where it named one."""
    lines = build_lines(intent, frame)
    built = frame.forms.questionnaires
    form = built.get(frame.kind) or built.get(INSTEAD.get(frame.kind, ""))
    return build_checked(
        {
            "resourceType": "QuestionnaireResponse",
            "identifier": frame.identifier,
            "questionnaire": form or f"{OWN_FORM}:{frame.kind}",
            "status": "completed",
            "subject": frame.patient,
            "authored": build_instant(frame.at),
            "author": frame.who,
            "text": build_narrative(lines, TITLES[frame.kind]),
            "item": [_item(line) for line in lines],
        }
    )


def _item(line: Line) -> Json:
    answer = {"valueString": line.value}
    return {"linkId": line.key, "text": line.label, "answer": [answer]}


def build_document(intent: Intent, frame: Frame) -> Json:
    """A note. Oracle takes XHTML and turns it into RTF; elsewhere plain text is the safest."""
    lines, title = build_lines(intent, frame), TITLES[frame.kind]
    if frame.vendor == "oracle":
        kind, body = "application/xhtml+xml;charset=utf-8", build_page(lines, title)
    else:
        kind, body = "text/plain;charset=utf-8", build_text(lines, title)
    attachment = {
        "contentType": kind,
        "data": base64.b64encode(body.encode()).decode(),
        "title": title,
        "creation": build_instant(frame.at),
    }
    return build_checked(
        {
            "resourceType": "DocumentReference",
            "identifier": [frame.identifier],
            "status": "current",
            "docStatus": "final",
            "type": {"coding": [dict(frame.forms.note_type) or NOTE_TYPE], "text": title},
            "category": [{"coding": [CLINICAL_NOTE]}],
            "subject": frame.patient,
            "date": build_instant(frame.at),
            "author": [frame.who] if frame.who else None,
            # The reference is in clear here as well: a server that drops our identifier still
            # lets us find what we sent.
            "description": f"{title} ({frame.ledger_id})",
            "content": [{"attachment": attachment}],
            "context": build_context(frame),
        }
    )


def build_context(frame: Frame) -> Json | None:
    """The encounter that the chart was opened in, where the launch named one."""
    if not frame.encounter:
        return None
    at = build_instant(frame.at)
    return {
        "encounter": [{"reference": f"Encounter/{frame.encounter}"}],
        "period": {"start": at, "end": at},
    }


def build_narrative(lines: tuple[Line, ...], title: str) -> Json:
    """R4 Narrative, generated from the same lines as the content."""
    return {"status": "generated", "div": build_div(lines, title)}


def build_page(lines: tuple[Line, ...], title: str) -> str:
    """A whole XHTML document: every tag closed, no style, no script (Oracle's rule)."""
    body = build_div(lines, title).replace(' xmlns="http://www.w3.org/1999/xhtml"', "", 1)
    head = f"<head><title>{title}</title></head>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<html xmlns="http://www.w3.org/1999/xhtml">{head}<body>{body}</body></html>'
    )
