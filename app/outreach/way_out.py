"""The way out of e-mail: the sentence with the link that every e-mail ends with. Pure.

It stands in the words that the gate judges with a mark in the link's place; the link itself is
written in when the mail leaves, so that none lies in the store or on a page of ours.
"""

from collections.abc import Mapping
from typing import Literal

Tongue = Literal["en", "es"]
SENTENCES: Mapping[Tongue, str] = {
    "en": "To stop these e-mails, open this link and press the button. You do not need to sign in.",
    "es": "Para dejar de recibir estos correos, abra este enlace y pulse el botón. "
    "No necesita contraseña.",
}
MARKS: Mapping[Tongue, str] = {"en": "[link]", "es": "[enlace]"}
BUTTONS: Mapping[Tongue, str] = {"en": "Stop these e-mails", "es": "Dejar de recibir estos correos"}
"""What the page's button says: the words of whoever presses it."""
MAIL_PROGRAM = "Unsubscribe, by their mail program's own button"
"""Stands for the words of a button that is not ours."""


def pick_language(language: str) -> Tongue:
    """Of a tag such as es-MX; English where we have no words in theirs."""
    return "es" if language.split("-")[0].lower() == "es" else "en"


def build_way_out(language: str, link: str = "") -> str:
    """The sentence and below it the link, or its mark."""
    tag = pick_language(language)
    return f"{SENTENCES[tag]}\n{link or MARKS[tag]}"


def with_way_out(text: str, language: str, link: str = "") -> str:
    """The text with the way out at its end, once, whatever it ended with before. Text that was
    planned before there were links gets one too."""
    body = text.rstrip()
    for tag in SENTENCES:
        body = body.removesuffix(build_way_out(tag)).rstrip()
    return f"{body}\n\n{build_way_out(language, link)}"
