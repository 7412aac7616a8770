"""The few codes the charts use, as single facts with our own wording. No value sets.

LOINC, CVX, RxNorm and ICD-10-CM, and a handful of SNOMED CT; never CPT.
"""

from typing import Any, NamedTuple

Json = dict[str, Any]

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
CVX = "http://hl7.org/fhir/sid/cvx"
UCUM = "http://unitsofmeasure.org"
HL7 = "http://terminology.hl7.org/CodeSystem"
EHR = "https://ehr.mercywest.example"
LOCAL = f"{EHR}/codes/results"
MRN = f"{EHR}/mrn"


class Test(NamedTuple):
    """One kind of result. `unit` is the UCUM code; empty for an answer in words or a score."""

    loinc: str
    text: str
    category: str = "laboratory"
    unit: str = ""
    low: float | None = None
    high: float | None = None


TESTS = {
    "a1c": Test("4548-4", "Hemoglobin A1c", unit="%", high=7),
    "ldl": Test("13457-7", "LDL cholesterol, calculated", unit="mg/dL", high=100),
    "hdl": Test("2085-9", "HDL cholesterol", unit="mg/dL", low=40),
    "egfr": Test("98979-8", "eGFR, CKD-EPI 2021", unit="mL/min/{1.73_m2}", low=60),
    "creatinine": Test("2160-0", "Creatinine", unit="mg/dL", low=0.5, high=1.2),
    "uacr": Test("9318-7", "Albumin to creatinine, urine", unit="mg/g", high=30),
    "potassium": Test("2823-3", "Potassium", unit="mmol/L", low=3.5, high=5.1),
    "hemoglobin": Test("718-7", "Hemoglobin", unit="g/dL", low=12, high=16),
    "tsh": Test("3016-3", "TSH", unit="m[IU]/L", low=0.4, high=4.5),
    "fit": Test("29771-3", "Stool blood by immunoassay (FIT)"),
    "hpv": Test("77379-6", "HPV high-risk DNA, cervix"),
    "pap": Test("10524-7", "Cervical cytology"),
    "mammogram": Test("24606-6", "Screening mammogram", "imaging"),
    "phq2": Test("55758-7", "PHQ-2 total score", "survey", "{score}"),
    "phq9": Test("44261-6", "PHQ-9 total score", "survey", "{score}"),
    "gad7": Test("70274-6", "GAD-7 total score", "survey", "{score}"),
    "hospice": Test("45755-6", "Hospice care", "survey"),
    "tobacco": Test("72166-2", "Tobacco smoking status", "social-history"),
    "weight": Test("29463-7", "Body weight", "vital-signs", "kg"),
    "height": Test("8302-2", "Body height", "vital-signs", "cm"),
    "bmi": Test("39156-5", "Body mass index", "vital-signs", "kg/m2"),
    "pulse": Test("8867-4", "Heart rate", "vital-signs", "/min"),
    "oxygen": Test("59408-5", "Oxygen saturation", "vital-signs", "%"),
}

VACCINES = {
    "03": "MMR",
    "08": "Hepatitis B, child",
    "10": "Polio, inactivated",
    "20": "DTaP",
    "21": "Varicella",
    "49": "Hib (PRP-OMP)",
    "83": "Hepatitis A, child, 2 dose",
    "113": "Td, adult",
    "115": "Tdap",
    "119": "Rotavirus, monovalent",
    "133": "Pneumococcal conjugate, 13 valent",
    "135": "Influenza, high dose",
    "136": "Meningococcal ACWY",
    "140": "Influenza, injectable",
    "165": "HPV, 9 valent",
    "187": "Zoster, recombinant",
    "216": "Pneumococcal conjugate, 20 valent",
    "303": "RSV, adjuvanted",
    "309": "COVID-19, mRNA",
}

ANSWERS = {
    "Negative": (SNOMED, "260385009"),
    "Positive": (SNOMED, "10828004"),
    "Yes": (SNOMED, "373066001"),
    "Never smoker": (LOINC, "LA18978-9"),
    "Former smoker": (LOINC, "LA15920-4"),
    "Current every day smoker": (LOINC, "LA18976-3"),
}

RELATIONSHIPS = {
    "MTH": "mother",
    "FTH": "father",
    "SPS": "spouse",
    "DAUC": "daughter",
    "SONC": "son",
    "SIB": "sibling",
    "GUARD": "guardian",
}

LANGUAGES = {"en": "English", "es": "Spanish", "ar": "Arabic", "haw": "Hawaiian"}


def build_concept(system: str, code: str, text: str) -> Json:
    """A CodeableConcept of one coding, or of text alone where there is no code."""
    if not code:
        return {"text": text}
    return {"coding": [{"system": system, "code": code, "display": text}], "text": text}


def build_answer(text: str) -> Json:
    """A coded answer where there is one, else plain words."""
    system, code = ANSWERS.get(text, ("", ""))
    return build_concept(system, code, text)
