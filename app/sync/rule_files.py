"""Rule files and value sets from disk, compiled once at start. Decides nothing about patients."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from app.clinical.care_gaps import Measures, compile_measures
from app.clinical.rules.phrases import SYSTEMS
from app.clinical.value_sets import ValueSet, ValueSets, parse_starter_sets, parse_value_set
from app.errors import ConfigError, DataError
from app.outreach import message, replies, sequence, signs
from app.outreach.gate import load_gate_rules
from app.outreach.gate_rules import FILES, GateRules
from app.outreach.message import Template, load_templates
from app.outreach.replies import ReplyRules, load_reply_rules
from app.outreach.sequence import Sequence, load_sequences
from app.outreach.signs import Signs, load_signs

MEASURES = Path("app/clinical/measures")
STARTER = "starter_sets.toml"
OUTREACH = Path("app/outreach/rules")


@dataclass(frozen=True, slots=True)
class ContactRules:
    """Everything that judging and planning a contact needs beside the person."""

    gate: GateRules
    signs: Signs
    templates: tuple[Template, ...]
    sequences: tuple[Sequence, ...]
    replies: ReplyRules


def load_contact_rules(root: Path) -> ContactRules:
    """The outreach rule files under `root`. Raises ConfigError naming file and reason."""
    folder = root / OUTREACH

    def read(name: str) -> str:
        return (folder / name).read_text(encoding="utf-8")

    return ContactRules(
        gate=load_gate_rules({name: read(name) for name in FILES}),
        signs=load_signs(read(signs.FILE)),
        templates=load_templates(read(message.FILE)),
        sequences=load_sequences(read(sequence.FILE)),
        replies=load_reply_rules(read(replies.FILE)),
    )


def load_measures(root: Path, value_set_folder: Path | None = None) -> Measures:
    """The product's rule files under `root`, with the operator's value sets before the starter
    lists. Raises ConfigError naming file, line and reason."""
    return compile_measures(load_rule_texts(root), load_value_sets(root, value_set_folder))


def load_rule_texts(root: Path) -> dict[str, str]:
    """Measures and libraries by their path under the measures folder."""
    folder = root / MEASURES
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*.toml"))
        if path.name != STARTER
    }


def load_value_sets(root: Path, folder: Path | None) -> ValueSets:
    """Folder before starter. Raises ConfigError when a folder is named and holds none."""
    given = list(_read_folder(folder)) if folder is not None else []
    if folder is not None and not given:
        raise ConfigError(f"{folder} holds no FHIR ValueSet with an expansion.")
    text = (root / MEASURES / STARTER).read_text(encoding="utf-8")
    return ValueSets([*given, *parse_starter_sets(tomllib.loads(text), SYSTEMS)])


def _read_folder(folder: Path) -> Iterator[ValueSet]:
    """Files that are no ValueSet (an index, a Bundle) are passed over; broken JSON is not."""
    if not folder.is_dir():
        raise ConfigError(f"{folder} is not a folder of value sets.")
    for path in sorted(folder.rglob("*.json")):
        try:
            yield parse_value_set(msgspec.json.decode(path.read_bytes()))
        except msgspec.DecodeError as exc:
            raise ConfigError(f"{path} is not JSON.") from exc
        except DataError:
            continue
