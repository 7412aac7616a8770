"""SMART scopes, v1 and v2: which to ask for, and what a grant permits. Believes the grant only."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl

from launch.models import LaunchMode, Registration, SmartConfiguration

_RESOURCE = re.compile(
    r"(?P<level>patient|user|system)/(?P<type>\*|[A-Z][A-Za-z]{1,63})"
    r"\.(?P<actions>[a-z]+|\*)(?:\?(?P<query>.*))?"
)
_V2 = re.compile(r"c?r?u?d?s?")
_V1 = {"read": "rs", "write": "cud", "*": "cruds"}
MAX_SCOPES = 2000
REMEMBERED_CHARS = 8_000


@dataclass(frozen=True, slots=True)
class ResourceScope:
    """One clinical scope: `actions` is a subset of `cruds`; `query` limits it to matching ones."""

    level: str
    type: str
    actions: frozenset[str]
    query: tuple[tuple[str, str], ...] = ()

    def covers(self, action: str, resource_type: str) -> bool:
        """True if the action on the type is named here, whatever `query` limits it to."""
        return action in self.actions and self.type in ("*", resource_type)

    def admits(self, filters: dict[str, str]) -> bool:
        """True if a request with these search filters stays within `query`."""
        return all(
            name in filters and _is_within(filters[name], allowed) for name, allowed in self.query
        )


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token permits: union of its resource scopes; `other` holds openid, launch and such.

    `unread` are words that look like resource scopes but are none (`patient/Observation.dus`):
    they permit nothing.
    """

    resources: tuple[ResourceScope, ...] = ()
    other: frozenset[str] = frozenset()
    unread: tuple[str, ...] = ()

    def may(self, action: str, resource_type: str, **filters: str) -> bool:
        """One of `c r u d s` on a type, with the search filters that the request will carry."""
        return any(
            scope.covers(action, resource_type) and scope.admits(filters)
            for scope in self.resources
        )

    def may_read(self, resource_type: str, **filters: str) -> bool:
        return self.may("r", resource_type, **filters)

    def may_search(self, resource_type: str, **filters: str) -> bool:
        return self.may("s", resource_type, **filters)

    def may_create(self, resource_type: str) -> bool:
        return self.may("c", resource_type)

    def may_update(self, resource_type: str) -> bool:
        return self.may("u", resource_type)

    def may_delete(self, resource_type: str) -> bool:
        return self.may("d", resource_type)

    def may_write(self, resource_type: str) -> bool:
        """Create and update, both."""
        return self.may_create(resource_type) and self.may_update(resource_type)

    def searches(self, resource_type: str) -> tuple[dict[str, str], ...]:
        """The filter sets under which the type may be searched: ({},) without limit, () never."""
        limits = [dict(scope.query) for scope in self.resources if scope.covers("s", resource_type)]
        return ({},) if {} in limits else tuple(limits)

    def has_level(self, level: str) -> bool:
        """True if any scope is of `patient`, `user` or `system` level."""
        return any(scope.level == level for scope in self.resources)


def parse_grant(scope: str | Iterable[str]) -> Grant:
    """Reads a granted `scope`, v1 and v2 mixed. Never raises: the unreadable grants nothing."""
    if isinstance(scope, str):
        # A tenant grants the same words launch after launch, and each launch asks several times.
        return _parse_again(scope) if len(scope) <= REMEMBERED_CHARS else _parse(scope.split())
    return _parse([w for w in scope if isinstance(w, str)])


def _parse(words: list[str]) -> Grant:
    resources: list[ResourceScope] = []
    other: set[str] = set()
    unread: list[str] = []
    for word in dict.fromkeys(words[:MAX_SCOPES]):
        parsed = parse_resource_scope(word)
        if parsed is not None:
            resources.append(parsed)
        elif word.startswith(("patient/", "user/", "system/")):
            unread.append(word)
        else:
            other.add(word)
    return Grant(tuple(resources), frozenset(other), tuple(unread))


@lru_cache(maxsize=256)
def _parse_again(scope: str) -> Grant:
    return _parse(scope.split())


def parse_resource_scope(word: str) -> ResourceScope | None:
    """One scope word, or None if it is not `(patient|user|system)/(Type|*).(cruds…|read|…)`."""
    match = _RESOURCE.fullmatch(word)
    if match is None:
        return None
    spelled = match["actions"]
    actions = _V1.get(spelled, spelled if _V2.fullmatch(spelled) else "")
    query = tuple(parse_qsl(match["query"] or "", keep_blank_values=True))
    is_limited = match["query"] is not None
    if not actions or (
        is_limited and (spelled in _V1 or not query or not all(v for _, v in query))
    ):
        return None  # a limit we cannot read must not widen into no limit
    return ResourceScope(match["level"], match["type"], frozenset(actions), query)


def build_scopes(
    registration: Registration, configuration: SmartConfiguration, *, mode: LaunchMode
) -> tuple[str, ...]:
    """The scopes to ask: v2 if the server says permission-v2, else v1; never both in one request.

    EHR launch: `launch` first. Standalone: the registration's `launch/…` hints in its place.
    """
    version = registration.scope_version or (
        "v2" if "permission-v2" in configuration.capabilities else "v1"
    )
    if version == "v2":
        asked = registration.scopes_v2 or to_v2(registration.scopes_v1)
    else:
        asked = registration.scopes_v1 or to_v1(registration.scopes_v2)
    rest = [s for s in asked if s != "launch" and not s.startswith("launch/")]
    hints = ["launch"] if mode is LaunchMode.EHR else list(registration.standalone_scopes)
    return tuple(dict.fromkeys([*hints, *rest]))


def to_v1(scopes: Iterable[str]) -> tuple[str, ...]:
    """v2 scopes in v1 words: any of `rs` asks read, any of `cud` asks write; limits are lost."""
    words: list[str] = []
    for word in scopes:
        parsed = parse_resource_scope(word)
        if parsed is None:
            words.append(word)
            continue
        base = f"{parsed.level}/{parsed.type}"
        words += [f"{base}.read"] if parsed.actions & set("rs") else []
        words += [f"{base}.write"] if parsed.actions & set("cud") else []
    return tuple(dict.fromkeys(words))


def to_v2(scopes: Iterable[str]) -> tuple[str, ...]:
    """v1 scopes in v2 words: .read is .rs, .write is .cud, .* is .cruds."""
    words = []
    for word in scopes:
        base, dot, action = word.rpartition(".")
        words.append(f"{base}.{_V1[action]}" if dot and action in _V1 else word)
    return tuple(dict.fromkeys(words))


def _is_within(asked: str, allowed: str) -> bool:
    """Every asked token (comma = or) is one of the allowed ones."""
    choices = allowed.split(",")
    return all(any(_is_same_token(a, c) for c in choices) for a in asked.split(","))


def _is_same_token(asked: str, allowed: str) -> bool:
    """Tokens match by code, and by system where both name one: the server narrows the rest."""
    asked_system, _, asked_code = asked.rpartition("|")
    allowed_system, _, allowed_code = allowed.rpartition("|")
    return asked_code == allowed_code and (
        not asked_system or not allowed_system or asked_system == allowed_system
    )
