"""Search: the vendor's rules, the token's reach, then the matching resources in pages."""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlencode

import orjson
from starlette.responses import Response

from sandbox.fhir.call import Call
from sandbox.fhir.dates import value_interval
from sandbox.fhir.matching import Test, build_test
from sandbox.fhir.parameters import parameter, values_at
from sandbox.fhir.store import Version
from sandbox.fhir.views import render
from sandbox.oauth.grants import Grant
from sandbox.oauth.scopes import ResourceScope
from sandbox.outcomes import FHIR_JSON, Refusal, build_outcome
from sandbox.personalities.model import TypeRules

_SIZES = frozenset({"_count", "_maxresults"})
CONTROL = _SIZES | frozenset({"_format", "_revinclude", "_include", "_sort", "_summary", "_total"})
MAX_PAGES_KEPT = 2000
_NOT_PATIENT_FILTERS = frozenset({"_query", "-email-status", "ah-practice", "exact"})

Query = dict[str, list[str]]


@dataclass(slots=True)
class Page:
    """A search that goes on: what is left and for whom."""

    type: str
    rows: list[Version]
    offset: int
    size: int
    total: int
    grant: Grant
    extras: list[bytes]


async def read_query(call: Call) -> Query:
    """Parameters from the query string, and the form of a POST _search. Raises Refusal."""
    request = call.request
    query = parse_qs(request.url.query, keep_blank_values=True)
    if request.method != "POST":
        return query
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise Refusal(415, "POST _search takes a form.")
    form = parse_qs((await request.body()).decode(errors="replace"), keep_blank_values=True)
    if call.personality.post_search_ignores_query:
        return form
    return {k: query.get(k, []) + form.get(k, []) for k in (*query, *form)}


async def search(call: Call, type_: str) -> Response:
    """GET Type?… or POST Type/_search."""
    rules = call.require_type(type_, "search")
    scopes = call.require_scopes(type_, "s")
    query = await read_query(call)
    token = query.get(call.personality.page_param)
    if token:
        return _next_page(call, type_, token[0])
    _require_rules(call, type_, rules, query)
    tests = _tests(call, type_, rules, query)
    rows = _candidates(call, type_, scopes, query)
    tests.append(call.build_reach(scopes, type_))
    found = [v for v in rows if all(t(v) for t in tests)]
    _require_open(call, query, found)
    _require_few(call, type_, found)
    _sort(call, query, type_, found)
    size = _page_size(rules, query.get(call.personality.size_param, []))
    counting = query.get("_summary") == ["count"]
    extras = [] if counting else _extras(call, query, found[:size])
    page = Page(
        type_,
        found,
        0,
        0 if counting else size,
        len(found),
        call.access.grant,
        extras,
    )
    return _bundle(call, page, _self_url(call, type_, query))


def _require_rules(call: Call, type_: str, rules: TypeRules, query: Query) -> None:
    names = {name.split(":")[0] for name in query}
    other_sizes = _SIZES - {call.personality.size_param}
    unknown = names - rules.params - (CONTROL - other_sizes)
    if unknown:
        named = ", ".join(sorted(unknown))
        raise Refusal(400, f"{type_} has no search parameter {named}.", "not-supported")
    if rules.required_any and not any(needed <= names for needed in rules.required_any):
        ways = " or ".join("+".join(sorted(n)) for n in rules.required_any)
        raise Refusal(400, f"{type_} is searched by {ways}.", "required")
    refusal = call.personality.search_rule(type_, query)
    if refusal:
        raise refusal


def _tests(call: Call, type_: str, rules: TypeRules, query: Query) -> list[Test]:
    tests: list[Test] = []
    for given, values in query.items():
        name, _, modifier = given.partition(":")
        if name in CONTROL or name in _NOT_PATIENT_FILTERS:
            continue
        param = parameter(type_, name, date_is_issued=call.personality.name == "athena")
        if param is None:
            raise Refusal(400, f"{type_} cannot be searched by {name}.", "not-supported")
        for value in values:
            if not value:
                raise Refusal(400, f"{name} is empty.", "value")
            tests.append(build_test(name, modifier, param, value.split(",")))
    return tests


def _asked_patients(query: Query) -> set[str]:
    """Patients named by patient, subject or beneficiary."""
    found: set[str] = set()
    for name in ("patient", "subject", "beneficiary", "subject:Patient"):
        for value in query.get(name, []):
            found |= {v.rsplit("/", 1)[-1] for v in value.split(",")}
    return found


def _candidates(
    call: Call, type_: str, scopes: tuple[ResourceScope, ...], query: Query
) -> Iterable[Version]:
    """The smallest set to look through; naming another patient is refused, not emptied."""
    asked = _asked_patients(query)
    mine = call.confined_to(scopes)
    if mine is not None and asked - {mine}:
        raise Refusal(403, "The token is for another patient.")
    if len(asked) == 1:
        return list(call.state.store.of_patient(type_, asked.pop()))
    ids = query.get("_id")
    if ids and len(ids) == 1:
        found = (call.state.store.get(type_, i) for i in ids[0].split(","))
        return [v for v in found if v is not None and v.resource is not None]
    return list(call.state.store.of_type(type_))


def _require_open(call: Call, query: Query, found: list[Version]) -> None:
    glass = set(call.state.settings["break_glass"])
    if glass and (glass & _asked_patients(query) or any(glass & set(v.patients) for v in found)):
        raise Refusal(403, "Break-the-glass is required.", "suppressed", vendor_code="4130")


def _require_few(call: Call, type_: str, found: list[Version]) -> None:
    limit = call.personality.patient_search_limit
    refusal = call.personality.patient_search_refusal
    if type_ == "Patient" and limit is not None and refusal and len(found) > limit:
        raise replace(refusal)


def _page_size(rules: TypeRules, given: list[str]) -> int:
    try:
        asked = int(given[0]) if given else rules.default_count
    except ValueError as exc:
        raise Refusal(400, "The page size is not a number.", "value") from exc
    if asked < 0:
        raise Refusal(400, "The page size is negative.", "value")
    return min(asked, rules.max_count)


def _sort(call: Call, query: Query, type_: str, found: list[Version]) -> None:
    if "_sort" not in query:
        return
    if not call.personality.sorts:
        raise Refusal(400, "_sort is not supported.", "not-supported")
    for word in reversed(query["_sort"][0].split(",")):
        param = parameter(type_, word.lstrip("-"))
        if param is None:
            raise Refusal(400, f"{type_} cannot be sorted by {word}.", "not-supported")
        found.sort(key=_sort_key(param.paths), reverse=word.startswith("-"))


def _sort_key(paths: tuple[str, ...]) -> Callable[[Version], str]:
    def key(version: Version) -> str:
        values: list[Any] = [v for p in paths for v in values_at(version.resource or {}, p)]
        for value in values:
            interval = value_interval(value)
            return interval[0].isoformat() if interval else str(value)
        return ""

    return key


def _extras(call: Call, query: Query, rows: list[Version]) -> list[bytes]:
    """Entries that come with the matches: Provenance of them, medicines, the vendor's remarks."""
    found: list[bytes] = []
    if "Provenance:target" in query.get("_revinclude", []):
        found += _provenances(call, rows)
    if call.personality.includes and "MedicationRequest:medication" in query.get("_include", []):
        found += _medicines(call, rows)
    if call.personality.name == "epic" and not rows:
        outcome = build_outcome(
            "Resource request returns no results.", "not-found", "warning", "4101"
        )
        found.append(_outcome_entry(orjson.dumps(outcome)))
    return found


def _provenances(call: Call, rows: list[Version]) -> list[bytes]:
    scopes = call.access.scopes.for_call("Provenance", "r")
    scopes += call.access.scopes.for_call("Provenance", "s")
    keys = {v.key for v in rows}
    patients = {p for v in rows for p in v.patients}
    held = [p for i in patients for p in call.state.store.of_patient("Provenance", i)]
    reach = call.build_reach(scopes, "Provenance")
    matching = {p.id: p for p in held if keys & _targets(p) and reach(p)}
    return [_entry(call, p, b"include") for p in matching.values()]


def _targets(provenance: Version) -> set[str]:
    found = values_at(provenance.resource or {}, "target.reference")
    return {str(t).split("/_history")[0] for t in found}


def _medicines(call: Call, rows: list[Version]) -> list[bytes]:
    refs = {
        str(r) for v in rows for r in values_at(v.resource or {}, "medicationReference.reference")
    }
    found = [call.state.store.get(*r.split("/", 1)) for r in sorted(refs) if r.count("/") == 1]
    return [_entry(call, v, b"include") for v in found if v is not None and v.resource]


def _entry(call: Call, version: Version, mode: bytes = b"match") -> bytes:
    key = f"{call.personality.name}:{mode.decode()}"
    known = version.views.get(key)
    if known is None:
        url = f"{call.base}/{version.key}".encode()
        body = render(version, call.personality.view)
        parts = (b'{"fullUrl":"', url, b'","resource":', body, b',"search":{"mode":"', mode, b'"}}')
        known = version.views[key] = b"".join(parts)
    return known


def _outcome_entry(outcome: bytes) -> bytes:
    return b'{"resource":' + outcome + b',"search":{"mode":"outcome"}}'


def _self_url(call: Call, type_: str, query: Query) -> str:
    text = urlencode([(k, v) for k, values in query.items() for v in values])
    return f"{call.base}/{type_}?{text}"


def _next_page(call: Call, type_: str, token: str) -> Response:
    page: Page | None = call.state.pages.get(token)
    if page is None or page.grant is not call.access.grant or page.type != type_:
        raise Refusal(
            410, "The search session has expired; start again.", "expired", vendor_code="4113"
        )
    return _bundle(call, page, f"{call.base}/{type_}?{call.personality.page_param}={token}")


def _bundle(call: Call, page: Page, self_url: str) -> Response:
    """One page; a next link when rows are left."""
    size = page.size
    if call.personality.ragged_pages and page.offset:
        size = max(1, size - 1)
    end = page.offset + size
    rows = page.rows[page.offset : end]
    entries = [_entry(call, v) for v in rows] + page.extras
    links = [{"relation": "self", "url": self_url}]
    if size and end < len(page.rows):
        links.append({"relation": "next", "url": _keep(call, page, end)})
    head = {"resourceType": "Bundle", "id": secrets.token_hex(8), "type": "searchset"}
    whole = orjson.dumps(
        {**head, **({"total": page.total} if call.personality.gives_total else {}), "link": links}
    )
    body = whole[:-1] + b',"entry":[' + b",".join(entries) + b"]}" if entries else whole
    return Response(body, media_type=FHIR_JSON)


def _keep(call: Call, page: Page, offset: int) -> str:
    pages = call.state.pages
    while len(pages) >= MAX_PAGES_KEPT:
        pages.pop(next(iter(pages)))
    token = secrets.token_urlsafe(18)
    pages[token] = Page(
        page.type,
        page.rows,
        offset,
        page.size,
        page.total,
        page.grant,
        _extras_of_next(call, page, offset),
    )
    return f"{call.base}/{page.type}?{call.personality.page_param}={token}"


def _extras_of_next(call: Call, page: Page, offset: int) -> list[bytes]:
    """Included resources belong to the page of their match, so they are found again."""
    has_provenance = any(b'"resourceType":"Provenance"' in e for e in page.extras)
    return _provenances(call, page.rows[offset : offset + page.size]) if has_provenance else []
