"""smart-manifest.json says what the code does: the same scopes, and URLs that are served."""

import json
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.sync.read_plan import SCOPES
from app.web.routes import MANIFEST_BASE
from launch.scopes import to_v1

ROOT = Path(__file__).resolve().parents[2]


def manifest() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "smart-manifest.json").read_text(encoding="utf-8"))
    return found


def test_scopes_are_the_ones_we_ask_for() -> None:
    assert tuple(manifest()["scope"].split()) == SCOPES
    assert tuple(manifest()["smart"]["scopes_v1"].split()) == to_v1(SCOPES)


def test_every_url_is_ours_and_one_we_serve() -> None:
    served = {
        "/launch", "/callback/TENANT", "/.well-known/jwks.json", "/static/favicon.svg", "",
    }  # fmt: skip
    found = manifest()
    urls = [found["client_uri"], found["logo_uri"], found["jwks_uri"]]
    urls += found["redirect_uris"] + found["smart"]["launch_uris"]
    assert all(url.startswith(MANIFEST_BASE) for url in urls)
    assert {urlsplit(url).path for url in urls} <= served
    assert (ROOT / "static" / "favicon.svg").is_file()


def test_version_is_the_builds() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert manifest()["software_version"] == project["version"]
