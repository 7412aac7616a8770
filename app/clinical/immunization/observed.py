"""The coded-observation map: which CDSi observations a concept of the chart stands for.

Reads the map of the schedule in force; a code that is not in it means nothing here.
"""

import re
from collections.abc import Iterable, Iterator

from app.clinical.elements import Coding
from app.clinical.immunization.import_fields import three_digits, two_digits
from app.clinical.immunization.schedule import Meaning, Schedule
from app.clinical.terminology import CDSI, CVX

PHIN = "urn:oid:2.16.840.1.114222.4.5.274"

# What lies in the past and still counts when the record of it is closed: an allergy noted as
# resolved stays a contraindication, a pregnancy that ended does not.
_EVENT = re.compile(
    r"reaction|hypersensitiv|allerg|evidence|history|date of|onset of|transplant|receipt of"
    r"|intussusception|encephalopathy|verified|birth mother",
    re.IGNORECASE,
)


class ObservationMap:
    """Built once per schedule and asked for every chart."""

    __slots__ = ("_by_code", "_events", "_meanings", "_systems", "_vaccines")

    def __init__(self, schedule: Schedule) -> None:
        self._meanings = schedule.observations
        self._vaccines = schedule.vaccines
        self._events = {code for code, m in self._meanings.items() if _EVENT.search(m.title)}
        self._by_code: dict[tuple[str, str], list[str]] = {}
        for code, meaning in self._meanings.items():
            for system, values in meaning.codes.items():
                for value in values:
                    self._by_code.setdefault((system, value), []).append(code)
        self._systems = {CDSI, *(system for system, _ in self._by_code)}

    def find(self, codings: tuple[Coding, ...]) -> Iterable[str]:
        """The observation codes that the codings of one concept mean together, each once. Most
        of a chart is coded in systems that the map does not know.

        CDSi's own codes need no map. A vaccine's CVX says which vaccine an adverse reaction was
        to: alone it means nothing, and the reaction's code alone only the general reaction.
        """
        for coding in codings:
            if coding.system in self._systems:
                return dict.fromkeys(self._find(codings))
        return ()

    def _find(self, codings: tuple[Coding, ...]) -> Iterator[str]:
        known = [_compared(c) for c in codings]
        for system, value in known:
            if system == CDSI:
                yield value
            for code in self._by_code.get((system, value), ()):
                if self._fits(system, value, self._meanings[code], known):
                    yield code

    def _fits(
        self, system: str, value: str, meaning: Meaning, known: list[tuple[str, str]]
    ) -> bool:
        if system == CVX:
            return value not in self._vaccines
        listed = meaning.codes.get(CVX, ())
        return system != PHIN or not listed or any((CVX, cvx) in known for cvx in listed)

    def given(self, cvx: str) -> Iterator[tuple[str, int | None]]:
        """The observations that giving `cvx` makes (immune globulins), and for how many months
        the schedule's words let them count."""
        if cvx not in self._vaccines:
            for code in self._by_code.get((CVX, cvx), ()):
                yield code, self._meanings[code].months

    def is_event(self, code: str) -> bool:
        return code in self._events


def _compared(coding: Coding) -> tuple[str, str]:
    if coding.system == CDSI:
        return CDSI, three_digits(coding.code)
    return coding.system, two_digits(coding.code) if coding.system == CVX else coding.code
