"""The gaps-in-care document over HTTP: who gets it, what it holds, and that it is on record."""

import json

from fhirclient.models.bundle import Bundle

from app.security.access import Role
from app.store.tables.audit import AUDIT
from tests.flows.mini_browser import MiniBrowser
from tests.flows.running import World
from tests.flows.test_access import set_role


def actions(world: World) -> list[tuple[str, str]]:
    async def rows() -> list[tuple[str, str]]:
        async with world.parts.store.read("demo-generic") as tx:
            return [(row.action, row.outcome) for row in await tx.all(tx.select(AUDIT))]

    return world.run(rows())


def test_the_document_is_whole_and_on_record(world: World, browser: MiniBrowser) -> None:
    panel = world.open("elena-vargas", browser)
    answer = browser.get(panel.url + "gaps.json")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/fhir+json"
    assert answer.headers["cache-control"] == "no-store"
    document = json.loads(answer.html)
    Bundle(document)
    kinds = [entry["resource"]["resourceType"] for entry in document["entry"]]
    assert kinds[0] == "Composition"
    assert kinds.count("MeasureReport") == kinds.count("DetectedIssue") > 5
    assert kinds.count("Patient") == 1
    there = {f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in document["entry"]}
    named = {
        used["reference"]
        for entry in document["entry"]
        for used in entry["resource"].get("evaluatedResource", [])
    }
    assert named
    assert named <= there
    assert "0148" not in answer.html
    assert ("gap.reported", "success") in actions(world)


def test_bob_gets_no_report(world: World, browser: MiniBrowser) -> None:
    panel = world.open("elena-vargas", browser)
    set_role(world, Role.COORDINATOR)
    try:
        answer = browser.get(panel.url + "gaps.json")
    finally:
        set_role(world, Role.CLINICIAN)
    assert answer.status == 403
    assert "Vargas" not in answer.html
    assert ("gap.report", "denied") in actions(world)


def test_nothing_is_reported_of_somebody_who_has_died(world: World, browser: MiniBrowser) -> None:
    panel = world.open("walter-lindqvist", browser)
    assert browser.get(panel.url + "gaps.json").status == 404
