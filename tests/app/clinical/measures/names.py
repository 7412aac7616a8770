"""Value set names of the rule files, and the one OID that each stands for."""

import tomllib

from app.sync.rule_files import load_rule_texts
from tests.conftest import ROOT


def _names() -> dict[str, str]:
    found: dict[str, str] = {}
    for text in load_rule_texts(ROOT).values():
        for name, oid in tomllib.loads(text).get("value_sets", {}).items():
            assert found.setdefault(name, oid) == oid, f"{name} means two value sets"
    return found


OID = _names()
