"""Which patient a resource belongs to. Decides nothing about who may read it."""

from typing import Any

from sandbox.jsontypes import Json

# Served to any holder of a scope for the type: they describe no patient.
SHARED = frozenset(
    {
        "Practitioner",
        "PractitionerRole",
        "Organization",
        "Location",
        "Medication",
        "Questionnaire",
        "Schedule",
        "Slot",
        "HealthcareService",
        "Group",
        "Subscription",
    }
)
_DIRECT = ("subject", "patient", "beneficiary", "for", "individual")


def references(value: Any) -> list[str]:
    """Reference strings of a Reference or a list of them."""
    items = value if isinstance(value, list) else [value]
    return [i["reference"] for i in items if isinstance(i, dict) and "reference" in i]


def patients_of(resource: Json) -> tuple[str, ...]:
    """Ids of the patients a resource is about; empty for shared resources and for Provenance."""
    if resource["resourceType"] == "Patient":
        return (str(resource.get("id", "")),)
    found: list[str] = []
    for name in _DIRECT:
        if name in resource:
            found += references(resource[name])
    if resource["resourceType"] == "Appointment":
        found += references([p.get("actor") for p in resource.get("participant", [])])
    ids = (ref.split("Patient/", 1)[1] for ref in found if "Patient/" in ref)
    return tuple(dict.fromkeys(i.split("/", 1)[0] for i in ids))
