"""Terminology: one canonical address per code system, and the tenant's own mappings.

Knows which systems are standard and how they are misspelt. Holds no codes: code lists with owners
come from the operator.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from msgspec import Struct, field

from app.clinical.elements import Coding, Concept

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
CVX = "http://hl7.org/fhir/sid/cvx"
MVX = "http://hl7.org/fhir/sid/mvx"
NDC = "http://hl7.org/fhir/sid/ndc"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD10PCS = "http://www.cms.gov/Medicare/Coding/ICD10"
ICD9CM = "http://hl7.org/fhir/sid/icd-9-cm"
CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "http://www.nlm.nih.gov/research/umls/hcpcs"
CDT = "http://www.ada.org/cdt"
UCUM = "http://unitsofmeasure.org"
BCP47 = "urn:ietf:bcp:47"
CDSI = "https://www.cdc.gov/vaccines/programs/iis/cdsi.html"
OBSERVATION_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
SSN = "http://hl7.org/fhir/sid/us-ssn"
NPI = "http://hl7.org/fhir/sid/us-npi"
TEXT = "urn:chartside:text"
"""Not a code system: marks a mapping key that is a source's own words, in lower case."""

CLINICAL = frozenset(
    {LOINC, SNOMED, RXNORM, CVX, NDC, ICD10CM, ICD10PCS, ICD9CM, CPT, HCPCS, CDT, CDSI}
)
"""Systems whose codes a rule may name."""

_OIDS = {
    "2.16.840.1.113883.6.1": LOINC,
    "2.16.840.1.113883.6.96": SNOMED,
    "2.16.840.1.113883.6.88": RXNORM,
    "2.16.840.1.113883.12.292": CVX,
    "2.16.840.1.113883.6.59": CVX,
    "2.16.840.1.113883.12.227": MVX,
    "2.16.840.1.113883.6.69": NDC,
    "2.16.840.1.113883.6.90": ICD10CM,
    "2.16.840.1.113883.6.4": ICD10PCS,
    "2.16.840.1.113883.6.103": ICD9CM,
    "2.16.840.1.113883.6.12": CPT,
    "2.16.840.1.113883.6.285": HCPCS,
    "2.16.840.1.113883.6.13": CDT,
    "2.16.840.1.113883.6.8": UCUM,
    "2.16.840.1.113883.6.121": BCP47,
    "2.16.840.1.113883.4.1": SSN,
    "2.16.840.1.113883.4.6": NPI,
    "2.16.840.1.113883.5.4": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
    "2.16.840.1.113883.12.4": "http://terminology.hl7.org/CodeSystem/v2-0004",
    "2.16.840.1.113883.12.203": "http://terminology.hl7.org/CodeSystem/v2-0203",
}

_ALIASES = {
    "www.loinc.org": LOINC,
    "loinc": LOINC,
    "snomed.info": SNOMED,
    "www.snomed.info/sct": SNOMED,
    "snomed.org": SNOMED,
    "snomed-ct": SNOMED,
    "snomed ct": SNOMED,
    "snomedct": SNOMED,
    "rxnorm": RXNORM,
    "www.nlm.nih.gov/research/umls/rxnorm": RXNORM,
    "cvx": CVX,
    "www2a.cdc.gov/vaccines/iis/iisstandards/vaccines.asp?rpt=cvx": CVX,
    "ndc": NDC,
    "icd-10-cm": ICD10CM,
    "icd10cm": ICD10CM,
    "www.cms.gov/medicare/coding/icd10cm": ICD10CM,
    "icd-9-cm": ICD9CM,
    "hl7.org/fhir/sid/icd-9-cm/diagnosis": ICD9CM,
    "cpt": CPT,
    "www.ama-assn.org/go/cpt-4": CPT,
    "hcpcs": HCPCS,
    "www.cms.gov/medicare/coding/medhcpcsgeninfo": HCPCS,
    "www.cms.gov/medicare/coding/medhcpcsgeninfo/index.html": HCPCS,
    "www.cms.gov/medicare/coding/hcpcsreleasecodesets": HCPCS,
    "terminology.hl7.org/codesystem/hcpcs-level-ii": HCPCS,
    "terminology.hl7.org/codesystem/cdt": CDT,
    "terminology.hl7.org/codesystem/icd9cm": ICD9CM,
    "www.whocc.no/atc": "http://www.whocc.no/atc",
    "hl7.org/fhir/observation-category": OBSERVATION_CATEGORY,
    "hl7.org/fhir/v3/actcode": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
    "hl7.org/fhir/v2/0004": "http://terminology.hl7.org/CodeSystem/v2-0004",
    "hl7.org/fhir/v2/0203": "http://terminology.hl7.org/CodeSystem/v2-0203",
}


def _key(system: str) -> str:
    """What two spellings of one address share: no scheme, no case, no closing slash."""
    bare = re.sub(r"^https?:/*", "", system.lower())
    return bare.rstrip("/")


_KNOWN: dict[str, str] = {
    **{
        _key(s): s
        for s in (*CLINICAL, MVX, UCUM, BCP47, OBSERVATION_CATEGORY, SSN, NPI, *_OIDS.values())
    },
    **_ALIASES,
}
_OID = re.compile(r"(?:urn:oid:)?(\d+(?:\.\d+){3,})", re.IGNORECASE)
_VERSION = re.compile(r"\|.*$", re.DOTALL)


@lru_cache(maxsize=4096)
def canonical_system(written: str) -> str:
    """The one address we use for `written`; an unknown system comes back tidied, never guessed.

    White space inside goes, as do a `|version` and closing slash of a known system; OIDs become
    addresses where one is published, else `urn:oid:`.
    """
    tidy = "".join(written.split()) if written.lower() not in _KNOWN else written
    if oid := _OID.fullmatch(tidy):
        return _OIDS.get(oid[1], f"urn:oid:{oid[1]}")
    return _KNOWN.get(_key(_VERSION.sub("", tidy)), tidy)


def has_code(concept: Concept, system: str, code: str) -> bool:
    """True when ANY coding of the concept is that code of that canonical system."""
    return any(c.code == code and c.system == system for c in concept.codings)


def code_in(concept: Concept, system: str) -> str:
    """The concept's first code of that system, or ""."""
    return next((c.code for c in concept.codings if c.system == system), "")


class Mappings(Struct, frozen=True):
    """A tenant's own table: (canonical local system, code) → standard coding.

    Words without a code are mapped under the system `TEXT`, in lower case.
    """

    table: Mapping[tuple[str, str], Coding] = field(default_factory=dict)

    def find(self, system: str, code: str) -> Coding | None:
        return self.table.get((system, code))


NONE = Mappings()
