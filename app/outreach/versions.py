"""Rules that come in versions, as TOML holds them: one table a version. What a rule must say is
the business of its own module."""

import tomllib
from collections.abc import Callable
from typing import Protocol, TypeVar, cast

from msgspec import ValidationError, convert

from app.errors import ConfigError


class Versioned(Protocol):
    """A rule that is told from its other versions by a number from 1."""

    @property
    def key(self) -> str: ...

    @property
    def version(self) -> int: ...


Rule = TypeVar("Rule", bound=Versioned)


def parse_versions(
    text: str, kind: type[Rule], check: Callable[[Rule], None], *, file: str, table: str
) -> tuple[Rule, ...]:
    """Every `[[table]]` of `text` as a `kind`, in the file's order. `check` raises ValueError.

    Raises ConfigError that names `file` and what is wrong; also for a version that stands twice.
    """
    try:
        rows = cast(list[object], tomllib.loads(text)[table])
        found = tuple(convert(row, kind) for row in rows)
        for rule in found:
            check(rule)
    except (KeyError, ValidationError, ValueError) as exc:
        raise ConfigError(f"{file}: {exc}") from exc
    if len({(rule.key, rule.version) for rule in found}) != len(found):
        raise ConfigError(f"{file}: one key and version stands twice")
    return found
