"""The write track: true states, what needs a person first, no guess."""

from datetime import timedelta
from typing import get_args

import pytest

from app.web.samples import LEDGER, LINKS, NOW, SCENE
from app.web.views.sent import LATE_AFTER, LedgerRow, WriteState, build_sent, build_track


def test_what_needs_a_person_comes_first_then_the_newest() -> None:
    card = build_sent(LEDGER, SCENE, LINKS)
    states = [row.track.state for row in card.rows]
    assert states == ["conflict", "attention", "sending", "in_ehr", "note", "saved"]
    assert card.needs_you == "2 need you"
    assert build_sent(LEDGER[4:5], SCENE, LINKS).needs_you == "1 needs you"


def test_the_card_is_followed_only_while_something_is_on_its_way() -> None:
    assert build_sent(LEDGER, SCENE, LINKS).poll_url == "/l/sample/sent"
    settled = [row for row in LEDGER if row.state != "sending"]
    assert build_sent(settled, SCENE, LINKS).poll_url == ""


def test_long_lists_fold_but_never_what_needs_a_person() -> None:
    urgent = [LedgerRow(f"u{n}", "E-mail", "attention", NOW) for n in range(8)]
    done = [LedgerRow(f"d{n}", "E-mail", "in_ehr", NOW) for n in range(5)]
    card = build_sent([*done, *urgent], SCENE, LINKS)
    assert {row.track.state for row in card.rows} == {"attention"}
    assert (len(card.rows), len(card.earlier)) == (8, 5)
    assert card.earlier_word == "5 earlier"


@pytest.mark.parametrize("state", get_args(WriteState))
def test_every_state_has_its_word_and_detail(state: WriteState) -> None:
    track = build_track(LedgerRow("w", "E-mail", state, NOW), SCENE)
    assert track.word
    assert track.detail
    assert "{" not in track.detail


def test_sending_never_guesses() -> None:
    late = LedgerRow("w", "E-mail", "sending", NOW - LATE_AFTER - timedelta(seconds=1))
    assert "still trying" in build_track(late, SCENE).detail
    unknown = LedgerRow("w", "E-mail", "sending", NOW, is_outcome_unknown=True)
    track = build_track(unknown, SCENE)
    assert (track.word, track.detail) == ("Sending", "checking, Epic did not confirm")


def test_a_reason_replaces_the_usual_detail_and_is_not_a_pattern() -> None:
    row = LedgerRow("w", "E-mail", "attention", NOW, reason="Epic refused {this}")
    assert build_track(row, SCENE).detail == "Epic refused {this}"


def test_a_conflict_names_who_if_known() -> None:
    row = LedgerRow("w", "E-mail", "conflict", NOW, who="Front desk")
    assert "by Front desk" in build_track(row, SCENE).detail
    assert " by " not in build_track(LedgerRow("w", "E-mail", "conflict", NOW), SCENE).detail


def test_actions_only_where_there_is_something_to_do_or_open() -> None:
    actions = {
        r.track.state: (r.action, r.action_url) for r in build_sent(LEDGER, SCENE, LINKS).rows
    }
    assert actions["conflict"] == ("Choose", "/l/sample/writes/w6")
    assert actions["attention"] == ("Fix", "/l/sample/writes/w5")
    assert actions["note"][0] == "Open note"
    assert actions["saved"] == actions["sending"] == actions["in_ehr"] == ("", "")
    bare = build_sent((LedgerRow("n", "E-mail", "note", NOW),), SCENE, LINKS)
    assert bare.rows[0].action == ""
