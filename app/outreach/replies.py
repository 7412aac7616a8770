"""Replies: what an answer to a message asks for. Records nothing; in doubt it is a revocation.

Patterns are data (replies.toml). The order in which they are tried is said there.
"""

import re
import tomllib
from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct

from app.errors import ConfigError
from app.outreach.reply_hold import HoldRules, is_doubtful, parse_hold
from app.outreach.reply_words import count_edits, is_tapback, normalize_reply
from app.outreach.request import Channel

FILE = "replies.toml"
Kind = Literal["stop", "start", "help", "wrong_person", "yes", "no", "other"]
Language = Literal["en", "es", ""]
LANGUAGES: tuple[Literal["en", "es"], ...] = ("en", "es")
PER_SE = ("stop", "quit", "end", "revoke", "opt out", "cancel", "unsubscribe")
"""47 CFR 64.1200(a)(10): each alone is a revocation by law."""


class Reply(Struct, frozen=True, kw_only=True):
    """How one reply reads.

    `kind` says what to do first; a reply may also be from a `wrong_person`, or `urgent` (read by a
    person at once). `channels`: what a revocation is about: texts always, unless it asks for texts
    in place of calls, and what else it names; `everything` when it asks for no contact of any
    kind. `may_revoke`: it is read as none, yet may be one: nothing automated follows until a person
    has read it. `rule` is a stable name for the record, `language` of the words that decided.
    """

    kind: Kind
    language: Language = ""
    rule: str = ""
    channels: tuple[Channel, ...] = ()
    everything: bool = False
    wrong_person: bool = False
    urgent: bool = False
    may_revoke: bool = False

    @property
    def revokes(self) -> bool:
        """Whether nothing automated may follow: a revocation, or somebody else's number."""
        return self.kind == "stop" or self.wrong_person


Pattern = re.Pattern[str]


class ReplyRules(Struct, frozen=True, kw_only=True):
    version: str
    keywords: Mapping[str, frozenset[str]]
    spanish: frozenset[str]
    polite: frozenset[str]
    never: Pattern
    maybe: Pattern
    stop: tuple[tuple[Language, str, Pattern], ...]
    bare: tuple[tuple[Language, Pattern], ...]
    clause: frozenset[str]
    visit: Pattern
    start: tuple[tuple[Language, Pattern], ...]
    wrong: tuple[tuple[Language, Pattern], ...]
    urgent: Pattern
    near: tuple[str, ...]
    real: frozenset[str]
    loose: tuple[tuple[Pattern, Pattern], ...]
    hold: HoldRules


def load_reply_rules(text: str) -> ReplyRules:
    """The text of replies.toml. Raises ConfigError naming what is wrong."""
    try:
        raw = tomllib.loads(text)
        compile_ = _Compiler(raw["words"])
        return ReplyRules(
            version=str(raw["version"]),
            keywords={k: frozenset(_plain(w) for w in v) for k, v in raw["keywords"].items()},
            spanish=frozenset(_plain(w) for w in raw["spanish"]["words"]),
            polite=frozenset(raw["polite"]["words"]),
            never=compile_.any(raw["never"]),
            maybe=compile_.any(raw["maybe"]),
            stop=tuple(
                (language, name, compile_.one(pattern))
                for language in LANGUAGES
                for name, pattern in raw["stop"][language]
            ),
            bare=compile_.each(raw["bare"]),
            clause=frozenset(raw["clause"]["words"]),
            visit=compile_.one(raw["clause"]["visit"]),
            start=compile_.each(raw["start"]),
            wrong=compile_.each(raw["wrong"]),
            urgent=compile_.one(raw["urgent"]["words"]),
            near=tuple(raw["spelling"]["near"]),
            real=frozenset(raw["spelling"]["real"]) | _find_words(text.partition("[loose]")[0]),
            loose=_parse_loose(raw["loose"]),
            hold=parse_hold(raw["hold"]),
        )
    except KeyError as exc:
        raise ConfigError(f"{FILE}: {exc.args[0]} is missing") from exc
    except (TypeError, ValueError, AttributeError, re.error) as exc:
        raise ConfigError(f"{FILE}: {exc}") from exc


def _parse_loose(raw: Mapping[str, str]) -> tuple[tuple[Pattern, Pattern], ...]:
    """What ends or refuses, each with what it has to stand beside."""
    pairs = (("end", "list"), ("refuse", "message"))
    return tuple((re.compile(raw[ends]), re.compile(raw[about])) for ends, about in pairs)


_WORD = re.compile(r"([a-z]{3,})(\\w|\?)?")


def _find_words(text: str) -> frozenset[str]:
    """Whatever a pattern or list names is a word of its own, not a misspelling; `texts?` names
    two, `revok\\w` names none."""
    found: set[str] = set()
    for word, after in _WORD.findall(text):
        if after != "\\w":
            found.add(word)
        if after == "?":
            found.add(word[:-1])
    return frozenset(found)


def _plain(word: str) -> str:
    return normalize_reply(word)


class _Compiler:
    """Patterns with their @groups put in place."""

    def __init__(self, groups: Mapping[str, str]) -> None:
        self._groups = groups

    def one(self, pattern: str) -> Pattern:
        return re.compile(re.sub(r"@(\w+)", lambda m: self._groups[m.group(1)], pattern))

    def each(self, raw: Mapping[str, Any]) -> tuple[tuple[Language, Pattern], ...]:
        return tuple((k, self.one(p)) for k in LANGUAGES for p in raw[k])

    def any(self, raw: Mapping[str, Any]) -> Pattern:
        parts = [rf"\b(?:{p})" for k in LANGUAGES for p in raw[k]]
        return self.one("|".join(parts))


def parse_reply(text: str, rules: ReplyRules) -> Reply:
    """One reply as it came in, of any length and spelling. Never raises."""
    if is_tapback(text):
        return Reply(kind="other", rule="tapback")
    plain = normalize_reply(text, rules.near, rules.real)
    urgent = bool(rules.urgent.search(plain))
    wrong = "en" if _NOT_NAME.match(text) else _search(rules.wrong, plain)
    found = _read_keyword(plain, rules) or _read_stop(plain, rules)
    if found is None and wrong is not None:
        found = Reply(kind="wrong_person", language=wrong, rule="wrong_person")
    found = found or _read_start(plain, rules) or _read_first(plain)
    is_wrong = wrong is not None and found.kind not in ("yes", "no", "help", "start")
    return Reply(
        kind=found.kind,
        language=found.language,
        rule=found.rule,
        channels=found.channels,
        everything=found.everything,
        wrong_person=is_wrong,
        urgent=urgent,
        may_revoke=_may_revoke(found, plain, rules) and not is_wrong,
    )


def _may_revoke(found: Reply, plain: str, rules: ReplyRules) -> bool:
    """Only what no keyword and no pattern has settled."""
    settled = found.kind not in ("other", "yes", "no") or found.rule.startswith("keyword")
    return not settled and is_doubtful(plain, rules.never.sub(" ~ ", plain), rules.hold)


_NOT_NAME = re.compile(
    r"\s*(?:not|no soy) (?!Today|Now|Yet|Sure|Me|This|Interested|Really|At|For|In)[A-Z][a-z]+\W*$"
)
"""A short "Not Maria", told by its capital."""


def _read_keyword(plain: str, rules: ReplyRules) -> Reply | None:
    """A keyword alone, said once or more, with polite words around it."""
    words = plain.replace("|", " ").split()
    whole = " ".join(words)
    bare = " ".join(w for w in words if w not in rules.polite)
    kept = " ".join(w for w in words if w == "ya" or w not in rules.polite)
    glued = "".join(words)
    for said in (whole, kept, bare, _once(bare), glued, _DOUBLED.sub(r"\1", glued)):
        for kind in ("stop", "start", "help", "no", "yes"):
            if said in rules.keywords[kind]:
                return _build_keyword(kind, said, rules)
    several = len(words) < 5 and bare and all(w in _SURE for w in bare.split())
    if several or _is_nearly_sure(glued):
        return _build_keyword("stop", bare.split()[0] if bare else glued, rules)
    return None


_DOUBLED = re.compile(r"([a-z])\1+")
"""Letters held too long: "endd"."""


def _is_nearly_sure(glued: str) -> bool:
    """One letter off a long keyword: "opt outt"."""
    return any(count_edits(glued, known, 1) <= 1 for known in ("optout", "unsubscribe", "stopall"))


_SURE = frozenset((*PER_SE, "alto", "parar", "baja", "basta", "cancelar", "remove", "stopall"))
"""Keywords of which several may stand together: "end/cancel"."""


def _once(words: str) -> str:
    """ "stop stop stop" as "stop"."""
    each = words.split()
    return each[0] if each and len(set(each)) == 1 else words


def _build_keyword(kind: str, said: str, rules: ReplyRules) -> Reply:
    language: Language = "es" if said in rules.spanish else "en"
    rule = f"keyword:{said}" if kind == "stop" else f"keyword:{kind}"
    channels: tuple[Channel, ...] = ("text",) if kind == "stop" else ()
    return Reply(kind=kind, language=language, rule=rule, channels=channels)  # type: ignore[arg-type]  # a Kind by now


def _read_stop(plain: str, rules: ReplyRules) -> Reply | None:
    left = rules.never.sub(" ~ ", plain)
    for language, name, pattern in rules.stop:
        if pattern.search(left):
            return _build_stop(plain, language, name)
    left = rules.maybe.sub(" ~ ", left)
    for language, pattern in rules.bare:
        if pattern.search(left):
            return _build_stop(plain, language, "bare_word")
    return _read_clauses(left, plain, rules) or _read_loosely(left, plain, rules)


def _read_loosely(left: str, plain: str, rules: ReplyRules) -> Reply | None:
    """An ending, and messages, said in whatever order; nothing of care or a visit beside it."""
    if rules.hold.care.search(plain) or rules.visit.search(plain):
        return None
    for ends, about in rules.loose:
        if ends.search(left) and about.search(left):
            return _build_stop(plain, "", "loose")
    return None


def _read_clauses(left: str, plain: str, rules: ReplyRules) -> Reply | None:
    """A keyword that is a clause of its own, unless the message is about a visit."""
    if rules.visit.search(plain):
        return None
    for clause in left.split("|"):
        words = [w for w in clause.split() if w == "ya" or w not in rules.polite]
        said = _once(" ".join(words))
        if said in rules.clause:
            return _build_stop(plain, "es" if said in rules.spanish else "en", f"clause:{said}")
    return None


_CALLS = re.compile(r"\b(?:call|calls|calling|phoning|llam\w+|llamadas?|marqu?en?)\b")
_WANTS_TEXTS = re.compile(
    r"(?<!dont )(?<!not )(?<!never )(?<!no )(?<!or )(?<!and )(?<!nor )\b(?:text|message) me\b"
    r"(?! (?:no|any|again))|\btexts? (?:is|are|me is) (?:fine|ok|okay|better|good)\b|"
    r"(?<!no )\b(?:mandenme|mandeme|mejor) (?:un )?(?:texto|mensaje)"
)
_MAILS = re.compile(r"\b(?:e?mails?|emailing|correos?)\b")
_LETTERS = re.compile(r"\b(?:letters?|cartas?)\b")
_ALL = re.compile(
    r"\b(?:contact\w*|bother\w*|harass\w*|leave me|alone|communicat\w*|disturb|anything|outreach|"
    r"hear from you|en paz|molest\w*|comunic\w*|nada de ustedes|saber de ustedes|off your list)\b"
)


def _build_stop(plain: str, language: Language, rule: str) -> Reply:
    channels: list[Channel] = []
    if _CALLS.search(plain):
        channels.append("call")
    if _MAILS.search(plain):
        channels.append("email")
    if _LETTERS.search(plain):
        channels.append("letter")
    if channels != ["call"] or not _WANTS_TEXTS.search(plain):
        channels.insert(0, "text")
    everything = bool(_ALL.search(plain))
    return Reply(
        kind="stop",
        language=language,
        rule=rule,
        channels=tuple(channels),
        everything=everything,
    )


def _read_start(plain: str, rules: ReplyRules) -> Reply | None:
    language = _search(rules.start, plain)
    return None if language is None else Reply(kind="start", language=language, rule="start")


_FIRST: Mapping[str, tuple[Kind, Language]] = {
    **dict.fromkeys(("yes", "yeah", "yep", "ok", "okay", "sure"), ("yes", "en")),
    **dict.fromkeys(("si", "claro"), ("yes", "es")),
    **dict.fromkeys(("nope", "nah"), ("no", "en")),
}


def _read_first(plain: str) -> Reply:
    """A sentence that begins with a clear yes or no."""
    kind, language = _FIRST.get(plain.partition(" ")[0], ("other", ""))
    return Reply(kind=kind, language=language, rule="none" if kind == "other" else "first_word")


def _search(patterns: tuple[tuple[Language, Pattern], ...], plain: str) -> Language | None:
    return next((language for language, p in patterns if p.search(plain)), None)
