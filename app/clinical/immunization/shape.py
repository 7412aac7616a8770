"""Shape: which elements a supporting-data file may and must hold, after CDC's two XSD files.

Refuses a file whose structure this engine does not know: a rule it cannot read must not be
dropped in silence. What the elements mean is read elsewhere.
"""

from app.clinical.immunization.xml_tree import Node

_AGES = "beginAge endAge"
_DATES = "effectiveDate cessationDate"

# tag: (must stand in it, may stand in it). A tag that is not listed is a leaf.
_ANTIGEN = {
    "antigenSupportingData": ("contraindications series", "immunity"),
    "immunity": ("", "clinicalHistory dateOfBirth"),
    "clinicalHistory": ("guidelineCode", "guidelineTitle"),
    "dateOfBirth": ("immunityBirthDate", "birthCountry exclusion"),
    "exclusion": ("exclusionCode", "exclusionTitle"),
    "contraindications": ("", "vaccineGroup vaccine"),
    "contraindications/vaccineGroup": ("", "contraindication"),
    "vaccine": ("", "contraindication"),
    "contraindication": (
        "observationCode",
        "observationTitle contraindicationText contraindicationGuidance contraindicatedVaccine "
        + _AGES,
    ),
    "contraindicatedVaccine": ("cvx", "vaccineType " + _AGES),
    "series": (
        "seriesName targetDisease vaccineGroup seriesType selectSeries seriesDose",
        "seriesAdminGuidance equivalentSeriesGroups requiredGender indication",
    ),
    "selectSeries": (
        "defaultSeries productPath seriesGroup seriesPriority",
        "seriesGroupName seriesPreference minAgeToStart maxAgeToStart",
    ),
    "indication": ("", "observationCode description guidance " + _AGES),
    "indication/observationCode": ("code", "text"),
    "seriesDose": (
        "doseNumber recurringDose",
        "age interval allowableInterval preferableVaccine allowableVaccine inadvertentVaccine "
        "conditionalSkip seasonalRecommendation",
    ),
    "age": ("", "absMinAge minAge earliestRecAge latestRecAge maxAge " + _DATES),
    "seriesDose/interval": (
        "",
        "fromPrevious fromTargetDose fromMostRecent fromRelevantObs absMinInt minInt "
        "earliestRecInt latestRecInt intervalPriority " + _DATES,
    ),
    "fromRelevantObs": ("", "text code"),
    "allowableInterval": ("", "fromPrevious fromTargetDose absMinInt " + _DATES),
    "preferableVaccine": ("", f"vaccineType cvx {_AGES} tradeName mvx volume forecastVaccineType"),
    "allowableVaccine": ("", "vaccineType cvx " + _AGES),
    "inadvertentVaccine": ("", "vaccineType cvx"),
    "conditionalSkip": ("", "context setLogic set"),
    "set": ("condition", "setID setDescription conditionLogic " + _DATES),
    "condition": (
        "conditionType",
        f"conditionID startDate endDate {_AGES} interval doseCount doseType doseCountLogic "
        "vaccineTypes seriesGroups",
    ),
    "seasonalRecommendation": ("", "startDate endDate"),
}
_SCHEDULE = {
    "scheduleSupportingData": (
        "liveVirusConflicts vaccineGroups vaccineGroupToAntigenMap cvxToAntigenMap observations",
        "",
    ),
    "liveVirusConflicts": ("liveVirusConflict", ""),
    "liveVirusConflict": (
        "previous current conflictBeginInterval minConflictEndInterval conflictEndInterval",
        "",
    ),
    "previous": ("cvx", "vaccineType"),
    "current": ("cvx", "vaccineType"),
    "vaccineGroups": ("vaccineGroup", ""),
    "vaccineGroup": ("name", "administerFullVaccineGroup"),
    "vaccineGroupToAntigenMap": ("vaccineGroupMap", ""),
    "vaccineGroupMap": ("name antigen", ""),
    "cvxToAntigenMap": ("cvxMap", ""),
    "cvxMap": ("cvx association", "shortDescription"),
    "association": ("antigen", "associationBeginAge associationEndAge"),
    "observations": ("observation", ""),
    "observation": (
        "observationCode observationTitle",
        "group indicationText contraindicationText clarifyingText codedValues",
    ),
    "codedValues": ("", "codedValue"),
    "codedValue": ("code codeSystem", "text"),
}
_FILES = {"antigenSupportingData": _ANTIGEN, "scheduleSupportingData": _SCHEDULE}

# A container that stands empty, or whose children are all empty, means "none of these".
_MAY_BE_EMPTY = {
    *("age", "interval", "allowableInterval", "preferableVaccine", "allowableVaccine"),
    *("inadvertentVaccine", "conditionalSkip", "seasonalRecommendation", "indication"),
    *("observationCode", "immunity", "vaccineGroup", "vaccine", "contraindications"),
    *("codedValues", "fromRelevantObs"),
}


def require_shape(root: Node, expected: str) -> None:
    """ScheduleRefused when `root` is not an `expected` file of known structure."""
    if root.tag != expected:
        raise root.refuse(f"the root element should be {expected}")
    _check(root, _FILES[expected])


def _check(node: Node, shapes: dict[str, tuple[str, str]]) -> None:
    parent = node.parent.tag if node.parent else ""
    shape = shapes.get(f"{parent}/{node.tag}") or shapes.get(node.tag)
    # one word, two meanings: in an antigen file a series' vaccineGroup and a skip's interval
    is_leaf = shape is None or (node.tag == "vaccineGroup" and parent == "series")
    if is_leaf:
        if node.children:
            raise node.children[0].refuse("this element is not known here")
        return
    assert shape is not None  # noqa: S101 - told to the type checker only
    if not node.children and node.tag in _MAY_BE_EMPTY:
        return
    _check_children(node, shape)
    for child in node.children:
        _check(child, shapes)


def _check_children(node: Node, shape: tuple[str, str]) -> None:
    must, may = shape[0].split(), shape[1].split()
    for child in node.children:
        if child.tag not in must and child.tag not in may:
            raise child.refuse("this element is not known here")
    for tag in must:
        if node.get(tag) is None:
            raise node.refuse(f"{tag} is missing")


def is_empty(node: Node) -> bool:
    """True for a container that holds no text at all: it means "none of these"."""
    return not node.own and all(is_empty(child) for child in node.children)
