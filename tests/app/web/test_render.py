"""The panel renders whole, in order, and says what it must."""

from app.web.answer_examples import OPEN, PLANNED
from app.web.render import Renderer
from app.web.samples import CHART, LEDGER, LINKS, SCENE
from app.web.views.assembly import build_panel
from app.web.views.page import Page

NOW_CARDS = (OPEN, PLANNED)


def render_sample(renderer: Renderer) -> str:
    return renderer.render_all(
        build_panel(
            CHART, SCENE, LINKS, page=Page(), who="Dana Okafor, RN", ledger=LEDGER, now=NOW_CARDS
        )
    )


def test_panel_is_one_document_in_streaming_order(renderer: Renderer) -> None:
    html = render_sample(renderer)
    assert html.startswith("<!doctype html>")
    assert html.rstrip().endswith("</html>")
    ids = [
        'id="contact-now"',
        'id="outreach"',
        'id="contact"',
        'id="sent"',
        'id="facts"',
        'id="freshness-now"',
    ]
    places = [html.index(mark) for mark in ids]
    assert places == sorted(places)


def test_assets_carry_the_hash_of_their_content(renderer: Renderer) -> None:
    html = render_sample(renderer)
    assert "/static/chartside.css?v=" in html
    assert "/static/icons.svg?v=" in html


def test_title_holds_no_patient_data(renderer: Renderer) -> None:
    assert "<title>Chartside</title>" in render_sample(renderer)
