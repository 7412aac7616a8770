"""Which gaps a local code may hide: those that look for its words, and those that read its type."""

import pytest

from app.clinical.care_gaps.hidden import HiddenGaps
from app.settings import ROOT
from app.sync.rule_files import load_measures


@pytest.fixture(scope="module")
def gaps() -> HiddenGaps:
    return HiddenGaps(load_measures(ROOT))


def test_words_that_a_rule_looks_for_name_its_gap(gaps: HiddenGaps) -> None:
    found = gaps.find("Observation", "MAMMO screen bilat")
    assert [ident for ident, _name in found.sought] == ["CMS125"]
    others = {ident for ident, _name in found.others}
    assert "CMS122" in others and "CMS125" not in others


def test_the_type_of_fact_decides(gaps: HiddenGaps) -> None:
    shot = gaps.find("Immunization", "Shingrix")
    assert [ident for ident, _name in shot.sought] == ["ZOSTER"]
    assert {ident for ident, _name in shot.others} == {"CMS117", "FLU", "PNEUMO"}
    assert gaps.find("Observation", "Shingrix").sought == ()


def test_what_no_rule_reads_hides_nothing(gaps: HiddenGaps) -> None:
    for resource_type in ("Task", "Appointment", ""):
        found = gaps.find(resource_type, "mammo")
        assert found.sought == () and found.others == ()
