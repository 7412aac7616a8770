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

    @property
    def mappings(self) -> str:
        """GET the queue of local codes, POST a meaning. For administrators."""
        return f"{self.base}/mappings"

    @property
    def messages(self) -> str:
        """GET the message templates and sequences, POST new words or an approval. For
        administrators."""
        return f"{self.base}/messages"

    @property
    def settle(self) -> str:
        """POST: leave a local code out, put it back, take its meaning away."""
        return f"{self.base}/mappings/settle"

    @property
    def quality(self) -> str:
        """GET the counts of odd data. For administrators."""
        return f"{self.base}/data-quality"

    @property
    def ledger(self) -> str:
        """GET the tenant's ledger, POST a row's handing over."""
        return f"{self.base}/ledger"

    @property
    def signed(self) -> str:
        """GET the signed papers, POST one or its taking back."""
        return f"{self.base}/authorizations"

    @property
    def replies(self) -> str:
        """GET what patients wrote back, POST what is done with one."""
        return f"{self.base}/replies"

    def gap(self, measure: str) -> str:
        """GET one gap: verdict, path, evidence."""
        return f"{self.base}/gaps/{measure}"

    def undo_gap(self, measure: str) -> str:
        """POST: what was set aside comes back."""
        return f"{self.base}/gaps/{measure}/undo"

    def plan(self, reason: str) -> str:
        """GET the form to plan a contact; `reason` is `gap:<measure>` or `vaccines:<day>`."""
        return f"{self.base}/outreach/new?reason={reason}"

    def write(self, ledger_id: str) -> str:
        """GET one write, POST what was chosen."""
        return f"{self.base}/writes/{ledger_id}"

    def write_act(self, ledger_id: str) -> str:
        """POST: send one write again, hand it over, say that it is entered."""
        return f"{self.write(ledger_id)}/act"
