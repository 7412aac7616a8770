"""One FHIR call: whose token, which scopes, what it may touch. Reads no bodies."""

from dataclasses import dataclass

from starlette.requests import Request

from sandbox.fhir.compartment import SHARED
from sandbox.fhir.matching import Test, build_test
from sandbox.fhir.parameters import parameter
from sandbox.fhir.store import Version
from sandbox.oauth.grants import Access
from sandbox.oauth.scopes import ResourceScope
from sandbox.outcomes import Refusal
from sandbox.personalities.model import Personality, TypeRules
from sandbox.state import Sandbox


@dataclass(slots=True)
class Call:
    """A request with a living token."""

    state: Sandbox
    personality: Personality
    request: Request
    access: Access

    @property
    def base(self) -> str:
        """The FHIR base of this personality."""
        return self.state.base(self.personality.name)

    @property
    def author(self) -> str:
        """Who a write is by."""
        return self.access.grant.client_id

    def require_type(self, type_: str, interaction: str) -> TypeRules:
        """The type's rules. Raises Refusal 404 or 405 when this EHR does not do it."""
        rules = self.personality.types.get(type_)
        if rules is None:
            raise Refusal(404, f"{type_} is not served here.", "not-supported")
        if interaction not in rules.interactions:
            raise Refusal(405, f"{interaction} of {type_} is not supported.", "not-supported")
        return rules

    def require_scopes(self, type_: str, letter: str) -> tuple[ResourceScope, ...]:
        """The scopes that allow the interaction. Raises Refusal 403 when there are none."""
        found = self.access.scopes.for_call(type_, letter)
        if not found:
            raise Refusal(
                403,
                f"The token has no scope for this use of {type_}.",
                headers={"WWW-Authenticate": 'Bearer error="insufficient_scope"'},
            )
        return found

    def build_reach(self, scopes: tuple[ResourceScope, ...], type_: str) -> Test:
        """A test: does one of the scopes reach this very resource of the type?"""
        reaches = [self._reach_of(scope, type_) for scope in scopes]
        if len(reaches) == 1:
            return reaches[0]
        return lambda version: any(reach(version) for reach in reaches)

    def allows(self, scopes: tuple[ResourceScope, ...], version: Version) -> bool:
        """Does one of the scopes reach this very resource?"""
        return self.build_reach(scopes, version.type)(version)

    def require_reach(self, scopes: tuple[ResourceScope, ...], version: Version) -> None:
        """Raises Refusal 403 for another patient's resource, or a category not granted."""
        if not self.allows(scopes, version):
            raise Refusal(403, "The token does not reach this resource.")
        self.require_open_chart(version)

    def require_open_chart(self, version: Version) -> None:
        """Raises Refusal 403 when the chart is behind break-the-glass."""
        if not set(version.patients).isdisjoint(self.state.settings["break_glass"]):
            raise Refusal(403, "Break-the-glass is required.", "suppressed", vendor_code="4130")

    def confined_to(self, scopes: tuple[ResourceScope, ...]) -> str | None:
        """The one patient that all the scopes are bound to, or None."""
        bound = all(s.level == "patient" for s in scopes)
        if bound and self.state.confines(self.access.grant):
            return self.access.grant.patient or ""
        return None

    def _reach_of(self, scope: ResourceScope, type_: str) -> Test:
        tests = _query_tests(type_, scope)
        confined = scope.level == "patient" and self.state.confines(self.access.grant)
        mine = self.access.grant.patient
        shared = type_ in SHARED

        def reach(version: Version) -> bool:
            if confined and mine not in version.patients and (version.patients or not shared):
                return False
            return all(test(version) for test in tests) if tests else True

        return reach


def _query_tests(type_: str, scope: ResourceScope) -> list[Test]:
    """Tests of a fine-grained scope; a parameter we do not know reaches nothing."""
    tests: list[Test] = []
    for name, value in scope.query:
        param = parameter(type_, name)
        if param is None:
            return [lambda _version: False]
        tests.append(build_test(name, "", param, value.split(",")))
    return tests


def build_call(state: Sandbox, personality: Personality, request: Request) -> Call:
    """The call of a bearer token. Raises Refusal 401 when there is none that lives."""
    header = request.headers.get("authorization", "")
    scheme, _, value = header.partition(" ")
    access = state.vouchers.living(value, personality.name) if scheme.lower() == "bearer" else None
    if access is None:
        error = ' error="invalid_token"' if header else ""
        challenge = {"WWW-Authenticate": f"Bearer{error}"} if personality.www_authenticate else {}
        raise Refusal(401, "A living access token is required.", headers=challenge)
    return Call(state, personality, request, access)
