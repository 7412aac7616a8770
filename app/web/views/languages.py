"""Names of languages for staff, and the choices a form offers. A short list, not a registry."""

from app.clinical.elements import Language

LANGUAGES: tuple[tuple[str, str], ...] = (
    ("en", "English"),
    ("es", "Spanish"),
    ("ar", "Arabic"),
    ("bn", "Bengali"),
    ("yue", "Cantonese"),
    ("zh", "Chinese"),
    ("fa", "Persian"),
    ("tl", "Tagalog"),
    ("fr", "French"),
    ("de", "German"),
    ("gu", "Gujarati"),
    ("ht", "Haitian Creole"),
    ("he", "Hebrew"),
    ("hi", "Hindi"),
    ("hmn", "Hmong"),
    ("it", "Italian"),
    ("ja", "Japanese"),
    ("km", "Khmer"),
    ("ko", "Korean"),
    ("lo", "Lao"),
    ("cmn", "Mandarin"),
    ("nv", "Navajo"),
    ("ne", "Nepali"),
    ("pl", "Polish"),
    ("pt", "Portuguese"),
    ("pa", "Punjabi"),
    ("ru", "Russian"),
    ("sm", "Samoan"),
    ("so", "Somali"),
    ("sw", "Swahili"),
    ("uk", "Ukrainian"),
    ("ur", "Urdu"),
    ("vi", "Vietnamese"),
    ("yi", "Yiddish"),
    ("ase", "American Sign Language"),
)
NAMES = dict(LANGUAGES)


def build_language_name(language: Language) -> str:
    """English name by tag (region ignored), else the source's text, else the bare tag."""
    primary = language.tag.split("-")[0].lower()
    return NAMES.get(primary) or language.text or language.tag
