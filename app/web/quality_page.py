"""Counts of odd data, shown per resource type and code, saved as CSV or JSON. Counts nothing."""

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from app.errors import InvalidInput
from app.security.access import Action
from app.sync.code_desk import first_day
from app.web.codes_page import build_head
from app.web.guard import Entry, require_entry
from app.web.responses import answer_page
from app.web.views.desk import STYLES
from app.web.views.quality import PERIODS, build_quality_page, tell
from app.web.words_codes import EN

USUAL_DAYS = 30
COLUMNS = ("since", "resource_type", "code", "meaning", "count")
FORMULA_SIGNS = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")
"""With their full-width forms, which some spreadsheets read alike."""
Row = tuple[str, str, str, str, int]


async def show_quality(request: Request) -> Response:
    """GET /l/<launch>/data-quality?days=30."""
    entry = await require_entry(request, Action.DATA_QUALITY_VIEW)
    days = read_days(request.query_params)
    counts = await load(entry, first_day(entry.visit.now, days), "quality.view")
    url = entry.links.quality
    head, page = build_head(entry, url), replace(entry.page, styles=STYLES)
    view = build_quality_page(counts, head, EN, page=page, url=url, days=days)
    return answer_page(entry, view)


async def save_quality(request: Request) -> Response:
    """GET …/export?format=csv|json&days=30: the same counts as a file."""
    entry = await require_entry(request, Action.DATA_QUALITY_VIEW)
    form = request.query_params.get("format", "csv")
    if form not in ("csv", "json"):
        raise InvalidInput("Counts are saved as csv or json.", field="format")
    since = first_day(entry.visit.now, read_days(request.query_params))
    rows = list_rows(await load(entry, since, "quality.exported"), since)
    body = build_csv(rows) if form == "csv" else build_json(rows)
    kind = "text/csv; charset=utf-8" if form == "csv" else "application/json"
    name = f"data-quality-{entry.visit.opened.tenant_id}-{since.isoformat()}.{form}"
    headers = entry.headers() | {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, headers=headers, media_type=kind)


async def load(entry: Entry, since: date, action: str) -> Mapping[tuple[str, str], int]:
    codes, request_id = entry.services.codes, entry.request_id
    return await codes.load_counts(entry.visit, since=since, request_id=request_id, action=action)


def read_days(asked: Mapping[str, str]) -> int:
    """One of the periods that the page offers; the usual one for anything else."""
    text = asked.get("days", "")
    days = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else USUAL_DAYS
    return days if days in PERIODS else USUAL_DAYS


def list_rows(counts: Mapping[tuple[str, str], int], since: date) -> list[Row]:
    return [
        (since.isoformat(), kind, code, tell(code, EN)[0], n)
        for (kind, code), n in sorted(counts.items())
    ]


def build_json(rows: list[Row]) -> bytes:
    return msgspec.json.encode([dict(zip(COLUMNS, row, strict=True)) for row in rows])


def build_csv(rows: list[Row]) -> bytes:
    """UTF-8 with CRLF (RFC 4180). What a spreadsheet would run as a formula is quoted."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows([*map(quote_formula, row[:-1]), row[-1]] for row in rows)
    return out.getvalue().encode()


def quote_formula(text: str) -> str:
    """A resource type is whatever an EHR wrote: `=cmd…` becomes `'=cmd…` (OWASP, CSV injection).
    White space before the sign does not hide it."""
    risky = text[:1] in ("\t", "\r", "\n") or text.lstrip()[:1] in FORMULA_SIGNS
    return f"'{text}" if risky and text else text
