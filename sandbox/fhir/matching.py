"""Does a resource meet one search parameter? Pure; parses the asked values once per search."""

from collections.abc import Callable, Iterator
from typing import Any

from sandbox.fhir import dates
from sandbox.fhir.parameters import Parameter, values_at
from sandbox.fhir.store import Version
from sandbox.jsontypes import Json
from sandbox.outcomes import Refusal

Test = Callable[[Version], bool]


def build_test(name: str, modifier: str, param: Parameter, values: list[str]) -> Test:
    """A test for `name:modifier=a,b` (any of the values). Raises Refusal 400 for what it cannot."""
    if modifier == "missing":
        return _missing(param, values)
    builders: dict[str, Callable[[str, Parameter, list[str]], Test]] = {
        "token": _token,
        "telecom": _telecom,
        "reference": _reference,
        "patient": _patient,
        "date": _date,
        "string": _string,
    }
    allowed = {"token": ("", "not"), "string": ("", "exact", "contains")}
    typed = param.kind in ("reference", "patient") and modifier[:1].isupper()
    if modifier not in allowed.get(param.kind, ("",)) and not typed:
        raise Refusal(400, f"The modifier {name}:{modifier} is not supported.", "not-supported")
    if typed:
        values = [v if "/" in v else f"{modifier}/{v}" for v in values]
    return builders[param.kind](modifier, param, values)


def _missing(param: Parameter, values: list[str]) -> Test:
    want = values == ["true"]

    def test(version: Version) -> bool:
        resource = version.resource or {}
        return want is not any(values_at(resource, path) for path in param.paths)

    return test


def codings(value: Any) -> Iterator[tuple[str, str]]:
    """(system, code) pairs of a code, Coding, CodeableConcept, Identifier or ContactPoint."""
    if isinstance(value, bool):
        yield "", "true" if value else "false"
    elif isinstance(value, str):
        yield "", value
    elif isinstance(value, dict):
        if "coding" in value:
            for coding in value["coding"]:
                yield str(coding.get("system", "")), str(coding.get("code", ""))
        elif "code" in value or "value" in value:
            yield str(value.get("system", "")), str(value.get("code", value.get("value", "")))


def token_matches(asked: str, held: tuple[str, str]) -> bool:
    """`code`, `system|code`, `system|`, `|code`; a bare code element has no system of its own."""
    system, bar, code = asked.rpartition("|")
    if bar and not code:
        return held[0] == system
    if code != held[1]:
        return False
    return not bar or held[0] == system or (held[0] == "" and system != "")


def _held_codings(version: Version, paths: tuple[str, ...]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] | None = version.memo.get(paths)
    if found is None:
        resource = version.resource or {}
        found = [c for path in paths for v in values_at(resource, path) for c in codings(v)]
        version.memo[paths] = found
    return found


def _token(modifier: str, param: Parameter, values: list[str]) -> Test:
    plain = frozenset(v for v in values if "|" not in v)
    exact = [v for v in values if "|" in v]
    want = modifier != "not"
    paths = param.paths

    def test(version: Version) -> bool:
        for held in _held_codings(version, paths):
            if held[1] in plain or (exact and any(token_matches(v, held) for v in exact)):
                return want
        return not want

    return test


def _telecom(_modifier: str, param: Parameter, values: list[str]) -> Test:
    def test(version: Version) -> bool:
        points = values_at(version.resource or {}, "telecom")
        held = {str(p.get("value", "")) for p in points if p.get("system") == param.paths[0]}
        return any(v.rpartition("|")[2] in held for v in values)

    return test


def _reference(_modifier: str, param: Parameter, values: list[str]) -> Test:
    def test(version: Version) -> bool:
        held = [
            str(v.get("reference", ""))
            for path in param.paths
            for v in values_at(version.resource or {}, path)
            if isinstance(v, dict)
        ]
        return any(_same_reference(asked, h) for asked in values for h in held)

    return test


def _same_reference(asked: str, held: str) -> bool:
    """A reference to one version is a reference to the resource, unless a version is asked for."""
    if "/_history/" not in asked:
        held = held.partition("/_history/")[0]
    if "/" not in asked:
        return held.rsplit("/", 1)[-1] == asked
    return held == asked or asked.endswith("/" + held)


def _patient(_modifier: str, _param: Parameter, values: list[str]) -> Test:
    ids = {v.rsplit("/", 1)[-1] for v in values}
    return lambda version: not ids.isdisjoint(version.patients)


def _date(_modifier: str, param: Parameter, values: list[str]) -> Test:
    try:
        split = [dates.split_prefix(v) for v in values]
        asked = [(prefix, dates.parse_interval(text)) for prefix, text in split]
    except ValueError as exc:
        raise Refusal(400, "A date parameter is not a date.", "value") from exc

    def test(version: Version) -> bool:
        for held in _held_intervals(version, param.paths):
            if any(dates.matches(p, want, held) for p, want in asked):
                return True
        return False

    return test


def _held_intervals(version: Version, paths: tuple[str, ...]) -> list[dates.Interval]:
    key = ("date", *paths)
    found: list[dates.Interval] | None = version.memo.get(key)
    if found is None:
        resource = version.resource or {}
        values = [v for path in paths for v in values_at(resource, path)]
        found = [i for v in values if (i := dates.value_interval(v))]
        version.memo[key] = found
    return found


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def _string(modifier: str, param: Parameter, values: list[str]) -> Test:
    compare: dict[str, Callable[[str, str], bool]] = {
        "": lambda held, asked: held.casefold().startswith(asked.casefold()),
        "exact": lambda held, asked: held == asked,
        "contains": lambda held, asked: asked.casefold() in held.casefold(),
    }
    meets = compare[modifier]

    def test(version: Version) -> bool:
        resource: Json = version.resource or {}
        held = [t for path in param.paths for v in values_at(resource, path) for t in _texts(v)]
        return any(meets(h, asked) for h in held for asked in values)

    return test
