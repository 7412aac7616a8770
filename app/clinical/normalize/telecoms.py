"""Telecoms: phone numbers to E.164, e-mail addresses, and how a source ranks them.

A number that cannot be read keeps an empty value and its raw text: nothing may dial it.
"""

import re

import phonenumbers
from msgspec import Struct

from app.clinical.elements import Telecom
from app.clinical.normalize.context import Context
from app.clinical.normalize.shapes import RawExtension, RawPeriod
from app.clinical.normalize.values import build_span

_PHONES = frozenset({"phone", "sms", "fax", "pager"})
_SYSTEMS = _PHONES | {"email", "url", "other"}
_USES = frozenset({"home", "work", "temp", "old", "mobile"})
_REGIONS = {"united states": "US", "usa": "US", "us": "US", "canada": "CA", "mexico": "MX"}
_POSSIBLE = phonenumbers.ValidationResult.IS_POSSIBLE
_NORTH_AMERICA = frozenset({"US", "CA"})
# What phonenumbers reads alike, at a hundredth of the cost.
_DIALED = re.compile(
    r"\s*(?:tel:|phone:?|ph:?|mobile:?|cell:?)?[\d\s()+\-./\u2010-\u2015\u00a0]+"
    r"(?:[;,#\s]*(?:ext|extn|extension|x)[.:=\s]*\d{1,8})?\s*",
    re.IGNORECASE,
)
"""Digits with the usual signs, a word for the device before them, an extension after them. Other
words may say whose number it is: `daughter 602-555-0148` reaches somebody else."""
_TEN_DIGITS = re.compile(r"\(?([2-9]\d\d)\)?[-. ]?(\d{3})[-. ]?(\d{4})", re.ASCII)
_MAIL = re.compile(r"[^\s@<>(),;:\"]{1,64}@[^\s@<>(),;:\"]{1,250}\.[^\s@<>(),;:\".]{2,63}")


class RawTelecom(Struct, gc=False):
    id: str | None = None
    system: str | None = None
    value: str | None = None
    use: str | None = None
    rank: int | None = None
    period: RawPeriod | None = None
    extension: tuple[RawExtension, ...] | None = None


def build_telecoms(
    raws: tuple[RawTelecom, ...] | None, ctx: Context, path: str = "telecom"
) -> tuple[Telecom, ...]:
    """Every way of contact that has a value, each with its place in the source's list."""
    found = []
    for index, raw in enumerate(raws or ()):
        if raw.value and raw.value.strip():
            found.append(_telecom(raw, index, ctx, f"{path}[{index}]"))
    return tuple(found)


def _telecom(raw: RawTelecom, index: int, ctx: Context, path: str) -> Telecom:
    written = raw.value or ""
    system = (raw.system or "").strip().lower()
    if system not in _SYSTEMS:
        ctx.warn("telecom_system_unknown", path)
        system = ""
    value, extension = _read(system, written, ctx, path)
    use = (raw.use or "").strip().lower()
    return Telecom(
        system,
        value,
        written,
        use if use in _USES else "",
        raw.rank if raw.rank is not None and 0 < raw.rank < 1_000_000 else None,
        _extension_number(raw.extension) or extension,
        build_span(raw.period, ctx, f"{path}.period"),
        index,
        raw.id or "",
    )


def _read(system: str, written: str, ctx: Context, path: str) -> tuple[str, str]:
    """(normalised value, extension number); the value is "" when it cannot be read."""
    if system in _PHONES:
        value, extension = parse_phone(written, region_of(ctx))
        if not value:
            ctx.warn("phone_unreadable", path)
        return value, extension
    tidy = written.strip()
    if system == "email":
        tidy = tidy.removeprefix("mailto:").lower()
        if not _MAIL.fullmatch(tidy):
            ctx.warn("email_unreadable", path)
            return "", ""
    return tidy, ""


def parse_phone(written: str, region: str) -> tuple[str, str]:
    """("+18168888886", "12345") from any usual writing; ("", "") when it is no number."""
    if region in _NORTH_AMERICA and (plain := _TEN_DIGITS.fullmatch(written)) is not None:
        digits = "".join(plain.groups())
        return ("", "") if len(set(digits)) == 1 else (f"+1{digits}", "")
    if len(written) > 100 or not _DIALED.fullmatch(written):
        return "", ""
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return "", ""
    # Not merely possible within one town: seven digits without an area reach nobody.
    if phonenumbers.is_possible_number_with_reason(number) != _POSSIBLE:
        return "", ""
    if len(set(str(number.national_number))) == 1 or number.italian_leading_zero:
        # 000-000-0000 and its like stand where no number is known.
        return "", ""
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return e164, number.extension or ""


def region_of(ctx: Context) -> str:
    """The two-letter region in which a number without country code is read."""
    country = ctx.patient_country.strip()
    if len(country) == 2 and country.isalpha() and country.isascii():
        return country.upper()
    return _REGIONS.get(country.lower(), ctx.profile.default_region)


def _extension_number(extensions: tuple[RawExtension, ...] | None) -> str:
    for extension in extensions or ():
        if (extension.url or "").endswith("/contactpoint-extension"):
            return (extension.value_string or "").strip()
    return ""
