"""Two Synthea toddlers, moved in time so that they turn two this year: schedule and measure."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.flows.mini_browser import MiniBrowser
from tests.flows.running import World, running_world

pytestmark = pytest.mark.shared
CHILDREN = {
    "Maria_Eugenia_Medina": ("7d3aec4c-0f8f-4bde-b6c2-37fdb2c537d8", 2019),
    "Enda_Schaefer": ("d070e7dd-4d25-4c52-9fb2-78d232e1cf2c", 2020),
}
DAY = re.compile(r"\b(19|20)(\d\d)-(\d\d)-(\d\d)")


def shift(text: str, years: int) -> str:
    """Every date moved by whole years; the 29th of February becomes the 28th."""

    def moved(found: re.Match[str]) -> str:
        rest = found[0][4:].replace("-02-29", "-02-28")
        return f"{int(found[0][:4]) + years}{rest}"

    return DAY.sub(moved, text)


@pytest.fixture(scope="module")
def toddlers(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("toddlers")
    this_year = datetime.now(UTC).year
    for name, (_id, born) in CHILDREN.items():
        (source,) = (shared_data / "synthea").glob(f"{name}_*.json")
        text = shift(source.read_text(encoding="utf-8"), this_year - 2 - born)
        (folder / source.name).write_text(text, encoding="utf-8")
    with running_world(tmp_path_factory.mktemp("world"), patients=folder) as found:
        yield found


@pytest.fixture
def nurse() -> Iterator[MiniBrowser]:
    made = MiniBrowser()
    yield made
    made.close()


@pytest.mark.parametrize("name", CHILDREN)
def test_the_measure_and_the_schedule_lead_to_each_other(
    toddlers: World, nurse: MiniBrowser, name: str
) -> None:
    panel = toddlers.open(CHILDREN[name][0], nurse)
    assert "This part did not load" not in panel.text
    page = nurse.get(panel.url + "vaccines")
    assert "Childhood immunizations: Open" in page.text
    link = next(k for k in page.parsed.links if k.endswith("/gaps/CMS117"))
    measure = nurse.get(toddlers.app + link)
    assert "By the vaccine schedule" in measure.text
    assert [k for k in measure.parsed.links if k.endswith("/vaccines")]


def test_a_child_who_stayed_away_is_overdue_for_what_was_never_given(
    toddlers: World, nurse: MiniBrowser
) -> None:
    """The last doses were given at eight months: no measles vaccine, no varicella vaccine."""
    panel = toddlers.open(CHILDREN["Enda_Schaefer"][0], nurse)
    page = nurse.get(panel.url + "vaccines")
    assert re.search(r"Overdue DTaP/Tdap/Td dose 4, since", panel.text)
    assert "vaccines overdue" in page.text
    assert re.search(r"From today, one visit serves .*MMR dose 1", page.text)
    assert "Hepatitis B Complete" in page.text
