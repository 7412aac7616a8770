"""Where in a rule file something stands, and the refusal that says so. Parses TOML only."""

import re
import tomllib
from typing import Any, NoReturn

from app.errors import ConfigError

_HEADER = re.compile(r"\s*\[+\s*(?P<path>.+?)\s*\]+\s*(?:#.*)?$")
_KEY = re.compile(r"\s*(?P<key>\"[^\"]+\"|'[^']+'|[A-Za-z0-9_-]+)\s*=")
_PART = re.compile(r"\"([^\"]*)\"|'([^']*)'|([A-Za-z0-9_-]+)")
_SYNTAX = re.compile(r"(?P<reason>.*) \(at line (?P<line>\d+), column \d+\)")


class Source:
    """A rule file's text and where its tables and keys are."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self._lines = text.splitlines()
        try:
            self.data: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as exc:
            found = _SYNTAX.fullmatch(str(exc))
            line = int(found["line"]) if found else len(self._lines)
            self.refuse_line(line, found["reason"] if found else str(exc))
        self._places = dict(self._scan())

    def _scan(self) -> list[tuple[tuple[str, ...], int]]:
        places: list[tuple[tuple[str, ...], int]] = []
        table: tuple[str, ...] = ()
        for number, line in enumerate(self._lines, 1):
            if header := _HEADER.match(line):
                parts = _PART.findall(header["path"])
                table = tuple(a or b or c for a, b, c in parts)
                places.append((table, number))
            elif key := _KEY.match(line):
                places.append(((*table, key["key"].strip("\"'")), number))
        return places

    def line(self, *path: str, item: str = "") -> int:
        """The line of a key (or of its table), or of a quoted item in the key's list."""
        while path and path not in self._places:
            path = path[:-1]
        first = self._places.get(path, 1)
        for number in range(first, len(self._lines) + 1) if item else ():
            text = self._lines[number - 1]
            if f'"{item}"' in text:
                return number
            if number > first and (_HEADER.match(text) and "=" not in text):
                break
        return first

    def refuse_line(self, line: int, reason: str) -> NoReturn:
        """Raises ConfigError with file, line and reason."""
        raise ConfigError(f"{self.file}:{line}: {reason}")

    def refuse(self, reason: str, *path: str, item: str = "") -> NoReturn:
        """Raises ConfigError for the key at `path`."""
        self.refuse_line(self.line(*path, item=item), reason)
