"""The panel renders whole, in order, and says what it must."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import TemplateNotFound
from markupsafe import Markup, escape

from app.web.answer_examples import OPEN, PLANNED
from app.web.render import Renderer, escape_text
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


def test_a_drawing_that_is_kept_is_what_its_template_draws(renderer: Renderer) -> None:
    renderer.compile_all()
    kept = renderer.env.ready["parts/marks.html"].module
    fresh = renderer.env.ready["parts/marks.html"].make_module()
    for name, arguments in (
        ("icon", ("next", "turns")),
        ("icon", ("next",)),
        ("icon", ("<&>", '"')),
        ("mark", ("yes",)),
        ("track", ("conflict",)),
    ):
        drawn = getattr(kept, name)(*arguments)
        assert drawn == getattr(fresh, name)(*arguments)
        assert isinstance(drawn, Markup) and "<&>" not in drawn
        assert getattr(kept, name)(*arguments) is drawn


class Marked:
    """Says itself how it is written in HTML."""

    def __html__(self) -> str:
        return "<b>x</b>"


@given(st.one_of(st.text(), st.text("a&<>'\"b"), st.integers(), st.none(), st.booleans()))
def test_text_is_escaped_as_markupsafe_does(value: object) -> None:
    assert str(escape_text(value)) == str(escape(value))


def test_what_is_markup_already_is_not_escaped_again() -> None:
    for value in (Markup("<i>&amp;</i>"), Marked()):
        assert str(escape_text(value)) == str(escape(value))


def test_a_subclass_of_text_is_not_taken_for_text() -> None:
    class Loud(str):
        __slots__ = ()

        def __str__(self) -> str:
            return "<script>"

    assert "<" not in escape_text(Loud("plain"))


def test_every_template_is_compiled_and_keeps_its_globals(renderer: Renderer) -> None:
    assert set(renderer.env.ready) == set(renderer.env.list_templates())
    for template in renderer.env.ready.values():
        assert template.globals["w"] is renderer.env.globals["w"]
    with pytest.raises(TemplateNotFound):
        renderer.env.get_template("cards/nothing.html")
