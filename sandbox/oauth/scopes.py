"""SMART scopes v1 and v2: reading, granting a part, and asking what they allow. Pure."""

import re
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl

_V1 = {"read": "rs", "write": "cud", "*": "cruds"}
_RESOURCE = re.compile(r"(patient|user|system)/([A-Za-z]+|\*)\.([^?\s]+)(?:\?(\S+))?$")
_ORDERED = re.compile(r"c?r?u?d?s?$")
CONTEXT = frozenset(
    {
        "openid",
        "fhirUser",
        "profile",
        "launch",
        "launch/patient",
        "launch/encounter",
        "online_access",
        "offline_access",
        "messaging/ui",
        "messaging/scratchpad",
    }
)


class ScopeError(ValueError):
    """A scope that no server can grant."""


@dataclass(frozen=True, slots=True)
class ResourceScope:
    """`permits` is a subset of "cruds" in that order; `query` the fine-grained part."""

    level: str
    type: str
    permits: str
    version: str
    query: tuple[tuple[str, str], ...] = ()

    def covers(self, type_: str, letter: str) -> bool:
        """May this scope be used for the interaction, before looking at the patient?"""
        return letter in self.permits and self.type in ("*", type_)


def parse_scope(text: str) -> ResourceScope | None:
    """A resource scope, or None for a context scope. Raises ScopeError for anything else."""
    if text in CONTEXT:
        return None
    match = _RESOURCE.match(text)
    if not match:
        raise ScopeError(f"unknown scope {text}")
    level, type_, permission, query = match.groups()
    if permission in _V1:
        if query:
            raise ScopeError(f"a v1 scope has no query: {text}")
        return ResourceScope(level, type_, _V1[permission], "v1")
    if not permission or not _ORDERED.match(permission):
        raise ScopeError(f"permissions must be in the order cruds: {text}")
    return ResourceScope(level, type_, permission, "v2", tuple(parse_qsl(query or "")))


def _write(scope: ResourceScope, permits: str) -> str | None:
    """The scope narrowed to `permits`, in its own version's words; None when nothing is left."""
    kept = "".join(letter for letter in scope.permits if letter in permits)
    if scope.version == "v1":
        words = [w for w, letters in _V1.items() if set(letters) <= set(kept)]
        return f"{scope.level}/{scope.type}.{words[-1]}" if words else None
    query = "&".join(f"{k}={v}" for k, v in scope.query)
    return f"{scope.level}/{scope.type}.{kept}{'?' + query if query else ''}" if kept else None


def narrow(requested: list[str], registered: list[str]) -> list[str]:
    """The requested scopes, each cut to what the client is registered for.

    A wildcard becomes the registered types it stands for.
    """
    allowed = [s for text in registered if (s := parse_scope(text))]
    granted: list[str] = []
    for text in requested:
        scope = parse_scope(text)
        if scope is None:
            granted += [text] if text in registered else []
            continue
        types = [scope.type]
        if scope.type == "*":
            types += [a.type for a in allowed if a.level == scope.level and a.type != "*"]
        for type_ in dict.fromkeys(types):
            written = _write(replace(scope, type=type_), _permitted(scope, type_, allowed))
            granted += [written] if written else []
    return list(dict.fromkeys(granted))


def _permitted(scope: ResourceScope, type_: str, allowed: list[ResourceScope]) -> str:
    """Letters that the registration allows for the type at the scope's level."""
    return "".join(
        a.permits
        for a in allowed
        if a.level == scope.level and a.type in ("*", type_) and set(a.query) <= set(scope.query)
    )


@dataclass(slots=True)
class Granted:
    """What a token may do. Answers are remembered per type and letter."""

    texts: tuple[str, ...]
    resources: tuple[ResourceScope, ...] = field(init=False)
    _known: dict[tuple[str, str], tuple[ResourceScope, ...]] = field(init=False)

    def __post_init__(self) -> None:
        self.resources = tuple(s for t in self.texts if (s := parse_scope(t)))
        self._known = {}

    def __str__(self) -> str:
        return " ".join(self.texts)

    def has(self, text: str) -> bool:
        """Was this very scope granted?"""
        return text in self.texts

    def for_call(self, type_: str, letter: str) -> tuple[ResourceScope, ...]:
        """The scopes that allow an interaction; empty = refuse."""
        key = (type_, letter)
        if key not in self._known:
            self._known[key] = tuple(s for s in self.resources if s.covers(type_, letter))
        return self._known[key]

    @property
    def of_patient(self) -> bool:
        """Is there any patient-level scope?"""
        return any(s.level == "patient" for s in self.resources)
