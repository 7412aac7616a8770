"""The clinic and the clinicians who are signed in. No patients."""

from sandbox.jsontypes import Json

CLINIC: Json = {
    "resourceType": "Organization",
    "id": "harbor-street",
    "active": True,
    "name": "Harbor Street Clinic",
}
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
STAFF: tuple[Json, ...] = (CLINIC, NURSE)
