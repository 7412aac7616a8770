"""Preferences: contact preferences that an EHR keeps in an extension. Never read as consent.

Oracle Health, `communication-preference`: topic, method, kind of contact point, time verified.
A channel is taken from a standard code only; words may say the use, but a code outweighs them.
"""

from app.clinical.elements import Concept, EhrPreference
from app.clinical.normalize.codes import EMPTY, build_concept
from app.clinical.normalize.context import Context
from app.clinical.normalize.shapes import RawConcept, RawExtension

_CHANNELS = frozenset({"phone", "fax", "email", "pager", "url", "sms", "other"})
_USES = frozenset({"home", "work", "temp", "old", "mobile"})
_USE_WORDS = {"home": "home", "business": "work", "work": "work", "mobile": "mobile",
              "cell": "mobile", "temporary": "temp"}  # fmt: skip
_POINT_SYSTEM = "http://hl7.org/fhir/contact-point-system"
_POINT_USE = "http://hl7.org/fhir/contact-point-use"
_PATH = "extension(communication-preference)"


def build_preferences(
    extensions: tuple[RawExtension, ...] | None, ctx: Context
) -> tuple[EhrPreference, ...]:
    url = ctx.profile.preference_url
    if not url:
        return ()
    return tuple(_preference(e, ctx) for e in extensions or () if e.url == url)


def _preference(raw: RawExtension, ctx: Context) -> EhrPreference:
    parts = {(e.url or "").rpartition("/")[2]: e for e in raw.extension or ()}
    topic = _concept(parts.get("communication-type"), ctx)
    method = _concept(parts.get("contact-method"), ctx)
    kind = _concept(parts.get("contact-type"), ctx)
    verified = parts.get("verified-datetime")
    channel = _standard(method, _POINT_SYSTEM, _CHANNELS)
    if not channel:
        ctx.warn("preference_channel_unknown", _PATH)
    return EhrPreference(
        topic=_topic(topic),
        channel=channel,
        use=_use(kind, ctx),
        verified=ctx.moment(verified.value_date_time if verified else None, _PATH),
        source_extension_id=raw.id or "",
        raw=_raw(method),
    )


def _concept(part: RawExtension | None, ctx: Context) -> Concept:
    if part is None:
        return EMPTY
    if part.value_coding is not None:
        return build_concept(RawConcept((part.value_coding,)), ctx, _PATH)
    return build_concept(part.value_codeable_concept, ctx, _PATH)


def _standard(concept: Concept, system: str, allowed: frozenset[str]) -> str:
    found = (c.code.lower() for c in concept.codings if c.system == system)
    return next((code for code in found if code in allowed), "")


def _topic(concept: Concept) -> str:
    """The standard topic code, else nothing: local topic codes stay in `raw` only."""
    found = (c.code for c in concept.codings if "communication-topic" in c.system)
    return next(found, "") or next(
        (c.code for c in concept.codings if c.code and not c.code.isdigit()), ""
    )


def _use(concept: Concept, ctx: Context) -> str:
    """The coded use; where only a display says it, that; where text disagrees, a warning."""
    coded = _standard(concept, _POINT_USE, _USES)
    shown = next((u for c in concept.codings if (u := _word(c.display))), "")
    said = _word(concept.text)
    use = coded or shown
    if use and said and use != said:
        ctx.warn("coding_text_conflict", _PATH)
    return use or ("" if concept.codings else said)


def _word(text: str) -> str:
    return _USE_WORDS.get(text.strip().lower(), "")


def _raw(method: Concept) -> str:
    """`code set|code` of the vendor's own coding, for a person to look up."""
    local = [c for c in method.codings if c.system != _POINT_SYSTEM and c.code]
    return f"{local[0].system.rpartition('/')[2]}|{local[0].code}" if local else ""
