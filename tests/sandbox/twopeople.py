"""Two invented patients for the sandbox's own tests, small enough to reason about."""

from sandbox.jsontypes import Json

ADA = "ada"
BEN = "ben"


def patient(id_: str, family: str, born: str, phone: str) -> Json:
    """A Patient with one phone."""
    return {
        "resourceType": "Patient",
        "id": id_,
        "identifier": [{"system": "urn:test:mrn", "value": f"MRN-{id_}"}],
        "name": [{"use": "official", "family": family, "given": [id_.title()]}],
        "birthDate": born,
        "gender": "female",
        "telecom": [{"system": "phone", "value": phone, "use": "home"}],
    }


def observation(id_: str, of: str, category: str, code: str, when: str) -> Json:
    """A final Observation with a category and one LOINC-like code."""
    return {
        "resourceType": "Observation",
        "id": id_,
        "status": "final",
        "category": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/observation-category",
                        "code": category,
                    }
                ]
            }
        ],
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": f"Patient/{of}"},
        "effectiveDateTime": when,
        "valueQuantity": {"value": 7, "unit": "%"},
    }


def build_bundles() -> list[Json]:
    """Ada with labs, vital signs and a visit; Ben with one lab."""
    resources: list[Json] = [
        patient(ADA, "Lovelace", "1960-12-10", "206-555-0101"),
        patient(BEN, "Boole", "1950-11-02", "206-555-0102"),
        *(
            observation(f"lab{n}", ADA, "laboratory", "4548-4", f"2024-0{n}-10T10:00:00Z")
            for n in range(1, 8)
        ),
        observation("bp1", ADA, "vital-signs", "85354-9", "2024-05-01T10:00:00Z"),
        observation("benlab", BEN, "laboratory", "4548-4", "2024-01-01"),
        {
            "resourceType": "Encounter",
            "id": "visit1",
            "status": "finished",
            "class": {"code": "AMB"},
            "subject": {"reference": f"Patient/{ADA}"},
            "period": {"start": "2024-05-01T10:00:00Z", "end": "2024-05-01T10:30:00Z"},
        },
        {
            "resourceType": "Appointment",
            "id": "booked1",
            "status": "booked",
            "start": "2030-01-05T09:00:00Z",
            "end": "2030-01-05T09:20:00Z",
            "participant": [{"actor": {"reference": f"Patient/{ADA}"}, "status": "accepted"}],
        },
        {
            "resourceType": "Provenance",
            "id": "prov1",
            "target": [{"reference": "Observation/lab1"}],
            "recorded": "2024-01-10T10:00:00Z",
            "agent": [{"who": {"reference": "Practitioner/dana-okafor"}}],
        },
    ]
    entries = [
        {"fullUrl": f"http://x/{r['resourceType']}/{r['id']}", "resource": r} for r in resources
    ]
    return [{"resourceType": "Bundle", "type": "collection", "entry": entries}]
