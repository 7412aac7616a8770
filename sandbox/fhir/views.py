"""How a stored resource looks through each vendor. Changes nothing in the store."""

import hashlib
from typing import Any

import orjson

from sandbox.fhir.store import Version
from sandbox.jsontypes import Json

_NUMBERED = ("telecom", "communication", "extension", "address", "name", "identifier")


def render(version: Version, view: str) -> bytes:
    """The resource as JSON in a view: plain, epic (no versions) or oracle (element ids)."""
    known = version.views.get(view)
    if known is None:
        if view == "plain":
            return version.body
        known = version.views[view] = orjson.dumps(shaped(version.resource or {}, view))
    return known


def shaped(resource: Json, view: str) -> Json:
    """The resource as an object in a view; a new outer object."""
    if view == "epic":
        meta = {
            k: v
            for k, v in resource.get("meta", {}).items()
            if k not in ("versionId", "lastUpdated")
        }
        rest = {k: v for k, v in resource.items() if k != "meta"}
        return {**rest, "meta": meta} if meta else rest
    if view == "oracle" and resource.get("resourceType") == "Patient":
        return {k: _with_ids(k, v) if k in _NUMBERED else v for k, v in resource.items()}
    return dict(resource)


def _with_ids(name: str, elements: Any) -> Any:
    """List elements with ids that stay the same while their content does."""
    if not isinstance(elements, list):
        return elements
    seen: dict[str, int] = {}
    result: list[Any] = []
    for element in elements:
        if not isinstance(element, dict) or "id" in element:
            result.append(element)
            continue
        raw = orjson.dumps(element, option=orjson.OPT_SORT_KEYS)
        digest = hashlib.sha256(name.encode() + raw).hexdigest()[:10]
        seen[digest] = seen.get(digest, 0) + 1
        suffix = f"-{seen[digest]}" if seen[digest] > 1 else ""
        result.append({"id": f"EL-{digest}{suffix}", **element})
    return result
