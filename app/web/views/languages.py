"""Names of languages for staff, and the choices a form offers. A short list, not a registry."""

from app.clinical.elements import Language
from app.outreach.contact import LANGUAGES


def build_language_name(language: Language) -> str:
    """English name by tag (region ignored), else the source's text, else the bare tag."""
    primary = language.tag.split("-")[0].lower()
    return LANGUAGES.get(primary) or language.text or language.tag
