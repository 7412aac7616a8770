"""What the EHR holds of someone's wishes stops contact here, without anyone typing it again."""

from tests.flows.mini_browser import MiniBrowser
from tests.flows.running import World

STOPPED = "Do not contact"


def read_again(world: World, browser: MiniBrowser, person: str) -> str:
    """The panel once the whole chart is kept."""
    panel = world.open(person, browser)
    world.kept()
    return browser.get(panel.url).text


def test_do_not_contact_in_the_ehr_stops_all_contact(world: World, browser: MiniBrowser) -> None:
    assert STOPPED in read_again(world, browser, "petra-novak")


def test_a_refusal_of_texts_in_the_ehr_stops_only_texts(world: World, browser: MiniBrowser) -> None:
    text = read_again(world, browser, "ines-delgado")
    assert STOPPED not in text
    assert "Yes, by" in text  # a letter has no hours
