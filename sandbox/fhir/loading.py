"""Bundles from a folder into the store: references made literal, nothing else changed."""

import logging
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import orjson

from sandbox.fhir.store import Store
from sandbox.jsontypes import Json

log = logging.getLogger("sandbox.loading")
_REFERENCE = re.compile(rb'"reference"\s*:\s*"([^"\\]+)"')


def load_folder(store: Store, folder: Path) -> int:
    """Load every .json and .ndjson below a folder; returns the number of resources.

    A file that is not FHIR JSON is named in the log and passed over. Raises FileNotFoundError
    when the folder is not there.
    """
    if not folder.exists():
        raise FileNotFoundError(f"No such folder of patients: {folder}")
    files = [folder] if folder.is_file() else sorted(folder.rglob("*.*json"))
    return load_documents(store, (raw for path in files for raw in _documents(path)))


def load_bundles(store: Store, bundles: Iterable[Json]) -> int:
    """Load Bundles that are already decoded."""
    return load_documents(store, (orjson.dumps(bundle) for bundle in bundles))


def _documents(path: Path) -> Iterator[bytes]:
    raw = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    if path.suffix == ".ndjson":
        yield from (line for line in raw.splitlines() if line.strip())
    else:
        yield raw


def load_documents(store: Store, documents: Iterable[bytes]) -> int:
    """Two passes: learn what each entry is called, then rewrite references and store."""
    raws: list[bytes] = []
    names: dict[bytes, bytes] = {}
    for raw in documents:
        if found := _learn(raw, names):
            raws.append(found)
    resources = [r for raw in raws for r in _entries(orjson.loads(_rewrite(raw, names)))]
    resources.sort(key=lambda r: r["resourceType"] == "Provenance")
    for resource in resources:
        store.put(resource, "load")
    return len(resources)


def _learn(raw: bytes, names: dict[bytes, bytes]) -> bytes | None:
    """Add `fullUrl → Type/id` and `Type?identifier=… → Type/id` of one document."""
    try:
        document = orjson.loads(raw)
        entries = _named_entries(document)
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as exc:
        log.warning("passed over a file that is not a FHIR document: %s", type(exc).__name__)
        return None
    changed = False
    for full_url, resource in entries:
        if "id" not in resource:
            resource["id"] = full_url.rsplit(":", 1)[-1].rsplit("/", 1)[-1]
            changed = True
        literal = f"{resource['resourceType']}/{resource['id']}".encode()
        if full_url:
            names[full_url.encode()] = literal
        for identifier in resource.get("identifier", []) if _has_list(resource) else ():
            query = f"{identifier.get('system')}|{identifier.get('value')}"
            names[f"{resource['resourceType']}?identifier={query}".encode()] = literal
    return orjson.dumps(document) if changed else raw


def _has_list(resource: Json) -> bool:
    return isinstance(resource.get("identifier"), list)


def _named_entries(document: Json) -> list[tuple[str, Json]]:
    if document["resourceType"] != "Bundle":
        return [("", document)]
    entries = [e for e in document.get("entry", []) if "resourceType" in e.get("resource", {})]
    return [(e.get("fullUrl", ""), e["resource"]) for e in entries]


def _entries(document: Json) -> list[Json]:
    return [r for _, r in _named_entries(document) if r.get("id")]


def _rewrite(raw: bytes, names: dict[bytes, bytes]) -> bytes:
    def literal(match: re.Match[bytes]) -> bytes:
        return b'"reference":"' + names.get(match[1], match[1]) + b'"'

    return _REFERENCE.sub(literal, raw)
