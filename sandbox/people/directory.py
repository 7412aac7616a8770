"""The clinic that all charts share: one organization, its people and its rooms."""

from sandbox.people.codes import EHR, Json

CLINIC = "mercy-west"
STAFF = {
    "amari-hill": ("Hill", "Amari", "MD", "Internal medicine"),
    "jonas-weber": ("Weber", "Jonas", "MD", "Family medicine"),
    "priya-raman": ("Raman", "Priya", "MD", "Pediatrics"),
    "colleen-shaw": ("Shaw", "Colleen", "NP", "Palliative care"),
    "marcus-bell": ("Bell", "Marcus", "RN", "Care coordination"),
}


def build_directory() -> list[Json]:
    """Organization, Location and Practitioner resources, referred to by every chart."""
    clinic = {
        "resourceType": "Organization",
        "id": CLINIC,
        "active": True,
        "name": "Mercy West Clinic",
        "telecom": [{"system": "phone", "value": "(614) 555-0100", "use": "work"}],
        "address": [_address()],
    }
    room = {
        "resourceType": "Location",
        "id": f"{CLINIC}-main",
        "status": "active",
        "name": "Mercy West Clinic, main floor",
        "address": _address(),
        "managingOrganization": {"reference": f"Organization/{CLINIC}"},
    }
    return [clinic, room, *(_build_practitioner(key) for key in STAFF)]


def staff_name(key: str) -> str:
    family, given, suffix, _ = STAFF[key]
    return f"{family}, {given} {suffix}"


def staff_reference(key: str) -> Json:
    return {"reference": f"Practitioner/{key}", "display": staff_name(key)}


def clinic_reference() -> Json:
    return {"reference": f"Organization/{CLINIC}", "display": "Mercy West Clinic"}


def _build_practitioner(key: str) -> Json:
    family, given, suffix, field = STAFF[key]
    return {
        "resourceType": "Practitioner",
        "id": key,
        "active": True,
        "identifier": [{"system": f"{EHR}/staff", "value": key}],
        "name": [{"use": "official", "family": family, "given": [given], "suffix": [suffix]}],
        "telecom": [{"system": "phone", "value": "(614) 555-0100", "use": "work"}],
        "qualification": [{"code": {"text": field}}],
    }


def _address() -> Json:
    return {
        "use": "work",
        "line": ["410 Alder Street"],
        "city": "Columbus",
        "state": "OH",
        "postalCode": "43215",
        "country": "US",
    }
