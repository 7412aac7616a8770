"""Builds CapabilityStatements from plain dicts. Asserts nothing."""

import json
from typing import Any

from app.vendors.capability import Capability, parse_capability


def statement(*resources: dict[str, Any], **fields: Any) -> bytes:
    value = {
        "resourceType": "CapabilityStatement",
        "fhirVersion": "4.0.1",
        "kind": "instance",
        "rest": [{"mode": "server", "resource": list(resources)}],
        **fields,
    }
    return json.dumps(value).encode()


def supported(kind: str, *interactions: str, **fields: Any) -> dict[str, Any]:
    params = fields.pop("params", ("patient", "_id", "category", "status", "intent"))
    return {
        "type": kind,
        "interaction": [{"code": i} for i in interactions],
        "searchParam": [{"name": p} for p in params],
        **fields,
    }


def capability(*resources: dict[str, Any], asked: str = "", **fields: Any) -> Capability:
    return parse_capability(statement(*resources, **fields), asked=asked)


def oddities(found: Capability) -> list[tuple[str, str]]:
    return [(o.code, o.resource_type) for o in found.oddities]
