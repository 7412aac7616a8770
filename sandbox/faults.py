"""Faults on demand: which requests they hit and how often. Does not touch the wire itself."""

import itertools
import re
from dataclasses import dataclass
from typing import Any

from sandbox.jsontypes import Json

EFFECTS = frozenset(
    {
        "latency_ms",
        "status",
        "body",
        "headers",
        "execute_then_timeout",
        "truncate",
        "endless",
        "cut",
        "drip",
        "wrong_patient",
        "html",
        "operation_outcome",
        "outcome_entry",
        "oauth_error",
        "empty",
        "redirect",
    }
)
MATCHERS = frozenset({"method", "path_regex", "resource", "personality", "client"})


class FaultError(ValueError):
    """A fault that cannot be understood."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is known of a request before it is handled."""

    method: str
    path: str
    personality: str
    resource: str | None
    client: str | None


@dataclass(slots=True)
class Fault:
    """One armed fault; `left` None = for ever."""

    id: str
    match: Json
    effect: Json
    left: int | None
    hits: int = 0

    def hits_target(self, target: Target) -> bool:
        """Do all given matchers agree?"""
        m = self.match
        return (
            self.left != 0
            and m.get("method", target.method).upper() == target.method
            and m.get("resource", target.resource) == target.resource
            and m.get("personality", target.personality) == target.personality
            and m.get("client", target.client) == target.client
            and re.search(m.get("path_regex", ""), target.path) is not None
        )

    def as_json(self) -> Json:
        """For the control API."""
        return {
            "id": self.id,
            "match": self.match,
            "effect": self.effect,
            "times": self.left,
            "hits": self.hits,
        }


def parse_fault(data: Any, id_: str) -> Fault:
    """A Fault from its JSON. Raises FaultError."""
    if not isinstance(data, dict) or not isinstance(data.get("effect"), dict):
        raise FaultError("effect is required")
    match = {k: v for k, v in (data.get("match") or {}).items() if v is not None}
    unknown = (set(match) - MATCHERS) | (set(data["effect"]) - EFFECTS)
    if unknown:
        raise FaultError(f"unknown: {', '.join(sorted(unknown))}")
    times = data.get("times")
    if times is not None and (not isinstance(times, int) or times < 1):
        raise FaultError("times is a positive number or null")
    try:
        re.compile(match.get("path_regex", ""))
    except re.error as exc:
        raise FaultError("path_regex is not a regular expression") from exc
    return Fault(id_, match, data["effect"], times)


class FaultBook:
    """Armed faults in order; the first that matches acts."""

    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}
        self._ids = itertools.count(1)

    def add(self, data: Any) -> Fault:
        """Arm a fault. Raises FaultError."""
        fault = parse_fault(data, f"fault-{next(self._ids)}")
        self._faults[fault.id] = fault
        return fault

    def remove(self, id_: str | None = None) -> bool:
        """Disarm one, or all."""
        if id_ is None:
            self._faults.clear()
            return True
        return self._faults.pop(id_, None) is not None

    def all(self) -> list[Fault]:
        """Armed and spent, in order."""
        return list(self._faults.values())

    def take(self, target: Target) -> Json | None:
        """The effect for this request, counting it."""
        for fault in self._faults.values():
            if fault.hits_target(target):
                fault.hits += 1
                if fault.left is not None:
                    fault.left -= 1
                return fault.effect
        return None
