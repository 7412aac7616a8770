"""The exact words in which consent is asked for, by channel and language, with their version.

Data only. A change of a text is a new VERSION: entries keep the words that were said.
"""

from collections.abc import Mapping

import phonenumbers

VERSION = "1"

QUESTIONS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "text": "May we send you text messages at {place} about {topic}? Texts are not encrypted: "
        "someone else might read them. Message rates may apply. You can stop at any time.",
        "call": "May a person from the practice call you at {place} about {topic}?",
        "robocall": "May we call {place} with a recorded message about {topic}?",
        "voicemail": "May we leave a voice message at {place} about {topic}?",
        "email": "May we send e-mail to {place} about {topic}? E-mail is not encrypted: someone "
        "else might read it. You can stop at any time.",
        "letter": "May we send letters to {place} about {topic}?",
        "portal": "May we send messages to your portal account about {topic}?",
    },
    "es": {
        "text": "¿Podemos enviarle mensajes de texto al {place} sobre {topic}? Los mensajes no van "
        "cifrados: otra persona podría leerlos. Puede haber cargos. Puede dejarlo cuando quiera.",
        "call": "¿Puede llamarle una persona del consultorio al {place} sobre {topic}?",
        "robocall": "¿Podemos llamarle al {place} con un mensaje grabado sobre {topic}?",
        "voicemail": "¿Podemos dejarle un mensaje de voz en el {place} sobre {topic}?",
        "email": "¿Podemos enviarle correos electrónicos a {place} sobre {topic}? El correo no va "
        "cifrado: otra persona podría leerlo. Puede dejarlo cuando quiera.",
        "letter": "¿Podemos enviarle cartas a {place} sobre {topic}?",
        "portal": "¿Podemos enviarle mensajes a su cuenta del portal sobre {topic}?",
    },
}
TOPICS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "treatment": "your care, visits and results",
        "operations": "how the practice works, such as surveys and notices",
        "payment": "bills and payment",
    },
    "es": {
        "treatment": "su atención, sus citas y sus resultados",
        "operations": "el funcionamiento del consultorio, como encuestas y avisos",
        "payment": "facturas y pagos",
    },
}
TELLS_RISK = ("text", "email")
"""Channels whose question says that others might read the message."""


def build_wording(channel: str, purpose: str, place: str, language: str) -> tuple[str, str]:
    """(the question as it is asked, its version: number and language). English where we have no
    words in theirs: an interpreter then says it, and the version shows which text it was."""
    tag = language if language in QUESTIONS else "en"
    text = QUESTIONS[tag][channel].format(place=place, topic=TOPICS[tag][purpose])
    return text, f"{VERSION}-{tag}"


def write_phone(value: str) -> str:
    """An E.164 number as people at home in the US say it; other numbers in full."""
    try:
        number = phonenumbers.parse(value, None)
    except phonenumbers.NumberParseException:
        return value
    national = number.country_code == 1
    kind = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, kind.NATIONAL if national else kind.INTERNATIONAL)
