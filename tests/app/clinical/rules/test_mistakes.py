"""A rule file with a mistake is refused with its file, line and reason."""

import pytest

from app.clinical.care_gaps import Measures, compile_measures
from app.clinical.value_sets import ValueSets
from app.errors import ConfigError

GOOD = """\
[measure]
id = "T1"
title = "A test"
source = "ourselves"
version = "1"
effective_from = 2025-01-01
uses = ["parts"]

[gap]
name = "A test"
action = "Do it"
closes = "Doing it closes it"

[value_sets]
"Things" = "1.2.3"

[population.initial_population]
all = ["grown up", "seen", "things"]

[population.numerator]
any = ["thing done"]

[define."grown up"]
age = "18 to 75 at MP end"

[define."seen"]
find = "encounter"
in = ["Things"]
status = "performed"
when = "during day of MP"

[define."thing done"]
from = "things"
when = "ends during day of [MP start - 1 year, MP end]"

[define."things"]
find = "procedure"
in = ["Things", "LOINC 1-8"]
"""
PARTS = """\
[library]
name = "parts"

[status."performed"]
status = ["finished"]

[status."tested"]
status = ["final"]
category = ["OBSERVATION-CATEGORY laboratory"]

[status."ordered"]
status = ["active"]
intent = ["order"]
"""


def compiled(measure: str = GOOD, library: str = PARTS) -> Measures:
    return compile_measures({"t1.toml": measure, "parts.toml": library}, ValueSets())


def refusal(old: str, new: str) -> str:
    assert old in GOOD
    with pytest.raises(ConfigError) as caught:
        compiled(GOOD.replace(old, new, 1))
    return caught.value.user_message


def test_the_good_one_is_taken() -> None:
    assert compiled().ids == ("T1",)


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ('id = "T1"', 'id = "T1', 2, "Illegal character"),
        ('id = "T1"', 'id = ""', 2, "“id” is empty"),
        ('title = "A test"\n', "", 1, "“title” is missing"),
        ("2025-01-01", '"soon"', 6, "“effective_from” is missing or not a date"),
        ("2025-01-01", "2025-01-01\neffective_until = 2024-01-01", 7, "lies before it begins"),
        ('version = "1"', 'version = "1"\ncolour = "red"', 6, "“colour” is not known here"),
        ('version = "1"', 'version = "1"\nbetter = "sideways"', 6, "“better” is one of"),
        ('uses = ["parts"]', 'uses = ["party"]', 1, "there is no library “party”"),
        ('action = "Do it"\n', "", 9, "“action” is missing"),
        ("[gap]", "[gap]\ndue_days = 3", 9, "“due” and “due_days” belong together"),
        ("[gap]", "[gap]\napplies = []", 10, "“applies” is empty"),
        ('"1.2.3"', '"one two"', 15, "“Things” needs an OID"),
        ("[population.numerator]", "[population.nominator]", 20, "“nominator” is not known here"),
        ('any = ["thing done"]', 'any = ["thing undone"]', 20, "“thing undone” is not defined"),
        ('any = ["thing done"]', "any = []", 21, "“any” is empty"),
        ('any = ["thing done"]', 'any = ["things", "things"]', 21, "names something twice"),
        ('any = ["thing done"]', 'any = ["things"]', 32, "nothing asks “thing done”"),
        ('any = ["thing done"]', 'any = "things"', 21, "“any” is a list of texts"),
        ("18 to 75 at", "75 to 18 at", 24, "begins after it ends"),
        ("18 to 75 at MP end", "18 to 75", 24, "is not a test of age"),
        ("18 to 75 at MP end", "18 to 75 at birth", 23, "an age is asked at MP start"),
        ('"encounter"', '"visit"', 27, "“visit” is not a kind of fact"),
        ('in = ["Things"]', 'in = ["Thing"]', 28, "neither a value set of this file nor a code"),
        ('in = ["Things"]', 'in = ["LOINC"]', 28, "neither a value set of this file nor a code"),
        ('"performed"', '"performd"', 26, "there is no status filter “performd”"),
        ("during day of MP", "while MP", 30, "is not a test of time"),
        ("during day of MP", "during day of PM", 30, "“PM” is not a point in time"),
        ("during day of MP", "on or before MP end", 30, "needs starts, ends, latest"),
        ("during day of MP", "ends before MP", 30, "needs one point"),
        ("during day of MP", "starts overlaps MP", 30, "leave out “starts”"),
        ("during day of MP", "during day of E start", 17, "nothing names “E” here"),
        ("during day of MP", "during Octember 1 of MP start year", 30, "is not a month"),
        ("during day of MP", "during October 31 of MP start year", 30, "1 to 28"),
        ('when = "during day of MP"', 'value = "any"', 30, "“value” does not go with encounter"),
        ('from = "things"', 'from = "thing done"', 32, "“thing done” asks itself"),
        ('from = "things"', 'from = "grown up"', 32, "“grown up” finds no facts"),
        ('from = "things"', 'from = "things"\nfind = "procedure"', 32, "one form"),
        ('from = "things"', 'from = "things"\nfor_some = "seen"', 34, "`<definition> as <Letter>`"),
        ('from = "things"', 'from = "things"\nfor_some = "seen as E"', 32, "nothing asks for it"),
        ('from = "things"', 'from = "things"\npick = "first"', 34, "“pick” is one of"),
        ('from = "things"', 'from = "things"\naged_at_least = 0', 34, "whole number from 1"),
        ('from = "things"', 'from = "things"\nvalue = "> nine"', 34, "is not a test of a value"),
        (
            'from = "things"',
            'from = "things"\nanswer = ["LOINC 1-8"]',
            32,
            "“answer” does not go with",
        ),
        ('from = "things"', 'from = "things"\nstatus = "tested"', 32, "has no category"),
        ('from = "things"', 'from = "things"\nstatus = "ordered"', 32, "has no intent"),
        ('"LOINC 1-8"', '"LOINC 1-8", "LONIC 1-8"', 38, "“LONIC 1-8” is neither"),
        ('in = ["Things", "LOINC 1-8"]', 'in = ["LOINC 1-8"]\nsize = 3', 39, "“size” does not go"),
        ('age = "18 to 75 at MP end"', 'sex = "feminine"', 24, "“sex” is female or male"),
        (
            'age = "18 to 75 at MP end"',
            'age = "18 to 75 at MP end"\nstatus = "x"',
            25,
            "“status” does not go with “age”",
        ),
        (
            'age = "18 to 75 at MP end"',
            'lowest = "any"\nfrom = "things"\ncomponent = "LOINC 1-8"',
            24,
            "“lowest” needs a comparison",
        ),
        (
            'age = "18 to 75 at MP end"',
            'days_of = ["things"]\nat_least = true',
            25,
            "“at_least” is a whole number",
        ),
        (
            'age = "18 to 75 at MP end"',
            'days_of = ["other"]\nat_least = 1\n[define."other"]\nsex = "male"',
            23,
            "“other” finds no facts to count",
        ),
    ],
)
def test_a_mistake_is_refused(old: str, new: str, line: int, reason: str) -> None:
    message = refusal(old, new)
    assert message.startswith(f"t1.toml:{line}: "), message
    assert reason in message


def test_a_file_is_a_measure_or_a_library() -> None:
    with pytest.raises(ConfigError, match=r"parts\.toml:1: a rule file is either"):
        compiled(library="[value_sets]\n")


def test_a_measure_needs_a_gap() -> None:
    text = GOOD.replace(GOOD[GOOD.index("[gap]") : GOOD.index("[value_sets]")], "")
    with pytest.raises(ConfigError, match=r"t1\.toml:1: a measure needs a \[gap\]"):
        compiled(text)


def test_two_files_cannot_have_one_name() -> None:
    with pytest.raises(ConfigError, match=r"t2\.toml:1: “T1” is also in t1\.toml"):
        compile_measures({"t1.toml": GOOD, "t2.toml": GOOD, "p.toml": PARTS}, ValueSets())


def test_a_name_of_a_library_cannot_be_defined_again() -> None:
    library = PARTS + '\n[define."seen"]\nsex = "female"\n'
    with pytest.raises(ConfigError, match="“seen” is defined twice for T1"):
        compiled(library=library)


def test_a_library_cannot_use_itself() -> None:
    with pytest.raises(ConfigError, match="uses itself"):
        compiled(library=PARTS.replace('"parts"', '"parts"\nuses = ["parts"]', 1))


def test_a_value_set_that_nothing_looks_at() -> None:
    with pytest.raises(ConfigError, match="nothing looks at “Others”"):
        compiled(GOOD.replace("[value_sets]", '[value_sets]\n"Others" = "1.2.4"'))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[library]\nname = "parts"\n[status."s"]\nstatus = []\n', "at least one status"),
        (
            '[library]\nname = "parts"\n[status."s"]\nstatus = ["x"]\ncategory = ["lab"]\n',
            "“lab” is neither",
        ),
        ('[library]\nname = "parts"\n[status."s"]\nstate = ["x"]\n', "“state” is not known"),
    ],
)
def test_a_mistake_in_a_status_filter(text: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=f"parts.toml:.*{reason}"):
        compiled(library=text)
