"""What an address of the window asks for. Reads no chart."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from sandbox.state import Sandbox
from sandbox.window.chart import TABS

WIDTHS = (200, 320, 400, 600, 800, 1000)
NARROWEST, WIDEST = 200, 1280
PERSONALITIES = {
    "epic": "Epic",
    "oracle": "Oracle",
    "athena": "athena",
    "ecw": "eClinicalWorks",
    "nextgen": "NextGen",
    "meditech": "MEDITECH",
    "generic": "Generic",
    "smart1": "SMART 1",
}


@dataclass(frozen=True, slots=True)
class View:
    """What the address asks for, made safe: unknown values fall back, none is an error."""

    personality: str
    patient: str
    width: int
    tab: str

    def address(self, **changes: object) -> str:
        """The window's own address with something changed."""
        now = {
            "patient": self.patient,
            "personality": self.personality,
            "width": self.width,
            "tab": self.tab,
        }
        return "/?" + urlencode({k: v for k, v in {**now, **changes}.items() if v})


def parse_view(query: Mapping[str, str], state: Sandbox) -> View:
    """A View from a query string."""
    named = query.get("personality", "")
    patients = state.store.patient_ids()
    wanted = query.get("patient", "")
    tab = query.get("tab", "")
    return View(
        personality=named if named in PERSONALITIES else state.personality,
        patient=wanted if wanted in patients else "",
        width=_parse_width(query.get("width", "")),
        tab=tab if tab in TABS else "snapshot",
    )


def _parse_width(text: str) -> int:
    width = int(text) if text.isascii() and text.isdigit() else 400
    return min(max(width, NARROWEST), WIDEST)
