"""Greenway (Intergy): almost everything is unknown, so it is read carefully and never written."""

from app.clinical.normalize.profile import NormalizerProfile
from app.vendors.profile import KEEP_HERE, LaunchRules, VendorProfile
from app.vendors.standard import HTTP_ERRORS, US_CORE_SEARCHES

PROFILE = VendorProfile(
    name="greenway",
    label="Greenway",
    as_of="2026-11-22",
    recognized_by=("greenway",),
    normalizer=NormalizerProfile(name="greenway", mrn_types=("MR", "MRN")),
    searches=US_CORE_SEARCHES,
    unread={
        "Appointment": "Unknown.",
        "Communication": "Unknown.",
        "Consent": "Unknown.",
        "Flag": "Unknown.",
        "DeviceRequest": "Unknown.",
        "Task": "Unknown.",
    },
    writes={
        "contact_detail": (KEEP_HERE,),
        "contact_preference": (KEEP_HERE,),
        "planned_outreach": (KEEP_HERE,),
        "completed_contact": (KEEP_HERE,),
    },
    errors=HTTP_ERRORS,
    launch=LaunchRules(
        token_auth=("private_key_jwt",),
        note="Known for backend services only: a JWKS key pair, granted per practice.",
    ),
    bulk="yes",
    notes=("Plan read-only until the site's own CapabilityStatement says more.",),
)
