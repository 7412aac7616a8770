"""The file of signs: mistakes are refused by name, and words count only as whole words."""

import pytest

from app.clinical.elements import Coding, Concept
from app.errors import ConfigError
from app.outreach.signs import load_signs, shows
from tests.app.outreach.cast import RULES_DIR, SIGNS

TEXT = (RULES_DIR / "signs.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = ", "Invalid"),
        (TEXT.replace("[hospice]", "[hospices]"), "hospice"),
        (TEXT.replace("refuses = [", "refusing = ["), "refuses"),
        (TEXT.replace("labels = [", "labels = [] # ["), "not a list"),
    ],
)
def test_a_mistake_in_the_file_is_named(text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        load_signs(text)


@pytest.mark.parametrize(
    ("concept", "expected"),
    [
        (Concept(text="Hospice care"), True),
        (Concept(text="Hospices of Troy Street"), False),
        (Concept((Coding("http://snomed.info/sct", "385763009"),)), True),
        (Concept((Coding("urn:other", "385763009"),)), False),
        (Concept((Coding("urn:local", "HSP", "Hospice visit"),)), True),
        (Concept(), False),
    ],
)
def test_a_sign_is_a_code_of_its_system_or_a_whole_word(concept: Concept, expected: bool) -> None:
    assert shows(SIGNS.hospice, concept) == expected
