"""How much a launch costs beyond what cannot be avoided, with 50 ms on every EHR answer.

launch_ratio: wall time from the callback's request to the chart's last byte ÷ (token request +
slowest FHIR request of the same launch, as the pretend EHR timed them). serial_ratio: the same
reads through fhirclient, one after the other, over the same denominators. chart_cpu_ms: CPU of the
app's process per chart view, warm.
"""

import base64
import hashlib
import http.client
import importlib
import secrets
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psutil
from fhirclient.models import patient
from fhirclient.server import FHIRServer

from app.sync.read_plan import CHART_TYPES
from benchmarks.demo_world import DemoWorld, running_demo
from benchmarks.figure import Figure
from sandbox.people import build_people
from tests.flows.mini_browser import MiniBrowser

FIGURES = ("launch_ratio", "serial_ratio", "chart_cpu_ms")
LATENCY_MS = 50
RUNS = 20
VIEWS = 100
MODELS = tuple(
    getattr(importlib.import_module(f"fhirclient.models.{name.lower()}"), name)
    for name in CHART_TYPES
    if name != "Patient"
)


def run() -> Iterator[Figure]:
    with running_demo() as world:
        people = find_people()
        charts = [(p, name) for name in ("generic", "smart1") for p in people]
        for person, personality in charts[-3:]:
            time_launch(world, person, personality)  # templates, connections, caches
        world.sandbox("latency", {"ms": LATENCY_MS})
        ours, serial = [], []
        for person, personality in charts[:RUNS]:
            wall_ms, unavoidable_ms, token_ms = time_launch(world, person, personality)
            ours.append(wall_ms / unavoidable_ms)
            reads_ms = time_serial(world, person, personality)
            serial.append((token_ms + reads_ms) / unavoidable_ms)
        note = f"median of {RUNS}, {LATENCY_MS} ms per EHR answer, worst {max(ours):.3f}"
        yield Figure("launch_ratio", statistics.median(ours), note=note)
        yield Figure("serial_ratio", statistics.median(serial), note="fhirclient, same reads")
        world.sandbox("latency", {"ms": 0})
        yield Figure(
            "chart_cpu_ms",
            time_views(world, people[0]),
            "ms",
            note=f"mean of {VIEWS}, stored chart",
        )


def find_people() -> list[str]:
    """Ids of the sample people."""
    bundles = build_people(datetime.now(UTC).date())
    resources = [e["resource"] for b in bundles for e in b["entry"]]
    return [r["id"] for r in resources if r["resourceType"] == "Patient"]


def time_launch(world: DemoWorld, person: str, personality: str) -> tuple[float, float, float]:
    """(callback to last byte, token + slowest FHIR request, token), all in ms."""
    browser = MiniBrowser()
    callback = browser.stop_before(world.launch_url(person, personality), "/callback/")
    before = len(world.log())
    wall_ms, page = time_callback(callback, browser.cookies_of(callback))
    browser.close()
    assert page.rstrip().endswith(b"</html>"), page[-200:]
    entries = world.log()[before:]
    token_ms = max(e["ms"] for e in entries if e["path"].endswith("/token"))
    fhir_ms = max(e["ms"] for e in entries if "/fhir/" in e["path"])
    return wall_ms, token_ms + fhir_ms, token_ms


def time_callback(callback: str, cookies: dict[str, str]) -> tuple[float, bytes]:
    """(ms from the callback's request to the chart's last byte, the chart). Sent as by a frame,
    over one open connection and with as little of a client as there is: what the client costs is
    not the launch's."""
    url = urlsplit(callback)
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "iframe"}
    connection = http.client.HTTPConnection(str(url.hostname), url.port)
    connection.connect()
    sent = "; ".join(f"{name}={value}" for name, value in cookies.items())
    start = time.perf_counter()
    connection.request("GET", f"{url.path}?{url.query}", headers=headers | {"Cookie": sent})
    answer = connection.getresponse()
    answer.read()
    kept = [line.split(";")[0] for line in answer.headers.get_all("set-cookie", [])]
    sent = "; ".join(pair for pair in kept if not pair.endswith("="))
    chart = urlsplit(str(answer.headers["location"]))
    connection.request("GET", chart.path, headers=headers | {"Cookie": sent})
    page = connection.getresponse().read()
    wall_ms = (time.perf_counter() - start) * 1000
    connection.close()
    return wall_ms, page


def time_serial(world: DemoWorld, person: str, personality: str) -> float:
    """The chart's reads through fhirclient, parsed into its models, in ms."""
    base = f"{world.ehr}/{personality}/fhir/"
    server = FHIRServer(None, base_uri=base)
    server.session.headers["Authorization"] = f"Bearer {fetch_token(world, person, personality)}"
    start = time.perf_counter()
    patient.Patient.read(person, server)
    for model in MODELS:
        list(model.where({"patient": person, "_count": "200"}).perform_resources(server))
    return (time.perf_counter() - start) * 1000


def fetch_token(world: DemoWorld, person: str, personality: str) -> str:
    """An access token of a public client of our own, by the code flow."""
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    redirect = f"{world.app}/bench"
    scopes = register(world, redirect, personality)
    asked = {"personality": personality, "client_id": "bench", "patient": person}
    query = {
        "response_type": "code",
        "client_id": "bench",
        "redirect_uri": redirect,
        "launch": world.sandbox("launches", asked)["launch"],
        "scope": scopes,
        "state": secrets.token_urlsafe(24),
        "aud": f"{world.ehr}/{personality}/fhir",
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    authorize, token = find_endpoints(world, personality)
    answer = world.http.get(authorize, params=query)
    code = parse_qs(urlsplit(answer.headers["location"]).query).get("code", [""])[0]
    assert code, answer.headers["location"]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect,
        "client_id": "bench",
        "code_verifier": verifier,
    }
    return str(world.http.post(token, data=form).json()["access_token"])


def register(world: DemoWorld, redirect: str, personality: str) -> str:
    """Register the benchmark's own client; the scopes it may ask for."""
    letters = "read" if personality == "smart1" else "rs"
    types = [m.resource_type for m in (patient.Patient, *MODELS)]
    scopes = " ".join(["launch", *(f"patient/{t}.{letters}" for t in types)])
    client: dict[str, Any] = {
        "client_id": "bench",
        "type": "public",
        "redirect_uris": [redirect],
        "launch_url": redirect,
        "scopes": scopes,
    }
    world.sandbox("clients", client)
    return scopes


def find_endpoints(world: DemoWorld, personality: str) -> tuple[str, str]:
    root = f"{world.ehr}/{personality}/oauth2"
    return f"{root}/authorize", f"{root}/token"


def time_views(world: DemoWorld, person: str) -> float:
    """CPU milliseconds of the app's process per view of a chart that is stored already."""
    browser = MiniBrowser()
    panel = browser.get(world.launch_url(person, "generic"))
    for _warm in range(10):
        browser.get(panel.url)
    process = psutil.Process(world.app_pid)
    before = process.cpu_times()
    for _view in range(VIEWS):
        browser.get(panel.url)
    after = process.cpu_times()
    browser.close()
    used = (after.user - before.user) + (after.system - before.system)
    return used * 1000 / VIEWS
