"""Where the panel's links and forms lead. Paths only; the routes that answer are elsewhere."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Links:
    """`base` is `/l/<launch id>`, without a slash at its end. `csrf` goes into every form."""

    base: str
    csrf: str = ""

    @property
    def panel(self) -> str:
        return f"{self.base}/"

    @property
    def contact(self) -> str:
        """GET the form, POST the change."""
        return f"{self.base}/contact"

    @property
    def refresh(self) -> str:
        """POST: read the chart again."""
        return f"{self.base}/refresh"

    @property
    def sent(self) -> str:
        """GET: the sent card alone, as it is now."""
        return f"{self.base}/sent"

    @property
    def sign_out(self) -> str:
        """POST: end this launch."""
        return f"{self.base}/sign-out"

    @property
    def vaccines(self) -> str:
        """GET the schedule: doses, what is due, the next visit."""
        return f"{self.base}/vaccines"

    def gap(self, measure: str) -> str:
        """GET one gap: verdict, path, evidence."""
        return f"{self.base}/gaps/{measure}"

    def undo_gap(self, measure: str) -> str:
        """POST: what was set aside comes back."""
        return f"{self.base}/gaps/{measure}/undo"

    def write(self, ledger_id: str) -> str:
        """GET one write, POST what was chosen."""
        return f"{self.base}/writes/{ledger_id}"
