"""The panel's stream: its parts in page order, each as soon as its data is there.

Each card fails alone. What was read before is shown at once with its age while the EHR is read.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass

from app.clinical.chart import Chart
from app.clinical.immunization import Outlook
from app.clinical.immunization.outlook import BEARING
from app.security.access import Action, Section, may, visible_sections
from app.settings import Patience
from app.store.records.charts import StoredChart
from app.store.records.gap_decisions import GapDecision
from app.store.records.ledger import LedgerEntry
from app.sync.charts import has_news
from app.sync.reading import ChartReading, merge_sections
from app.web.contact_now import ANSWER_TYPES, NowCards, build_now_cards
from app.web.gap_card import find_gap_types, load_gaps_card
from app.web.guard import Entry
from app.web.ledger_rows import build_edits, build_kept, build_rows, is_disconnected
from app.web.page_order import InOrder
from app.web.render import View
from app.web.vaccine_page import find_outlook
from app.web.views.answer import build_answer_ready
from app.web.views.conditions import build_conditions
from app.web.views.contact import build_contact_card
from app.web.views.desk import list_tabs
from app.web.views.identity import build_freshness, build_identity
from app.web.views.medicines import build_medicines
from app.web.views.notices import (
    Notice,
    build_news,
    build_part_failed,
    build_reconnect,
    build_record_notices,
)
from app.web.views.panel import (
    LoadingCard,
    NoticesPart,
    SecondPane,
    build_facts_head,
    build_failed,
    build_head,
    build_strip,
    build_tail,
)
from app.web.views.results import build_results
from app.web.views.scene import Scene
from app.web.views.schedule_card import build_next_vaccines, build_waiting
from app.web.views.sent import build_sent
from app.web.views.vaccines import build_vaccines
from app.web.views.visits import build_visits
from app.web.words_codes import EN as CODE_WORDS

LOG = logging.getLogger(__name__)
GAP_ROWS = 3

FACT_CARDS: tuple[tuple[Section, tuple[str, ...], Callable[[Chart, Scene], View]], ...] = (
    (Section.RESULTS, ("Observation",), build_results),
    (Section.CONDITIONS, ("Condition",), build_conditions),
    (Section.MEDICATIONS, ("MedicationRequest",), build_medicines),
    (Section.IMMUNIZATIONS, ("Immunization",), build_vaccines),
    (Section.VISITS, ("Encounter", "Appointment"), build_visits),
)
"""Section → the resource types that its card waits for, and its builder, in page order."""

TITLES = {
    Section.RESULTS: "results",
    Section.CONDITIONS: "conditions",
    Section.MEDICATIONS: "medicines",
    Section.IMMUNIZATIONS: "vaccines",
    Section.VISITS: "visits",
}
"""Section → the word that its card is titled with, also when it fails."""

FORECAST_TYPES = ("Patient", "Immunization", *BEARING)
"""What the vaccine forecast looks at."""


class AsyncChart:
    """A chart whose parts may still be on their way."""

    def __init__(self, reading: ChartReading, stored: Chart | None) -> None:
        self._reading = reading
        self._stored = stored

    async def part(self, types: tuple[str, ...]) -> Chart:
        """The stored chart whole, or the parts of these types once they are read."""
        if self._stored is not None:
            return self._stored
        return merge_sections(await self._reading.sections(types))


@dataclass(slots=True)
class Panel:
    """One rendering of one chart for one person. `is_current`: this launch's reading had ended
    before the stored chart was loaded, so nothing newer is on its way. `outlook` is kept once it
    was worked out over all that it looks at."""

    entry: Entry
    reading: ChartReading
    stored: StoredChart | None
    rows: tuple[LedgerEntry, ...]
    is_current: bool = False
    outlook: Outlook | None = None
    _answer_waits: bool = False

    @property
    def _patience(self) -> Patience:
        return self.entry.services.settings.patience

    async def stream(self) -> AsyncIterator[str]:
        """The document, in order. Nothing that goes wrong in a card ends the page."""
        render = self.entry.services.renderer.render
        charts = AsyncChart(self.reading, self.stored.chart if self.stored else None)
        rest = InOrder(self._rest(charts))
        try:
            yield render(self._head(await charts.part(("Patient",))))
            async for html in rest.stream():
                yield html
        finally:
            rest.stop()

    def _rest(self, charts: AsyncChart) -> list[Coroutine[None, None, str]]:
        """What follows the head, in page order; each waits for what it shows."""
        sections = visible_sections(self.entry.visit.actor.role)
        parts: list[Coroutine[None, None, str]] = [self._first_pane(charts)]
        if Section.GAPS in sections:
            parts.append(self._gaps(charts))
        parts.append(self._facts_head(charts))
        for section, types, build in FACT_CARDS:
            if section is Section.IMMUNIZATIONS and section in sections:
                parts.append(self._vaccines(charts))
            elif section in sections:
                parts.append(self._facts(charts, types, build, TITLES[section]))
        return [*parts, self._closing()]

    async def _first_pane(self, charts: AsyncChart) -> str:
        now = await self._now(charts)
        opening = self._opening(await charts.part(("Patient",)), now)
        views: list[View] = [*now.views, *opening, SecondPane()]
        return self.entry.services.renderer.render_all(views)

    async def _facts_head(self, charts: AsyncChart) -> str:
        searches = (await charts.part(("Patient",))).searches if self.stored else ()
        return self.entry.services.renderer.render(build_facts_head(searches, self.entry.scene))

    async def _facts(
        self,
        charts: AsyncChart,
        types: tuple[str, ...],
        build: Callable[[Chart, Scene], View],
        name: str,
    ) -> str:
        return self._card(await charts.part(types), build, name)

    def _head(self, chart: Chart) -> View:
        scene, links = self.entry.scene, self.entry.links
        freshness = build_freshness(chart.searches if self.stored else (), scene)
        banner = self.entry.visit.opened.context.need_patient_banner
        identity = build_identity(chart.patient, scene, freshness=freshness, banner=banner)
        notices = build_record_notices(chart.patient, scene)
        opened = self.entry.visit.opened
        if is_disconnected(self.rows, opened.launch_id):
            notices = (build_reconnect(scene, url=f"/launch/{opened.tenant_id}"), *notices)
        return build_head(self.entry.page, identity, scene, links, notices=notices)

    async def _now(self, charts: AsyncChart) -> NowCards:
        """The contact answer needs all that may speak against contact: it waits for that, not
        for long, and says nothing before. What the store knows is loaded meanwhile."""
        load = self.entry.services.outreach.load_now(self.entry.visit, ledger=self.rows)
        loaded = asyncio.create_task(load, name="load contact facts")
        try:
            async with asyncio.timeout(self._patience.card_s):
                chart = await charts.part(ANSWER_TYPES)
        except TimeoutError:
            self._answer_waits = True
            return await build_now_cards(self.entry, None, loaded)
        else:
            return await build_now_cards(self.entry, chart, loaded)
        finally:
            loaded.cancel()

    def _opening(self, chart: Chart, now: NowCards) -> list[View]:
        scene, links, visit = self.entry.scene, self.entry.links, self.entry.visit
        rows = build_rows(self.rows, scene, links)
        edits = build_edits(self.rows, scene, links)
        may_edit = may(visit.actor, Action.CONTACT_EDIT)
        contact = build_contact_card(
            chart, scene, links, edits=edits, kept=build_kept(self.rows), may_edit=may_edit
        )
        sent = build_sent(rows, scene, links)
        strip = build_strip(contact, sent, open_url=links.panel, now=now.answer)
        return [contact, strip, sent]

    async def _gaps(self, charts: AsyncChart) -> str:
        """The gaps card, which needs all that measures look at: it does not hold up the facts for
        a slow part, and nothing is asked of someone who has died."""
        types = find_gap_types(self.entry.services.measures)
        find = self.entry.services.gaps.find(self.entry.visit)
        found = asyncio.create_task(find, name="find decisions")
        try:
            async with asyncio.timeout(self._patience.card_s):
                chart = await charts.part(types)
        except TimeoutError:
            words = self.entry.scene.words
            return self.entry.services.renderer.render(
                LoadingCard(words.gaps, GAP_ROWS, words.gaps_waiting)
            )
        else:
            return await self._gaps_of(chart, found)
        finally:
            found.cancel()

    async def _gaps_of(self, chart: Chart, found: Awaitable[Sequence[GapDecision]]) -> str:
        patient = chart.patient
        if patient is None or patient.deceased.state == "deceased":
            return ""
        render = self.entry.services.renderer.render
        try:
            outlook = self._find_outlook(chart)
            return render(await load_gaps_card(self.entry, chart, outlook, await found))
        except Exception as exc:
            LOG.error("card gaps failed: %s", type(exc).__name__)
            return render(build_failed(self.entry.scene.words.gaps, self.entry.scene))

    async def _vaccines(self, charts: AsyncChart) -> str:
        """The doses as soon as they are there; what is due once everything that may speak against
        a vaccine is, which is not waited for long."""
        try:
            async with asyncio.timeout(self._patience.card_s):
                chart = await charts.part(FORECAST_TYPES)
        except TimeoutError:
            chart = await charts.part(("Immunization",))
            return self._card(chart, self._build_doses, "vaccines")
        return self._card(chart, self._build_schedule, "vaccines")

    def _find_outlook(self, chart: Chart) -> Outlook:
        """Once per panel: the gaps and the vaccines ask it, whoever has its parts first."""
        if self.outlook is None:
            self.outlook = find_outlook(self.entry, chart)
        return self.outlook

    def _build_doses(self, chart: Chart, scene: Scene) -> View:
        waiting = build_waiting(scene, url=self.entry.links.vaccines)
        return build_vaccines(chart, scene, following=waiting)

    def _build_schedule(self, chart: Chart, scene: Scene) -> View:
        outlook = self._find_outlook(chart)
        following = build_next_vaccines(outlook, scene, url=self.entry.links.vaccines)
        return build_vaccines(chart, scene, following=following)

    def _card(self, chart: Chart, build: Callable[[Chart, Scene], View], name: str) -> str:
        render = self.entry.services.renderer.render
        try:
            return render(build(chart, self.entry.scene))
        except Exception as exc:
            LOG.error("card %s failed: %s", name, type(exc).__name__)
            return render(build_failed(getattr(self.entry.scene.words, name), self.entry.scene))

    async def _closing(self) -> str:
        scene, links, visit = self.entry.scene, self.entry.links, self.entry.visit
        notices: tuple[Notice, ...] = ()
        if self.stored is not None:
            fresh, notices = await self._news()
            searches = fresh.searches
        else:
            searches = await self.reading.searches()
        if self._answer_waits:
            notices += (build_answer_ready(links),)
        notices += build_part_failed(searches, scene, links)
        read_at = min((s.read_at for s in searches), default=None)
        who = visit.opened.user.name if visit.opened.user else ""
        tail = build_tail(
            scene,
            who=who or "",
            freshness=build_freshness(searches, scene),
            read_at=read_at,
            links=links,
            pages=list_tabs(visit.actor, links, CODE_WORDS),
        )
        views: list[View] = [NoticesPart(notices), tail] if notices else [tail]
        return self.entry.services.renderer.render_all(views)

    async def _news(self) -> tuple[Chart, tuple[Notice, ...]]:
        """What the reading beside a stored chart brought: nothing new, or a notice to show it."""
        assert self.stored is not None  # noqa: S101 — only asked over a stored chart
        charts, opened = self.entry.services.charts, self.entry.visit.opened
        scene, links = self.entry.scene, self.entry.links
        if self.is_current or not await charts.wait_kept(
            opened, timeout_s=self._patience.refresh_s
        ):
            return self.stored.chart, ()
        now = await charts.load_stored(opened)
        if now is None or now.version == self.stored.version:
            return self.stored.chart, ()
        changed = has_news(self.stored.chart, now.chart)
        return now.chart, (build_news(scene, links),) if changed else ()
