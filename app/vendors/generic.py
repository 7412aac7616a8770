"""Generic R4 (HAPI, Medplum, the SMART sandbox, ours): the standard, taken at its word."""

from app.clinical.normalize.profile import GENERIC
from app.vendors.profile import (
    KEEP_HERE,
    Concurrency,
    Delta,
    LaunchRules,
    Paging,
    Route,
    VendorProfile,
)
from app.vendors.standard import BY_PATIENT, HTTP_ERRORS, US_CORE_SEARCHES

PROFILE = VendorProfile(
    name="generic",
    label="FHIR R4 server",
    as_of="2026-11-22",
    normalizer=GENERIC,
    searches={
        **US_CORE_SEARCHES,
        "CareTeam": BY_PATIENT,
        "DeviceRequest": BY_PATIENT,
        "Appointment": BY_PATIENT,
        "Communication": BY_PATIENT,
        "Consent": BY_PATIENT,
        "Flag": BY_PATIENT,
        "Task": BY_PATIENT,
    },
    page=Paging(size=200),
    delta=Delta(support="yes", types=tuple(US_CORE_SEARCHES)),
    concurrency=Concurrency(if_match="yes", patch="yes", version_test=True, if_none_exist="yes"),
    writes={
        "contact_detail": (
            Route(
                name="patient_telecom",
                transport="fhir",
                resource_type="Patient",
                interaction="patch",
            ),
            Route(
                name="patient_telecom_update",
                transport="fhir",
                resource_type="Patient",
                interaction="update",
            ),
            KEEP_HERE,
        ),
        "contact_preference": (
            Route(
                name="consent",
                transport="fhir",
                resource_type="Consent",
                interaction="create",
                note="Names the preferred channel; permits and forbids nothing.",
            ),
            KEEP_HERE,
        ),
        "planned_outreach": (
            Route(
                name="communication_request",
                transport="fhir",
                resource_type="CommunicationRequest",
                interaction="create",
            ),
            Route(name="task", transport="fhir", resource_type="Task", interaction="create"),
            Route(
                name="appointment_request",
                transport="fhir",
                resource_type="Appointment",
                interaction="create",
                note="status proposed with requestedPeriod: a request, not a visit.",
            ),
            KEEP_HERE,
        ),
        "completed_contact": (
            Route(
                name="communication",
                transport="fhir",
                resource_type="Communication",
                interaction="create",
            ),
            KEEP_HERE,
        ),
    },
    errors=HTTP_ERRORS,
    launch=LaunchRules(
        scope_syntax=("v1", "v2"),
        token_auth=("client_secret_basic", "client_secret_post", "private_key_jwt"),
    ),
    takes_provenance="yes",
    events="yes",
    cds_hooks="unknown",
    bulk="yes",
    notes=(
        "Some servers ignore If-Match on PATCH: a test on /meta/versionId goes first.",
        "Patient scopes do not always confine answers to the launch patient: filter again.",
    ),
)
