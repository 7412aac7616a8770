"""What can be a code of a standard system: forms, and check digits that catch a slip."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.clinical.code_shapes import is_plausible
from app.clinical.terminology import (
    CDSI,
    CPT,
    CVX,
    HCPCS,
    ICD9CM,
    ICD10CM,
    LOINC,
    NDC,
    RXNORM,
    SNOMED,
)

REAL = [
    (LOINC, "4548-4"), (LOINC, "17856-6"), (LOINC, "85354-9"), (LOINC, "24606-6"),
    (SNOMED, "73211009"), (SNOMED, "44054006"), (SNOMED, "591000119102"), (SNOMED, "7771000"),
    (CVX, "08"), (CVX, "140"), (RXNORM, "860975"), (ICD10CM, "E11.9"), (ICD10CM, "Z00"),
    (ICD9CM, "250.00"), (ICD9CM, "V76.12"), (CPT, "77067"), (CPT, "3044F"), (HCPCS, "G0202"),
    (NDC, "49281-0400-10"), (CDSI, "anything"),
]  # fmt: skip


@pytest.mark.parametrize(("system", "code"), REAL)
def test_real_codes_pass(system: str, code: str) -> None:
    assert is_plausible(system, code)


@pytest.mark.parametrize(
    ("system", "code"),
    [
        (LOINC, "4548-5"), (LOINC, "45484"), (LOINC, "4548-4 "), (LOINC, "A1C"),
        (SNOMED, "73211008"), (SNOMED, "7321100"), (SNOMED, "0"), (SNOMED, "34552-0"),
        (CVX, "8"), (CVX, "zoster"), (RXNORM, "0123"), (ICD10CM, "e11.9"), (ICD10CM, "E11."),
        (CPT, "7706"), (HCPCS, "77067"), (NDC, "1"), (LOINC, ""), (CDSI, ""),
        (LOINC, "\u0664548-4"),
    ],
)  # fmt: skip
def test_slips_do_not(system: str, code: str) -> None:
    assert not is_plausible(system, code)


@given(
    st.sampled_from([(s, c) for s, c in REAL if s in (LOINC, SNOMED)]),
    st.integers(0, 20),
    st.integers(1, 9),
)
def test_one_wrong_digit_never_passes(real: tuple[str, str], place: int, by: int) -> None:
    system, code = real
    place %= len(code)
    if not code[place].isdigit():
        return
    wrong = code[:place] + str((int(code[place]) + by) % 10) + code[place + 1 :]
    assert not is_plausible(system, wrong)


@given(st.sampled_from([c for s, c in REAL if s == SNOMED]), st.integers(0, 20))
def test_two_digits_changed_over_never_pass(code: str, place: int) -> None:
    place %= len(code) - 1
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert swapped == code or not is_plausible(SNOMED, swapped)
