"""A row of the outbox as a message: one recipient, its own headers, texts that arrive unchanged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from sqlalchemy.orm import Session

from app.base import calendar, config
from app.base.models import Mail, User
from app.cases import reminders
from app.mailroom.sending import message, unsubscribing
from app.people.digest import unsubscribe_link
from tests.conftest import Clock

HTML = "<!doctype html><p>Año de prueba</p>"
MEETING = {
    "method": "REQUEST",
    "uid": "1@example.pe",
    "sequence": 2,
    "at": "2026-03-10T15:00:00+00:00",
    "minutes": 90,
    "summary": "Inducción temática",
    "description": "Trae tu resolución.\nNos vemos.",
    "place": "Sala de ejemplo",
    "link": "",
    "organizer": "zaguan@example.pe",
    "attendee": {"name": "Persona Ejemplo", "address": "persona@example.pe"},
}


@pytest.fixture
def app(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """Yield an application with settings alone: a message is made of a row, without a database."""
    made = Flask("app", static_folder=None)
    made.config.update(config.load({"ZAGUAN_DATA": str(tmp_path)}))
    made.config["PUBLIC_URL"] = "https://zaguan.example.pe"
    made.register_blueprint(unsubscribing.blueprint)
    monkeypatch.setattr(reminders, "html", lambda session, mail: HTML)
    with made.app_context():
        yield made


def row(kind: str = "new_role", name: str = "María Ñáñez", **values: Any) -> Mail:
    """Return a mail to a user."""
    user = User(id=7, given_names=name, surnames="", wants_digest=True)
    given = {
        "id": 1,
        "message_id": "<1.2.3@example.pe>",
        "to": "persona@example.pe",
        "subject": "Tienes una nueva función",
        "body": "Hola:\n\nAño nuevo.\n",
        "user": user,
        "user_id": user.id,
    }
    return Mail(kind=kind, **(given | values))


def built(mail: Mail) -> bytes:
    """Return the bytes that go to the server."""
    return message.build(Session(), mail).as_bytes()


def read(content: bytes) -> EmailMessage:
    """Parse a message as a mail program does."""
    parsed = message_from_bytes(content, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def parts(content: bytes) -> list[tuple[str, str]]:
    """Return the kinds and texts of its parts."""
    return [
        (part.get_content_type(), part.get_content().replace("\r\n", "\n"))
        for part in read(content).walk()
        if not part.is_multipart()
    ]


# Headers ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("app")
def test_a_mail_has_sender_recipient_and_date(clock: Clock):
    sent = read(built(row()))
    assert str(sent["From"]) == "Zaguán <zaguan@example.pe>"
    assert str(sent["To"]) == "María Ñáñez <persona@example.pe>"
    assert sent["Subject"] == "Tienes una nueva función"
    assert parsedate_to_datetime(sent["Date"]) == calendar.now()
    assert sent["Date"].endswith("-0500")
    assert sent["Auto-Submitted"] == "auto-generated"
    assert "Precedence" not in sent
    assert "Bcc" not in sent
    assert parts(built(row())) == [("text/plain", "Hola:\n\nAño nuevo.\n")]


@pytest.mark.usefixtures("app")
def test_it_has_the_same_identifier_at_every_try(clock: Clock):
    mail = row(message_id=f"<1772467200.1.2@{'registro-de-visitas.' * 4}example.pe>")
    first = built(mail)
    clock.forward(hours=5)
    again = built(mail)
    for content in (first, again):
        assert f"Message-ID: {mail.message_id}\r\n".encode() in content
    assert first != again, "the date is that of the try"


@pytest.mark.usefixtures("app")
def test_everything_is_ascii_in_short_lines():
    body = "ñandú " * 900 + "\n" + "x" * 2000 + "\n.\nFrom nobody\n"
    content = built(row("digest", "Ñ" * 300, subject="Notificación: á " * 60, body=body))
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert b"\n" not in content.replace(b"\r\n", b"")
    sent = read(content)
    assert parts(content)[0] == ("text/plain", body)
    assert sent["Subject"].strip() == ("Notificación: á " * 60).strip()


@pytest.mark.usefixtures("app")
def test_a_digest_can_be_stopped_with_one_click():
    content = built(row("digest"))
    link = unsubscribe_link(7)
    assert f"List-Unsubscribe: <{link}>\r\n".encode() in content, "whole, and not coded"
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in content


def test_a_link_without_https_is_no_one_click(app: Flask):
    app.config["PUBLIC_URL"] = "http://127.0.0.1:8000"
    content = built(row("weekly"))
    assert b"List-Unsubscribe: <http://127.0.0.1:8000/avisos/baja/7-" in content
    assert b"List-Unsubscribe-Post" not in content


@pytest.mark.usefixtures("app")
def test_what_is_no_digest_or_of_no_account_cannot_be_stopped():
    for kind in ["legal_notice", "invitation", "reset", "meeting", "unheard_of"]:
        assert b"List-Unsubscribe" not in built(row(kind))
    content = built(row("digest", user=None, user_id=None))
    assert b"List-Unsubscribe" not in content
    assert str(read(content)["To"]) == "persona@example.pe"


# Parts -----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("app")
def test_a_digest_is_text_first_and_then_html():
    content = built(row("digest"))
    assert read(content).get_content_type() == "multipart/alternative"
    (_, text), (kind, html) = parts(content)
    assert text == "Hola:\n\nAño nuevo.\n"
    assert (kind, html.strip()) == ("text/html", HTML)
    assert [kind for kind, _ in parts(built(row("legal_notice")))] == ["text/plain"]


@pytest.mark.usefixtures("app")
def test_an_invitation_is_the_last_part_and_says_its_method():
    content = built(row("meeting", meeting=MEETING, created_at=calendar.now()))
    part = list(read(content).walk())[-1]
    assert part.get_content_type() == "text/calendar"
    assert part["Content-Type"].params == {"charset": "utf-8", "method": "REQUEST"}
    (event,) = Calendar.from_ical(part.get_content()).walk("VEVENT")
    assert str(event["SUMMARY"]) == "Inducción temática"
    assert [kind for kind, _ in parts(content)] == ["text/plain", "text/calendar"]


# Bad input -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("app")
def test_what_is_not_one_address_is_no_recipient():
    for address in [
        "",
        "nadie",
        "una@example.pe, otra@example.pe",
        "una@example.pe,otra@example.pe",
        "una@example.pe;otra@example.pe",
        "una@example.pe otra@example.pe",
        "Una <una@example.pe>",
        "<una@example.pe>",
        "una@example.pe\nBcc: otra@example.pe",
        "una@example.pe\r\n",
        "una\x00@example.pe",
        "una@@example.pe",
        "una@example..pe",
        "@example.pe",
        '"una, otra"@example.pe',
        "una@[127.0.0.1]",
        "añañuca@example.pe",
        "-oX/tmp/x@",
        "una@" + "x" * 300 + ".pe",
    ]:
        with pytest.raises(message.Unfit, match="no es una dirección de correo válida, y una sola"):
            built(row(to=address))


@pytest.mark.usefixtures("app")
def test_a_domain_of_other_letters_is_written_as_servers_know_it():
    mail = row(to="una@ñandú.example.pe")
    assert message.recipient(mail) == "una@xn--and-6ma2c.example.pe"
    assert b"<una@xn--and-6ma2c.example.pe>" in built(mail)


@pytest.mark.usefixtures("app")
def test_a_name_or_subject_that_breaks_a_header_is_refused():
    for sign in ["\n", "\r", "\r\n", "\x00", "\x85", "\u2028", "\u2029", "\x0b"]:
        injected = f"Persona{sign}Bcc: otra@example.pe"
        with pytest.raises(message.Unfit, match="El nombre"):
            built(row(name=injected))
        with pytest.raises(message.Unfit, match="El asunto"):
            built(row(subject=injected))


TRICKS = (
    "Ejemplo, Persona",
    "Persona <otra@example.pe>",
    'Persona "La Jefa" Ejemplo',
    "otra@example.pe, Persona",
    "Persona; otra@example.pe:",
    "=?utf-8?q?Persona=2C_otra=40example=2Epe?=",
    "=?utf-8?q?Persona=0D=0ABcc=3A_otra=40example=2Epe?=",
    "Persona\\",
    "(Persona",
    "",
)


@pytest.mark.usefixtures("app")
def test_whatever_the_name_there_is_one_recipient():
    for name in [*TRICKS, *(f"Ñ {name} {'á' * 70}" for name in TRICKS)]:
        only_one_recipient(built(row(name=name, subject=name)))


def only_one_recipient(content: bytes) -> None:
    head, _, _ = content.partition(b"\r\n\r\n")
    names = re.findall(rb"^([^\s:]+):", head, re.MULTILINE)
    assert sorted(names) == sorted(
        b"From To Subject Date Message-ID Auto-Submitted Content-Type MIME-Version "
        b"Content-Transfer-Encoding".split()
    )
    unfolded = head.replace(b"\r\n ", b" ").decode("ascii")
    (to,) = re.findall(r"^To: (.*)$", unfolded, re.MULTILINE)
    assert [address for _, address in getaddresses([to.strip()])] == ["persona@example.pe"]
    ((_, address),) = [(one.display_name, one.addr_spec) for one in read(content)["To"].addresses]
    assert address == "persona@example.pe"


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=200)
TRICKY = st.text(st.sampled_from('ñA ,;:<>()[]@"\\.=?_\t '), max_size=120)


@pytest.mark.nightly
@given(name=TEXT | TRICKY, subject=TEXT | TRICKY)
def test_no_name_and_no_subject_makes_a_second_one(tmp_path_factory, name: str, subject: str):
    made = Flask("app", static_folder=None)
    made.config.update(config.load({"ZAGUAN_DATA": str(tmp_path_factory.getbasetemp())}))
    with made.app_context():
        try:
            content = built(row(name=name, subject=subject))
        except message.Unfit:
            assert "\t" in name + subject
        else:
            only_one_recipient(content)
