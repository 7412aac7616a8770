"""Sequences: which step, which channel, when; and what ends them."""

from datetime import UTC, datetime, timedelta

import pytest

from app.errors import ConfigError
from app.outreach.request import Channel, Receipt
from app.outreach.sequence import (
    Ask,
    load_sequences,
    newest,
    plan_step,
)
from tests.app.outreach.cast import RULES_DIR
from tests.app.outreach.test_message import SHIPPED as TEMPLATES

TEXT = (RULES_DIR / "sequences.toml").read_text(encoding="utf-8")
SHIPPED = load_sequences(TEXT)
NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def opens(**channels: datetime | None) -> Ask:
    def ask(channel: Channel, at: datetime) -> Receipt:
        found = channels.get(channel)
        return Receipt(allowed=found is not None and found <= at, at=at, next_allowed=found)

    return ask


def gap() -> tuple[datetime, ...]:
    return (NOW, NOW + HOUR, NOW + 5 * DAY)


def test_the_first_channel_within_patience_is_taken() -> None:
    sequence = newest(SHIPPED, "gap")
    assert sequence is not None
    now, soon, late = gap()
    first = plan_step(sequence, 0, NOW, opens(text=soon, email=now))
    assert first is not None
    assert (first.channel, first.due_at) == ("text", soon)
    second = plan_step(sequence, 0, NOW, opens(text=late, email=soon))
    assert second is not None
    assert (second.channel, second.due_at) == ("email", soon)


def test_if_none_is_soon_the_soonest_is_taken_and_if_none_ever_a_person_looks() -> None:
    sequence = newest(SHIPPED, "gap")
    assert sequence is not None
    late = plan_step(sequence, 0, NOW, opens(text=NOW + 9 * DAY, letter=NOW + 5 * DAY))
    assert late is not None
    assert (late.channel, late.due_at) == ("letter", NOW + 5 * DAY)
    never = plan_step(sequence, 0, NOW, opens())
    assert never is not None
    assert (never.channel, len(never.receipts)) == (None, 4)


def test_later_steps_wait_and_the_last_is_followed_by_nothing() -> None:
    sequence = newest(SHIPPED, "gap")
    assert sequence is not None
    start = NOW + 10 * DAY
    second = plan_step(
        sequence, 1, NOW, lambda _c, at: Receipt(allowed=True, at=at, next_allowed=at)
    )
    assert second is not None
    assert (second.step, second.due_at) == (1, start)
    assert plan_step(sequence, 3, NOW, opens()) is None


def test_a_new_start_uses_the_newest_version() -> None:
    later = TEXT + TEXT.split("\n\n", 1)[1].split("[[sequence]]")[1].join(
        ("[[sequence]]", "")
    ).replace("version = 1", "version = 2", 1)
    both = load_sequences(later)
    fresh = newest(both, "gap")
    assert fresh is not None
    assert fresh.version == 2
    assert newest(both, "none") is None


def test_every_template_named_exists_with_words_for_its_channels() -> None:
    for sequence in SHIPPED:
        for step in sequence.steps:
            named = [t for t in TEMPLATES if t.key == step.template]
            written = set(step.channels) - {"call"}
            has = {c for t in named for v in t.variants for c in v.channels}
            assert written <= has, (sequence.key, step.name)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('purpose = "treatment"', 'purpose = "x"', "purpose"),
        ("wait_days = 10", "wait_days = -1", "negative"),
        ('template = "screening_due"', "", "template"),
        ('key = "visit"', 'key = "gap"', "twice"),
        ("[[sequence]]", "[[sequences]]", "sequence"),
        ("patience_days", "patience", "patience"),
        ('channels = ["call"]', 'channels = ["fax"]', "fax"),
    ],
)
def test_a_mistake_in_the_file_is_named(old: str, new: str, says: str) -> None:
    count = -1 if "sequence]]" in old else 1
    with pytest.raises(ConfigError, match=says):
        load_sequences(TEXT.replace(old, new, count).replace("[[sequences.steps]]", "[[x]]"))
