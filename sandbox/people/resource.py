"""The frame of every resource in a chart: type, id, whose it is, security labels."""

from sandbox.people.codes import HL7, Json
from sandbox.people.script import Item, Script

PART_2 = [
    {"system": f"{HL7}/v3-Confidentiality", "code": "R", "display": "restricted"},
    {"system": f"{HL7}/v3-ActCode", "code": "ETH", "display": "substance abuse information"},
    {"system": f"{HL7}/v3-ActCode", "code": "42CFRPart2", "display": "42 CFR Part 2"},
]


def build_resource(kind: str, script: Script, suffix: str, item: Item, **content: object) -> Json:
    """A resource about this person; its id is the person's id and `suffix`."""
    resource: Json = {"resourceType": kind, "id": f"{script.id}-{suffix}"}
    if item.sensitive or script.sensitive:
        resource["meta"] = {"security": PART_2}
    return resource | content


def subject(script: Script) -> Json:
    name = f"{script.family}, {script.given[0]}"
    return {"reference": f"Patient/{script.id}", "display": name}
