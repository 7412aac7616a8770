"""A change of cells makes exactly what was chosen hold, and says nothing that was not said."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.outreach.consent import ConsentEntry, Proxy
from app.sync.consent_cells import (
    PHONE_CHANNELS,
    PURPOSES,
    SAID_AFTER,
    CellState,
    Place,
    Saying,
    build_entries,
    find_standing,
    find_states,
)
from app.sync.consent_wording import QUESTIONS, TOPICS, write_phone

T0 = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PLACE = Place("phone_mobile", "(602) 555-0148", dict.fromkeys(PHONE_CHANNELS, "+16025550148"))
IDS = [f"e{n}" for n in range(len(PLACE.cells))]
TEXT = ("treatment", "text")
BILLS = ("payment", "text")


def said(at: datetime, **over: str) -> Saying:
    return Saying(at=at, recorded_by="R. Patel, MA", how="spoken", **over)  # type: ignore[arg-type]


chosen = st.dictionaries(
    st.sampled_from(PLACE.cells), st.sampled_from(["agreed", "refused"]), min_size=1, max_size=6
)


@given(rounds=st.lists(chosen, min_size=1, max_size=5))
def test_after_any_answers_what_was_chosen_last_holds(
    rounds: list[dict[tuple[str, str], CellState]],
) -> None:
    entries: tuple[ConsentEntry, ...] = ()
    at = T0
    for n, wanted in enumerate(rounds):
        at += MINUTE
        before = find_states(entries, PLACE, at)
        after = {**before, **wanted}
        made = build_entries(PLACE, before, after, said(at), [f"{n}{i}" for i in IDS])
        entries += made
        now = find_states(entries, PLACE, at + MINUTE)
        assert all(now[cell] == state for cell, state in wanted.items())
        assert all(now[c] == s for c, s in after.items() if s == "agreed")
        assert len({e.id for e in entries}) == len(entries)
        if after == before:
            assert made == ()


def test_refusing_bills_by_text_leaves_what_they_allow_in_the_same_breath() -> None:
    before = find_states((), PLACE, T0)
    first = build_entries(PLACE, before, {**before, TEXT: "agreed"}, said(T0), IDS)
    (agreed,) = first
    assert (agreed.risk_told, agreed.recorded_at) == (True, T0 + SAID_AFTER)
    assert "(602) 555-0148" in agreed.wording and agreed.wording_version == "1-en"
    later = T0 + MINUTE
    before = find_states(first, PLACE, later)
    second = build_entries(PLACE, before, {**before, BILLS: "refused"}, said(later), ["x", "y"])
    assert [(e.action, e.purpose) for e in second] == [
        ("agreed", "treatment"),
        ("revoked", "payment"),
    ]
    states = find_states((*first, *second), PLACE, later + MINUTE)
    assert states[TEXT] == "agreed" and states[BILLS] == "refused"


def test_a_refused_live_call_says_nothing_of_texts() -> None:
    before = find_states((), PLACE, T0)
    after: dict[tuple[str, str], CellState] = {**before, ("treatment", "call"): "refused"}
    made = build_entries(PLACE, before, after, said(T0), IDS)
    assert [e.channel for e in made] == ["call"]
    assert find_states(made, PLACE, T0 + MINUTE)[TEXT] == "none"


def test_a_stop_by_reply_shows_in_every_automated_cell() -> None:
    before = find_states((), PLACE, T0)
    made = build_entries(PLACE, before, {**before, TEXT: "agreed"}, said(T0), IDS)
    stop = ConsentEntry(
        id="s",
        action="revoked",
        recorded_at=T0 + MINUTE,
        recorded_by="reply",
        how="reply",
        channel="text",
        address="+16025550148",
    )
    found = find_states((*made, stop), PLACE, T0 + 2 * MINUTE)
    assert {found[(p, "text")] for p in PURPOSES} == {"refused"}
    assert find_standing((*made, stop), PLACE, TEXT, T0 + 2 * MINUTE).entry == stop


def test_a_proxy_stands_behind_a_yes_and_not_behind_a_no() -> None:
    before = find_states((), PLACE, T0)
    proxy = Proxy(name="Daniel", relationship="representative", purposes=("treatment",))
    after: dict[tuple[str, str], CellState] = {
        **before, TEXT: "agreed", ("treatment", "call"): "refused",
    }  # fmt: skip
    saying = Saying(T0, "staff", "spoken", said="No calls at work", language="es", proxy=proxy)
    made = build_entries(PLACE, before, after, saying, IDS)
    assert [e.proxy for e in made] == [proxy, None]
    assert all(e.wording.endswith("“No calls at work”") for e in made)
    assert {e.wording_version for e in made} == {"1-es"}


def test_every_language_has_words_for_every_cell() -> None:
    for tag in QUESTIONS:
        assert set(QUESTIONS[tag]) == {*PHONE_CHANNELS, "email", "letter", "portal"}
        assert set(TOPICS[tag]) == set(PURPOSES)


def test_numbers_are_written_as_people_say_them() -> None:
    assert write_phone("+16025550148") == "(602) 555-0148"
    assert write_phone("+442079460958") == "+44 20 7946 0958"
    assert write_phone("ext. 5") == "ext. 5"
