"""Pages that save and pages that say: the form, the conflict, messages, notices, panel parts."""

from datetime import timedelta

import msgspec
import pytest

from app.clinical.elements import PatientLink, Reference
from app.outreach.contact import FIELDS
from app.web.samples import CHART, LEDGER, LINKS, NOW, PATIENT, SCENE, make_searches
from app.web.views.assembly import build_panel
from app.web.views.conflict import ClashRow, build_conflict_page, build_pieces, build_value
from app.web.views.contact import build_contact_card
from app.web.views.edit import ORDER, EditPage, build_edit_page
from app.web.views.identity import build_freshness
from app.web.views.message import build_chart_changed_page, build_fault, build_own_window_page
from app.web.views.notices import build_news, build_part_failed, build_record_notices
from app.web.views.page import Page
from app.web.views.panel import build_facts_head, build_strip, build_tail
from app.web.views.sent import build_sent

VALUES = {"phone_mobile": "+16025550148", "email": "a@example.com", "language": "es"}


def build_form(**more: object) -> EditPage:
    return build_edit_page(PATIENT, SCENE, LINKS, page=Page(), values=VALUES, **more)  # type: ignore[arg-type]


def test_every_editable_field_has_its_place() -> None:
    assert set(ORDER) == set(FIELDS)


def test_the_form_shows_numbers_as_people_write_them_and_no_empty_extras() -> None:
    form = build_form()
    assert [f.name for f in form.fields] == [
        "phone_mobile",
        "phone_home",
        "email",
        "preferred_channel",
        "language",
    ]
    assert form.fields[0].value == "(602) 555-0148"
    assert form.hidden[0] == ("csrf", "sample")
    assert form.patient == "Okonkwo-Reyes, Adaeze M., MRN 40227719"


def test_what_was_typed_comes_back_letter_by_letter_with_its_error() -> None:
    form = build_form(typed={"phone_work": " 602 55"}, errors={"phone_work": "Too short."})
    field = next(f for f in form.fields if f.name == "phone_work")
    assert (field.value, field.error, field.is_first_error) == (" 602 55", "Too short.", True)
    assert (form.to_correct, form.to_correct_fields) == (
        "1 thing to correct:",
        (("phone_work", "Work number"),),
    )


def test_an_emptied_field_stays_empty_in_the_form() -> None:
    form = build_form(typed={"phone_mobile": ""}, errors={"email": "No."})
    assert form.fields[0].value == ""


def test_a_language_that_is_not_listed_is_kept() -> None:
    form = build_edit_page(PATIENT, SCENE, LINKS, page=Page(), values={"language": "mam"})
    language = form.fields[-1]
    assert [o.value for o in language.options if o.chosen] == ["mam"]


def test_the_promise_says_what_this_ehr_takes() -> None:
    assert "read back" in build_form().note
    assert "takes no such edits" in build_form(accepts=False).note


@pytest.mark.parametrize(
    ("ours", "theirs", "marked"),
    [
        ("(602) 555-0148", "(602) 555-0184", ("48", "84")),
        ("a@example.com", "ab@example.com", ("", "b")),
        ("a@example.com", "z@other.org", ("", "")),
        ("same", "same", ("", "")),
        ("", "new", ("", "")),
        ("aa", "aaa", ("", "a")),
    ],
)
def test_differing_characters_are_marked(ours: str, theirs: str, marked: tuple[str, str]) -> None:
    sides = build_pieces(ours, theirs)
    assert tuple("".join(p.text for p in side if p.differs) for side in sides) == marked
    assert tuple("".join(p.text for p in side) for side in sides) == (ours, theirs)


def test_a_conflict_chooses_nothing_by_itself() -> None:
    clash = ClashRow("phone_mobile", "", "+16025550148", "+16025550184", ours_at=NOW)
    page = build_conflict_page(
        (clash,), PATIENT, SCENE, LINKS, page=Page(), ledger_id="w6", clear=1
    )
    assert not any(c.chosen for f in page.fields for c in f.choices)
    assert page.action == "/l/sample/writes/w6"
    assert (page.fields[0].before, page.to_correct) == ("nothing", "")
    assert page.clear == "1 other field had no clash and is saved."
    mine, theirs = page.fields[0].choices
    assert mine.by.startswith("Who is not known, today")
    assert theirs.by == "Who and when are not known"


def test_after_an_incomplete_choice_only_the_open_fields_are_named() -> None:
    clashes = (
        ClashRow("language", "en", "es", "fr", chosen="ours"),
        ClashRow("preferred_channel", "", "text", "call"),
    )
    page = build_conflict_page(
        clashes, PATIENT, SCENE, LINKS, page=Page(), ledger_id="w", is_incomplete=True
    )
    assert page.to_correct_fields == (("choose_preferred_channel", "Preferred channel"),)
    assert [c.pieces[0].text for c in page.fields[0].choices] == ["Spanish", "French"]


def test_unknown_fields_and_codes_are_shown_as_they_are() -> None:
    assert build_value("language", "mam", SCENE) == "mam"
    assert build_value("nickname", "Ada", SCENE) == "Ada"


def test_a_fault_says_its_code_only_if_it_has_one() -> None:
    fault = build_fault("T", "X", page=Page(), code="state.expired")
    assert fault.codes == (("Error code", "state.expired"),)
    assert (fault.tone, build_fault("T", "X", page=Page(), is_passing=True).tone) == ("no", "wait")


def test_own_window_offers_the_cookieless_way_only_where_there_is_one() -> None:
    one = build_own_window_page(SCENE, page=Page(), window_url="/w")
    two = build_own_window_page(SCENE, page=Page(), window_url="/w", cookieless_url="/c")
    assert (len(one.actions), len(two.actions)) == (1, 2)
    assert one.actions[0].new_window
    assert build_chart_changed_page(page=Page()).actions == ()


def test_part_failed_names_what_did_not_load() -> None:
    searches = make_searches(Observation="failed", Immunization="partial", Condition="denied")
    (notice,) = build_part_failed(searches, SCENE, LINKS)
    assert notice.fact == "Results and vaccines did not load"
    assert notice.actions[0].csrf == "sample"
    (single,) = build_part_failed(make_searches(Condition="failed"), SCENE, LINKS)
    assert single.fact == "Conditions did not load"
    assert build_part_failed(make_searches(Condition="denied"), SCENE, LINKS) == ()


def test_merged_and_inactive_records_are_announced() -> None:
    merged = msgspec.structs.replace(
        PATIENT, links=(PatientLink("replaced-by", Reference("Patient", "x")),)
    )
    inactive = msgspec.structs.replace(PATIENT, active=False)
    assert "merged" in build_record_notices(merged, SCENE)[0].fact
    assert "not active" in build_record_notices(inactive, SCENE)[0].fact
    assert build_record_notices(PATIENT, SCENE) == build_record_notices(None, SCENE) == ()


def test_newer_data_is_offered() -> None:
    assert build_news(SCENE, LINKS).actions[0].url == "/l/sample/"


def test_facts_head_says_when_all_was_read() -> None:
    assert build_facts_head((), SCENE).note == ""
    assert build_facts_head(make_searches(), SCENE).note.startswith("All read")
    assert build_facts_head(make_searches(Condition="failed"), SCENE).note.startswith("Part read")


def test_the_strip_tells_what_the_cards_tell() -> None:
    contact, sent = build_contact_card(CHART, SCENE, LINKS), build_sent(LEDGER, SCENE, LINKS)
    strip = build_strip(contact, sent, open_url="/w")
    assert (strip.answer, strip.needs_you) == ("Prefers text messages", "2 need you")
    unread = build_contact_card(
        msgspec.structs.replace(CHART, patient=None, searches=make_searches(Patient="denied")),
        SCENE,
        LINKS,
    )
    assert build_strip(unread, sent, open_url="/w").answer == "Not permitted."


def test_the_printed_line_names_who_when_and_the_data_s_age() -> None:
    read_at = NOW - timedelta(minutes=2)
    freshness = build_freshness(CHART.searches, SCENE)
    tail = build_tail(
        SCENE, who="Dana Okafor, RN", freshness=freshness, read_at=read_at, links=LINKS
    )
    said = tail.printed.replace("\u00a0", " ")
    assert said == "Printed by Dana Okafor, RN, 2:10 PM, from Epic as of 2:08 PM"
    nobody = build_tail(SCENE, who="", freshness=freshness, read_at=None, links=LINKS)
    assert (nobody.opened_by, "the signed-in user" in nobody.printed) == ("", True)


def test_a_panel_without_anything_read_still_has_all_its_parts() -> None:
    empty = msgspec.structs.replace(CHART, patient=None, searches=())
    assert len(build_panel(empty, SCENE, LINKS, page=Page())) == 12
