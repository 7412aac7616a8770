"""The page of message templates and sequences: every version, its words and what stands against
it; a form with new words. Shows; approves and saves nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar

from app.outreach.lint import measure_template
from app.outreach.message import VARIABLES, Template, Variant, render_message
from app.outreach.segments import Length
from app.sync.own_rules import Version, find_findings
from app.sync.rule_desk import Shelf
from app.sync.rule_files import ContactRules
from app.web.views.desk import DeskHead
from app.web.views.page import Page
from app.web.words import lookup
from app.web.words_answer import EN as ANSWER
from app.web.words_messages import EN, MessageWords


@dataclass(frozen=True, slots=True)
class VariantView:
    title: str
    lang: str
    subject: str
    text: str
    length: str
    reviewed: str
    change_url: str


@dataclass(frozen=True, slots=True)
class VersionView:
    """`acts` are (act, word)."""

    kind: str
    key: str
    version: int
    name: str
    about: str
    mark_kind: str
    state: str
    variants: tuple[VariantView, ...]
    steps: tuple[str, ...]
    findings: tuple[str, ...]
    acts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """One template or sequence: its newest version, and the older ones."""

    newest: VersionView
    older: tuple[VersionView, ...]


@dataclass(frozen=True, slots=True)
class WordsForm:
    """`checked` once it was looked at: then `findings` and `example` are of these words."""

    title: str
    key: str
    place: int
    lang: str
    subject: str
    text: str
    reviewed_by: str
    has_subject: bool
    save_word: str
    hint: str
    error_field: str = ""
    error: str = ""
    checked: bool = False
    findings: tuple[str, ...] = ()
    example: str = ""
    length: str = ""


@dataclass(frozen=True, slots=True)
class MessagesPage:
    template: ClassVar[str] = "pages/messages.html"
    page: Page
    t: MessageWords
    head: DeskHead
    action: str
    csrf: str
    shelves: tuple[tuple[str, str, tuple[Group, ...]], ...]
    form: WordsForm | None
    problem: str


def build_messages_page(
    shelf: Shelf,
    head: DeskHead,
    *,
    page: Page,
    url: str,
    form: WordsForm | None = None,
    problem: str = "",
) -> MessagesPage:
    return MessagesPage(
        page=page,
        t=EN,
        head=head,
        action=url,
        csrf=head.csrf,
        shelves=tuple(
            (kind, word, build_groups([v for v in shelf.versions if v.kind == kind], shelf, url))
            for kind, word in EN.kinds
        ),
        form=form,
        problem=problem,
    )


def build_groups(versions: Sequence[Version], shelf: Shelf, url: str) -> tuple[Group, ...]:
    found = []
    for _key, same in groupby(versions, key=lambda v: v.rule.key):
        views = [
            build_version_view(v, shelf.rules, url, is_newest=n == 0) for n, v in enumerate(same)
        ]
        found.append(Group(views[0], tuple(views[1:])))
    return tuple(found)


def build_version_view(
    version: Version, rules: ContactRules, url: str, *, is_newest: bool
) -> VersionView:
    rule = version.rule
    variants: tuple[VariantView, ...] = ()
    steps: tuple[str, ...] = ()
    if isinstance(rule, Template):
        variants = tuple(
            build_variant(rule, n, url if is_newest else "") for n in range(len(rule.variants))
        )
    else:
        steps = tuple(
            EN.step.format(n=n, name=s.name, days=s.wait_days, channels=name_channels(s.channels))
            for n, s in enumerate(rule.steps, 1)
        )
    said = EN.version.format(key=rule.key, version=rule.version)
    is_used = version.state == "approved"
    findings = () if is_used else find_findings(rule, rules)
    acts = [("retire", EN.retire)] if is_used else [] if findings else [("approve", EN.approve)]
    return VersionView(
        kind=version.kind,
        key=rule.key,
        version=rule.version,
        name=rule.name,
        about=f"{said}, {EN.shipped if version.is_shipped else EN.own}",
        mark_kind=lookup(EN.marks, version.state),
        state=lookup(EN.states, version.state),
        variants=variants,
        steps=steps,
        findings=findings,
        acts=tuple(acts),
    )


def build_variant(template: Template, place: int, url: str) -> VariantView:
    variant = template.variants[place]
    length = build_length(measure_template(variant)) if "text" in variant.channels else ""
    who = variant.reviewed_by
    return VariantView(
        title=build_variant_title(variant),
        lang=variant.language,
        subject=variant.subject,
        text=variant.text,
        length=length,
        reviewed=EN.reviewed.format(who=who) if who else "",
        change_url=f"{url}?key={template.key}&place={place}" if url else "",
    )


def build_variant_title(variant: Variant) -> str:
    language = dict(EN.languages).get(variant.language, variant.language)
    return EN.variant.format(language=language, channels=name_channels(variant.channels))


def name_channels(channels: Sequence[str]) -> str:
    return ", ".join(lookup(ANSWER.channels, channel) for channel in channels)


def build_length(found: Length) -> str:
    plural = "" if found.segments == 1 else "s"
    return EN.length.format(characters=found.characters, segments=found.segments, s=plural)


def build_hint(variant: Variant) -> str:
    hint = EN.text_hint.format(variables=", ".join(VARIABLES))
    return f"{hint} {EN.mail_hint}" if "email" in variant.channels else hint


def build_words_form(
    template: Template,
    place: int,
    *,
    typed: Mapping[str, str] | None = None,
    wrong: tuple[str, str] = ("", ""),
    changed: Template | None = None,
    rules: ContactRules | None = None,
) -> WordsForm:
    """`template` is the newest version, `changed` what would be saved, once it was looked at."""
    variant = template.variants[place]
    given = typed if typed is not None else {
        "text": variant.text, "subject": variant.subject, "reviewed_by": variant.reviewed_by,
    }  # fmt: skip
    form = WordsForm(
        title=EN.form_title.format(name=template.name, variant=build_variant_title(variant)),
        key=template.key,
        place=place,
        lang=variant.language,
        subject=given.get("subject", ""),
        text=given.get("text", ""),
        reviewed_by=given.get("reviewed_by", ""),
        has_subject=variant.channels != ("text",),
        save_word=EN.save.format(version=template.version + 1),
        hint=build_hint(variant),
        error_field=wrong[0],
        error=wrong[1],
    )
    if changed is None or rules is None:
        return form
    return _with_look(form, changed, place, rules)


def _with_look(form: WordsForm, changed: Template, place: int, rules: ContactRules) -> WordsForm:
    mine = changed.variants[place]
    channel = "email" if "email" in mine.channels else mine.channels[0]
    return WordsForm(
        **{
            name: getattr(form, name)
            for name in form.__dataclass_fields__
            if name not in ("checked", "findings", "example", "length")
        },
        checked=True,
        findings=find_findings(changed, rules),
        example=render_message(changed, mine, VARIABLES, channel).text,
        length=build_length(measure_template(mine)) if "text" in mine.channels else "",
    )
