"""Reply words: what somebody typed as plain words, so that one pattern fits many spellings.

Lower case, without accents and apostrophes, one space between words, `|` between clauses. Knows
common shortenings; the spelling of key words is mended by one letter (two in long words).
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

MOST = 2000
"""Characters that are read; nobody revokes after that."""
STOP_SIGNS = re.compile("[\U0001f6d1\u26d4\U0001f6ab\U0001f645\U0001f515]")
THUMB_UP = re.compile("[\U0001f44d\U0001f44c\u2705\u2714]")
_QUOTED_LINE = re.compile(r"^\s*>.*$", re.MULTILINE)
_QUOTED_REST = re.compile(
    r"^\s*(?:on .{5,120} wrote|el .{5,120} escribi[oó]|-{2,} ?(?:original|forwarded) message|"
    r"-{2,} ?mensaje original|from:|de:|sent from my|enviado desde mi|_{8,}).*",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
_TAPBACK = re.compile(
    r"^\W*(?:liked|loved|disliked|laughed at|emphasized|questioned|reacted .{1,12} to|le gust[oó]|"
    r"le encant[oó]|no le gust[oó]|enfatiz[oó]|se ri[oó] de|\S{1,4} to)\s+[\"\u201c\u201d\u00ab]",
    re.IGNORECASE,
)
_APOSTROPHES = re.compile(r"(?<=\w)['\u2019\u2018`\u00b4](?=\w)")
_CLAUSES = re.compile(
    r"[.!?;:,\n()\"\u201c\u201d\u00ab\u00bb\u00a1\u00bf\u2026]+|\s[-\u2013\u2014]+\s|&"
)
_OTHERS = re.compile(r"[^\w|]+")
_SPELLED = re.compile(r"\b(?:\w[ .\-_*]+){3,}\w\b")
_REPEATED = re.compile(r"([a-z])\1{2,}")
_NUMBER_SIGN = re.compile(r"#(?! ?\d)")
_LEET = str.maketrans({"0": "o", "$": "s", "5": "s", "1": "i", "@": "a", "3": "e"})
_JOINED = re.compile(
    r"\b(stop|quit|dont|nomore|no|cancel|end)(?=(?:text|messag|msg|call|send|contact|all|this|these|it|now|"
    r"please|bother|more|spam|mensajes|mas)(?:s|es|ing|me|more)*\b)"
)
_WORDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(rf"\b(?:{pattern})\b"), word)
    for pattern, word in (
        ("do not|do nt|dnt|donot|dont t|don t|d0nt|dony|dotn|dun|doent|dint", "dont"),
        ("can not|cannot|can t", "cant"),
        ("will not|won t", "wont"),
        ("did not|didn t", "didnt"),
        ("does not|doesn t", "doesnt"),
        ("is not|isn t", "isnt"),
        ("are not", "arent"),
        ("would not", "wouldnt"),
        ("should not", "shouldnt"),
        ("could not", "couldnt"),
        ("have not", "havent"),
        ("nomore", "no more"),
        ("nver|nevr|neva|nvr", "never"),
        ("agen|agin|agian", "again"),
        ("m(?= (?:escrib|mand|envi|llam|molest|contact))", "me"),
        ("d(?= (?:molest|escrib|mand|envi|llam|baja|la lista|su lista|esa|eso|tus|sus))", "de"),
        ("any more|anymor|nemore", "anymore"),
        ("pls|plz|plse|pleas|plase|pleez|plees|pleese|pleae|peas|plss|plzz", "please"),
        ("u|yu|yall|you all|you guys|you people", "you"),
        ("ur|yr|yo", "your"),
        ("txt|tex|texr|tect|tx", "text"),
        ("txts|texs|texst|txtz", "texts"),
        ("txting|texing|txtn|txtng|textin", "texting"),
        ("txt msgs?|text msgs?|text messags?", "text messages"),
        ("msg|mssg|mesg|messge|mesage|messege|massage|mssge|messsage", "message"),
        ("msgs|mssgs|mesgs|messges|mesages|messeges|massages|msges|messags", "messages"),
        ("msging|mesaging|messging", "messaging"),
        ("gonna", "going to"),
        ("wanna", "want to"),
        ("im not", "im not"),
        ("thru", "through"),
        ("w|wth|wit", "with"),
        ("fck|fuk|fuc|phuck|f u|fkk|fk", "fuck"),
        ("e mails?", "email"),
        ("e mailing", "emailing"),
        ("un suscribe|un subscribe|unsubcribe|unsuscribe|unsubscrib|unsubscibe|unsubsribe|"
         "unsubsscribe|unscribe|unsibscribe|unsbuscribe|unsuscribed?|unsubscride", "unsubscribe"),
        ("sotp|sot|stpo|sttop|stopp|stoop|tsop|stp|satop|stope|stiop|sop|sropp?|dtop|atop|stoip|stap|"
         "estop|stup|stob|estap|shtop|stopo|stoo|stahp|stpp|srop|ztop|stops it|stopit", "stop"),
        ("conctact|contat|contct|cantact|contac|conact", "contact"),
        ("q|ke|k", "que"),
        ("xq|xk|porq|pq", "por que"),
        ("xfa|xfavor|x favor|porfis|pf|pfv|porfabor|por fabor|fabor", "por favor"),
        ("mensages?|mensjes?|mesajes?|mensajs|mansajes?|menzajes?|msjs?|mnsjs?|msj", "mensajes"),
        ("embien|envien|enbien|enbíen|envyen", "envien"),
        ("mandem|mandes|mandn", "manden"),
        ("te?xteen|te?xtien|tecsteen", "texteen"),
        (r"te?xtear\w*|te?xteand\w+", "textear"),
        ("escriven|escrivan|escribn|eskriban|escrban|escrivas|escriba", "escriban"),
        ("yamen|llamem|yame|llamn", "llamen"),
        ("quero|kiero|qiero|kero|qero", "quiero"),
        ("resivir|resibir|recivir|resivr", "recibir"),
        ("vasta|bastaa", "basta"),
        ("molestn|molesen|molestem", "molesten"),
        ("kiten|quitemen|kitenme|quitenmen|kiteme", "quitenme"),
        ("boy", "voy"),
        ("ia no|lla no", "ya no"),
    )
)  # fmt: skip


def is_tapback(text: str) -> bool:
    """Whether a phone wrote this: a reaction that quotes our own message."""
    return bool(_TAPBACK.match(text))


def drop_quotes(text: str) -> str:
    """The answer without the mail that it answers."""
    return _QUOTED_REST.sub("", _QUOTED_LINE.sub("", text[:MOST]))


@lru_cache(maxsize=4096)
def normalize_reply(
    text: str, near: tuple[str, ...] = (), real: frozenset[str] = frozenset()
) -> str:
    """The words of a reply, see above. `near` are key words whose misspellings are mended, `real`
    are words that only look like one."""
    text = STOP_SIGNS.sub(" stop ", THUMB_UP.sub(" ok ", drop_quotes(text)))
    text = unicodedata.normalize("NFKD", text.casefold())
    text = "".join(c for c in text if not unicodedata.combining(c) and not _is_format(c))
    text = _APOSTROPHES.sub("", text)
    text = _NUMBER_SIGN.sub(" number ", text)
    text = " ".join(_read_leet(word) for word in text.split(" "))
    text = _SPELLED.sub(lambda m: re.sub(r"[^\w]", "", m.group()), text)
    text = _OTHERS.sub(" ", _CLAUSES.sub(" | ", text)).replace("_", " ")
    text = _REPEATED.sub(r"\1", text)
    text = _JOINED.sub(r"\1 ", text)
    for pattern, word in _WORDS:
        text = pattern.sub(word, text)
    words = [w if w == "|" else mend(w, near, real) for w in text.split()]
    return _tidy(" ".join(words))


def _is_format(char: str) -> bool:
    return unicodedata.category(char) in ("Cf", "Mn")


def _read_leet(word: str) -> str:
    """st0p, $top: signs among letters read as letters; numbers and amounts stay."""
    core = word.strip(".,!?;:")
    mixed = any(c.isalpha() for c in core) and any(c in "0$5@31" for c in core)
    if not mixed or "." in core or len(core) > 15 or sum(c.isdigit() for c in core) > 2:
        return word
    return word.translate(_LEET)


def _tidy(text: str) -> str:
    clauses = [" ".join(c.split()) for c in text.split("|")]
    return " | ".join(c for c in clauses if c)


@lru_cache(maxsize=8192)
def mend(word: str, near: tuple[str, ...], real: frozenset[str]) -> str:
    """The key word that this is a misspelling of, or the word itself."""
    if len(word) < 4 or word in real or word in near:
        return word
    return next((k for k in near if abs(len(k) - len(word)) <= 2 and _is_near(word, k)), word)


def _is_near(word: str, key: str) -> bool:
    if len(key) < 4:
        return False
    most = 2 if len(key) >= 8 else 1
    if word[0] != key[0] and (most == 1 or word[1:2] != key[1:2]):
        return False
    return count_edits(word, key, most) <= most


def count_edits(a: Sequence[str], b: Sequence[str], most: int) -> int:
    """Letters to add, drop, change or swap with a neighbor; more than `most` reads most + 1."""
    if abs(len(a) - len(b)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        earlier, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
    return min(row[-1], most + 1)
