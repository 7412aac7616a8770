"""Scopes: what SMART scopes (v1, v2 and the ways they are misspelt) let one do. Pure reading."""

import re
from collections.abc import Iterable

from msgspec import Struct

_SCOPE = re.compile(r"(patient|user|system)/([A-Za-z]+|\*)\.([A-Za-z*]+)(\?.*)?")
_V1 = {"read": "rs", "write": "cud", "*": "cruds", "create": "c", "update": "u", "delete": "d"}
LETTERS = {
    "create": "c",
    "read": "r",
    "update": "u",
    "patch": "u",
    "delete": "d",
    "search-type": "s",
}
"""The v2 letter of each FHIR interaction; a patch is an update."""


class Scope(Struct, frozen=True):
    """`narrowed`: it carries a query, so it lets only part of the type through."""

    level: str
    resource_type: str
    letters: frozenset[str]
    narrowed: bool = False


class Scopes(Struct, frozen=True):
    """The resource scopes of a grant or an offer."""

    found: tuple[Scope, ...]

    def allow(self, resource_type: str, interaction: str) -> bool:
        """True when a scope for the type, or for all types, covers the interaction whole."""
        letter = LETTERS[interaction]
        return any(
            letter in s.letters and not s.narrowed and s.resource_type in (resource_type, "*")
            for s in self.found
        )

    def offer(self, resource_type: str, interaction: str) -> bool:
        """As `allow`, for a server's list of what exists: where it names the type at all, what
        it names counts and a wildcard beside it does not (a real server lists both)."""
        letter = LETTERS[interaction]
        own = [s for s in self.found if s.resource_type == resource_type]
        return any(letter in s.letters for s in own) or (
            not own and self.allow(resource_type, interaction)
        )


def parse_scopes(texts: Iterable[str]) -> Scopes:
    """Resource scopes among `texts`, in any order; others (openid, launch …) are passed over."""
    found = []
    for text in texts:
        match = _SCOPE.fullmatch(text.strip())
        if match is None:
            continue
        level, kind, actions, query = match.groups()
        letters = _V1.get(actions.lower()) or actions
        if set(letters) <= set("cruds"):
            found.append(Scope(level, kind, frozenset(letters), bool(query)))
    return Scopes(tuple(found))
