"""Vaccines: what is asked next, then the last dose of each. Knows short names, no schedule."""

from dataclasses import dataclass
from typing import ClassVar

from app.clinical.chart import Chart
from app.clinical.facts import Immunization
from app.web.views.blanks import Blank, build_blank, build_doubt
from app.web.views.lists import FactItem, build_rest
from app.web.views.provenance import Line, build_provenance
from app.web.views.scene import Scene
from app.web.views.schedule_card import NextVaccines
from app.web.views.times import build_moment

SHOWN = 3
OPENED = 12
# CVX codes (CDC, public domain) of the vaccines that people ask for by a short name.
SHORT_NAMES: tuple[tuple[str, str], ...] = (
    ("Flu", "15 16 88 111 135 140 141 144 149 150 153 155 158 161 166 168 171 185 186 197 205 320"),
    (
        "COVID-19",
        "207 208 210 211 212 213 217 218 219 221 225 226 227 228 229 230 300 301 302 308 309 310"
        " 311 312 313 334",
    ),
    ("Tdap", "115"),
    ("Td", "9 09 113 138 139 196"),
    ("Shingles", "121 187 188"),
    ("Pneumococcal", "33 100 109 133 152 215 216 327"),
    ("RSV", "303 304 305 314 326"),
    ("HPV", "62 118 137 165"),
    ("Hepatitis B", "8 08 42 43 44 45 110 189 220"),
    ("Hepatitis A", "31 52 83 84 85"),
    ("MMR", "3 03"),
    ("Varicella", "21"),
)
BY_CVX = {cvx: name for name, codes in SHORT_NAMES for cvx in codes.split()}


@dataclass(frozen=True, slots=True)
class VaccinesCard:
    """`items` hold name in text and date (or that it was declined) in note, newest first; `next`
    stands above them, None where nothing is asked."""

    template: ClassVar[str] = "cards/vaccines.html"
    title: str
    next: NextVaccines | None
    items: tuple[FactItem, ...]
    more_word: str
    more: tuple[FactItem, ...]
    rest: str
    doubt: str
    blank: Blank | None


def build_vaccines(
    chart: Chart, scene: Scene, *, following: NextVaccines | None = None
) -> VaccinesCard:
    """The newest record per vaccine; a declined dose never stands for a given one."""
    given, declined = group_vaccines(chart.immunizations)
    items = [build_vaccine(i, scene) for i in given]
    items += [build_vaccine(i, scene) for i in declined]
    words, extra = scene.words, items[SHOWN:]
    return VaccinesCard(
        title=words.vaccines,
        next=following,
        items=tuple(items[:SHOWN]),
        more_word=words.more.format(n=len(extra)) if extra else "",
        more=tuple(extra[:OPENED]),
        rest=build_rest(len(extra) - OPENED, scene),
        doubt=build_doubt(chart.searches, "Immunization", scene) if items else "",
        blank=None if items else build_blank(chart.searches, "Immunization", scene),
    )


def group_vaccines(
    immunizations: tuple[Immunization, ...],
) -> tuple[list[Immunization], list[Immunization]]:
    """(given, declined without any given dose), each newest first, one per name."""
    given: dict[str, Immunization] = {}
    declined: dict[str, Immunization] = {}
    for immunization in reversed(immunizations):
        kept = given if immunization.status == "completed" else declined
        if immunization.status == "completed" or immunization.refused:
            kept.setdefault(name_vaccine(immunization), immunization)
    return list(given.values()), [i for name, i in declined.items() if name not in given]


def name_vaccine(immunization: Immunization) -> str:
    return BY_CVX.get(immunization.cvx) or immunization.code.label


def build_vaccine(immunization: Immunization, scene: Scene) -> FactItem:
    words, name = scene.words, name_vaccine(immunization)
    when = build_moment(immunization.when, scene) if immunization.when else words.undated
    full = immunization.code.label
    first: tuple[Line, ...] = ((words.vaccine_name, full),) if full != name else ()
    note = when if immunization.status == "completed" else f"{words.declined} {when}"
    return FactItem(name, note, build_provenance(immunization.source, scene, first=first))
