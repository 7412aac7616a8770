"""Patient: who this is and how they may be reached. A merged record is an alias, not a patient."""

from typing import Literal

from msgspec import Struct

from app.clinical.elements import Deceased, Language, PatientLink, RelatedContact
from app.clinical.facts import Patient
from app.clinical.normalize.codes import (
    build_concept,
    build_concepts,
    build_reference,
    build_references,
)
from app.clinical.normalize.context import Context
from app.clinical.normalize.identifiers import build_identifiers, choose_mrn
from app.clinical.normalize.persons import (
    RawAddress,
    RawName,
    build_address,
    build_addresses,
    build_name,
    build_names,
)
from app.clinical.normalize.preferences import build_preferences
from app.clinical.normalize.shapes import (
    RawConcept,
    RawExtension,
    RawIdentifier,
    RawPeriod,
    RawReference,
    RawResource,
)
from app.clinical.normalize.telecoms import RawTelecom, build_telecoms
from app.clinical.normalize.values import build_span
from app.clinical.terminology import BCP47, SNOMED

Sex = Literal["male", "female", "other", "unknown", ""]
_SEXES: dict[str, Sex] = {
    "male": "male", "female": "female", "other": "other", "unknown": "unknown",
    "m": "male", "f": "female",
}  # fmt: skip
_INTERPRETER = ("/patient-interpreterRequired", "/us-core-interpreter-needed")
_ISO639 = ("iso639", "iso:std:iso:639")
_YES_NO = {"373066001": True, "373067005": False}


class RawLanguage(Struct, gc=False):
    language: RawConcept | None = None
    preferred: bool | None = None


class RawLink(Struct, gc=False):
    other: RawReference | None = None
    type: str | None = None


class RawContact(Struct, gc=False):
    relationship: tuple[RawConcept, ...] | None = None
    name: RawName | None = None
    telecom: tuple[RawTelecom, ...] | None = None
    address: RawAddress | None = None
    period: RawPeriod | None = None


class RawPatient(RawResource, rename="camel", gc=False):
    extension: tuple[RawExtension, ...] | None = None
    active: bool | None = None
    identifier: tuple[RawIdentifier, ...] | None = None
    name: tuple[RawName, ...] | None = None
    telecom: tuple[RawTelecom, ...] | None = None
    gender: str | None = None
    birth_date: str | None = None
    deceased_boolean: bool | None = None
    deceased_date_time: str | None = None
    address: tuple[RawAddress, ...] | None = None
    communication: tuple[RawLanguage, ...] | None = None
    contact: tuple[RawContact, ...] | None = None
    general_practitioner: tuple[RawReference, ...] | None = None
    managing_organization: RawReference | None = None
    link: tuple[RawLink, ...] | None = None


def build(raw: RawPatient, ctx: Context) -> Patient:
    addresses = build_addresses(raw.address, ctx)
    ctx.patient_country = next((a.country for a in addresses if a.country), "")
    identifiers = build_identifiers(raw.identifier, ctx)
    return Patient(
        id=raw.id or "",
        active=raw.active,
        names=build_names(raw.name, ctx),
        identifiers=identifiers,
        mrn=choose_mrn(identifiers, ctx),
        telecom=build_telecoms(raw.telecom, ctx),
        addresses=addresses,
        birth_date=ctx.moment(raw.birth_date, "birthDate"),
        sex=_sex(raw.gender, ctx),
        deceased=_deceased(raw, ctx),
        languages=_languages(raw, ctx),
        links=build_links(raw, ctx),
        contacts=tuple(_contact(c, ctx) for c in raw.contact or ()),
        general_practitioners=build_references(raw.general_practitioner, ctx),
        managing_organization=build_reference(raw.managing_organization, ctx),
        preferences=build_preferences(raw.extension, ctx),
        labels=ctx.labels(raw),
        source=ctx.source(raw),
    )


def build_links(raw: RawPatient, ctx: Context) -> tuple[PatientLink, ...]:
    """Links to other records of the same person; `replaced-by` makes this one an alias."""
    found = []
    for link in raw.link or ():
        other = build_reference(link.other, ctx)
        if other is not None and link.type:
            found.append(PatientLink(link.type.strip().lower(), other))
    return tuple(found)


def _sex(written: str | None, ctx: Context) -> Sex:
    if not written:
        return ""
    sex = _SEXES.get(written.strip().lower())
    if sex is None:
        ctx.warn("gender_unknown", "gender")
        return ""
    if sex != written:
        ctx.repair("gender_repaired", "gender")
    return sex


def _deceased(raw: RawPatient, ctx: Context) -> Deceased:
    """A time of death outweighs a `false`; neither said is unknown, which is not alive."""
    if raw.deceased_date_time and raw.deceased_date_time.strip():
        if raw.deceased_boolean is False:
            ctx.warn("deceased_conflict", "deceased")
        return Deceased("deceased", ctx.moment(raw.deceased_date_time, "deceasedDateTime"))
    if raw.deceased_boolean is None:
        return Deceased()
    return Deceased("deceased" if raw.deceased_boolean else "alive")


def _languages(raw: RawPatient, ctx: Context) -> tuple[Language, ...]:
    interpreter = _interpreter(raw.extension)
    found = []
    for spoken in raw.communication or ():
        concept = build_concept(spoken.language, ctx, "communication.language")
        tag = next((c.code for c in concept.codings if c.system == BCP47), "") or next(
            (c.code for c in concept.codings if any(i in c.system for i in _ISO639)), ""
        )
        if tag or concept.label:
            found.append(Language(tag, concept.label, spoken.preferred, interpreter))
    return tuple(found)


def _interpreter(extensions: tuple[RawExtension, ...] | None) -> bool | None:
    for extension in extensions or ():
        if not (extension.url or "").endswith(_INTERPRETER):
            continue
        coding = extension.value_coding
        if coding is not None and coding.system == SNOMED:
            return _YES_NO.get(coding.code or "")
        return extension.value_boolean
    return None


def _contact(raw: RawContact, ctx: Context) -> RelatedContact:
    """Someone else: their numbers live here and nowhere else."""
    return RelatedContact(
        relationships=build_concepts(raw.relationship, ctx, "contact.relationship"),
        name=build_name(raw.name, ctx) if raw.name else None,
        telecom=build_telecoms(raw.telecom, ctx, "contact.telecom"),
        address=build_address(raw.address, ctx) if raw.address else None,
        period=build_span(raw.period, ctx, "contact.period"),
    )
