"""Mail by SMTP to a real server: encrypted, refused, lost, and never claimed wrongly."""

from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage

import httpx
import pytest

from app.channels.mail import MailServer, build_mail, send_mail
from app.channels.outcome import Refused, Taken, Unknown

pytestmark = pytest.mark.anyio

AT = datetime(2026, 11, 24, 19, 10, tzinfo=UTC)
TO = "e.vargas@example.com"
ID = "<one@mail.example.org>"
STOP = f"https://chartside.a-practice-with-a-long-name.example.org/unsubscribe/{'Ab-_' * 11}"
INVITATION = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"


def small(server: MailServer) -> EmailMessage:
    return build_mail(
        server, to=TO, subject="Visit", text="Call us.", message_id=ID, at=AT, stop_url=STOP
    )


async def test_mail_arrives_encrypted_with_its_invitation(
    mail_server: MailServer, control: httpx.AsyncClient
) -> None:
    mail = build_mail(
        mail_server,
        to=TO,
        subject="Su próxima visita",
        text="Por favor, llámenos.",
        message_id=ID,
        at=AT,
        stop_url=STOP,
        invitation=INVITATION,
    )
    assert await send_mail(mail_server, mail) == Taken(ID)
    (got,) = (await control.get("/mails", params={"to": TO})).json()
    assert (got["subject"], got["text"].strip()) == ("Su próxima visita", "Por favor, llámenos.")
    assert (got["encrypted"], got["message_id"]) == (True, ID)
    assert got["calendar"].startswith("BEGIN:VCALENDAR")
    assert got["headers"]["From"] == "Mercy West <clinic@example.org>"
    assert got["headers"]["List-Unsubscribe"] == f"<{STOP}>"
    assert got["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


async def test_the_link_to_stop_leaves_as_one_plain_line(mail_server: MailServer) -> None:
    """Folded into encoded words, as Python would by itself, no mail program reads it."""
    sent = small(mail_server).as_bytes()
    assert f"\r\nList-Unsubscribe: <{STOP}>\r\n".encode() in sent
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in sent
    assert small(mail_server).as_string().count(STOP) == 1


async def test_a_server_nobody_vouches_for_gets_nothing(
    mail_server: MailServer, control: httpx.AsyncClient
) -> None:
    stranger = replace(mail_server, ca="")
    assert await send_mail(stranger, small(stranger)) == Refused("mail_unreachable")
    assert (await control.get("/mails")).json() == []


async def test_nobody_there(mail_server: MailServer) -> None:
    away = replace(mail_server, port=9)
    assert await send_mail(away, small(away)) == Refused("mail_unreachable")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("451 4.3.0 later", Refused("mail_451")),
        ("554 5.7.1 no", Refused("mail_554", is_final=True)),
    ],
)
async def test_a_refusal_is_certain(
    mail_server: MailServer, control: httpx.AsyncClient, answer: str, expected: Refused
) -> None:
    await control.post("/post", json={"refuse": answer})
    assert await send_mail(mail_server, small(mail_server)) == expected
    assert (await control.get("/mails")).json() == []


async def test_a_line_cut_after_the_last_byte_is_unknown(
    mail_server: MailServer, control: httpx.AsyncClient
) -> None:
    await control.post("/post", json={"drop_after_data": True})
    assert await send_mail(mail_server, small(mail_server)) == Unknown("no_answer")
    assert len((await control.get("/mails")).json()) == 1


@pytest.mark.parametrize("field", ["to", "subject", "stop"])
async def test_a_header_cannot_be_smuggled_in(mail_server: MailServer, field: str) -> None:
    words = {"to": TO, "subject": "Visit", "stop": STOP} | {
        field: "a@b.example\r\nBcc: c@d.example"
    }
    with pytest.raises(ValueError, match="linefeed"):
        build_mail(
            mail_server, to=words["to"], subject=words["subject"], text="", message_id=ID, at=AT,
            stop_url=words["stop"],
        )  # fmt: skip
