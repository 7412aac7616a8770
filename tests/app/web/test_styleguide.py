"""The style guide answers with the product's own headers, every component, every sample page."""

import re

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.web.render import Renderer
from app.web.styleguide import build_styleguide_routes, prefix_ids
from app.web.styleguide_examples import EXAMPLES
from app.web.styleguide_pages import SAMPLE_PAGES


@pytest.fixture(scope="module")
def client(renderer: Renderer) -> TestClient:
    return TestClient(Starlette(routes=build_styleguide_routes(renderer)))


def test_every_component_in_light_and_dark(client: TestClient) -> None:
    html = client.get("/styleguide").text
    for example in EXAMPLES:
        assert f'id="{example.id}"' in html
    assert html.count('data-theme="light"') == html.count('data-theme="dark"') == len(EXAMPLES)


def test_the_five_reasons_stand_side_by_side(client: TestClient) -> None:
    html = client.get("/styleguide").text
    words = ("None recorded.", "Not permitted.", "Not supported.", "Did not load.", "Hidden.")
    for word in words:
        assert f"<b>{word}</b>" in html


@pytest.mark.parametrize("name", SAMPLE_PAGES)
def test_sample_pages(client: TestClient, name: str) -> None:
    answer = client.get(f"/styleguide/{name}?theme=dark&dir=rtl")
    assert answer.status_code == 200
    assert '<html lang="en" dir="rtl" data-theme="dark">' in answer.text
    policy = answer.headers["content-security-policy"]
    nonce = re.search(r"'nonce-([^']+)'", policy)
    assert nonce is not None
    assert f'nonce="{nonce[1]}"' in answer.text


def test_unknown_sample_theme_and_direction(client: TestClient) -> None:
    assert client.get("/styleguide/nothing").status_code == 404
    html = client.get('/styleguide/panel?theme="><b>&dir=up').text
    assert '<html lang="en" dir="ltr">' in html


def test_ids_stay_unique_and_references_follow(client: TestClient) -> None:
    html = client.get("/styleguide").text
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert prefix_ids('<p id="a" aria-labelledby="a b"><a href="#a">', "x") == (
        '<p id="x-a" aria-labelledby="x-a x-b"><a href="#x-a">'
    )
