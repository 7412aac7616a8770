"""The panel's cards are called the same whether they show something or fail."""

import pytest

from app.security.access import Section
from app.web.panel_stream import FACT_CARDS, TITLES
from app.web.words import EN


@pytest.mark.parametrize("section", [section for section, _types, _build in FACT_CARDS])
def test_a_failed_card_has_the_title_of_its_card(section: Section) -> None:
    title = getattr(EN, TITLES[section])
    assert title[:1].isupper()
    if section is Section.MEDICATIONS:  # the one whose section is called otherwise
        assert title == "Medicines"
