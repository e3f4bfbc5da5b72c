"""The outbox: mails are rows, written in the transaction of the act that causes them.

The worker sends them (`sending`); a digest of reminders is composed by `app.cases.reminders`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import make_msgid
from pathlib import Path
from typing import Any

from flask import current_app
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar, formatting
from app.base.models import Address, Entity, FileUse, Mail, Task, User
from app.base.urls import external_url

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "texts"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=False,  # noqa: S701 - these are plain text
)
TEMPLATES.globals.update(
    moment=formatting.moment,
    day=formatting.day,
    last_day=formatting.last_day,
    url_for=external_url,
)


@dataclass(frozen=True)
class Kind:
    """A kind of mail: its name for coordinators, and what holds for it."""

    name: str
    #: The text is `app/people/mail/texts/<kind>.txt`; its first line is the subject.
    #: Sent at any hour, because its reader waits for it; the others on working days from 8 to 18.
    at_once: bool = False
    #: Its reader may say that no more are wanted.
    can_be_unsubscribed: bool = False
    #: It holds a code or a link by which its reader acts as a person: once a server delivers it,
    #: no page shows its text.
    lets_in: bool = False


KINDS: Mapping[str, Kind] = {
    "activation": Kind("Código de activación", at_once=True, lets_in=True),
    "authority_code": Kind("Código para la nueva autoridad", at_once=True, lets_in=True),
    "mandate_ends": Kind("Fin de mandato"),
    "invitation": Kind("Invitación", at_once=True, lets_in=True),
    "new_role": Kind("Nueva función", at_once=True),
    "staff_role": Kind("Nueva función en la PCM", at_once=True),
    "address_changed": Kind("Cambio de correo de una cuenta", at_once=True),
    "reset": Kind("Cambio de contraseña", at_once=True, lets_in=True),
    "tries": Kind("Intentos fallidos de ingresar", at_once=True),
    "new_device": Kind("Ingreso desde un equipo nuevo", at_once=True),
    "second_factor": Kind("Segundo factor", at_once=True),
    "legal_notice": Kind("Notificación con plazo legal"),
    "control_warning": Kind("Último aviso antes de comunicar al órgano de control"),
    "control_notice": Kind("Comunicación al órgano de control"),
    "extension_refused": Kind("Pedido de más plazo sin ampliar"),
    "return_asked": Kind("Pedido de devolución"),
    "return_answered": Kind("Respuesta a un pedido de devolución"),
    "dictated": Kind("Paso registrado por encargo"),
    "domain_rests": Kind("Dominio en reposo", at_once=True),
    "question": Kind("Consulta de una entidad"),
    "question_answer": Kind("Respuesta a una consulta"),
    "note_mention": Kind("Mención en una nota interna"),
    "received": Kind("Presentación recibida"),
    "accepted": Kind("Presentación conforme"),
    "live": Kind("Registro en producción"),
    "completed": Kind("Implementación concluida"),
    "certificate_annulled": Kind("Constancia anulada"),
    "certificate_signed": Kind("Constancia firmada después del cierre"),
    "absence": Kind("Reemplazo por ausencia"),
    "suspended": Kind("Cuenta suspendida por falta de uso"),
    "task_given": Kind("Tarea que da un colega"),
    "handed_over": Kind("Pasos de quien ya no está"),
    "leaving": Kind("Un administrador deja la función"),
    "meeting": Kind("Invitación a una sesión"),
    "meeting_now": Kind("Aviso de una sesión próxima", at_once=True),
    "register_month": Kind("Cifras del mes del registro"),
    "rights_request": Kind("Pedido de una persona sobre sus datos"),
    "rights_received": Kind("Pedido sobre sus datos recibido"),
    "rights_answer": Kind("Respuesta a un pedido sobre sus datos"),
    "personal_data_due": Kind("Plazo sobre datos personales"),
    "data_breach": Kind("Plazo de un incidente de datos personales", at_once=True),
    "digest": Kind("Resumen del día", can_be_unsubscribed=True),
    "weekly": Kind("Resumen semanal", can_be_unsubscribed=True),
    "reminder_now": Kind("Recordatorio de un coordinador", can_be_unsubscribed=True),
}


@dataclass(frozen=True)
class Letter:
    """A mail to be written: `kind` is a key of KINDS; `values` are the values in its text."""

    kind: str
    to: str
    values: dict[str, Any] = field(default_factory=dict)
    user: User | None = None
    entity: Entity | None = None
    meeting: dict[str, Any] | None = None
    #: The step that it notifies of, where a legal term runs from it.
    task: Task | None = None
    #: A file that goes with it.
    file: FileUse | None = None


def post(session: Session, letter: Letter, *, not_before: datetime | None = None) -> Mail | None:
    """Add a mail to the outbox; return None, and write nothing, if there is no address.

    `not_before` (UTC) is when it may be sent; by default at once, or in the hours of sending.
    """
    if not letter.to:
        return None
    if not_before is None and not KINDS[letter.kind].at_once:
        not_before = calendar.calendar_of(session, None).next_sending(calendar.now())
    subject, body = render(letter)
    mail = Mail(
        message_id=new_message_id(),
        kind=letter.kind,
        to=letter.to,
        subject=subject,
        body=body,
        person=person_of(letter.user) or letter.to,
        user_id=letter.user.id if letter.user else None,
        entity_id=letter.entity.id if letter.entity else None,
        task_id=letter.task.id if letter.task else None,
        meeting=letter.meeting,
        file_id=letter.file.id if letter.file else None,
        created_at=calendar.now(),
        not_before_at=not_before,
    )
    session.add(mail)
    return mail


def render(letter: Letter) -> tuple[str, str]:
    """Return the subject (one line) and the plain text of a letter."""
    text = TEMPLATES.get_template(f"{letter.kind}.txt").render(
        help_desk=current_app.config["HELP_DESK"],
        user=letter.user,
        entity=letter.entity,
        **letter.values,
    )
    subject, _, body = text.partition("\n")
    return " ".join(subject.split()), body.strip() + "\n"


def new_message_id() -> str:
    """Return a Message-ID of our domain; stored in the row, so that repeated delivery is seen."""
    return make_msgid(domain=current_app.config["MAIL_FROM"].rpartition("@")[2])


def person_of(user: User | None) -> str:
    """Return how mails and reminders name a person with an account; "" for none."""
    return f"u{user.id}" if user else ""


def reachable(session: Session, people: Iterable[User]) -> list[User]:
    """Return those with an address that is not known to be dead."""
    addresses = {user.email.casefold() for user in people if user.email}
    dead = set(
        session.scalars(
            select(Address.address).where(
                Address.address.in_(addresses), Address.dead_at.is_not(None)
            )
        )
        if addresses
        else ()
    )
    return [user for user in people if user.email and user.email.casefold() not in dead]
