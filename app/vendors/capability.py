"""CapabilityStatement: what a server says it can do, with the oddities of how it says it.

Reads bytes that somebody fetched; decides nothing. Unknown keys are allowed, types are not
trusted, and `url` is never taken for the server's address (real ones name another tenant).
"""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from app.errors import DataError

ATHENA_METADATA = "https://fhir.athena.io/StructureDefinition/ah-search-parameter-metadata"
OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
WRITES = ("create", "update", "patch", "delete")


class ResourceSupport(Struct, frozen=True, kw_only=True):
    """What is advertised for one resource type. `required_any`: a search must carry all of one
    of these combinations of parameters; () = nothing is said. None = not said."""

    type: str
    interactions: frozenset[str] = frozenset()
    search_params: frozenset[str] = frozenset()
    required_any: tuple[frozenset[str], ...] = ()
    operations: tuple[str, ...] = ()
    versioning: str = ""
    conditional_create: bool | None = None
    update_create: bool | None = None


class Oddity(Struct, frozen=True, order=True):
    """Something unusual but readable: a stable code, the type it concerns, and words."""

    code: str
    resource_type: str = ""
    detail: str = ""


class Capability(Struct, frozen=True, kw_only=True):
    fhir_version: str = ""
    software: str = ""
    software_version: str = ""
    date: str = ""
    url: str = ""
    implementation_url: str = ""
    patch_formats: tuple[str, ...] = ()
    resources: Mapping[str, ResourceSupport] = {}
    oddities: tuple[Oddity, ...] = ()

    def has(self, resource_type: str, interaction: str) -> bool:
        found = self.resources.get(resource_type)
        return found is not None and interaction in found.interactions

    def writes(self, interaction: str) -> tuple[str, ...]:
        """The resource types that advertise this interaction, in order of name."""
        return tuple(sorted(t for t in self.resources if self.has(t, interaction)))


def parse_capability(raw: bytes, *, asked: str = "") -> Capability:
    """`asked` is the FHIR base that was asked. Raises DataError when it is no R4 statement."""
    oddities: list[Oddity] = []
    value = _load(raw, oddities)
    if value.get("resourceType") != "CapabilityStatement":
        raise DataError("The server's CapabilityStatement is not one.")
    version = _text(value.get("fhirVersion"))
    if not version.startswith("4.0"):
        raise DataError("The server does not speak FHIR R4.")
    resources: dict[str, ResourceSupport] = {}
    for rest in _dicts(value.get("rest")):
        if rest.get("mode") not in (None, "server"):
            continue
        _note_security(rest, oddities)
        for item in _dicts(rest.get("resource")):
            _add_resource(item, resources, oddities)
        _note_includes(rest, oddities)
    software, implementation = _dict(value.get("software")), _dict(value.get("implementation"))
    capability = Capability(
        fhir_version=version,
        software=_text(software.get("name")),
        software_version=_text(software.get("version")),
        date=_text(value.get("date")),
        url=_text(value.get("url")),
        implementation_url=_text(implementation.get("url")),
        patch_formats=tuple(_texts(value.get("patchFormat"))),
        resources=resources,
    )
    _note_statement(value, capability, asked, oddities)
    return _with_oddities(capability, oddities)


def _add_resource(
    item: dict[str, Any], resources: dict[str, ResourceSupport], oddities: list[Oddity]
) -> None:
    kind = _text(item.get("type"))
    if not kind:
        oddities.append(Oddity("resource_without_type"))
        return
    support = _support(kind, item)
    _note_resource(support, item, oddities)
    earlier = resources.get(kind)
    if earlier is not None:
        oddities.append(Oddity("duplicate_resource", kind, "listed twice; taken together"))
        support = _joined(earlier, support)
    resources[kind] = support


def _support(kind: str, item: dict[str, Any]) -> ResourceSupport:
    return ResourceSupport(
        type=kind,
        interactions=frozenset(_text(i.get("code")) for i in _dicts(item.get("interaction"))),
        search_params=frozenset(_text(p.get("name")) for p in _dicts(item.get("searchParam"))),
        required_any=_required(item),
        operations=tuple(sorted(_text(o.get("name")) for o in _dicts(item.get("operation")))),
        versioning=_text(item.get("versioning")),
        conditional_create=_flag(item.get("conditionalCreate")),
        update_create=_flag(item.get("updateCreate")),
    )


def _joined(one: ResourceSupport, two: ResourceSupport) -> ResourceSupport:
    return ResourceSupport(
        type=one.type,
        interactions=one.interactions | two.interactions,
        search_params=one.search_params | two.search_params,
        required_any=one.required_any + two.required_any,
        operations=tuple(sorted({*one.operations, *two.operations})),
        versioning=one.versioning or two.versioning,
        conditional_create=two.conditional_create
        if one.conditional_create is None
        else one.conditional_create,
        update_create=two.update_create if one.update_create is None else one.update_create,
    )


def _required(item: dict[str, Any]) -> tuple[frozenset[str], ...]:
    """athenahealth publishes required combinations in an extension: "patient, intent"."""
    found = []
    for extension in _dicts(item.get("extension")):
        if extension.get("url") != ATHENA_METADATA:
            continue
        for part in _dicts(extension.get("extension")):
            if part.get("url") == "requiredAnySearchParams":
                names = (n.strip() for n in _text(part.get("valueString")).split(","))
                found.append(frozenset(n for n in names if n))
    return tuple(combination for combination in found if combination)


def _note_resource(support: ResourceSupport, item: dict[str, Any], oddities: list[Oddity]) -> None:
    counted = Counter(_text(i.get("code")) for i in _dicts(item.get("interaction")))
    if any(n > 1 for n in counted.values()):
        oddities.append(Oddity("duplicate_interaction", support.type))
    if not support.interactions:
        oddities.append(Oddity("no_interaction", support.type))
    if support.update_create and "update" not in support.interactions:
        oddities.append(Oddity("update_create_without_update", support.type))
    if support.versioning == "no-version":
        oddities.append(Oddity("no_version", support.type, "ETags mean nothing here"))
    if custom := sorted(p for p in support.search_params if p.startswith("-")):
        oddities.append(Oddity("vendor_search_param", support.type, ", ".join(custom)))


def _note_includes(rest: dict[str, Any], oddities: list[Oddity]) -> None:
    """`*` is advertised by servers that are known not to honor every include."""
    count = sum("*" in _texts(r.get("searchInclude")) for r in _dicts(rest.get("resource")))
    if count:
        oddities.append(Oddity("include_everything", "", f"{count} types; not to be relied on"))


def _note_security(rest: dict[str, Any], oddities: list[Oddity]) -> None:
    for extension in _dicts(_dict(rest.get("security")).get("extension")):
        url = _text(extension.get("url"))
        if url.endswith("oauth-uris") and url != OAUTH_URIS:
            oddities.append(Oddity("oauth_uris_misspelt", "", url))


def _note_statement(
    value: dict[str, Any], capability: Capability, asked: str, oddities: list[Oddity]
) -> None:
    base = (asked or capability.implementation_url).rstrip("/")
    named = capability.url.partition("?")[0].removesuffix("/metadata").rstrip("/")
    if capability.url.partition("?")[0].endswith("/metadata") and base and named != base:
        oddities.append(Oddity("url_names_other_base", "", named))
    if value.get("experimental") is True:
        oddities.append(Oddity("experimental"))
    if value.get("kind") not in (None, "instance"):
        oddities.append(Oddity("kind_not_instance", "", _text(value.get("kind"))))


def _load(raw: bytes, oddities: list[Oddity]) -> dict[str, Any]:
    def keep(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            twice = sorted(k for k, n in Counter(k for k, _ in pairs).items() if n > 1)
            oddities.append(Oddity("duplicate_key", "", ", ".join(twice)))
        return found

    try:
        value = json.loads(raw.decode("utf-8-sig", "replace"), object_pairs_hook=keep)
    except (ValueError, RecursionError):
        raise DataError("The server's CapabilityStatement cannot be read.") from None
    return _dict(value)


def _with_oddities(capability: Capability, oddities: list[Oddity]) -> Capability:
    return replace(capability, oddities=tuple(sorted(set(oddities))))


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: object) -> list[dict[str, Any]]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _texts(value: object) -> list[str]:
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else []


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None
