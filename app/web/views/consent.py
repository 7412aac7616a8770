"""The consent grid and the entries behind it. Shows what is on record; folds and saves nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.outreach.consent import ConsentEntry, Standing
from app.sync.consent_cells import PURPOSES, Cell, Place, find_standing
from app.sync.consent_desk import ConsentSheet
from app.sync.consent_told import OTHER
from app.web.views.people import build_phone
from app.web.views.scene import Scene
from app.web.views.times import build_stamp_inline
from app.web.words import lookup
from app.web.words_consent import EN, ConsentWords

MARKS: Mapping[str, str] = {"agreed": "yes", "refused": "no", "none": "unknown"}


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    url: str
    current: bool
    is_number: bool


@dataclass(frozen=True, slots=True)
class CellView:
    """`options` are (value, word) of the three-way choice; "not asked" only where it is so."""

    name: str
    label: str
    state: str
    saved: str
    mark: str
    options: tuple[tuple[str, str], ...]
    title: str
    evidence: str
    error: str


@dataclass(frozen=True, slots=True)
class GridRow:
    label: str
    cells: tuple[CellView, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    columns: tuple[str, ...]
    rows: tuple[GridRow, ...]
    note: str


@dataclass(frozen=True, slots=True)
class HistoryLine:
    said: str
    how: str
    wording: str


def build_tabs(sheet: ConsentSheet, base: str) -> tuple[Tab, ...]:
    return tuple(
        Tab(
            build_place_label(place),
            f"{base}?tab={place.key}",
            place.key == sheet.place.key,
            place.key != OTHER,
        )
        for place in sheet.places
    )


def build_place_label(place: Place) -> str:
    if place.key == OTHER:
        return EN.tab_other
    return place.shown


def build_grid(
    sheet: ConsentSheet,
    scene: Scene,
    *,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    words: ConsentWords = EN,
) -> Grid:
    """`typed` is what came back with `errors` and wins over what is on record."""
    columns = tuple(lookup(words.channels, channel) for channel in sheet.place.channels)
    rows = tuple(
        GridRow(
            lookup(words.purposes, purpose),
            tuple(
                build_cell(sheet, (purpose, channel), scene, typed or {}, errors or {}, words)
                for channel in sheet.place.channels
            ),
        )
        for purpose in PURPOSES
    )
    return Grid(columns, rows, build_place_note(sheet, scene, words))


def build_cell(
    sheet: ConsentSheet,
    cell: Cell,
    scene: Scene,
    typed: Mapping[str, str],
    errors: Mapping[str, str],
    words: ConsentWords,
) -> CellView:
    purpose, channel = cell
    name = f"cell_{purpose}_{channel}"
    saved = sheet.states[cell]
    state = typed.get(name, saved)
    label = words.cell.format(
        channel=lookup(words.channels, channel), purpose=lookup(words.purposes, purpose).lower()
    )
    standing = find_standing(sheet.entries, sheet.place, cell, scene.now)
    return CellView(
        name=name,
        label=label,
        state=state,
        saved=saved,
        mark=MARKS.get(state, "unknown"),
        options=tuple(o for o in words.states if o[0] != "none" or saved == "none"),
        title=f"{label}: {lookup(words.states, saved).lower()}",
        evidence=build_evidence(standing, cell, scene, words),
        error=errors.get(name, ""),
    )


def build_evidence(standing: Standing, cell: Cell, scene: Scene, words: ConsentWords) -> str:
    entry = standing.entry
    if entry is None:
        return words.evidence_none
    said = build_how(entry, scene, words)
    if entry.action == "revoked" and (entry.purpose or cell[0], entry.channel or cell[1]) != cell:
        return f"{words.carried} {said}"
    return said


def build_how(entry: ConsentEntry, scene: Scene, words: ConsentWords) -> str:
    """How they said it, when and to whom; in which wording, and who spoke for them."""
    told = words.evidence_reply if entry.how in ("reply", "link") else words.evidence
    said = [
        told.format(
            how=lookup(words.hows, entry.how),
            when=build_stamp_inline(entry.recorded_at, scene),
            who=entry.recorded_by,
        )
    ]
    if entry.wording_version:
        said.append(words.evidence_wording.format(version=entry.wording_version))
    if entry.proxy is not None:
        said.append(words.evidence_proxy.format(proxy=entry.proxy.name))
    return " ".join(said)


def build_place_note(sheet: ConsentSheet, scene: Scene, words: ConsentWords) -> str:
    if sheet.place.key == OTHER:
        return ""
    number = sheet.place.channels["call"]
    if number in sheet.held.reassigned:
        return words.wrong_number
    checked = sheet.held.checked.get(number)
    if checked is None:
        return words.unconfirmed
    return words.confirmed.format(when=build_stamp_inline(checked, scene))


def build_history(
    sheet: ConsentSheet, scene: Scene, words: ConsentWords = EN
) -> tuple[HistoryLine, ...]:
    """Every entry about contact, the latest first; signed papers have a page of their own."""
    mine = [e for e in reversed(sheet.entries) if e.kind == "contact"]
    return tuple(build_history_line(e, scene, words) for e in mine)


def build_history_line(entry: ConsentEntry, scene: Scene, words: ConsentWords) -> HistoryLine:
    state = "agreed" if entry.action == "agreed" else "refused"
    said = words.history_line.format(
        state=lookup(words.states, state),
        channel=lookup(words.channels, entry.channel) if entry.channel else words.all_ways,
        purpose=lookup(words.purposes, entry.purpose) if entry.purpose else words.all_purposes,
        place=build_address(entry.address, scene),
    )
    return HistoryLine(said.removesuffix(", "), build_how(entry, scene, words), entry.wording)


def build_address(address: str, scene: Scene) -> str:
    return build_phone(address, scene.region) if address.startswith("+") else address


def write_clock(minute: int, scene: Scene) -> str:
    """`5:00 PM` of a minute of the day."""
    hour = minute // 60
    return scene.words.clock.format(
        hour12=hour % 12 or 12, minute=minute % 60, half=scene.words.halves[hour % 24 >= 12]
    )


def write_day(at: datetime | None) -> str:
    return at.date().isoformat() if at else ""
