"""The identity line and how old its data is."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from app.clinical.elements import Language
from app.web.samples import NOW, PATIENT, READ_AT, SCENE, make_searches
from app.web.views.identity import (
    build_freshness,
    build_identity,
    build_speaks,
    choose_language,
)
from app.web.words import NBSP

FRESH = build_freshness(make_searches(), SCENE)


def plain(text: str) -> str:
    return text.replace(NBSP, " ")


def test_identity_line() -> None:
    line = build_identity(PATIENT, SCENE, freshness=FRESH)
    assert plain(line.facts) == "58 F, born 03/14/1968, MRN 40227719"
    assert plain(line.short_facts) == "58 F, MRN ends 7719"
    assert line.speaks == "Speaks Spanish, interpreter needed"


def test_what_is_missing_is_said() -> None:
    bare = msgspec.structs.replace(PATIENT, mrn="", birth_date=None, sex="")
    line = build_identity(bare, SCENE, freshness=FRESH)
    assert plain(line.facts) == (
        "age not recorded, sex not recorded, birth date not recorded, no MRN"
    )
    assert "no MRN" in line.short_facts
    assert build_identity(None, SCENE, freshness=FRESH).name == SCENE.words.name_missing


def test_a_short_mrn_is_not_cut() -> None:
    short = msgspec.structs.replace(PATIENT, mrn="12")
    assert plain(build_identity(short, SCENE, freshness=FRESH).short_facts).endswith("MRN 12")


@pytest.mark.parametrize(
    ("languages", "said"),
    [
        ((), ""),
        ((Language("en", preferred=True),), ""),
        (
            (Language("en-US", preferred=True, interpreter=True),),
            "Speaks English, interpreter needed",
        ),
        ((Language("es"),), "Speaks Spanish"),
        ((Language("es"), Language("fr")), ""),
        ((Language("es"), Language("fr", preferred=True)), "Speaks French"),
        ((Language("", "Mam"),), "Speaks Mam"),
        ((Language("qaa-x"),), "Speaks qaa-x"),
    ],
)
def test_speaks(languages: tuple[Language, ...], said: str) -> None:
    assert build_speaks(languages, SCENE) == said


def test_several_languages_without_a_preference_are_no_choice() -> None:
    assert choose_language((Language("es"), Language("fr"))) is None


def test_freshness_states() -> None:
    opened = build_freshness((), SCENE)
    assert (opened.state, plain(opened.text), opened.read_at) == ("opened", "Epic, 2:10 PM", "")
    fresh = build_freshness(make_searches(), SCENE)
    assert (fresh.state, plain(fresh.text)) == ("fresh", "Epic, 2 min ago")
    assert fresh.read_at == READ_AT.isoformat()
    later = replace(SCENE, now=NOW + timedelta(hours=2))
    stale = build_freshness(make_searches(), later)
    assert (stale.state, plain(stale.text)) == ("stale", "Epic, 2 h old")
    part = build_freshness(make_searches(Immunization="failed"), SCENE)
    assert (part.state, plain(part.text)) == ("part", "Epic, part read")


def test_freshness_counts_from_the_oldest_part_and_lists_all() -> None:
    searches = make_searches()
    older = msgspec.structs.replace(searches[3], read_at=NOW - timedelta(minutes=50))
    fresh = build_freshness((*searches[:3], older, *searches[4:]), SCENE)
    assert plain(fresh.text) == "Epic, 50 min ago"
    assert len(fresh.lines) == len(searches)
    assert fresh.lines[1][0] == "Results"


def test_not_permitted_is_not_part_read() -> None:
    assert build_freshness(make_searches(Immunization="denied"), SCENE).state == "fresh"
