"""Whether a text can be a code of a standard system: its form and, where there is one, its check
digit. Whether the code exists only its owner's list could tell.
"""

import re

from app.clinical.terminology import (
    CDT,
    CPT,
    CVX,
    HCPCS,
    ICD9CM,
    ICD10CM,
    ICD10PCS,
    LOINC,
    NDC,
    RXNORM,
    SNOMED,
)

_FORMS = {
    LOINC: r"(?:LP|LA|LL|LG|MTHU)?\d{1,7}-\d",
    SNOMED: r"[1-9]\d{5,17}",
    RXNORM: r"[1-9]\d{0,7}",
    CVX: r"\d{2,3}",
    NDC: r"\d{10,11}|\d{4,5}-\d{3,4}-\d{1,2}",
    ICD10CM: r"[A-Z]\d[A-Z0-9](?:\.[A-Z0-9]{1,4})?",
    ICD10PCS: r"[0-9A-HJ-NP-Z]{7}",
    ICD9CM: r"(?:\d{3}|V\d{2}|E\d{3})(?:\.\d{1,2})?|\d{2}\.\d{1,2}",
    CPT: r"\d{4}[0-9A-Z]",
    HCPCS: r"[A-V]\d{4}",
    CDT: r"D\d{4}",
}
_COMPILED = {system: re.compile(form, re.ASCII) for system, form in _FORMS.items()}


def is_plausible(system: str, code: str) -> bool:
    """False for what cannot be a code of that canonical system; True for systems without a known
    form."""
    form = _COMPILED.get(system)
    if form is None:
        return bool(code)
    if form.fullmatch(code) is None:
        return False
    if system == LOINC:
        return _is_mod_10(re.sub(r"\D", "", code))
    return system != SNOMED or _is_verhoeff(code)


def _is_mod_10(digits: str) -> bool:
    """LOINC's check digit (Luhn)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


_STEP = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
"""The permutation of Verhoeff's scheme; its powers move each place."""


def _turn(one: int, two: int) -> int:
    """The product of two elements of the dihedral group of ten."""
    if one < 5:
        return (one + two) % 5 if two < 5 else 5 + (one + two) % 5
    return 5 + (one - two) % 5 if two < 5 else (one - two) % 5


def _is_verhoeff(digits: str) -> bool:
    """SNOMED CT's check digit."""
    check = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit)
        for _ in range(place % 8):
            value = _STEP[value]
        check = _turn(check, value)
    return check == 0
