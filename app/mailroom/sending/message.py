"""A row of the outbox as a message: to one person, with the headers that its kind asks for."""

from __future__ import annotations

import unicodedata
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime

from email_validator import EmailNotValidError, validate_email
from flask import current_app
from sqlalchemy.orm import Session

from app.base import calendar, files
from app.base.files import integrity
from app.base.models import FileUse, Mail
from app.cases import reminders
from app.mailroom.sending import invitation, return_path
from app.people.digest import unsubscribe_link
from app.people.mail import KINDS

#: Characters that mail programs could take for something other than a part of a name.
NOT_IN_NAMES = str.maketrans(dict.fromkeys('()<>[]:;@\\,."=?', " "))
SENDER_NAME = "Zaguán"
#: Texts as letters of seven bits, in short lines: no server has to change them on the way.
CODED = "quoted-printable"


class Unfit(Exception):
    """A row from which no message can be made. The text says why, in Spanish."""


class WholeHeader(UnstructuredHeader, BaseHeader):
    """A header in one line: a long address in it would be coded otherwise, and lead nowhere."""

    def fold(self, *, policy: Policy) -> str:
        """Return the header's line."""
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", WholeHeader)
POLICY = SMTP.clone(header_factory=_HEADERS)


def build(session: Session, mail: Mail) -> EmailMessage:
    """Return the message of a mail. Its Message-ID is the row's: the same at every try.

    Raises Unfit where its address is not one, or a name or subject would break a header.
    """
    message = EmailMessage(policy=POLICY)
    message["From"] = Address(SENDER_NAME, addr_spec=current_app.config["MAIL_FROM"])
    message["To"] = Address(_name(mail), addr_spec=recipient(mail))
    message["Subject"] = _subject(mail)
    message["Date"] = format_datetime(calendar.now().astimezone(calendar.LIMA))
    message["Message-ID"] = mail.message_id
    if mail.question_id is not None:  # what answers it comes back to its question
        message["Reply-To"] = return_path.make(mail.id)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's machine answers it
    _let_unsubscribe(message, mail)
    message.set_content(mail.body, cte=CODED)
    html = reminders.html(session, mail) if mail.kind in reminders.KINDS else ""
    if html:
        message.add_alternative(html, subtype="html", cte=CODED)
    if mail.meeting is not None:
        method, ics = invitation.calendar_part(mail)
        params = {"method": method}
        message.add_alternative(ics, subtype="calendar", cte=CODED, params=params)
    if mail.file_id is not None:
        _attach(session, message, mail)
    return message


def _attach(session: Session, message: EmailMessage, mail: Mail) -> None:
    """Add a stored file under its official name. Raise Unfit if its bytes are not there."""
    use = session.get_one(FileUse, mail.file_id)
    try:
        content = integrity.content(use.sha256)
    except OSError:
        raise Unfit("No se pudo leer el documento que acompaña al correo.") from None
    maintype, _, subtype = use.file.media_type.partition("/")
    code = mail.entity.code if mail.entity else ""
    name = files.download_name(use, code, files.paper_of(use))
    message.add_attachment(content, maintype=maintype, subtype=subtype, filename=name)


def recipient(mail: Mail) -> str:
    """Return the one address of a mail, in ASCII. Raises Unfit."""
    try:
        valid = validate_email(mail.to, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        valid = None
    if valid is None or valid.ascii_email is None:
        raise Unfit(f"«{mail.to}» no es una dirección de correo válida, y una sola.")
    return valid.ascii_email


def _name(mail: Mail) -> str:
    """Return who it is for: several people may share an address."""
    name = mail.user.full_name if mail.user else ""
    if _breaks_lines(name):
        raise Unfit("El nombre de la persona tiene un salto de línea u otro signo no permitido.")
    return " ".join(name.translate(NOT_IN_NAMES).split())


def _subject(mail: Mail) -> str:
    if _breaks_lines(mail.subject):
        raise Unfit("El asunto tiene un salto de línea u otro signo no permitido.")
    return mail.subject.replace("=?", "= ?")  # it is text, and no coded word


def _breaks_lines(text: str) -> bool:
    return any(unicodedata.category(sign) in ("Cc", "Zl", "Zp") for sign in text)


def _let_unsubscribe(message: EmailMessage, mail: Mail) -> None:
    """Add the headers of RFC 2369, and of RFC 8058 where the link is https (one click).

    Only people with an account get them: a coordinator mutes a desk.
    """
    kind = KINDS.get(mail.kind)
    if kind is None or not kind.can_be_unsubscribed or mail.user_id is None:
        return
    link = unsubscribe_link(mail.user_id)
    message["List-Unsubscribe"] = f"<{link}>"
    if link.startswith("https:"):
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
