"""NextGen (Enterprise; Office differs where noted): what its R4 API gives, as data."""

from app.clinical.normalize.profile import NormalizerProfile
from app.vendors.profile import KEEP_HERE, Concurrency, Delta, LaunchRules, Paging, VendorProfile
from app.vendors.standard import HTTP_ERRORS, US_CORE_SEARCHES

PROFILE = VendorProfile(
    name="nextgen",
    label="NextGen",
    as_of="2026-07-24",
    recognized_by=("nextgen",),
    normalizer=NormalizerProfile(name="nextgen", mrn_types=("MR", "MRN")),
    searches=US_CORE_SEARCHES,
    unread={
        "Appointment": "Not offered in FHIR.",
        "Communication": "Not offered.",
        "Consent": "Unknown.",
        "Flag": "Unknown.",
        "DeviceRequest": "Unknown.",
        "Task": "Not offered.",
    },
    page=Paging(size_param="_maxresults"),
    delta=Delta(support="yes", types=tuple(US_CORE_SEARCHES)),
    concurrency=Concurrency(if_match="no", patch="no", if_none_exist="no"),
    writes={
        "contact_detail": (KEEP_HERE,),
        "contact_preference": (KEEP_HERE,),
        "planned_outreach": (KEEP_HERE,),
        "completed_contact": (KEEP_HERE,),
    },
    errors=HTTP_ERRORS,
    launch=LaunchRules(
        scope_syntax=("v1", "v2"),
        note="The captured configuration is the patient host's; the provider host is unknown.",
    ),
    events="no",
    notes=(
        "versioning is no-version on every resource: ETags mean nothing.",
        "Office: no delta reads, HAPI server, private_key_jwt.",
        "Writes need the partner program's Enterprise API, which Chartside does not use.",
    ),
)
