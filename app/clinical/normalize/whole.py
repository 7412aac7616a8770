"""Whole: clean bytes read in one pass, each resource straight into its shape. Mends nothing.

Anything that does not fit raises, and the piece is then read the long way (see reading).
"""

from typing import Any, Union, cast

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from app.clinical.normalize.kinds import KINDS, TYPE, tag
from app.clinical.normalize.medication_request import RawMedication

UNUSED = (
    "Account AdverseEvent AllergyIntolerance AppointmentResponse AuditEvent Basic Binary "
    "BodyStructure CarePlan ChargeItem Claim ClaimResponse ClinicalImpression "
    "CommunicationRequest Composition Consent Contract CoverageEligibilityRequest "
    "CoverageEligibilityResponse DetectedIssue Device DeviceMetric DeviceUseStatement "
    "DocumentManifest Endpoint EpisodeOfCare ExplanationOfBenefit FamilyMemberHistory Flag Goal "
    "Group GuidanceResponse HealthcareService ImagingStudy ImmunizationEvaluation "
    "ImmunizationRecommendation InsurancePlan Invoice Library List Location Measure MeasureReport "
    "Media MedicationAdministration MedicationDispense MedicationStatement MessageHeader "
    "MolecularSequence NutritionOrder Organization OrganizationAffiliation PaymentNotice Person "
    "PlanDefinition Practitioner PractitionerRole Provenance Questionnaire QuestionnaireResponse "
    "RelatedPerson RequestGroup ResearchSubject RiskAssessment Schedule Slot Specimen "
    "Subscription Substance SupplyDelivery SupplyRequest ValueSet VisionPrescription"
)
"""Resource types that a chart may hold and no fact is made of; any other goes the long way."""


class RawUnused(Struct, gc=False):
    """A resource of which nothing is read but its type."""


class RawOutcome(Struct, gc=False):
    """An OperationOutcome; its issues are read as values, as they are when it stands alone."""

    issue: Raw = Raw()


MEDICATION = tag(RawMedication, "Medication")
OUTCOME = tag(RawOutcome, "OperationOutcome")
KIND_OF: dict[type[Struct], str] = {
    **{tag(RawUnused, name): name for name in UNUSED.split() if name not in KINDS},
    MEDICATION: "Medication",
    OUTCOME: "OperationOutcome",
    **{known.shape: name for name, known in KINDS.items()},
}
_Resource = Union[tuple(KIND_OF)]  # type: ignore[valid-type]  # made of the table above  # noqa: UP007


class RawLink(Struct, gc=False):
    relation: str | None = None
    url: str | None = None


class WholeEntry(Struct, rename="camel", gc=False):
    """`request` and `response` stand in place of a resource in a history or a batch answer."""

    full_url: str | None = None
    resource: _Resource | UnsetType = UNSET  # type: ignore[valid-type]  # as above
    request: Raw = Raw()
    response: Raw = Raw()


class WholeBundle(Struct, tag="Bundle", tag_field=TYPE, gc=False):
    link: tuple[RawLink, ...] | None = None
    entry: tuple[WholeEntry, ...] | None = None


_decode = msgspec.json.Decoder(cast(Any, Union[WholeBundle, _Resource])).decode  # noqa: UP007


def decode_whole(raw: bytes) -> Any:
    """A WholeBundle, or a resource alone in one of the shapes of KIND_OF. Raises
    msgspec.DecodeError, UnicodeDecodeError or RecursionError."""
    return _decode(raw)
