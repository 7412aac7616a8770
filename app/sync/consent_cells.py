"""The consent grid of one place: which cells it has, what holds in each, and the entries that a
change of cells adds. Pure: no store, no clock, no words for pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from app.outreach.consent import (
    AUTOMATED,
    ConsentEntry,
    How,
    Proxy,
    Question,
    Standing,
    fold_consents,
)
from app.sync.consent_wording import TELLS_RISK, build_wording

CellState = Literal["agreed", "refused", "none"]
Cell = tuple[str, str]
"""(purpose, channel)."""

PURPOSES = ("treatment", "operations", "payment")
PHONE_CHANNELS = ("text", "call", "robocall", "voicemail")
SAID_AFTER = timedelta(microseconds=1)
"""What they allow in the same breath as a refusal stands after it: they were specific."""


@dataclass(frozen=True, slots=True)
class Place:
    """One tab: `channels` maps each column to its canonical address, `shown` is for people."""

    key: str
    shown: str
    channels: Mapping[str, str]

    @property
    def cells(self) -> tuple[Cell, ...]:
        return tuple((purpose, channel) for purpose in PURPOSES for channel in self.channels)


@dataclass(frozen=True, slots=True)
class Saying:
    """How a change was told: who recorded it, how they said it, in their own words if noted."""

    at: datetime
    recorded_by: str
    how: How
    said: str = ""
    language: str = "en"
    proxy: Proxy | None = None
    shared_known: bool = False


def find_standing(
    entries: Sequence[ConsentEntry], place: Place, cell: Cell, at: datetime
) -> Standing:
    """What holds in a cell. A withdrawn text ends the other automated ones, as in the gate."""
    purpose, channel = cell
    question = Question(
        purpose=purpose,
        channel=channel,
        address=place.channels[channel],
        scope="all_automated",
    )
    return fold_consents(entries, question, at)


def find_state(standing: Standing) -> CellState:
    return "refused" if standing.state == "revoked" else standing.state


def find_states(
    entries: Sequence[ConsentEntry], place: Place, at: datetime
) -> dict[Cell, CellState]:
    return {cell: find_state(find_standing(entries, place, cell, at)) for cell in place.cells}


def build_entries(
    place: Place,
    before: Mapping[Cell, CellState],
    after: Mapping[Cell, CellState],
    saying: Saying,
    ids: Sequence[str],
) -> tuple[ConsentEntry, ...]:
    """The entries that make `after` hold. `ids` has one for each cell.

    Refusing one automated message would end them all; those that the same answer leaves agreed
    are entered again, right after it, as what they said.
    """
    changed = [c for c in place.cells if after[c] != before[c] and after[c] != "none"]
    refuses = any(after[c] == "refused" and c[1] in AUTOMATED for c in changed)
    kept = [
        c for c in place.cells
        if refuses and c not in changed and after[c] == "agreed" and c[1] in AUTOMATED
    ]  # fmt: skip
    wanted = [c for c in place.cells if c in changed or c in kept]
    return tuple(
        _build_entry(place, cell, after[cell], saying, entry_id)
        for cell, entry_id in zip(wanted, ids, strict=False)
    )


def _build_entry(
    place: Place, cell: Cell, state: CellState, saying: Saying, entry_id: str
) -> ConsentEntry:
    purpose, channel = cell
    agreed = state == "agreed"
    where = place.channels[channel]
    wording, version = build_wording(channel, purpose, place.shown or where, saying.language)
    return ConsentEntry(
        id=entry_id,
        action="agreed" if agreed else "revoked",
        recorded_at=saying.at + SAID_AFTER if agreed else saying.at,
        recorded_by=saying.recorded_by,
        how=saying.how,
        purpose=purpose,
        channel=channel,
        address=where,
        wording=f"{wording} “{saying.said}”" if saying.said else wording,
        wording_version=version,
        proxy=saying.proxy if agreed else None,
        risk_told=agreed and channel in TELLS_RISK,
        shared_known=agreed and saying.shared_known,
    )
