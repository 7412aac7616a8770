"""What a patient agreed to and refused about contact: one Consent that a newer one replaces. Pure.

The root provision has no type (R4) and permits and forbids nothing: each answer is a provision of
its own, so that who reads the root alone takes nothing for a refusal of everything.
"""

from app.sync.intents import Agreement, RecordedConsent
from app.sync.payloads.checked import build_checked
from app.sync.payloads.frame import Frame, Json, build_instant
from app.sync.payloads.notes import build_narrative
from app.sync.payloads.preference import OWN_CATEGORY, OWN_CHANNEL, SCOPE
from app.sync.payloads.withdrawal import Standing
from app.sync.payloads.wording import TITLES, build_lines, show_agreement

ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
PURPOSES = {"treatment": "TREAT", "operations": "HOPERAT", "payment": "HPAYMT"}
OWN = ("identifier", "text", "status", "scope", "category", "dateTime", "policyRule", "provision")
"""Elements that a newer record replaces; what the EHR added beside them stays."""


def build_consent_record(intent: RecordedConsent, frame: Frame) -> Json:
    provisions = [_build_provision(stands) for stands in intent.standing]
    if intent.do_not_contact:
        provisions.append({"type": "deny", "code": [{"text": "Any contact"}]})
    return build_checked(
        {
            "resourceType": "Consent",
            "identifier": [frame.identifier],
            "text": build_narrative(build_lines(intent, frame), TITLES[frame.kind]),
            "status": "active",
            "scope": {"coding": [{"system": SCOPE, "code": "patient-privacy"}]},
            "category": [
                {
                    "coding": [{"system": OWN_CATEGORY, "code": "contact-permission"}],
                    "text": "What they agreed to and refused about contact",
                }
            ],
            "patient": frame.patient,
            "dateTime": build_instant(frame.at),
            "policyRule": {"text": "Answers as recorded in Chartside, each in its own provision."},
            "provision": {"provision": provisions} if provisions else None,
        }
    )


def _build_provision(stands: Agreement) -> Json:
    coding = {"system": OWN_CHANNEL, "code": stands.channel}
    purpose = PURPOSES.get(stands.purpose)
    return {
        "type": "permit" if stands.agreed else "deny",
        "purpose": [{"system": ACT_REASON, "code": purpose}] if purpose else None,
        "code": [{"coding": [coding], "text": show_agreement(stands)}],
    }


def judge_record(held: Json, wanted: Json) -> Standing:
    """Whether the EHR has this very record ("gone": nothing is left to do)."""
    if held.get("status") == "entered-in-error":
        return "moved_on"
    ids = [i.get("value") for i in held.get("identifier") or []]
    same = all(held.get(name) == wanted.get(name) for name in ("status", "provision"))
    return "gone" if same and wanted["identifier"][0]["value"] in ids else "stands"


def build_record_put(held: Json, wanted: Json) -> Json:
    """The whole resource: ours new, theirs as it was."""
    rest = {name: value for name, value in held.items() if name not in OWN}
    return {**rest, **{name: wanted[name] for name in OWN if name in wanted}}


def build_record_patch(held: Json, wanted: Json, *, version_test: bool) -> list[Json]:
    version = (held.get("meta") or {}).get("versionId")
    tested = {"op": "test", "path": "/meta/versionId", "value": version}
    guards = [tested] if version and version_test else []
    added = [{"op": "add", "path": f"/{n}", "value": wanted[n]} for n in OWN if n in wanted]
    gone = [{"op": "remove", "path": f"/{n}"} for n in OWN if n in held and n not in wanted]
    return [*guards, *added, *gone]
