"""Refusals: one exception that becomes a FHIR OperationOutcome or an OAuth error. Logs nothing."""

from dataclasses import dataclass, field

import orjson
from starlette.responses import Response

from sandbox.jsontypes import Json

FHIR_JSON = "application/fhir+json; charset=utf-8"
EPIC_CODES = "urn:oid:1.2.840.114350.1.13.0.1.7.2.657369"

_ISSUE_BY_STATUS = {
    400: "invalid",
    401: "login",
    403: "forbidden",
    404: "not-found",
    405: "not-supported",
    406: "not-supported",
    409: "conflict",
    410: "deleted",
    412: "conflict",
    415: "not-supported",
    422: "processing",
    423: "lock-error",
    429: "throttled",
}


@dataclass(slots=True, eq=False)
class Refusal(Exception):
    """A FHIR call that is not done: HTTP status, words, the vendor's own code if it has one."""

    status: int
    text: str
    code: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    vendor_code: str | None = None


@dataclass(slots=True, eq=False)
class OAuthError(Exception):
    """An OAuth error object; `status` is for the token endpoint, redirects ignore it."""

    error: str
    description: str
    status: int = 400
    headers: dict[str, str] = field(default_factory=dict)


def build_outcome(
    text: str, code: str, severity: str = "error", vendor_code: str | None = None
) -> Json:
    """One-issue OperationOutcome."""
    issue: Json = {"severity": severity, "code": code, "diagnostics": text}
    details: Json = {"text": text}
    if vendor_code:
        details["coding"] = [{"system": EPIC_CODES, "code": vendor_code, "display": text}]
    issue["details"] = details
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def outcome_response(refusal: Refusal, *, with_vendor_code: bool = False) -> Response:
    """The refusal as its HTTP answer; the vendor's own code only from that vendor."""
    vendor_code = refusal.vendor_code if with_vendor_code else None
    code = refusal.code or _ISSUE_BY_STATUS.get(refusal.status, "exception")
    body = build_outcome(refusal.text, code, vendor_code=vendor_code)
    return Response(
        orjson.dumps(body), refusal.status, headers=refusal.headers, media_type=FHIR_JSON
    )


def oauth_response(error: OAuthError) -> Response:
    """The error object of RFC 6749 section 5.2."""
    return Response(
        orjson.dumps({"error": error.error, "error_description": error.description}),
        error.status,
        headers={"Cache-Control": "no-store", "Pragma": "no-cache", **error.headers},
        media_type="application/json",
    )
