"""Context: what one normalising run carries from resource to resource, and the notes it takes.

Holds no rules about any element. One context serves one chart; it is never shared between runs.
"""

from msgspec import Struct

from app.clinical.chart import DataWarning, SetAside, Unmapped
from app.clinical.elements import Coding, Concept, Moment, ReadInfo, Repair, Source
from app.clinical.normalize.moments import parse_moment
from app.clinical.normalize.profile import NormalizerProfile
from app.clinical.normalize.shapes import RawConcept, RawMeta, RawResource
from app.clinical.terminology import Mappings, canonical_system


class Built(Struct, frozen=True, gc=False):
    """A remembered concept with what there was to say about it."""

    concept: Concept
    notes: tuple[Repair, ...]
    unmapped: tuple[Coding, ...]


class Context:
    """Notes belong to the resource opened last with `open`."""

    def __init__(self, profile: NormalizerProfile, read: ReadInfo, mappings: Mappings) -> None:
        self.profile = profile
        self.read = read
        self.mappings = mappings
        self.patient_country = ""
        self.index: dict[str, tuple[str, str]] = {}
        self.types: dict[str, str] = {}
        self.medications: dict[str, tuple[Concept, tuple[Concept, ...]]] = {}
        self.concepts: dict[tuple[RawConcept, frozenset[str]], Built] = {}
        self.warnings: list[DataWarning] = []
        self.set_aside: list[SetAside] = []
        self.unmapped: dict[tuple[str, str, str, str], Unmapped] = {}
        self._systems: dict[str, str] = {}
        self._moments: dict[str, Moment | None] = {}
        self._repairs: list[Repair] = []
        self.open("", "")

    def open(self, resource_type: str, resource_id: str) -> None:
        self._type, self._id = resource_type, resource_id
        self._repairs = []
        self._first_warning = len(self.warnings)
        self._missed: list[tuple[str, str, str, str]] = []

    def repair(self, code: str, path: str = "", detail: str = "") -> None:
        """Something was mended: it stands in the fact's provenance and among the warnings."""
        self._repairs.append(Repair(code, path, detail))
        self.warn(code, path, detail)

    def warn(self, code: str, path: str = "", detail: str = "") -> None:
        self.warnings.append(DataWarning(code, self._type, self._id, path, detail))

    def leave_out(self, reason: str, *, quarantined: bool = False, detail: str = "") -> None:
        """The open resource becomes no fact; what was noted about it falls away."""
        del self.warnings[self._first_warning :]
        for key in self._missed:
            self.unmapped.pop(key, None)
        self.set_aside.append(SetAside(reason, self._type, self._id, quarantined, detail))

    def miss(self, coding: Coding) -> None:
        """A local code that nothing explains."""
        key = (coding.system, coding.code, self._type, self._id)
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
        meta = raw.meta or _NO_META
        return Source(
            self.read,
            self._type,
            self._id,
            meta.version_id or "",
            self.moment(meta.last_updated, "meta.lastUpdated"),
            tuple(self._repairs),
        )

    def moment(self, text: str | None, path: str) -> Moment | None:
        """A FHIR date or time; what cannot be read is None with a warning, never a guess."""
        if text is None:
            return None
        try:
            found = self._moments[text]
        except KeyError:
            found = self._moments[text] = parse_moment(text)
        if found is None:
            self.warn("bad_date", path)
        elif found.offset_min is None and found.precision in _CLOCKED:
            self.warn("time_without_zone", path)
        return found

    def system(self, written: str | None) -> str:
        """The canonical form of a system, the vendor's site segment taken out."""
        if not written:
            return ""
        found = self._systems.get(written)
        if found is None:
            found = self._systems[written] = self.profile.canonical(canonical_system(written))
        return found


_NO_META = RawMeta()
_CLOCKED = frozenset({"minute", "second", "fraction"})
