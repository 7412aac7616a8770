"""The administrators' pages: who is led where, the queue page by page, counts in words."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from app.clinical.care_gaps.hidden import HiddenGaps
from app.clinical.normalize.quality import REASONS, REPAIRS, WARNINGS
from app.clinical.terminology import CVX, LOINC, TEXT
from app.security.access import Actor, Role
from app.settings import ROOT
from app.store.records.codes import CodeMapping, UnmappedCode
from app.sync.code_desk import Codes
from app.sync.remaking import Difference
from app.sync.rule_files import load_measures
from app.web.quality_page import build_csv, quote_formula
from app.web.samples import LINKS, SCENE
from app.web.views.codes import (
    PAGE_ROWS,
    CodeShelf,
    build_codes_page,
    build_done,
    build_form,
    build_preview,
    offered,
)
from app.web.views.desk import build_desk_head, list_tabs
from app.web.views.identity import build_freshness
from app.web.views.page import Page
from app.web.views.panel import build_tail
from app.web.views.quality import tell
from app.web.words_codes import EN

ADMIN = Actor("u", "north", Role.ADMIN)
SEEN = datetime(2026, 11, 20, tzinfo=UTC)
CODE = UnmappedCode("urn:local", "GLU", "Glucose here", "Observation", 3, "open", SEEN, SEEN)


@pytest.fixture(scope="module")
def shelf() -> CodeShelf:
    return CodeShelf(SCENE, EN, "/l/x", HiddenGaps(load_measures(ROOT)))


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.COORDINATOR, Role.AUDITOR, None])
def test_only_an_administrator_has_these_pages(role: Role | None) -> None:
    mine = {LINKS.mappings, LINKS.quality}
    assert not mine & {url for _word, url in list_tabs(Actor("u", "north", role), LINKS, EN)}
    assert [word for word, _url in list_tabs(ADMIN, LINKS, EN)][:2] == [EN.codes, EN.quality]
    assert list_tabs(Actor("u", "north", Role.ADMIN, disabled=True), LINKS, EN) == ()


def test_the_panels_foot_carries_the_pages_of_whoever_may() -> None:
    freshness = build_freshness((), SCENE)
    pages = list_tabs(ADMIN, LINKS, EN)
    tail = build_tail(SCENE, who="", freshness=freshness, read_at=None, links=LINKS, pages=pages)
    assert tail.pages == pages


def test_a_long_queue_is_shown_page_by_page(shelf: CodeShelf) -> None:
    waiting = tuple(replace(CODE, code=f"C{n}") for n in range(PAGE_ROWS * 2 + 1))
    codes = Codes(waiting, (), (), (), (), {})
    head = build_desk_head(ADMIN, SCENE, LINKS, EN, url=LINKS.mappings, who="")
    first = build_codes_page(codes, shelf, head, page=Page())
    assert (len(first.rows), first.earlier_url, first.later_url) == (
        PAGE_ROWS, "", f"/l/x/mappings?first={PAGE_ROWS}",
    )  # fmt: skip
    last = build_codes_page(codes, shelf, head, page=Page(), first=PAGE_ROWS * 2)
    assert (len(last.rows), last.later_url, last.shown) == (1, "", "101 to 101 of 101")
    beyond = build_codes_page(codes, shelf, head, page=Page(), first=10_000)
    assert beyond.rows == first.rows


def test_a_vaccine_is_offered_vaccine_codes_only(shelf: CodeShelf) -> None:
    assert offered("Immunization") == {CVX}
    assert LOINC in offered("Observation") and TEXT not in offered("Observation")
    assert offered("Elsewhere") == frozenset()
    form = build_form(replace(CODE, resource_type="Immunization"), shelf)
    assert [o.label for o in form.fields[0].options] == ["CVX"]


def test_what_a_look_saw_is_said_in_full(shelf: CodeShelf) -> None:
    mapping = CodeMapping("urn:local", "GLU", LOINC, "2339-0", "Glucose")
    facts = (("DiagnosticReport", 1), ("Observation", 4))
    part = build_preview(CODE, mapping, Difference(2, facts, 5, 9), shelf)
    assert part.preview == (
        "1 report and 4 results in 2 kept charts would be read as LOINC 2339-0 Glucose."
    )
    assert part.note.startswith("Looked at 5 of 9 kept charts")
    none = build_preview(CODE, mapping, Difference(0, (), 9, 9), shelf)
    assert none.preview == EN.gives_nothing and none.note == "All 9 kept charts were looked at."
    assert build_done(None, 0, EN).endswith(EN.done_going_on)
    assert build_done(0, 0, EN).endswith(EN.done_nothing)


def test_every_quality_code_has_plain_words() -> None:
    for code in (*REPAIRS, *WARNINGS, *REASONS, "code_unusable", "from_an_older_version"):
        says, kind = tell(code, EN)
        assert says[0].isupper() and "_" not in says and kind


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", " =1", "\t=1", "\r=1", "\uff1d1"])
def test_a_formula_is_quoted(text: str) -> None:
    assert quote_formula(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Observation", "bad_date", "a=b", "1-2"])
def test_plain_words_are_not(text: str) -> None:
    assert quote_formula(text) == text


def test_a_file_of_counts_is_rfc_4180() -> None:
    rows = [(date(2026, 11, 1).isoformat(), 'a"b,c', "bad_date", "x", 3)]
    assert build_csv(rows) == (
        b'since,resource_type,code,meaning,count\r\n2026-11-01,"a""b,c",bad_date,x,3\r\n'
    )
