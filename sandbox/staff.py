"""Who is signed in to the EHR: a nurse, or the administrator of its apps. No patients."""

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
ADMINISTRATOR: Json = {
    "resourceType": "Practitioner",
    "id": "morgan-castellanos",
    "active": True,
    "name": [
        {
            "use": "official",
            "text": "Morgan Castellanos",
            "family": "Castellanos",
            "given": ["Morgan"],
        }
    ],
}
STAFF: tuple[Json, ...] = (NURSE, ADMINISTRATOR)
