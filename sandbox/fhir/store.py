"""Versioned resources in memory, indexed by type and patient. Knows no scopes and no vendors."""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from sandbox.clock import Clock
from sandbox.fhir.compartment import patients_of, references
from sandbox.jsontypes import Json


@dataclass(slots=True)
class Version:
    """One version; `resource` is None once deleted. `author` is a client id, "ehr" or "load".

    A version never changes, so `views` and `memo` keep what was made of it.
    """

    type: str
    id: str
    version_id: str
    updated: datetime
    resource: Json | None
    author: str
    patients: tuple[str, ...]
    interaction: str
    views: dict[str, bytes] = field(default_factory=dict)
    memo: dict[tuple[str, ...], Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Type/id."""
        return f"{self.type}/{self.id}"

    @property
    def body(self) -> bytes:
        """The whole resource as JSON, made once."""
        if "plain" not in self.views:
            self.views["plain"] = orjson.dumps(self.resource)
        return self.views["plain"]


class Store:
    """All charts. `uuid_versions` gives versions that do not count."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.uuid_versions = False
        self.journal: list[Version] = []
        self._history: dict[str, dict[str, list[Version]]] = {}
        self._current: dict[str, dict[str, Version]] = {}
        self._by_patient: dict[tuple[str, str], dict[str, Version]] = {}

    def get(self, type_: str, id_: str) -> Version | None:
        """The newest version, also when it is a deletion."""
        versions = self._history.get(type_, {}).get(id_)
        return versions[-1] if versions else None

    def history(self, type_: str, id_: str) -> list[Version]:
        """All versions, oldest first."""
        return list(self._history.get(type_, {}).get(id_, ()))

    def of_type(self, type_: str) -> Iterable[Version]:
        """Living resources of a type."""
        return self._current.get(type_, {}).values()

    def of_patient(self, type_: str, patient: str) -> Iterable[Version]:
        """Living resources of a type that are about a patient."""
        return self._by_patient.get((type_, patient), {}).values()

    def patient_ids(self) -> list[str]:
        """Ids of living patients in the order of loading."""
        return list(self._current.get("Patient", {}))

    def types(self) -> Iterator[tuple[str, int]]:
        """Each type with its number of living resources."""
        return ((name, len(rows)) for name, rows in self._current.items())

    def put(self, resource: Json, author: str, id_: str | None = None) -> Version:
        """Store a new version; sets id, meta.versionId and meta.lastUpdated on a copy."""
        type_ = str(resource["resourceType"])
        id_ = id_ or str(resource.get("id") or uuid.uuid4())
        return self._append(type_, id_, dict(resource), author)

    def delete(self, type_: str, id_: str, author: str) -> Version:
        """Store a deletion as the newest version."""
        return self._append(type_, id_, None, author)

    def _append(self, type_: str, id_: str, resource: Json | None, author: str) -> Version:
        versions = self._history.setdefault(type_, {}).setdefault(id_, [])
        number = str(uuid.uuid4()) if self.uuid_versions else str(len(versions) + 1)
        now = self.clock.now()
        if resource is not None:
            stamp = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
            meta = {**resource.get("meta", {}), "versionId": number, "lastUpdated": stamp}
            kind = resource.pop("resourceType")
            resource.pop("id", None)
            resource.pop("meta", None)
            resource = {"resourceType": kind, "id": id_, "meta": meta, **resource}
        patients = versions[-1].patients if resource is None else self.patients_about(resource)
        done = "delete" if resource is None else ("update" if versions else "create")
        version = Version(type_, id_, number, now, resource, author, patients, done)
        self._index(version, versions[-1] if versions else None)
        versions.append(version)
        if author != "load":
            self.journal.append(version)
        return version

    def restore_loaded(self) -> None:
        """Forget everything that was written since loading."""
        for key in dict.fromkeys((v.type, v.id) for v in self.journal):
            versions = self._history[key[0]][key[1]]
            newest = versions[-1]
            versions[:] = [v for v in versions if v.author == "load"]
            self._unindex(newest)
            if versions:
                self._index(versions[-1], None)
            else:
                del self._history[key[0]][key[1]]
        self.journal.clear()

    def patients_about(self, resource: Json) -> tuple[str, ...]:
        """Whose it is; a Provenance is whoever's its targets are."""
        if resource["resourceType"] != "Provenance":
            return patients_of(resource)
        found: list[str] = []
        for ref in references(resource.get("target", [])):
            type_, _, id_ = ref.partition("/")
            target = self.get(type_, id_.split("/", 1)[0])
            found += target.patients if target else ()
        return tuple(dict.fromkeys(found))

    def _unindex(self, version: Version) -> None:
        self._current.get(version.type, {}).pop(version.id, None)
        for patient in version.patients:
            self._by_patient.get((version.type, patient), {}).pop(version.id, None)

    def _index(self, version: Version, old: Version | None) -> None:
        if old is not None and (old.patients != version.patients or version.resource is None):
            self._unindex(old)
        if version.resource is None:
            return
        self._current.setdefault(version.type, {})[version.id] = version
        for patient in version.patients:
            self._by_patient.setdefault((version.type, patient), {})[version.id] = version
