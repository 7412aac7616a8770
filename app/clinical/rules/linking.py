"""Linking: which definition a name means, across a measure and the libraries it uses.

Refuses names that mean nothing or two things, definitions that go in circles, and parts of a
measure that nothing uses: a rule that is written but never asked is a mistake.
"""

from collections.abc import Iterator, Mapping
from typing import NoReturn

from app.clinical.rules.definitions import Combine, Days, Definition, Find, Lowest, StatusFilter
from app.clinical.rules.files import RuleFile
from app.errors import ConfigError


def refuse(definition: Definition, reason: str) -> NoReturn:
    """Raises ConfigError at the definition's line."""
    raise ConfigError(f"{definition.file}:{definition.line}: {reason}")


def references(definition: Definition) -> tuple[str, ...]:
    """The names of the definitions that this one asks."""
    names: list[str] = [definition.bound[0]] if definition.bound else []
    body = definition.body
    if isinstance(body, Find):
        names += [name for name in (body.base, body.not_during) if name]
    elif isinstance(body, Combine | Days):
        names += body.parts
    elif isinstance(body, Lowest):
        names.append(body.base)
    return tuple(names)


def oids_of(definition: Definition) -> tuple[str, ...]:
    """The value sets that a definition looks at."""
    body = definition.body
    if not isinstance(body, Find):
        return ()
    parts = (body.codes, body.answer, body.reason, body.discharge, body.body_site, body.category)
    return tuple(oid for codes in parts if codes is not None for oid in codes.oids)


class Links:
    """The names that each file sees."""

    def __init__(self, files: Mapping[str, RuleFile]) -> None:
        self.files = files
        self.libraries = {f.name: f for f in files.values() if f.head is None}
        self._scopes: dict[str, dict[str, Definition]] = {}
        for rule_file in files.values():
            self._scopes[rule_file.file] = self._scope(rule_file)

    def _used(self, rule_file: RuleFile, seen: tuple[str, ...] = ()) -> Iterator[RuleFile]:
        yield rule_file
        for name in rule_file.uses:
            library = self.libraries.get(name)
            if library is None or name in seen:
                what = "uses itself" if name in seen else f"there is no library “{name}”"
                raise ConfigError(f"{rule_file.file}:1: {what}")
            yield from self._used(library, (*seen, rule_file.name))

    def used_by(self, rule_file: RuleFile) -> tuple[RuleFile, ...]:
        """The file and every library that it uses."""
        return tuple({part.name: part for part in self._used(rule_file)}.values())

    def _scope(self, rule_file: RuleFile) -> dict[str, Definition]:
        scope: dict[str, Definition] = {}
        for part in self._used(rule_file):
            for name, definition in part.definitions.items():
                if scope.setdefault(name, definition) is not definition:
                    refuse(definition, f"“{name}” is defined twice for {rule_file.name}")
        return scope

    def find(self, asker: Definition, name: str) -> Definition:
        """What a name means for the one who asks. Raises ConfigError when it means nothing."""
        found = self._scopes[asker.file].get(name)
        if found is None:
            refuse(asker, f"“{name}” is not defined")
        return found

    def status(self, asker: Definition, wanted: StatusFilter | str) -> StatusFilter:
        """A status filter by name from the file or its libraries."""
        if isinstance(wanted, StatusFilter):
            return wanted
        for part in self._used(self.files[asker.file]):
            if wanted in part.statuses:
                return part.statuses[wanted]
        refuse(asker, f"there is no status filter “{wanted}”")

    def require_used(self) -> None:
        """Every definition of a measure is asked by a population or the gap."""
        for rule_file in self.files.values():
            if rule_file.head is not None:
                self._require_all_asked(rule_file)

    def _require_all_asked(self, rule_file: RuleFile) -> None:
        waiting = [*rule_file.populations.values()]
        if rule_file.applies:
            waiting.append(rule_file.applies)
        asked = set()
        if rule_file.gap and rule_file.gap.due != "period end":
            asked.add(rule_file.gap.due)
        while waiting:
            for name in references(asker := waiting.pop()):
                if name not in asked:
                    asked.add(name)
                    waiting.append(self.find(asker, name))
        for name, definition in rule_file.definitions.items():
            if name not in asked:
                refuse(definition, f"nothing asks “{name}”")

    def require_sets_used(self) -> None:
        """Every value set that a file declares is looked at."""
        for rule_file in self.files.values():
            definitions = (*rule_file.definitions.values(), *rule_file.populations.values())
            used = {oid for definition in definitions for oid in oids_of(definition)}
            for name, oid in rule_file.value_sets.items():
                if oid not in used:
                    raise ConfigError(f"{rule_file.file}:1: nothing looks at “{name}”")
