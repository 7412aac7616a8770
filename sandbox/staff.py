"""The clinician who is signed in to the EHR. No patients."""

from sandbox.jsontypes import Json

NURSE: Json = {
    "resourceType": "Practitioner",
    "id": "dana-okafor",
    "active": True,
    "name": [
        {
            "use": "official",
            "text": "Dana Okafor, RN",
            "family": "Okafor",
            "given": ["Dana"],
            "suffix": ["RN"],
        }
    ],
}
STAFF: tuple[Json, ...] = (NURSE,)
