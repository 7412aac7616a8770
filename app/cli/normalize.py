"""`chartside normalize`: facts of a file or folder on stdout, one per line, with provenance.

Writes nothing anywhere; counts and warnings go to stderr, and the counts add up.
"""

import sys
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import typer

from app.clinical.chart import Chart
from app.clinical.elements import ReadInfo
from app.clinical.facts import Fact
from app.clinical.normalize import normalize_population
from app.clinical.normalize.quality import count_types, count_warnings, facts_of
from app.vendors import PROFILES

Format = Literal["text", "json"]
_LINES = (".ndjson", ".jsonl")
_SUFFIXES = (".json", *_LINES)


def normalize(
    path: Annotated[Path, typer.Argument(help="A Bundle, an NDJSON file, or a folder of them")],
    vendor: Annotated[str, typer.Option(help="The EHR that the data came from")] = "generic",
    format: Annotated[Format, typer.Option(help="text or json")] = "text",  # noqa: A002 - the option's name
) -> None:
    """Turn FHIR JSON into facts: each with its source, version and every repair made."""
    profile = PROFILES.get(vendor)
    if profile is None:
        raise typer.BadParameter(f"one of {', '.join(sorted(PROFILES))}", param_hint="--vendor")
    files = find_files(path)
    if not files:
        raise typer.BadParameter("no such file, or no .json/.ndjson in it", param_hint="PATH")
    read = ReadInfo(f"file:{path.name}", datetime.now(UTC), "", "")
    report = Report(format)
    for part in read_parts(files):
        for chart in normalize_population(part, profile=profile.normalizer, read=read):
            report.add(chart)
    report.close()
    raise typer.Exit(1 if report.quarantined else 0)


def find_files(path: Path) -> list[Path]:
    """The file itself, or the JSON files anywhere inside a folder, in order of name."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        return []
    return sorted(p for p in path.rglob("*") if p.suffix.lower() in _SUFFIXES and p.is_file())


def read_parts(files: Iterable[Path]) -> Iterator[list[bytes]]:
    """What is normalised together: each Bundle alone, all single resources as one population."""
    loose: list[bytes] = []
    for file in files:
        for piece in read_pieces(file):
            if is_bundle(piece):
                yield [piece]
            else:
                loose.append(piece)
    if loose:
        yield loose


def read_pieces(file: Path) -> list[bytes]:
    """The lines of NDJSON that hold anything, the members of a list; any other file whole."""
    raw = file.read_bytes().removeprefix(BOM_UTF8)
    if file.suffix.lower() in _LINES or is_lines(raw):
        return [line for line in raw.split(b"\n") if line.strip()]
    try:
        return [bytes(member) for member in _decode_list(raw)] or [raw]
    except (ValueError, RecursionError):
        return [raw]


_decode_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def is_lines(raw: bytes) -> bool:
    """NDJSON under another name: several lines, and the first is a whole object by itself."""
    first, _, rest = raw.lstrip().partition(b"\n")
    if not first.strip().endswith(b"}") or not rest.strip():
        return False
    try:
        _decode_object(first)
    except (ValueError, RecursionError):
        return False
    return True


class _Head(msgspec.Struct):
    resourceType: str = ""


def is_bundle(piece: bytes) -> bool:
    try:
        return msgspec.json.decode(piece, type=_Head).resourceType == "Bundle"
    except (ValueError, RecursionError):
        return False


class Report:
    """Writes facts as they come and keeps the counts."""

    def __init__(self, form: Format) -> None:
        self.form = form
        self.tallies: Counter[tuple[str, str]] = Counter()
        self.warnings: Counter[tuple[str, str]] = Counter()
        self.quarantined = 0
        self.patients = 0

    def add(self, chart: Chart) -> None:
        self.patients += chart.patient is not None
        for fact in facts_of(chart):
            print(self._line(fact, chart.patient_id))
        self._count(chart)
        self._tell_of(chart)

    def _count(self, chart: Chart) -> None:
        for tally in count_types(chart):
            for name in ("read", "facts", "excluded", "quarantined", "unused", "unmapped"):
                self.tallies[tally.resource_type, name] += getattr(tally, name)
            self.quarantined += tally.quarantined
        for kind, code, times in count_warnings(chart):
            self.warnings[kind, code] += times

    def _tell_of(self, chart: Chart) -> None:
        """What became no fact, or qualifies the facts."""
        for aside in chart.set_aside:
            self._tell({"set_aside": msgspec.to_builtins(aside)}, f"set aside: {aside}")
        for search in chart.searches:
            self._tell(
                {"search": msgspec.to_builtins(search)},
                f"search: {search.resource_type} {search.completeness} {search.reason}",
            )
        for alias in chart.aliases:
            self._tell({"alias": msgspec.to_builtins(alias)}, f"alias: {alias.old} is {alias.new}")
        for local in chart.unmapped:
            self._tell(
                {"unmapped": msgspec.to_builtins(local)},
                f"unmapped: {local.resource_type} {local.system}|{local.code}",
            )

    def close(self) -> None:
        for (kind, code), times in sorted(self.warnings.items()):
            self._tell(
                {"warning": code, "resource_type": kind, "count": times},
                f"warning: {code} in {kind}: {times}",
            )
        kinds = sorted({kind for kind, _ in self.tallies})
        for kind in kinds:
            counts = {n: c for (k, n), c in sorted(self.tallies.items()) if k == kind}
            words = " ".join(f"{name}={count}" for name, count in counts.items())
            self._tell({"counts": kind, **counts}, f"counts: {kind or '(no type)'} {words}")
        self._tell({"patients": self.patients}, f"patients: {self.patients}")

    def _line(self, fact: Fact, owner: str) -> str:
        value = msgspec.to_builtins(fact)
        if self.form == "json":
            return msgspec.json.encode({"patient": owner, **value}).decode()
        return f"{value['kind']:18} {fact.id:40} {_label(value)}"

    def _tell(self, value: dict[str, Any], words: str) -> None:
        told = msgspec.json.encode(value).decode() if self.form == "json" else words
        print(told, file=sys.stderr)


def _label(value: dict[str, Any]) -> str:
    code = value.get("code") or {}
    codings = code.get("codings") or [{}]
    return str(code.get("text") or codings[0].get("display") or codings[0].get("code") or "")
