"""Whatever an EHR puts into a text stays text: no tag, no attribute and no address comes of it."""

from html.parser import HTMLParser

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.clinical.chart import Chart, SearchOutcome
from app.clinical.elements import (
    Address,
    Coding,
    Concept,
    EhrPreference,
    Identifier,
    Language,
    Name,
    Quantity,
    Reference,
    Repair,
    Telecom,
    Value,
)
from app.web.render import Renderer
from app.web.samples import CHART, LEDGER, LINKS, NOW, PATIENT, SCENE
from app.web.styleguide_pages import SAMPLE_PAGES
from app.web.views.assembly import build_panel
from app.web.views.conflict import ClashRow, build_conflict_page
from app.web.views.contact import PendingEdit
from app.web.views.edit import build_edit_page
from app.web.views.message import build_fault
from app.web.views.page import Page
from app.web.views.sent import LedgerRow

ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "</template></details><svg onload=alert(1)>",
    "{{ 7*7 }}{% include 'x' %}",
    "<!--<b>-->&lt;i&gt;",
    "\u2028\u202e<iframe srcdoc=x>",
)
TEXTS = st.one_of(st.sampled_from(ATTACKS), st.text(max_size=40))


class Structure(HTMLParser):
    """The shape of a document: tags with the names of their attributes, and all addresses."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.shape: set[tuple[str, tuple[str, ...]]] = set()
        self.addresses: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.shape.add((tag, tuple(sorted(name for name, _ in attrs))))
        self.addresses |= {v or "" for n, v in attrs if n in ("href", "src", "action")}


def read_structure(html: str) -> Structure:
    parser = Structure()
    parser.feed(html)
    parser.close()
    return parser


def poison(value: object, text: str) -> object:
    """Every free text inside a fact replaced, everything that is not text left as it is."""
    if isinstance(value, tuple):
        return tuple(poison(item, text) for item in value)
    if not isinstance(value, msgspec.Struct):
        return value
    changes: dict[str, object] = {}
    for name in value.__struct_fields__:
        old = getattr(value, name)
        if isinstance(old, str) and name in FREE.get(type(value), ()):
            changes[name] = text
        elif isinstance(old, tuple | msgspec.Struct):
            changes[name] = poison(old, text)
    return msgspec.structs.replace(value, **changes) if changes else value


FREE: dict[type, tuple[str, ...]] = {
    Name: ("family", "text"),
    Telecom: ("value", "raw", "extension_number"),
    Address: ("city", "state", "postal_code", "text"),
    Language: ("tag", "text"),
    EhrPreference: ("topic", "channel"),
    Concept: ("text",),
    Coding: ("display", "code"),
    Quantity: ("unit", "raw_unit", "comparator"),
    Reference: ("display",),
    Repair: ("detail",),
    Identifier: ("value",),
    Value: ("text",),
    SearchOutcome: ("reason", "detail"),
}


def render_panel(renderer: Renderer, text: str) -> str:
    chart = poison(CHART, text)
    assert isinstance(chart, Chart)
    assert chart.patient is not None
    given_names = (msgspec.structs.replace(chart.patient.names[0], given=(text, text)),)
    patient = msgspec.structs.replace(chart.patient, names=given_names, mrn=text or "1")
    row = LedgerRow("w", text, "attention", NOW, reason=text or "x", who=text)
    return renderer.render_all(
        build_panel(
            msgspec.structs.replace(chart, patient=patient),
            SCENE,
            LINKS,
            page=Page(),
            who=text or "x",
            ledger=(row, *LEDGER),
            edits=(PendingEdit("email", text, row),),
        )
    )


@pytest.fixture(scope="module")
def allowed(renderer: Renderer) -> Structure:
    """The shapes and addresses of pages over harmless text: full, part read, empty, poisoned with
    a plain word and with nothing."""
    pages = [renderer.render_all(SAMPLE_PAGES[name](Page())) for name in HARMLESS]
    pages += [render_panel(renderer, text) for text in ("plain", "1", "")]
    return read_structure("".join(pages))


HARMLESS = ("panel", "panel-part-failed", "panel-empty")


@settings(max_examples=40, deadline=None)
@given(text=TEXTS)
def test_no_text_of_a_chart_becomes_markup(
    renderer: Renderer, allowed: Structure, text: str
) -> None:
    poisoned = read_structure(render_panel(renderer, text))
    assert poisoned.shape <= allowed.shape
    assert poisoned.addresses <= allowed.addresses


@pytest.mark.parametrize("text", ATTACKS)
def test_no_typed_text_becomes_markup(renderer: Renderer, text: str) -> None:
    def render(typed: str) -> Structure:
        form = build_edit_page(
            PATIENT,
            SCENE,
            LINKS,
            page=Page(),
            values={"phone_mobile": typed, "language": typed},
            typed={"phone_home": typed, "email": typed},
            errors={"email": typed or "x"},
            hidden=(("key", typed),),
            notice=typed,
        )
        clash = ClashRow("email", typed, typed + "a", typed + "b", ours_by=typed, theirs_by=typed)
        conflict = build_conflict_page(
            (clash,), PATIENT, SCENE, LINKS, page=Page(), ledger_id="w", is_incomplete=True
        )
        fault = build_fault(typed, typed, page=Page(), code=typed, reference=typed)
        return read_structure(renderer.render_all((form, conflict, fault)))

    plain, poisoned = render("plain"), render(text)
    assert poisoned.shape <= plain.shape
    assert poisoned.addresses <= plain.addresses


def test_the_check_would_see_markup() -> None:
    """A page that does not escape has another shape."""
    assert read_structure(f"<p>{ATTACKS[0]}</p>").shape != read_structure("<p>plain</p>").shape
