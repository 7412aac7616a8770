"""Reading a release: what CDC's files hold, and by which name a bad one is refused."""

import re
from collections import Counter
from pathlib import Path

import pytest

from app.clinical.immunization.import_schedule import SCHEDULE_FILE, import_schedule
from app.clinical.immunization.schedule import Schedule
from app.clinical.immunization.table import build_table, parse_table
from app.clinical.immunization.xml_tree import parse_xml
from app.errors import ScheduleRefused
from tests.app.clinical.immunization.sheets import SUPPORTING_DATA

HIB = "AntigenSupportingData- Hib-508.xml"
HEPB = "AntigenSupportingData- HepB-508.xml"


@pytest.fixture(scope="session")
def files(cdsi: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in (cdsi / SUPPORTING_DATA).glob("*.xml")}


def read(files: dict[str, bytes]) -> Schedule:
    return import_schedule(files, version="test", source="test")


@pytest.mark.shared
def test_nothing_of_the_release_is_lost(release: Schedule) -> None:
    series = [s for a in release.antigens for s in a.series]
    doses = [d for s in series for d in s.doses]
    assert Counter(s.kind for s in series) == {"Standard": 59, "Risk": 83, "Evaluation Only": 1}
    assert (len(doses), sum(d.recurring for d in doses)) == (484, 29)
    assert Counter(i.anchor for d in doses for i in d.intervals) == {
        "previous": 388,
        "recent": 55,
        "target": 41,
        "observation": 6,
    }
    assert Counter(i.anchor for d in doses for i in d.allowable_intervals) == {
        "previous": 7,
        "target": 12,
    }
    contexts = Counter(k.context for d in doses for k in d.skips)
    assert contexts == {"both": 140, "evaluation": 57, "forecast": 67}
    assert sum(not d.preferable for d in doses) == 16
    assert (len(release.groups), len(release.vaccines), len(release.observations)) == (26, 218, 277)


@pytest.mark.shared
def test_the_table_brings_back_the_same_schedule(release: Schedule) -> None:
    assert parse_table(build_table(release)) == release


@pytest.mark.shared
def test_the_shipped_form_holds_no_prose_and_no_owned_codes(release: Schedule) -> None:
    table = build_table(release, prose=False)
    bare = parse_table(table)
    assert b"snomed" not in table
    assert not any(s.guidance for a in bare.antigens for s in a.series)
    assert not any(c.guidance for a in bare.antigens for c in a.contraindications)
    assert any("cvx" in system for m in bare.observations.values() for system in m.codes)


EDITS = [
    (HIB, rb"<minAge>6 weeks</minAge>", b"<minAge>soon</minAge>", "seriesDose[1]/age/minAge"),
    (HIB, rb"<doseNumber>Dose 2</doseNumber>", b"<doseNumber>Dose 3</doseNumber>", "doseNumber"),
    (HIB, rb"<seriesType>Standard<", b"<seriesType>Optional<", "series[1]/seriesType"),
    (HIB, rb"<recurringDose>No</recurringDose>", b"", "series[1]/seriesDose[1]"),
    (HIB, rb"<recurringDose>No<", b"<recurringDose>Maybe<", "recurringDose"),
    (HIB, rb"<seriesName>[^<]*<", b"<seriesName><", "series[1]/seriesName"),
    (HIB, rb"<selectSeries>", b"<selectSeries><mystery>1</mystery>", "selectSeries/mystery"),
    (HIB, rb"<absMinAge>", b"<absMinAge><b/>", "age/absMinAge/b"),
    (HIB, rb"<fromPrevious>Y</fromPrevious>", b"<fromPrevious>N</fromPrevious>", "interval"),
    (HIB, rb"<targetDisease>Hib<", b"<targetDisease>Flu<", "one file is for one antigen"),
    (HIB, rb"<vaccineGroup>Hib<", b"<vaccineGroup>Polio<", "'Polio' is not a group of Hib"),
    (HIB, rb"<preferableVaccine>(.*?)<cvx>\d+<", rb"<preferableVaccine>\1<cvx>x<", "cvx"),
    (HIB, rb"<preferableVaccine>(.*?)<cvx>\d+<", rb"<preferableVaccine>\1<cvx>998<", "998"),
    (HIB, rb"<volume>0.5<", b"<volume>half<", "volume"),
    (HIB, rb"<observationCode>080<", b"<observationCode>899<", "observation 899"),
    (HEPB, rb"<seriesGroups>1<", b"<seriesGroups><", "seriesGroups is empty"),
    (HEPB, rb"<seriesGroups>1<", b"<seriesGroups>2<", "ask about each other"),
    (HEPB, rb"<doseCountLogic>[^<]+<", b"<doseCountLogic>about<", "doseCountLogic"),
    (HEPB, rb"<conditionType>[^<]+<", b"<conditionType>Mood<", "conditionType"),
    (SCHEDULE_FILE, rb"<antigen>Hib</antigen>", b"<antigen>Hub</antigen>", "'Hub'"),
    (SCHEDULE_FILE, rb"<conflictEndInterval>28 days<", b"<conflictEndInterval><", "is empty"),
    (SCHEDULE_FILE, rb"<cvxToAntigenMap>", b"<cvxToAntigenMap><cvxMap/>", "cvxMap[1]"),
    (SCHEDULE_FILE, rb"<codeSystem>SNOMED<", b"<codeSystem>MYSTERY<", "codeSystem"),
    (SCHEDULE_FILE, rb"<observations>", b"<observations><z/>", "observations/z"),
]


@pytest.mark.shared
@pytest.mark.parametrize(("file", "old", "new", "told"), EDITS, ids=[e[3] for e in EDITS])
def test_one_bad_element_refuses_the_release_by_name(
    files: dict[str, bytes], file: str, old: bytes, new: bytes, told: str
) -> None:
    changed = re.sub(old, new, files[file], count=1, flags=re.DOTALL)
    assert changed != files[file]
    with pytest.raises(ScheduleRefused) as refused:
        read({**files, file: changed})
    assert refused.value.file == file
    assert told in refused.value.user_message
    assert "Nothing was changed" in refused.value.user_message


@pytest.mark.shared
def test_a_missing_file_is_named(files: dict[str, bytes]) -> None:
    with pytest.raises(ScheduleRefused, match=re.escape(SCHEDULE_FILE)):
        read({k: v for k, v in files.items() if k != SCHEDULE_FILE})
    with pytest.raises(ScheduleRefused, match="no supporting-data file for antigen 'Hib'"):
        read({k: v for k, v in files.items() if k != HIB})
    with pytest.raises(ScheduleRefused, match=r"Hib is also in"):
        read({**files, "copy.xml": files[HIB]})


BOMB = b"""<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><antigenSupportingData>&b;
</antigenSupportingData>"""


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (BOMB, "document type or entity"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', "document type or entity"),
        (b"<a><b></a>", "line 1"),
        (b"", "not well-formed"),
        (b"<a>" * 40, "nested too deep"),
        (b"<a>" + b" " * 8 * 1024 * 1024 + b"</a>", "larger than 8 MB"),
    ],
)
def test_hostile_or_broken_xml_is_refused(data: bytes, told: str) -> None:
    with pytest.raises(ScheduleRefused, match=told):
        parse_xml(data, "x.xml")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"{", "the table"),
        (b"[]", "the table"),
        (b'{"format":"other/1","schedule":{}}', "the table"),
    ],
)
def test_a_broken_table_is_refused(data: bytes, told: str) -> None:
    with pytest.raises(ScheduleRefused, match=told):
        parse_table(data)


@pytest.mark.shared
def test_a_table_of_another_format_or_with_a_bad_age_is_refused(release: Schedule) -> None:
    table = build_table(release)
    with pytest.raises(ScheduleRefused, match="format"):
        parse_table(table.replace(b"-schedule/1", b"-schedule/9", 1))
    with pytest.raises(ScheduleRefused, match="not an age"):
        parse_table(table.replace(b'"min":"6m"', b'"min":"soon"', 1))
