"""Reads the launch context and the user out of what the EHR sent. Lenient in form, never guessing
an identity: what cannot be read is None."""

import re
from collections.abc import Mapping
from typing import Any

from launch.errors import LaunchContextInvalid
from launch.models import FhirContextItem, LaunchContext, LaunchUser
from launch.scopes import Grant

MAX_TEXT = 4096
MAX_ITEMS = 100
# FHIR allows 64 characters; some servers go beyond. The alphabet is what keeps it out of trouble.
_ID = re.compile(r"[A-Za-z0-9.\-_]{1,128}")
_USER_TYPES = ("Patient", "Practitioner", "PractitionerRole", "RelatedPerson", "Person")
_USER = re.compile(rf"(?:{'|'.join(_USER_TYPES)})/[A-Za-z0-9.\-_]{{1,128}}")


def parse_context(body: Mapping[str, Any]) -> LaunchContext:
    """The context parameters of a token response; unknown keys are ignored, odd values dropped."""
    return LaunchContext(
        patient=parse_id(body.get("patient"), "Patient"),
        encounter=parse_id(body.get("encounter"), "Encounter"),
        need_patient_banner=parse_flag(body.get("need_patient_banner"), default=True),
        smart_style_url=_text(body.get("smart_style_url")),
        intent=_text(body.get("intent")),
        tenant=_text(body.get("tenant")),
        fhir_context=parse_fhir_context(body.get("fhirContext")),
        app_context=_text(body.get("appContext")),
        messaging_handle=_text(body.get("smart_web_messaging_handle")),
        messaging_origin=_text(body.get("smart_web_messaging_origin")),
    )


def parse_id(value: object, resource_type: str) -> str | None:
    """A logical id; also from `Type/id` and from a number. None if it could not stand in a path."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return None
    value = value.strip().removeprefix(f"{resource_type}/")
    return value if _ID.fullmatch(value) and value.strip(".") else None


def parse_flag(value: object, *, default: bool) -> bool:
    """A boolean, also spelled as a string; anything else is the default."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower(), default)
    return default


def parse_fhir_context(value: object) -> tuple[FhirContextItem, ...]:
    """`fhirContext`: objects as SMART 2.2 has them; plain strings are taken as references."""
    entries = value if isinstance(value, list) else [value]
    items = [_context_item(entry) for entry in entries[:MAX_ITEMS]]
    return tuple(item for item in items if item is not None)


def _context_item(entry: object) -> FhirContextItem | None:
    if isinstance(entry, str):
        text = _text(entry)
        return FhirContextItem(reference=text) if text else None
    if not isinstance(entry, dict):
        return None
    identifier = entry.get("identifier")
    item = FhirContextItem(
        reference=_text(entry.get("reference")),
        canonical=_text(entry.get("canonical")),
        identifier=identifier if isinstance(identifier, dict) else None,
        type=_text(entry.get("type")),
        role=_text(entry.get("role")) or "launch",
    )
    return item if item.reference or item.canonical or item.identifier else None


def parse_user(claims: Mapping[str, Any], *, fhir_base: str) -> LaunchUser:
    """The user of a *verified* id_token: `fhirUser`, or `profile` on SMART 1.0 servers."""
    fhir_user = parse_fhir_user(claims.get("fhirUser"), fhir_base=fhir_base)
    if fhir_user is None:
        fhir_user = parse_fhir_user(claims.get("profile"), fhir_base=fhir_base)
    return LaunchUser(
        iss=str(claims["iss"]),
        sub=str(claims["sub"]),
        fhir_user=fhir_user,
        name=_text(claims.get("name")),
    )


def parse_fhir_user(value: object, *, fhir_base: str) -> str | None:
    """`Type/id` if on this server (sent relative or absolute), the whole URL if on another."""
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        return None
    value = re.sub(r"/_history/[^/]+$", "", value.strip()).removeprefix(f"{fhir_base}/")
    if "://" not in value:
        value = value.removeprefix("/")
        return value if _USER.fullmatch(value) else None
    base, _, tail = _last_two(value)
    return value if base.startswith(("https://", "http://")) and _USER.fullmatch(tail) else None


def require_usable(context: LaunchContext, grant: Grant, *, requires_patient: bool) -> None:
    """Raises LaunchContextInvalid if nothing clinical was granted, or no patient though needed.

    A `patient/` scope without a patient is a broken promise of the server (SMART: SHALL set one);
    with `user/` scopes alone a launch without a patient is a worklist. Without a patient servers
    also drop the `patient/` scopes; then the missing patient is what to tell.
    """
    if not grant.resources and (context.patient is not None or not grant.other):
        raise LaunchContextInvalid("no_scope")
    is_worklist = grant.has_level("user") and not grant.has_level("patient")
    if context.patient is None and (requires_patient or not is_worklist):
        raise LaunchContextInvalid("no_patient")


def _last_two(url: str) -> tuple[str, str, str]:
    head, slash, last = url.rpartition("/")
    base, _, kind = head.rpartition("/")
    return base, slash, f"{kind}/{last}"


def _text(value: object) -> str | None:
    """A non-empty printable string of bearable length; else None."""
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT or not value.isprintable():
        return None
    return value
