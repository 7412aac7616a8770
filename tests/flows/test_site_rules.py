"""What a site decided shows on its panel: its own record number, and what it switched off."""

import re
from typing import Any

from app.store.records.tenants import load_settings, save_settings
from tests.flows.mini_browser import MiniBrowser
from tests.flows.running import World

TENANT = "demo-generic"
INSURER = {"system": "urn:oid:1.2.3.99.4", "value": "INS-7741", "type": {"text": "EPI"}}


def decide(world: World, **rules: Any) -> None:
    async def work() -> None:
        async with world.parts.store.write(TENANT) as tx:
            await save_settings(tx, {**await load_settings(tx), **rules})

    world.run(work())


def test_the_banner_shows_the_number_that_the_site_named(
    world: World, browser: MiniBrowser
) -> None:
    listed = [*world.resource("Patient/samir-haddad")["identifier"], INSURER]
    world.sandbox("patch/Patient/samir-haddad", {"identifier": listed})
    usual = read_banner(world, browser)
    assert "INS-7741" not in usual and "MRN " in usual
    for rules in ({"mrn_systems": ["1.2.3.99.4"]}, {"mrn_systems": [], "mrn_types": ["epi"]}):
        decide(world, **rules)
        assert "MRN INS-7741" in read_banner(world, browser)
    decide(world, mrn_systems=["urn:oid:9.9.9.9"], mrn_types=[])
    assert "no MRN" in read_banner(world, browser)
    decide(world, mrn_systems=[], mrn_types=[])
    assert read_banner(world, browser) == usual


def read_banner(world: World, browser: MiniBrowser) -> str:
    """The identity line over a chart that was read with the rules of this moment."""
    panel = world.open("samir-haddad", browser)
    world.kept()
    found = re.search(r'<p class="who">(.*?)</p>', browser.get(panel.url).html, re.S)
    assert found is not None
    return re.sub(r"<[^>]*>", "", found[1]).replace("\xa0", " ")


def test_what_the_site_switched_off_is_neither_asked_nor_called_none(
    world: World, browser: MiniBrowser
) -> None:
    decide(world, read_switches={"Immunization": False})
    before = len(world.log())
    panel = world.open("elena-vargas", browser)
    decide(world, read_switches={})
    assert "Switched off. Your site has vaccines switched off in Chartside." in panel.text
    assert not [e for e in world.log()[before:] if "Immunization" in e["path"]]


def test_the_ehrs_own_statement_was_read_beside_the_first_launch(
    world: World, browser: MiniBrowser
) -> None:
    world.open("elena-vargas", browser)

    async def load() -> bool:
        await world.parts.sites.settle(TENANT)
        return (await world.parts.sites.load(TENANT)).capability is not None

    assert world.run(load())
    asked = [e["path"] for e in world.log() if e["personality"] == "generic"]
    assert sum(path.endswith("/metadata") for path in asked) == 1
