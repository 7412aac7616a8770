"""The patient picker of a standalone launch, and what it can say of a patient. Grants nothing."""

from html import escape

from starlette.responses import HTMLResponse, Response

from sandbox.jsontypes import Json
from sandbox.state import Sandbox

SHOWN = 200
_STYLE = (
    "body{font:16px system-ui;margin:2rem auto;max-width:34rem;color:#1d2733}"
    "a{display:block;padding:.7rem 1rem;border-bottom:1px solid #d5dde5;color:inherit;"
    "text-decoration:none}a:hover,a:focus{background:#eef4fa}small{color:#52606d}"
)


def display_name(patient: Json) -> str:
    """Given and family of the best name; the id when there is none."""
    names = patient.get("name") or []
    ranked = sorted(names, key=lambda n: n.get("use") not in ("usual", "official"))
    if not ranked:
        return str(patient.get("id", ""))
    name = ranked[0]
    words = [*name.get("given", []), name.get("family", "")]
    return " ".join(w for w in words if w) or str(name.get("text", ""))


def page(state: Sandbox, personality: str, ticket: str) -> Response:
    """One link per patient, and a way to refuse."""
    rows: list[str] = []
    for version in list(state.store.of_type("Patient"))[:SHOWN]:
        patient = version.resource or {}
        at = f"{state.oauth(personality)}/pick?ticket={ticket}"
        rows.append(
            f'<a href="{at}&amp;patient={escape(version.id)}">{escape(display_name(patient))} '
            f"<small>{escape(str(patient.get('birthDate', '')))}</small></a>"
        )
    refuse = f'<a href="{state.oauth(personality)}/pick?ticket={ticket}">Cancel</a>'
    html = (
        f"<!doctype html><html lang=en><title>Choose a patient</title><style>{_STYLE}</style>"
        f"<h1>Choose a patient</h1>{''.join(rows)}{refuse}"
    )
    return HTMLResponse(html, headers={"Cache-Control": "no-store"})


def latest_encounter(state: Sandbox, patient: str) -> str | None:
    """The encounter that started last."""
    rows = list(state.store.of_patient("Encounter", patient))
    rows.sort(key=lambda v: str((v.resource or {}).get("period", {}).get("start", "")))
    return rows[-1].id if rows else None
