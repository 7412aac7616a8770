"""Context: what one normalising run carries from resource to resource, and the notes it takes.

Holds no rules about any element. One context serves one chart; it is never shared between runs.
"""

from collections import defaultdict

from msgspec import Struct

from app.clinical.chart import DataWarning, SetAside, Unmapped
from app.clinical.elements import (
    Coding,
    Concept,
    Moment,
    ReadInfo,
    Reference,
    Repair,
    Source,
    Span,
)
from app.clinical.normalize.moments import parse_moment
from app.clinical.normalize.profile import NormalizerProfile
from app.clinical.normalize.shapes import RawConcept, RawResource
from app.clinical.terminology import Mappings, canonical_system


class Built(Struct, frozen=True, gc=False):
    """A remembered concept with what there was to say about it."""

    concept: Concept
    notes: tuple[Repair, ...]
    unmapped: tuple[Coding, ...]


class Context:
    """Notes belong to the resource opened last with `open`.

    What was built once is remembered for the run, as charts repeat themselves; what had to be
    noted is remembered with its notes (Built), or not at all, so that no note is lost.
    """

    def __init__(self, profile: NormalizerProfile, read: ReadInfo, mappings: Mappings) -> None:
        self.profile = profile
        self.read = read
        self.mappings = mappings
        self.patient_country = ""
        self.index: dict[str, tuple[str, str]] = {}
        self.types: dict[str, str] = {}
        self.medications: dict[str, tuple[Concept, tuple[Concept, ...]]] = {}
        self.concepts: defaultdict[frozenset[str], dict[RawConcept, Concept | Built]] = defaultdict(
            dict
        )
        self.references: dict[str, tuple[str, str]] = {}
        self.pointers: dict[str, Reference] = {}
        self.instants: dict[str, Span] = {}
        self.warnings: list[DataWarning] = []
        self.set_aside: list[SetAside] = []
        self.unmapped: dict[tuple[str, str, str, str], Unmapped] = {}
        self._systems: dict[str, str] = {}
        self._moments: dict[str, Moment] = {}
        self.open("", "")

    def open(self, resource_type: str, resource_id: str) -> None:
        """From here on notes belong to this resource."""
        self._type = resource_type
        self._id = resource_id
        self._repairs: list[Repair] | None = None
        self._missed: list[tuple[str, str, str, str]] | None = None
        self._first_warning = len(self.warnings)

    def repair(self, code: str, path: str = "", detail: str = "") -> None:
        """Something was mended: it stands in the fact's provenance and among the warnings."""
        if self._repairs is None:
            self._repairs = []
        self._repairs.append(Repair(code, path, detail))
        self.warn(code, path, detail)

    def warn(self, code: str, path: str = "", detail: str = "") -> None:
        self.warnings.append(DataWarning(code, self._type, self._id, path, detail))

    def leave_out(self, reason: str, *, quarantined: bool = False, detail: str = "") -> None:
        """The open resource becomes no fact; what was noted about it falls away."""
        del self.warnings[self._first_warning :]
        for key in self._missed or ():
            self.unmapped.pop(key, None)
        self.set_aside.append(SetAside(reason, self._type, self._id, quarantined, detail))

    def miss(self, coding: Coding) -> None:
        """A local code that nothing explains."""
        key = (coding.system, coding.code, self._type, self._id)
        if self._missed is None:
            self._missed = []
        self._missed.append(key)
        self.unmapped[key] = Unmapped(
            coding.system, coding.code, coding.display, self._type, self._id
        )

    def labels(self, raw: RawResource) -> tuple[Coding, ...]:
        """The security labels in meta.security."""
        if raw.meta is None or not raw.meta.security:
            return ()
        return tuple(
            Coding(self.system(c.system), c.code or "", c.display or "") for c in raw.meta.security
        )

    def source(self, raw: RawResource) -> Source:
        """Provenance of the open resource; call it last, when all repairs are known."""
        version, marked = "", None
        if raw.meta is not None:
            version = raw.meta.version_id or ""
            marked = self.moment(raw.meta.last_updated, "meta.lastUpdated")
        repairs = tuple(self._repairs) if self._repairs else ()
        return Source(self.read, self._type, self._id, version, marked, repairs)

    def moment(self, text: str | None, path: str) -> Moment | None:
        """A FHIR date or time; what cannot be read is None with a warning, never a guess."""
        if text is None:
            return None
        return self._moments.get(text) or self._parse(text, path)

    def _parse(self, text: str, path: str) -> Moment | None:
        """Only moments that need no warning are remembered, so each warning is given."""
        found = parse_moment(text)
        if found is None:
            self.warn("bad_date", path)
        elif found.offset_min is None and found.precision in _CLOCKED:
            self.warn("time_without_zone", path)
        else:
            self._moments[text] = found
        return found

    def system(self, written: str | None) -> str:
        """The canonical form of a system, the vendor's site segment taken out."""
        if not written:
            return ""
        found = self._systems.get(written)
        if found is None:
            found = self._systems[written] = self.profile.canonical(canonical_system(written))
        return found


_CLOCKED = frozenset({"minute", "second", "fraction"})
