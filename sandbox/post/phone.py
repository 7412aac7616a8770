"""The texts that the pretend provider carried, both ways. Sends nothing by itself."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sandbox.jsontypes import Json

Way = Literal["out", "in"]
ACCOUNT = "AC00000000000000000000000000000001"
TOKEN = "pretend-auth-token"  # noqa: S105 — of a provider that exists only here
SEGMENT = 160


@dataclass(slots=True)
class Text:
    """One text. `way` is seen from the app: out to the patient, in from the patient."""

    sid: str
    way: Way
    sender: str
    to: str
    body: str
    at: datetime
    status: str
    callback: str = ""
    error: int | None = None

    def as_json(self) -> Json:
        """The provider's own shape of a message."""
        return {
            "sid": self.sid,
            "account_sid": ACCOUNT,
            "api_version": "2010-04-01",
            "direction": "outbound-api" if self.way == "out" else "inbound",
            "from": self.sender,
            "to": self.to,
            "body": self.body,
            "status": self.status,
            "date_created": self.at.strftime("%a, %d %b %Y %H:%M:%S +0000"),
            "date_sent": None,
            "error_code": self.error,
            "error_message": None,
            "num_segments": str(-(-len(self.body) // SEGMENT) or 1),
            "num_media": "0",
            "price": None,
            "messaging_service_sid": None,
            "uri": f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{self.sid}.json",
        }


@dataclass(slots=True)
class PhoneBook:
    """Every text in order, which numbers fail, and where replies go.

    `now` is the clock on the window's wall, which the phone follows. `inbound_url` is what the
    provider's console would hold: the app's address for replies.
    `failing` maps a number to the error code its texts end with.
    """

    now: Callable[[], datetime]
    texts: list[Text] = field(default_factory=list)
    inbound_url: str = ""
    failing: dict[str, int] = field(default_factory=dict)
    opted_out: set[str] = field(default_factory=set)
    _serial: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def add(self, way: Way, sender: str, to: str, body: str, callback: str = "") -> Text:
        """Keep a text; an outbound one starts as queued, as the provider says."""
        status = "queued" if way == "out" else "received"
        sid = f"SM{next(self._serial):032x}"
        text = Text(sid, way, sender, to, body, self.now(), status, callback)
        self.texts.append(text)
        return text

    def find(self, sid: str) -> Text | None:
        """One text by its sid."""
        return next((t for t in self.texts if t.sid == sid), None)

    def of_number(self, number: str) -> list[Text]:
        """The conversation with one phone, oldest first."""
        return [t for t in self.texts if number in (t.to, t.sender)]

    def numbers(self) -> list[str]:
        """Phones with any conversation, the latest first."""
        seen = [t.to if t.way == "out" else t.sender for t in reversed(self.texts)]
        return list(dict.fromkeys(seen))

    def clear(self) -> None:
        """As new; where replies go is kept."""
        self.texts.clear()
        self.failing.clear()
        self.opted_out.clear()
