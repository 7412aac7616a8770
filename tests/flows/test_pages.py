"""The pages around the chart: health, manifest, style guide, errors, the polled write track."""

import json

from tests.flows.mini_browser import MiniBrowser
from tests.flows.running import World
from tests.flows.test_spine import edit


def test_health_and_manifest(world: World, browser: MiniBrowser) -> None:
    assert browser.get(f"{world.app}/health/live").html == "ok"
    assert browser.get(f"{world.app}/health/ready").status == 200
    manifest = json.loads(browser.get(f"{world.app}/smart-manifest.json").html)
    assert manifest["jwks_uri"] == f"{world.app}/.well-known/jwks.json"
    keys = json.loads(browser.get(manifest["jwks_uri"]).html)["keys"]
    assert {k["alg"] for k in keys} >= {"RS384", "ES384"}
    assert all("d" not in k for k in keys)


def test_the_style_guide_shows_every_component(world: World, browser: MiniBrowser) -> None:
    page = browser.get(f"{world.app}/styleguide")
    assert page.status == 200
    for words in ("None recorded", "Not permitted", "Not supported", "Did not load", "Hidden"):
        assert words in page.text
    sample = next(k for k in page.parsed.links if k.startswith("/styleguide/"))
    assert browser.get(world.app + sample).status == 200
    assert browser.get(f"{world.app}/styleguide/nothing").status == 404


def test_an_unknown_page_says_so_without_a_trace(world: World, browser: MiniBrowser) -> None:
    page = browser.get(f"{world.app}/nothing-here")
    assert page.status == 404
    assert "no such page" in page.text
    assert "Traceback" not in page.html


def test_an_unknown_write_is_not_found(world: World, browser: MiniBrowser) -> None:
    panel = world.open("elena-vargas", browser)
    assert browser.get(panel.url + "writes/nothing").status == 404


def test_another_patients_write_is_not_found_here(world: World, browser: MiniBrowser) -> None:
    from app.store.tables.ledger import LEDGER

    first = world.open("elena-vargas", browser)
    edit(browser, first, email="for.elena@example.com")

    async def newest() -> str:
        async with world.parts.store.read("demo-generic") as tx:
            rows = await tx.all(tx.select(LEDGER).order_by(LEDGER.c.created_at.desc()).limit(1))
            return str(rows[0].ledger_id)

    second = world.open("ruth-abernathy", browser)
    assert browser.get(f"{second.url}writes/{world.run(newest())}").status == 404


def test_the_write_track_alone(world: World, browser: MiniBrowser) -> None:
    panel = world.open("luc-moreau", browser)
    edit(browser, panel, email="luc.track@example.com")
    part = browser.get(panel.url + "sent")
    assert "In EHR" in part.text
    assert "<html" not in part.html


def test_refresh_reads_the_ehr_again(world: World, browser: MiniBrowser) -> None:
    panel = world.open("noelani-kealoha", browser)
    world.sandbox("patch/Patient/noelani-kealoha", {"gender": "other"})
    shown = browser.submit(panel, panel.form("/refresh"), {})
    assert shown.url == panel.url
    reads = [e for e in world.log() if e["path"].endswith("Patient/noelani-kealoha")]
    assert len(reads) >= 2


def test_a_form_that_is_no_form_is_refused(world: World, browser: MiniBrowser) -> None:
    panel = world.open("elena-vargas", browser)
    cookies = "; ".join(f"{k}={v}" for k, v in browser.cookies_of(panel.url).items())
    headers = {"Cookie": cookies, "Sec-Fetch-Site": "same-origin", "Origin": "null"}
    url = panel.url + "contact"
    as_json = world.http.post(url, headers=headers, json={"email": "x@example.com"})
    huge = world.http.post(url, headers=headers, data={"email": "x" * 200_000})
    doubled = world.http.post(
        url,
        headers=headers | {"Content-Type": "application/x-www-form-urlencoded"},
        content=b"csrf=a&csrf=b",
    )
    short = browser.get(url).form("/contact")
    keyless = browser.post(url, short.fields | {"key": ""})
    assert [as_json.status_code, huge.status_code, doubled.status_code] == [422, 422, 422]
    assert keyless.status == 422


def test_nothing_the_log_says_names_a_person(
    world: World, browser: MiniBrowser, caplog: object
) -> None:
    panel = world.open("samir-haddad", browser)
    edit(browser, panel, email="samir.log@example.com")
    text = str(getattr(caplog, "text", ""))
    for secret in ("Haddad", "samir.log@example.com", "Bearer"):
        assert secret not in text
