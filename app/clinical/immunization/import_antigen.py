"""Antigens: one `antigenSupportingData` file to its table. Doses are read by import_dose."""

from msgspec.structs import replace

from app.clinical.immunization.import_dose import import_dose
from app.clinical.immunization.import_fields import (
    code_of,
    cvx_of,
    day_of,
    list_of,
    number_of,
    offset_of,
    text_of,
    window_of,
    word_of,
    yes_of,
)
from app.clinical.immunization.schedule import (
    Antigen,
    BirthImmunity,
    Contraindication,
    Gender,
    Indication,
    Series,
    SeriesKind,
    Window,
)
from app.clinical.immunization.shape import is_empty, require_shape
from app.clinical.immunization.xml_tree import Node, parse_xml

_KINDS: dict[str, SeriesKind] = {
    "standard": "Standard",
    "risk": "Risk",
    "evaluation only": "Evaluation Only",
}
_GENDERS: dict[str, Gender] = {
    "male": "Male",
    "m": "Male",
    "female": "Female",
    "f": "Female",
    "unknown": "Unknown",
}


def import_antigen(data: bytes, file: str) -> Antigen:
    """One antigen's table; ScheduleRefused names `file` and the element that cannot be used."""
    root = parse_xml(data, file)
    require_shape(root, "antigenSupportingData")
    nodes = root.all("series")
    names = {text_of(n, "targetDisease") for n in nodes}
    if len(names) != 1:
        raise root.refuse(f"one file is for one antigen, not for {', '.join(sorted(names))}")
    series = tuple(_series(n) for n in nodes)
    immunity = root.get("immunity")
    against = root.get("contraindications") or root
    return Antigen(
        name=names.pop(),
        series=_staged(series, root),
        immunity_codes=tuple(
            code_of(n, "guidelineCode")
            for n in (immunity.all("clinicalHistory") if immunity else ())
        ),
        immunity_births=tuple(_birth(n) for n in (immunity.all("dateOfBirth") if immunity else ())),
        contraindications=_contraindications(against.get("vaccineGroup"), of_vaccine=False),
        vaccine_contraindications=_contraindications(against.get("vaccine"), of_vaccine=True),
    )


def _birth(node: Node) -> BirthImmunity:
    before = day_of(node, "immunityBirthDate", "%m/%d/%Y")
    if before is None:
        raise node.refuse("immunityBirthDate is empty")
    return BirthImmunity(
        before=before,
        country=node.value("birthCountry"),
        exclusions=tuple(code_of(n, "exclusionCode") for n in node.all("exclusion")),
    )


def _contraindications(node: Node | None, *, of_vaccine: bool) -> tuple[Contraindication, ...]:
    rows = []
    for n in node.all("contraindication") if node else ():
        vaccines: dict[str, tuple[Window, ...]] = {}
        for v in n.all("contraindicatedVaccine"):
            cvx = cvx_of(v)
            vaccines[cvx] = (*vaccines.get(cvx, ()), window_of(v))
        if of_vaccine and not vaccines:
            raise n.refuse("it names no vaccine")
        rows.append(
            Contraindication(
                code=code_of(n, "observationCode"),
                begin=offset_of(n, "beginAge"),
                end=offset_of(n, "endAge"),
                vaccines=vaccines,
                guidance=n.value("contraindicationGuidance"),
            )
        )
    return tuple(rows)


def _series(node: Node) -> Series:
    select = node.get("selectSeries")
    assert select is not None  # noqa: S101 - its presence is part of the shape
    return Series(
        name=text_of(node, "seriesName"),
        kind=word_of(node, "seriesType", _KINDS),
        vaccine_group=text_of(node, "vaccineGroup"),
        group=text_of(select, "seriesGroup"),
        group_name=select.value("seriesGroupName"),
        doses=tuple(import_dose(n, i) for i, n in enumerate(node.all("seriesDose"), start=1)),
        equivalent=list_of(node, "equivalentSeriesGroups"),
        genders=_genders(node),
        default=yes_of(select, "defaultSeries"),
        product_path=yes_of(select, "productPath"),
        priority=word_of(select, "seriesPriority", {letter.lower(): letter for letter in "ABC"}),
        preference=(
            number_of(select, "seriesPreference") if select.value("seriesPreference") else None
        ),
        min_age_to_start=offset_of(select, "minAgeToStart"),
        max_age_to_start=offset_of(select, "maxAgeToStart"),
        indications=tuple(_indication(n) for n in node.all("indication") if not is_empty(n)),
        guidance=tuple(n.own for n in node.all("seriesAdminGuidance") if n.own),
    )


def _genders(node: Node) -> tuple[Gender, ...]:
    found = []
    for n in node.all("requiredGender"):
        if n.own.lower() in _GENDERS:
            found.append(_GENDERS[n.own.lower()])
        elif n.own:
            raise n.refuse(f"{n.own!r} is not known here")
    return tuple(found)


def _indication(node: Node) -> Indication:
    observed = node.get("observationCode")
    if observed is None or is_empty(observed):
        raise node.refuse("it names no observation")
    window = window_of(node)
    return Indication(
        code=code_of(observed, "code"),
        begin=window.begin,
        end=window.end,
        guidance=node.value("guidance"),
    )


def _staged(series: tuple[Series, ...], root: Node) -> tuple[Series, ...]:
    """Each series with its stage: one more than the highest stage of the groups it asks about."""
    asked = {s.group: frozenset[str]() for s in series}
    for s in series:
        asked[s.group] |= _asks(s)
    stages: dict[str, int] = {}
    while len(stages) < len(asked):
        ready = [g for g, needs in asked.items() if g not in stages and needs <= stages.keys()]
        if not ready:
            raise root.refuse("series groups ask about each other, or about one that is not here")
        for group in ready:
            stages[group] = 1 + max((stages[n] for n in asked[group]), default=-1)
    return tuple(replace(s, stage=stages[s.group]) for s in series)


def _asks(series: Series) -> frozenset[str]:
    return frozenset(
        group
        for dose in series.doses
        for skip in dose.skips
        for part in skip.sets
        for condition in part.conditions
        for group in condition.groups
    )
