"""Tebra: FHIR for reading; its writes are SOAP, which Chartside does not speak."""

from app.clinical.normalize.profile import NormalizerProfile
from app.vendors.profile import KEEP_HERE, LaunchRules, Limits, Route, VendorProfile
from app.vendors.standard import HTTP_ERRORS, US_CORE_SEARCHES

_SOAP = Route(
    name="tebra_soap",
    transport="proprietary",
    needs_contract=True,
    note="UpdatePatient, CreateAppointment or CreateDocument of the SOAP API, with the "
    "practice's customer key. Not built.",
)

PROFILE = VendorProfile(
    name="tebra",
    label="Tebra",
    as_of="2026-11-22",
    recognized_by=("tebra", "kareo"),
    normalizer=NormalizerProfile(name="tebra", mrn_types=("MR", "MRN")),
    searches=US_CORE_SEARCHES,
    unread={
        "Appointment": "Unknown in FHIR; SOAP only.",
        "Communication": "Unknown.",
        "Consent": "Unknown.",
        "Flag": "Unknown.",
        "DeviceRequest": "Unknown.",
        "Task": "Unknown.",
    },
    limits=Limits(note="429 is documented without a number; poll every 5 to 15 minutes."),
    writes={
        "contact_detail": (_SOAP, KEEP_HERE),
        "contact_preference": (KEEP_HERE,),
        "planned_outreach": (_SOAP, KEEP_HERE),
        "completed_contact": (_SOAP, KEEP_HERE),
    },
    errors=HTTP_ERRORS,
    launch=LaunchRules(
        token_auth=("client_secret_post", "client_secret_basic"),
        note="client_credentials with a secret only. An empty answer with 200 at "
        "openid-configuration counts as absent.",
    ),
    events="no",
    notes=("The vendor's guide documents reading only.",),
)
