"""The style guide's contact answers and planned contacts: finished cards, all data invented."""

from app.web.samples import LINKS
from app.web.views.answer import AnswerCard, AnswerRow
from app.web.views.day_bar import DayBar, Label, Piece, Track
from app.web.views.notices import Action
from app.web.views.planned import PlannedCard, PlannedRow
from app.web.views.provenance import Provenance
from app.web.words_answer import EN

BAR = DayBar(
    begin="12%",
    tracks=(
        Track("Text", 19, (Piece("23%", "66%"),)),
        Track("Call", 33, (Piece("72.5%", "16.5%"),)),
    ),
    labels=(Label("23%", "8 AM"), Label("72.5%", "5 PM"), Label("89%", "8 PM")),
    now="45%",
    now_at="45%",
    now_word=EN.now,
)
BEHIND = Provenance(
    (
        (EN.rule, "Q4"),
        (EN.citation, "Internal policy"),
        (EN.by, "R. Patel, MA"),
        (EN.fix, "Wait, or ask them again."),
    )
)
ROWS = (
    AnswerRow(
        "yes",
        "Text",
        "Yes",
        "(602) 555-0148",
        "Agreed Mar 3. 1 of 3 this week.",
        BEHIND,
        "Until 8:00 PM there / 10:00 PM here",
        Action("Plan text", "#"),
    ),
    AnswerRow(
        "wait",
        "Call",
        "Not now",
        "(602) 555-0148",
        "They asked not to be reached at this time of day.",
        BEHIND,
        "Next: 5:00 PM there / 7:00 PM here",
        Action("Plan call", "#"),
    ),
    AnswerRow(
        "no",
        "E-mail",
        "No",
        "e.vargas@example.com",
        "They have not been told the risk of plain e-mail.",
        BEHIND,
        "",
        Action("Ask and record", "#"),
    ),
    AnswerRow(
        "yes",
        "Letter",
        "Yes",
        "12 Palm Court, Mesa, AZ 85201",
        "Nothing on record speaks against it.",
        None,
        "",
        Action("Plan letter", "#"),
    ),
    AnswerRow(
        "unknown", "Portal", "Waits", "", "Whether they use it is not known.", None, "", None
    ),
)


def build_answer(
    kind: str, text: str, *, why: str = "", rows: tuple[AnswerRow, ...] = (), canceled: str = ""
) -> AnswerCard:
    return AnswerCard(
        title=EN.title,
        preferences_word=EN.preferences,
        preferences_url="#" if rows else "",
        mark_kind="stopped" if kind == "stopped" else "yes",
        text=text,
        why=why,
        clock="12:10 PM there (Mesa, AZ) / 2:10 PM here" if rows else "",
        opens="",
        missing="",
        bar=BAR if rows else None,
        rows=rows,
        canceled=canceled,
        canceled_word=EN.see_canceled,
        canceled_url="#" if canceled else "",
    )


OPEN = build_answer("yes", "Yes, by text or letter", rows=ROWS)
STOPPED = build_answer(
    "stopped",
    "All contact is stopped",
    why="Died Nov 19, recorded in Epic. Nothing is planned and nothing goes out.",
    canceled="4 planned contacts were canceled Nov 19, 6:42 PM. Nothing went out since.",
)
NOTHING = PlannedCard(
    EN.outreach, "", "#", (), EN.outreach_none, EN.outreach_plan, "#", EN.outreach_open
)
PLANNED = PlannedCard(
    title=EN.outreach,
    all_word="All 3",
    all_url="#",
    rows=(
        PlannedRow(
            "text",
            "Text: a screening that is due",
            "Wed, Nov 25, 9:30 AM there / 11:30 AM here",
            "In Spanish. Checked again just before it goes.",
            LINKS.panel,
            is_late=False,
        ),
    ),
    none_word="",
    plan_word=EN.outreach_plan,
    plan_url="#",
    open_word=EN.outreach_open,
)
