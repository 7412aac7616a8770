"""Templates: versions, approval, languages, sandboxed rendering, the linter, and length."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from app.errors import ConfigError, InvalidInput
from app.outreach.lint import WORDS, Code, lint_template, lint_text, measure_template
from app.outreach.message import (
    VARIABLES,
    Template,
    Variant,
    find_template,
    find_variables,
    find_variant,
    is_usable,
    load_templates,
    render_message,
    render_text,
)
from app.outreach.segments import measure_text
from tests.app.outreach.cast import RULES_DIR
from tests.app.outreach.gate_cases import OK_TEXT, read_rules

RULES = read_rules()
SHIPPED_TEXT = (RULES_DIR / "templates.toml").read_text(encoding="utf-8")
SHIPPED = load_templates(SHIPPED_TEXT)
TODAY = date(2026, 11, 24)
EN = Variant(language="en", channels=("text",), text="{{ clinic_name }}")


def template(*variants: Variant, **more: object) -> Template:
    parts: dict[str, object] = {"key": "k", "version": 1, "name": "n", "purpose": "treatment"}
    return Template(**{**parts, **more, "variants": variants or (EN,)})  # type: ignore[arg-type]  # by name


def test_shipped_templates_pass_the_linter() -> None:
    found = {t.key: lint_template(t, RULES) for t in SHIPPED}
    assert {k: f for k, f in found.items() if f} == {}


def test_shipped_texts_come_in_english_and_spanish_for_the_same_channels() -> None:
    for shipped in SHIPPED:
        channels = {
            language: {c for v in shipped.variants if v.language == language for c in v.channels}
            for language in ("en", "es")
        }
        assert channels["en"] == channels["es"], shipped.key


def test_the_newest_approved_version_is_used_and_a_plan_keeps_its_own() -> None:
    old = template(approved_on=date(2026, 1, 1))
    new = template(version=2, approved_on=date(2026, 6, 1))
    draft = template(version=3)
    every = (old, draft, new)
    assert find_template(every, "k") is new
    assert find_template(every, "k", 1) is old
    assert find_template((draft,), "k") is None
    assert find_template(every, "other") is None


def test_no_language_stands_in_for_another() -> None:
    shipped = next(t for t in SHIPPED if t.key == "visit_reminder")
    spanish = find_variant(shipped, "es-MX", "text")
    assert spanish is not None
    assert spanish.language == "es"
    assert find_variant(shipped, "ar", "text") is None
    english = find_variant(shipped, "", "text")
    assert english is not None
    assert english.language == "en"


def test_approval_and_review_come_before_use() -> None:
    approved = template(approved_on=TODAY)
    spanish = replace(EN, language="es")
    assert is_usable(approved, EN, TODAY)
    assert not is_usable(approved, EN, date(2026, 11, 23))
    assert not is_usable(template(), EN, TODAY)
    assert not is_usable(approved, spanish, TODAY)
    assert is_usable(approved, replace(spanish, reviewed_by="A. Interpreter"), TODAY)


def test_values_are_put_in_place() -> None:
    shipped = next(t for t in SHIPPED if t.key == "visit_reminder")
    variant = find_variant(shipped, "en", "text")
    assert variant is not None
    made = render_message(shipped, variant, VARIABLES, "text")
    assert made.text == (
        "Mercy West Clinic: your visit is Tue, Jan 12 at 9:20 AM. To change it, call "
        "(614) 555-0100. Reply STOP to end."
    )
    assert (made.key, made.version, made.language) == ("visit_reminder", 1, "en")
    with pytest.raises(InvalidInput):
        render_message(shipped, variant, VARIABLES, "email")


@pytest.mark.parametrize(
    "text",
    [
        "{{ clinic_name.__class__ }}", "{{ clinic_name|upper }}",
        "{% if clinic_name %}x{% endif %}",
        "{{ cycler }}", "{{ self }}", "{{ 7*7 }}", "{{ mrn }}", "{{ clinic_name[0] }}", "{{",
        "{% for a in clinic_name %}x{% endfor %}", "{{ clinic_name() }}", "{% set a = 1 %}",
        "{% include 'x' %}", "{{ 'a' }}",
    ],
)  # fmt: skip
def test_nothing_but_a_plain_known_variable_is_rendered(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        find_variables(text)
    with pytest.raises(InvalidInput):
        render_text(text, VARIABLES)


@pytest.mark.parametrize("value", ["", "  ", "x" * 121, "a\x00b", "a\u202eb"])
def test_a_missing_long_or_odd_value_is_refused(value: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        render_text("{{ clinic_name }}", {"clinic_name": value})
    assert refused.value.field == "clinic_name"


@given(st.text(alphabet=st.characters(codec="utf-8", categories=("L", "N", "P")), min_size=1,
               max_size=100))  # fmt: skip
def test_a_value_is_data_whatever_it_holds(value: str) -> None:
    assert render_text("{{ first_name }}", {"first_name": value}) == value


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Your diabetes visit is due.", "diagnosis"),
        ("Your A1C is back.", "result"),
        ("Refill your metformin.", "drug"),
        ("Call Oncology.", "clinic"),
        ("Time for your mammogram.", "clinic"),
        ("Su cita de salud mental.", "clinic"),
        ("Su examen de VIH.", "diagnosis"),
        ("About your DEPRESSION check", "diagnosis"),
        ("Your blood pressure visit", "diagnosis"),
        ("Su control de presión alta", "diagnosis"),
        ("Call us about your test results", "result"),
        ("Your Lexapro is ready", "drug"),
        ("From the Cardiology desk", "clinic"),
        ("Clínica de cuidados paliativos", "clinic"),
        ("MRN 44027719 is due", "long_number"),
    ],
)
def test_the_linter_refuses_what_reveals(text: str, code: Code) -> None:
    found = lint_text(f"{text} Reply STOP to end.", "text", RULES, "en")
    assert [f.code for f in found] == [code]
    if code != "long_number":
        assert text[found[0].start : found[0].end] == found[0].found
    assert code in WORDS


def test_the_linter_says_what_is_missing() -> None:
    assert [f.code for f in lint_text("A visit is due.", "text", RULES)] == ["no_opt_out"]
    assert [f.code for f in lint_text(OK_TEXT + "x" * 160, "text", RULES)] == ["too_long"]
    assert "no_text" in {f.code for f in lint_text(" ", "letter", RULES)}
    assert [f.code for f in lint_text("Hello", "letter", RULES)] == []
    mail = lint_text("Hello. To unsubscribe, answer.", "email", RULES)
    assert [f.code for f in mail] == ["no_subject"]
    mail = lint_text("Unsubscribe by answer.", "email", RULES, subject="Your HIV test")
    assert [f.code for f in mail] == ["diagnosis"]


def test_a_template_names_its_sender_its_reviewer_and_no_other_web_address() -> None:
    bare = replace(EN, language="es", text="See https://x.example Reply STOP")
    codes = [f.code for f in lint_template(template(bare), RULES)]
    assert codes == ["not_reviewed", "no_sender", "address_of_web"]
    unknown = replace(EN, text="{{ mrn }}")
    assert [f.code for f in lint_template(template(unknown), RULES)] == ["bad_variable"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: t.replace('purpose = "treatment"', 'purpose = "fun"', 1), "purpose"),
        (lambda t: t.replace("{{ first_name }}", "{{ mrn }}", 1), "mrn"),
        (lambda t: t.replace("version = 1", "version = 0", 1), "version"),
        (lambda t: t.replace('channels = ["text"]', 'channels = ["call"]', 1), "written"),
        (lambda t: t.replace('key = "vaccines_due"', 'key = "screening_due"'), "twice"),
        (lambda t: "x = 1", "template"),
        (lambda t: "[[template", "declaration"),
        (lambda t: t.replace("reviewed_by", "reviewer", 1), "reviewer"),
    ],
)
def test_a_mistake_in_the_file_is_named(change: Callable[[str], str], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        load_templates(change(SHIPPED_TEXT))


@pytest.mark.parametrize(
    ("text", "coding", "units", "segments"),
    [
        ("", "GSM-7", 0, 0), ("a" * 160, "GSM-7", 160, 1), ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2), ("a" * 307, "GSM-7", 307, 3), ("€" * 80, "GSM-7", 160, 1),
        ("a" * 152 + "€" + "b" * 8, "GSM-7", 162, 2), ("ñ" * 160, "GSM-7", 160, 1),
        ("á" * 70, "UCS-2", 70, 1), ("á" * 71, "UCS-2", 71, 2), ("á" * 134, "UCS-2", 134, 2),
        ("á" * 135, "UCS-2", 135, 3), ("😀" * 35, "UCS-2", 70, 1), ("😀" * 36, "UCS-2", 72, 2),
    ],
)  # fmt: skip
def test_segments(text: str, coding: str, units: int, segments: int) -> None:
    length = measure_text(text)
    assert (length.coding, length.units, length.segments) == (coding, units, segments)
    assert length.characters == len(text)


def test_shipped_texts_fit_one_message_of_the_law() -> None:
    for shipped in SHIPPED:
        for variant in shipped.variants:
            if "text" in variant.channels:
                assert measure_template(variant).characters <= 160, (shipped.key, variant.language)


def test_files_of_rules_are_all_known() -> None:
    names = {p.name for p in Path(RULES_DIR).glob("*.toml")}
    assert {"templates.toml", "sequences.toml", "signs.toml"} <= names
