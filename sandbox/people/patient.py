"""The Patient resource of one person: who they are and how they are reached."""

from datetime import date

from sandbox.people.codes import EHR, HL7, LANGUAGES, MRN, RELATIONSHIPS, Json, build_concept
from sandbox.people.dates import parse_born, parse_day, parse_instant
from sandbox.people.directory import clinic_reference, staff_reference
from sandbox.people.script import Address, Contact, Phone, Script

INTERPRETER = "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired"
READ_ONLY = {"system": f"{EHR}/tags", "code": "read-only", "display": "Held by registration"}
MARITAL = {"M": "Married", "S": "Never married", "W": "Widowed", "D": "Divorced"}


def build_patient(script: Script, today: date) -> Json:
    """One Patient; whatever the script leaves out is absent, not empty."""
    patient: Json = {
        "resourceType": "Patient",
        "id": script.id,
        "active": True,
        "identifier": [_build_mrn(script.mrn)],
        "name": _build_names(script),
        "gender": script.sex,
        "birthDate": parse_born(script.born, today).isoformat(),
        "telecom": [_build_telecom(p, today) for p in script.phones],
        "address": [_build_address(a, today) for a in script.addresses],
        "contact": [_build_contact(c) for c in script.contacts],
        "communication": _build_communication(script),
        "managingOrganization": clinic_reference(),
    }
    if script.marital:
        status = build_concept(f"{HL7}/v3-MaritalStatus", script.marital, MARITAL[script.marital])
        patient["maritalStatus"] = status
    if script.interpreter:
        patient["extension"] = [{"url": INTERPRETER, "valueBoolean": True}]
    if script.gp:
        patient["generalPractitioner"] = [staff_reference(script.gp)]
    if script.read_only:
        patient["meta"] = {"tag": [READ_ONLY]}
    if script.died:
        patient["deceasedDateTime"] = parse_instant(script.died, today).isoformat()
    return {key: value for key, value in patient.items() if value != []}


def _build_names(script: Script) -> list[Json]:
    official: Json = {"use": "official", "family": script.family, "given": script.given}
    return [official, *([{"use": "nickname", "text": script.nickname}] if script.nickname else [])]


def _build_mrn(value: str) -> Json:
    kind = build_concept(f"{HL7}/v2-0203", "MR", "Medical record number")
    return {"use": "usual", "type": kind, "system": MRN, "value": value}


def _build_telecom(phone: Phone, today: date) -> Json:
    telecom: Json = {"system": phone.system, "value": phone.value}
    if phone.use:
        telecom["use"] = phone.use
    if phone.rank:
        telecom["rank"] = phone.rank
    return telecom | _build_period(phone.since, phone.until, today)


def _build_address(address: Address, today: date) -> Json:
    written: Json = {
        "use": address.use,
        "type": "both",
        "line": [address.line],
        "city": address.city,
        "state": address.state,
        "postalCode": address.zip,
        "country": "US",
    }
    return written | _build_period(address.since, address.until, today)


def _build_contact(contact: Contact) -> Json:
    codes = [contact.relationship, *(["GUARD"] if contact.guardian else [])]
    written: Json = {
        "relationship": [
            build_concept(f"{HL7}/v3-RoleCode", code, RELATIONSHIPS[code].capitalize())
            for code in codes
        ],
        "name": {"family": contact.family, "given": [contact.given]},
    }
    if contact.phone:
        written["telecom"] = [{"system": "phone", "value": contact.phone, "use": "mobile"}]
    return written


def _build_communication(script: Script) -> list[Json]:
    if not script.language:
        return []
    language = build_concept("urn:ietf:bcp:47", script.language, LANGUAGES[script.language])
    return [{"language": language, "preferred": True}]


def _build_period(since: str, until: str, today: date) -> Json:
    period = {
        edge: parse_day(text, today).isoformat()
        for edge, text in (("start", since), ("end", until))
        if text
    }
    return {"period": period} if period else {}
