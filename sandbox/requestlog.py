"""What was asked of the EHR, for assertions. Keeps no secrets and no bodies."""

import re
from collections import deque
from collections.abc import Mapping, MutableMapping
from typing import Any

from sandbox.jsontypes import Json

KEEP = 20_000
SECRET_FIELDS = frozenset(
    {
        "client_secret",
        "client_assertion",
        "code",
        "code_verifier",
        "refresh_token",
        "token",
        "access_token",
    }
)


def info_of(scope: MutableMapping[str, Any]) -> Json:
    """Where handlers leave what the log should say about the request of this ASGI scope."""
    found: Json = scope.setdefault("sandbox.info", {})
    return found


def redact(params: Mapping[str, Any]) -> Json:
    """Parameters with secret values replaced by a mark."""
    return {k: "***" if k in SECRET_FIELDS else v for k, v in params.items()}


class RequestLog:
    """The last twenty thousand requests, oldest first; `seq` never repeats."""

    def __init__(self) -> None:
        self._rows: deque[Json] = deque(maxlen=KEEP)
        self._seq = 0

    def add(self, row: Json) -> None:
        """Append one request."""
        self._seq += 1
        row["seq"] = self._seq
        self._rows.append(row)

    def clear(self) -> None:
        """Forget all requests; numbering goes on."""
        self._rows.clear()

    def find(self, wanted: Mapping[str, str]) -> list[Json]:
        """Rows that equal every given field; `path` is a regular expression, `since` a seq."""
        since = int(wanted.get("since", 0))
        path = re.compile(wanted.get("path", ""))
        exact = {k: v for k, v in wanted.items() if k not in ("since", "path", "limit")}
        rows = [
            row
            for row in self._rows
            if row["seq"] > since
            and path.search(row["path"])
            and all(str(row.get(k)) == v for k, v in exact.items())
        ]
        return rows[-int(wanted["limit"]) :] if "limit" in wanted else rows
