"""`chartside demo`: a pretend EHR with sample patients and the app beside it, from nothing.

Demo only: plain http on loopback, two host names, so that cookies of a foreign frame are real.
"""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import webbrowser
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import uvicorn

from app.cli.serving import require_free_port, run, serve_until_signal
from app.errors import ConfigError
from app.logs import set_up_logging
from app.security.access import Role
from app.settings import ROOT, Settings, load_settings
from app.store.records.tenants import Tenant, load_tenants, save_tenant
from app.store.records.users import assign_role, remember_user
from app.sync.read_plan import build_scopes
from app.vendors import profile_named
from launch.models import ClientAuth, LaunchUser, Registration
from launch.scopes import to_v1

if TYPE_CHECKING:
    from app.main import Parts

PERSONALITIES = (
    "generic", "epic", "oracle", "athena", "ecw", "nextgen", "meditech", "smart1",
)  # fmt: skip
ADMINISTRATOR = "morgan-castellanos"
"""Who may open the administrators' pages; the pretend EHR's window signs them in on request."""
ISSUERS = {"oracle": "oracle/oauth2/", "athena": "athena/okta/oauth2/aus0sandbox",
           "ecw": "ecw/fhir", "nextgen": "nextgen/patient-oauth"}  # fmt: skip
START_S = 60.0
CLINIC = {
    "name": "Mercy West Clinic",
    "phone": "(614) 555-0100",
    "address": "410 Alder Street, Columbus, OH 43215",
}
"""Who writes to the demo's patients; invented."""
# What the pretend text provider knows us by; it exists on loopback only.
PRETEND_ACCOUNT = "AC00000000000000000000000000000001"
PRETEND_TOKEN = "pretend-auth-token"  # noqa: S105
POINT = "http://hl7.org/fhir/contact-point-system"
FORMS: Mapping[str, Mapping[str, Any]] = {
    "oracle": {
        "staff_recipient": "Practitioner/dana-okafor",
        "preference_methods": {
            channel: {"system": POINT, "code": code}
            for channel, code in (
                ("text", "sms"),
                ("call", "phone"),
                ("email", "email"),
                ("letter", "other"),
                ("portal", "url"),
            )
        },
    },
}
"""What the site of each personality has set up (tenant setting `write_forms`)."""


@dataclass(frozen=True, slots=True)
class Demo:
    """Where the two programs listen. The EHR is 127.0.0.1, the app localhost: two sites.
    `smtp_port` is the pretend mailbox's."""

    settings: Settings
    ehr_port: int
    patients: str = ""
    smtp_port: int = 0

    @property
    def ehr(self) -> str:
        return f"http://127.0.0.1:{self.ehr_port}"


def load_demo(env: Mapping[str, str]) -> Demo:
    """APP_PORT, EHR_PORT, DATA_DIR and PATIENTS, with defaults. Raises ConfigError."""
    port = env.get("EHR_PORT", "9000")
    if not port.isdigit():
        raise ConfigError("EHR_PORT must be a number.")
    settings = load_settings(env)
    data_dir = Path(env.get("DATA_DIR", ROOT / ".data" / "demo"))
    smtp_port = find_free_port()
    settings = replace(
        settings,
        data_dir=data_dir,
        allow_http=True,
        public_base_url=f"http://localhost:{settings.port}",
        has_styleguide=True,
    )
    settings = open_doors(settings, int(port), smtp_port)
    return Demo(settings, int(port), env.get("PATIENTS", ""), smtp_port)


def open_doors(settings: Settings, ehr_port: int, smtp_port: int) -> Settings:
    """The settings with the pretend EHR's text provider, and its mailbox where it has one."""
    texts = replace(
        settings,
        texts_url=f"http://127.0.0.1:{ehr_port}/texts",
        texts_account=PRETEND_ACCOUNT,
        texts_token=PRETEND_TOKEN,
        texts_from="+16145550100",
    )
    if not smtp_port:
        return texts
    return replace(
        texts,
        smtp_host="127.0.0.1",
        smtp_port=smtp_port,
        smtp_security="none",
        mail_from="clinic@mercy-west.example",
        mail_from_name="Mercy West",
    )


def find_free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def vendor_of(name: str) -> str:
    """The vendor profile of a personality."""
    return "generic" if name == "smart1" else name


def build_clients(demo: Demo) -> list[dict[str, Any]]:
    """Our registrations at the pretend EHR, one per personality, most of them asymmetric."""
    base = demo.settings.public_base_url
    clients: list[dict[str, Any]] = []
    for name in PERSONALITIES:
        wanted = build_scopes(profile_named(vendor_of(name)))
        client: dict[str, Any] = {
            "client_id": f"chartside-{name}",
            "type": "public" if name == "smart1" else "asymmetric",
            "redirect_uris": [f"{base}/callback/demo-{name}"],
            "launch_url": f"{base}/launch",
            "scopes": " ".join(to_v1(wanted) if name == "smart1" else wanted),
            "personalities": [name],
        }
        if name != "smart1":
            client["jwks_url"] = f"{base}/.well-known/jwks.json"
        clients.append(client)
    return clients


def build_tenant(demo: Demo, name: str) -> Tenant:
    """One connection to one personality."""
    public = name == "smart1"
    registration = Registration(
        tenant_id=f"demo-{name}",
        iss=f"{demo.ehr}/{name}/fhir",
        client_id=f"chartside-{name}",
        client_auth=ClientAuth.PUBLIC if public else ClientAuth.ASYMMETRIC,
        assertion_alg="RS384" if name == "ecw" else "ES384",
        scopes_v2=build_scopes(profile_named(vendor_of(name))),
        frame_ancestors=(demo.ehr,),
    )
    return Tenant(
        registration=registration,
        name=f"{name} sandbox" if name != "generic" else "Pretend EHR",
        vendor=vendor_of(name),
        time_zone="America/New_York",
        allowed_hosts=("127.0.0.1",),
        default_role=Role.CLINICIAN,
        settings={
            "writes_on": True,
            "write_forms": FORMS.get(name, {}),
            "outreach": {"agreements": {"text": "", "email": ""}, "clinic": CLINIC},
        },
    )


async def save_tenants(parts: "Parts", demo: Demo) -> None:
    """Adds the demo's tenants, or points those of an earlier run at the present ports."""
    async with parts.store.read_wide() as tx:
        known = {t.tenant_id: t for t in await load_tenants(tx)}
    for name in PERSONALITIES:
        tenant = build_tenant(demo, name)
        if before := known.get(tenant.tenant_id):
            settings = {**before.settings, **tenant.settings}
            tenant = replace(tenant, version=before.version, settings=settings)
        async with parts.store.write(tenant.tenant_id) as tx:
            await save_tenant(tx, tenant)
            issuer = f"{demo.ehr}/{ISSUERS.get(name, f'{name}/oauth2')}"
            who = LaunchUser(iss=issuer, sub=ADMINISTRATOR, name="Morgan Castellanos")
            await assign_role(tx, await remember_user(tx, who), Role.ADMIN)
    await parts.directory.load()


def start_ehr(demo: Demo) -> subprocess.Popen[bytes]:
    """The pretend EHR as a child process with our registrations."""
    clients = demo.settings.data_dir / "ehr-clients.json"
    clients.parent.mkdir(parents=True, exist_ok=True)
    clients.write_text(json.dumps(build_clients(demo)), encoding="utf-8")
    command = [sys.executable, "-m", "sandbox", "--port", str(demo.ehr_port)]
    command += ["--clients", str(clients), "--app-origin", demo.settings.public_base_url]
    command += ["--smtp-port", str(demo.smtp_port)]
    if demo.patients:
        command += ["--patients", demo.patients]
    # Its own process group: Ctrl-C reaches us first, and we end it in order. It says its address
    # too; one URL is what a newcomer needs.
    return subprocess.Popen(  # noqa: S603 — our own
        command, cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL
    )


class WallClock:
    """The real time, ahead by what a tester moved the clock on the pretend EHR's wall."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def __call__(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.ahead_s)


async def follow_wall(wall: WallClock, ehr: str, let_first: Callable[[], Awaitable[None]]) -> None:
    """Until cancelled: outreach goes by the window's clock, sign-in by the real one. Asked between
    two pages, so that asking slows none."""
    async with httpx.AsyncClient(trust_env=False) as client:
        while True:
            await let_first()
            with contextlib.suppress(httpx.HTTPError, ValueError):
                state = (await client.get(f"{ehr}/_sandbox/state")).json()
                wall.ahead_s = float(state.get("wall_ahead_s", 0.0))
            await asyncio.sleep(0.5)


async def wait_for(url: str, child: subprocess.Popen[bytes]) -> None:
    """Until `url` answers 200. Raises ConfigError when the child ends or it takes too long."""
    async with httpx.AsyncClient(trust_env=False) as client:
        for _ in range(int(START_S * 10)):
            if child.poll() is not None:
                raise ConfigError("The pretend EHR did not start; is its port taken?")
            with contextlib.suppress(httpx.HTTPError):
                if (await client.get(url)).status_code == 200:
                    return
            await asyncio.sleep(0.1)
    raise ConfigError("The pretend EHR did not answer in time.")


async def run_demo(demo: Demo, *, open_browser: bool) -> None:
    """Both programs until Ctrl-C."""
    require_free_port("127.0.0.1", demo.ehr_port, "EHR_PORT")
    require_free_port("127.0.0.1", demo.settings.port, "APP_PORT")
    from app.main import build_app  # not above: the other commands start without the app

    wall = WallClock()
    app = await build_app(demo.settings, wall=wall)
    child = start_ehr(demo)
    following = asyncio.create_task(
        follow_wall(wall, demo.ehr, app.state.parts.people.let_first), name="wall clock"
    )

    def tell() -> None:
        sys.stdout.write(f"Chartside demo: {demo.ehr}/\n")
        sys.stdout.flush()
        if open_browser:
            webbrowser.open(f"{demo.ehr}/")

    try:
        await save_tenants(app.state.parts, demo)
        await wait_for(f"{demo.ehr}/_sandbox/state", child)
        config = uvicorn.Config(
            app, host="localhost", port=demo.settings.port, log_config=None, access_log=False
        )
        await serve_until_signal(config, on_started=tell)
    finally:
        following.cancel()
        child.terminate()
        child.wait(timeout=10)


def demo() -> None:
    """Run the pretend EHR and Chartside beside it; prints one URL."""
    try:
        set_up_logging("WARNING")
        run(run_demo(load_demo(os.environ), open_browser=os.environ.get("BROWSER") != "0"))
    except ConfigError as exc:
        sys.stderr.write(f"{exc.user_message}\n")
        raise SystemExit(2) from None
