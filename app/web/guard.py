"""What every request to a chart passes: session, role, CSRF, and the headers of the answer.

Decides by security.access and the stored launch; never by the request's URL or Host.
"""

import secrets
from dataclasses import dataclass

from starlette.datastructures import UploadFile
from starlette.requests import Request

from app.errors import AccessDenied, InvalidInput
from app.security.access import Action, require_may
from app.security.csrf import build_csrf_token, is_csrf_token, is_same_origin
from app.security.headers import build_csp, build_page_headers
from app.sync.visits import Visit
from app.web.services import Services
from app.web.views.links import Links
from app.web.views.look import build_look_url
from app.web.views.page import Page
from app.web.views.scene import Scene
from launch.models import Binding

MAX_FORM_FIELDS = 60
MAX_FORM_BYTES = 100_000
MAX_FIELD_CHARS = 4_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A request that passed: who, for which chart, and what its answer needs."""

    services: Services
    visit: Visit
    nonce: str
    links: Links
    request_id: str

    @property
    def page(self) -> Page:
        colors = self.services.looks.colors_of(self.visit.opened)
        return Page(
            nonce=self.nonce,
            host_origins=self.visit.tenant.frame_ancestors,
            look=build_look_url(colors),
        )

    @property
    def scene(self) -> Scene:
        tenant = self.visit.tenant
        return Scene(now=self.visit.now, here=tenant.zone, ehr=tenant.ehr)

    def headers(self) -> dict[str, str]:
        """The security headers of this answer; only this tenant's EHR may frame it."""
        csp = build_csp(
            nonce=self.nonce,
            frame_ancestors=self.visit.tenant.frame_ancestors,
            public_base_url=self.services.settings.public_base_url,
        )
        return build_page_headers(csp)


def services_of(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


async def require_entry(request: Request, action: Action | None) -> Entry:
    """The visit behind a request, if its session is proven and its role permits `action`.

    None asks for no role: signing out is everybody's right.

    Raises launch.errors.SessionInvalid or AccessDenied; a denial is audited before it is raised.
    """
    services = services_of(request)
    segment = str(request.path_params["launch"])
    visit = await services.visits.load_visit(segment, request.cookies)
    request.state.frame_ancestors = visit.tenant.frame_ancestors
    request.state.visit = visit
    await _require_role(services, visit, action)
    csrf = build_csrf_token(
        services.csrf_keys[0],
        launch_id=visit.opened.launch_id,
        session_hash=visit.session_hash,
        now=services.clock(),
    )
    return Entry(
        services=services,
        visit=visit,
        nonce=secrets.token_urlsafe(18),
        links=Links(base=f"/l/{segment}", csrf=csrf),
        request_id=secrets.token_hex(8),
    )


async def _require_role(services: Services, visit: Visit, action: Action | None) -> None:
    if action is None:
        return
    try:
        require_may(visit.actor, action)
    except AccessDenied:
        await services.visits.save_denial(visit, action)
        raise


async def require_form(request: Request, entry: Entry) -> dict[str, str]:
    """The submitted fields, if they come from a page of this very launch.

    Raises AccessDenied for a foreign Origin or a wrong token, InvalidInput for an unusable form.
    """
    services, visit = entry.services, entry.visit
    # A frame without cookies is cross-site even to itself: there the handle in the path and the
    # token, which no other site can read, are the proof.
    own = visit.opened.binding is Binding.COOKIELESS or is_same_origin(
        origin=request.headers.get("origin"),
        sec_fetch_site=request.headers.get("sec-fetch-site"),
        public_base_url=services.settings.public_base_url,
    )
    fields = await _read_form(request) if own else {}
    valid = own and is_csrf_token(
        services.csrf_keys,
        fields.pop("csrf", ""),
        launch_id=visit.opened.launch_id,
        session_hash=visit.session_hash,
        now=services.clock(),
    )
    if not valid:
        await services.visits.save_denial(visit, "form.foreign")
        raise AccessDenied("This form did not come from this page. Open the chart again.")
    return fields


async def _read_form(request: Request) -> dict[str, str]:
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise InvalidInput("This form was not sent as a form.")
    declared = request.headers.get("content-length", "")
    if not declared.isdigit() or int(declared) > MAX_FORM_BYTES:
        raise InvalidInput("This form is too large.")
    form = await request.form(max_fields=MAX_FORM_FIELDS, max_files=0)
    fields: dict[str, str] = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile) or len(value) > MAX_FIELD_CHARS or name in fields:
            raise InvalidInput("This form cannot be read.")
        fields[name] = value
    return fields
