"""The commands about message templates and sequences, run as an operator would."""

from pathlib import Path

import pytest

from tests.app.cli.test_mappings import rows, run
from tests.app.cli.test_mappings import tenant as tenant

OWN = """
[[template]]
key = "flu_clinic"
version = 1
name = "Open house"
purpose = "treatment"
approved_by = "nobody of ours"
approved_on = 2020-01-01

[[template.variants]]
language = "en"
channels = ["text"]
text = "{words}"
"""
GOOD = "{{ clinic_name }}: come by on Saturday. Call {{ clinic_phone }}. Reply STOP to end."


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(OWN.replace("{words}", GOOD), "utf-8")
    return path


def state(key: str) -> list[tuple[int, str]]:
    return [(r["version"], r["state"]) for r in rows("messages", "list") if r["key"] == key]


def test_a_file_is_checked_added_approved_and_retired(tenant: str, file: Path) -> None:
    assert run("messages", "lint", str(file)).exit_code == 0
    (added,) = rows("messages", "add", str(file))
    assert (added["state"], added["shipped"], added["findings"]) == ("draft", False, [])
    again = run("messages", "add", str(file), "--tenant", tenant)
    assert again.exit_code == 2 and "is there already" in again.output
    for what, then in (("approve", "approved"), ("retire", "retired"), ("approve", "approved")):
        words = ("messages", what, "template", "flu_clinic", "1", "--tenant", tenant)
        assert run(*words).exit_code == 0
        assert state("flu_clinic") == [(1, then)]
    assert (
        run("messages", "retire", "template", "call_back", "1", "--tenant", tenant).exit_code == 0
    )
    assert state("call_back") == [(1, "retired")]


def test_what_stands_against_it_is_said(tenant: str, file: Path) -> None:
    file.write_text(OWN.replace("{words}", "Your diabetes check at {{ clinic_name }}"), "utf-8")
    checked = run("messages", "lint", str(file))
    assert checked.exit_code == 1 and "Names a diagnosis: diabetes" in checked.output
    rows("messages", "add", str(file))
    words = ("messages", "approve", "template", "flu_clinic", "1", "--tenant", tenant)
    refused = run(*words)
    assert refused.exit_code == 2 and "It cannot be approved yet." in refused.output
    assert state("flu_clinic") == [(1, "draft")]


@pytest.mark.parametrize(
    "words",
    [
        ("approve", "template", "none", "1"), ("approve", "law", "call_back", "1"),
        ("retire", "sequence", "call_back", "1"), ("add", "/no/such/file"),
    ],
)  # fmt: skip
def test_wrong_use(tenant: str, words: tuple[str, ...]) -> None:
    assert run("messages", *words, "--tenant", tenant).exit_code == 2


@pytest.mark.parametrize("text", ["", "[[template]]\nkey = 1", "[[sequence]]\nx = 1", "not toml ["])
def test_a_file_that_says_nothing(tenant: str, file: Path, text: str) -> None:
    file.write_text(text, "utf-8")
    assert run("messages", "add", str(file), "--tenant", tenant).exit_code == 2
