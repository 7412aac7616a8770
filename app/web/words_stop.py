"""The words of the page that stops e-mail, in the languages of our e-mails. Holds no markup.

Read by patients: short sentences, nobody is to blame, and it says what goes on.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.outreach.way_out import Tongue


@dataclass(frozen=True, slots=True)
class StopWords:
    """`{clinic}` is the practice's name at the start of a sentence, or `practice` where it is not
    known; `{phone}` its number, in the variant that has one."""

    page: str
    practice: str
    ask: str
    ask_does: str
    done: str
    done_does: str
    others: str
    portal: str
    again: str
    again_phone: str
    bad: str
    bad_why: str
    bad_do: str


EN = StopWords(
    page="Stop e-mails",
    practice="The practice",
    ask="Stop these e-mails?",
    ask_does="{clinic} will send no more e-mails like this to the address where you got it. This "
    "includes visit reminders.",
    done="Done. No more e-mails.",
    done_does="{clinic} will send no more e-mails like this to the address where you got it. This "
    "includes visit reminders. One that has just left may still arrive.",
    others="You may still get texts, calls or letters. If you do not want those either, tell the "
    "practice, or answer STOP to a text.",
    portal="Your patient portal is separate. Its messages, and the e-mails that tell you about "
    "them, stay as they are.",
    again="This does not change your care. You can have e-mails again at any time: tell the "
    "practice.",
    again_phone="This does not change your care. You can have e-mails again at any time: call "
    "{phone}.",
    bad="This link does not work",
    bad_why="A part of it may be missing. Open it from the e-mail again, or copy all of it.",
    bad_do="You can also call the practice that wrote to you and say that you want no more "
    "e-mails. Its name and phone number are in the e-mail.",
)
ES = StopWords(
    page="Dejar de recibir correos",
    practice="El consultorio",
    ask="¿Dejar de recibir estos correos?",
    ask_does="{clinic} no enviará más correos como este a la dirección donde lo recibió. Tampoco "
    "recordatorios de citas.",
    done="Listo. No más correos.",
    done_does="{clinic} no enviará más correos como este a la dirección donde lo recibió. Tampoco "
    "recordatorios de citas. Uno que acaba de salir todavía puede llegar.",
    others="Aún puede recibir mensajes de texto, llamadas o cartas. Si tampoco los quiere, dígalo "
    "al consultorio o conteste STOP a un mensaje de texto.",
    portal="Su portal de pacientes es aparte. Sus mensajes, y los correos que avisan de ellos, "
    "siguen igual.",
    again="Esto no cambia su atención. Puede volver a recibir correos cuando quiera: dígalo al "
    "consultorio.",
    again_phone="Esto no cambia su atención. Puede volver a recibir correos cuando quiera: llame "
    "al {phone}.",
    bad="Este enlace no funciona",
    bad_why="Puede que le falte una parte. Ábralo otra vez desde el correo, o cópielo entero.",
    bad_do="También puede llamar al consultorio que le escribió y decir que no quiere más correos. "
    "Su nombre y su teléfono están en el correo.",
)
WORDS: Mapping[Tongue, StopWords] = {"en": EN, "es": ES}
