"""SiteForms: what one site has set up for what we create there, as its settings say. Pure data.

Settings are read leniently: what is not of the expected shape is as if it were not there.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct


class SiteForms(Struct, frozen=True, kw_only=True):
    """`questionnaires`: intent kind → the canonical of the form that the site built. `note_type`:
    the Coding of the note type the site wants. `staff_recipient`: "Practitioner/7" or "Group/3",
    whose inbox takes staff messages. `preference_methods`: our channel → the Coding of the EHR's
    own contact method; `preference_topic`: the Coding of what the preference is for. `athena_v1`:
    https address of the v1 API for the practice; the codes of the methods are its values."""

    questionnaires: Mapping[str, str] = {}
    note_type: Mapping[str, str] = {}
    staff_recipient: str = ""
    preference_methods: Mapping[str, Mapping[str, str]] = {}
    preference_topic: Mapping[str, str] = {}
    athena_v1: str = ""


NO_FORMS = SiteForms()


def parse_site_forms(settings: Mapping[str, Any]) -> SiteForms:
    """The tenant's `write_forms`."""
    given = _mapping(settings.get("write_forms"))
    athena_v1 = str(given.get("athena_v1") or "")
    recipient = str(given.get("staff_recipient") or "")
    methods = {str(k): _coding(v) for k, v in _mapping(given.get("preference_methods")).items()}
    return SiteForms(
        questionnaires=_texts(given.get("questionnaires")),
        note_type=_coding(given.get("note_type")),
        staff_recipient=recipient if recipient.startswith(("Practitioner/", "Group/")) else "",
        preference_methods={k: v for k, v in methods.items() if v},
        preference_topic=_coding(given.get("preference_topic")),
        athena_v1=athena_v1 if athena_v1.startswith("https://") else "",
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _texts(value: object) -> dict[str, str]:
    return {str(k): v for k, v in _mapping(value).items() if isinstance(v, str) and v}


def _coding(value: object) -> dict[str, str]:
    coding = _texts(value)
    return coding if {"system", "code"} <= set(coding) else {}
