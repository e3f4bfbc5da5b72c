"""*Ficha del registro para la transferencia de gestión*: the handover, on one page.

It has names and roles, and no document number: it goes into the papers of the transfer.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar, formatting
from app.base.models import Entity, Grant, Task, User
from app.cases.papers import sheets, typesetting
from app.people import access
from app.register.registers import empty_days, environments

TITLE = "Ficha del registro para la transferencia de gestión"
#: The number of accounts, and of steps, that fit on the page.
ROWS = 10


def content(session: Session, entity: Entity, ends_on: date) -> bytes:
    """Return the PDF of an entity's sheet. Raises what `typesetting.typeset` raises."""
    today = calendar.today()
    made = sheets.sheet("ficha_transferencia", values(session, entity, ends_on), today)
    return typesetting.typeset("ficha_transferencia", {"title": TITLE, **made}, today)


def values(session: Session, entity: Entity, ends_on: date) -> dict[str, Any]:
    """Return the contents of the sheet for an entity."""
    names = "code name acronym level kind sector ruc address ubigeo website phone place".split()
    people, steps = _people(session, entity), _steps(session, entity)
    return {
        "entity": {name: getattr(entity, name) for name in names},
        "facts": _facts(session, entity, ends_on),
        "people": people[:ROWS],
        "more_people": _more(len(people), "cuenta más", "cuentas más"),
        "steps": steps[:ROWS],
        "more_steps": _more(len(steps), "paso más", "pasos más"),
        "next": [
            "La mesa de partes recibirá un código, que vale desde el primer día hábil.",
            "Con él ingresa la nueva autoridad, o quien ella encargue, y sube la credencial.",
            "Dirá si el administrador sigue y quiénes dejaron su cargo de confianza.",
            "Mientras tanto, el administrador y los operadores conservan sus cuentas.",
        ],
    }


def _facts(session: Session, entity: Entity, ends_on: date) -> list[list[str]]:
    register = environments.find(session, entity, "production")
    found = [["El mandato termina", formatting.day(ends_on)]]
    if register is None:
        return [*found, ["Registro", "Todavía no está en producción"]]
    days = empty_days.suggested(session, register, calendar.lima_day(register.opened_at))
    return [
        *found,
        ["Dirección pública", environments.public_address(entity, register)],
        ["En producción desde", formatting.day(register.opened_at)],
        ["Días sin visitas por declarar", formatting.number(len(days))],
    ]


def _people(session: Session, entity: Entity) -> list[list[str]]:
    grants = session.scalars(
        select(Grant)
        .join(User)
        .where(Grant.entity_id == entity.id, access.IS_HELD, User.active)
        .order_by(Grant.role, User.surnames, User.id)
    )
    return [[access.ROLES[one.role].name, one.user.full_name] for one in grants]


def _steps(session: Session, entity: Entity) -> list[list[str]]:
    tasks = session.scalars(
        select(Task)
        .where(
            Task.entity_id == entity.id,
            Task.state == "open",
            Task.role.in_(("authority", "administrator")),
        )
        .order_by(Task.due_at, Task.id)
    )
    return [
        [f"Vence el {formatting.last_day(one.due_at)}" if one.due_at else "Sin plazo", one.name]
        for one in tasks
    ]


def _more(count: int, singular: str, plural: str) -> str:
    return f"Y {formatting.plural(count - ROWS, singular, plural)}." if count > ROWS else ""
