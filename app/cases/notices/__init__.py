"""Notices: the entries of a coordinator's *Mis pendientes* in addition to tasks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true, update
from sqlalchemy.orm import Session, joinedload

from app.base import calendar, formatting
from app.base.models import Entity, Notice, ProcessInstance, Task, User
from app.base.urls import path_for
from app.cases.notices import words
from app.people import access
from app.people.notices import of_waits
from app.people.notices import on_arrival as on_arrival
from app.people.notices import put as put
from app.people.notices import responsible_role as responsible_role
from app.people.notices import take_down as take_down

#: The kinds that concern a step: they end with it, except `of_waits`.
OF_OPEN_TASKS = ("extension_asked", "notify_on_paper", "return_asked")
#: The kinds that a message leaves: they end when a user says that they read it.
OF_MESSAGES = ("answer_received", "complaint")
#: The role of the Despacho, which gets notices that no coordinator gets.
SECRETARY = "secretary"
#: The number of open notices that are shown.
SHOWN = 50

Data = Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind of notice: `asks` is the text of its link, `says` its line, `where` its page.

    `by_hand`: no act takes it down, so its reader marks it as done.
    """

    asks: str
    says: Callable[[Data], str]
    where: Callable[[Notice], str]
    by_hand: bool = False
    #: Whether *Hoy* shows its line in addition to the entity.
    in_full: bool = False


def _of_entity(
    endpoint: str = "entities.show", values: Callable[[Notice], dict[str, Any]] = lambda _: {}
) -> Callable[[Notice], str]:
    """Return what gives the path of a page of a notice's entity; "" for a notice of none."""

    def path(notice: Notice) -> str:
        if notice.entity is None:
            return ""
        return path_for(endpoint, code=notice.entity.code, **values(notice))

    return path


def _message(notice: Notice) -> str:
    return path_for("incoming.show", number=notice.data["incoming_id"])


KINDS: Mapping[str, Kind] = {
    "address_dead": Kind("La dirección no existe", words.address, _of_entity("contacts.show")),
    "verify_contact": Kind("Verificar contacto", words.address, _of_entity("contacts.show")),
    "answer_received": Kind("Leer la respuesta", lambda data: data.get("person", ""), _message),
    "complaint": Kind(
        "Leer el reclamo por correo no deseado", lambda data: data.get("person", ""), _message
    ),
    "extension_asked": Kind(
        "Resolver el pedido de más plazo",
        words.requested,
        _of_entity("extensions.resolve", lambda notice: {"request_id": notice.data["request"]}),
    ),
    "notify_on_paper": Kind(
        "Notificar en papel",
        words.on_paper,
        _of_entity("notification.note", lambda notice: {"task_id": notice.task_id}),
    ),
    "upkeep_lapsed": Kind(
        "La actualización quedó sin confirmar",
        lambda data: "Pasaron 60 días hábiles y la entidad no respondió",
        _of_entity(),
        by_hand=True,
    ),
    "ruc_to_confirm": Kind(
        "Comparte RUC con otra entidad",
        lambda data: f"Su RUC también es de {formatting.listed(data['others'])}",
        _of_entity("shared_ruc.confirm"),
    ),
    "redesignation_advised": Kind(
        "Proponer una nueva designación", words.administrator_left, _of_entity(), by_hand=True
    ),
    "question_mail": Kind(
        "Decidir de quién es un correo sobre una consulta",
        lambda data: data.get("person", ""),
        _of_entity("questions.show", lambda notice: {"number": notice.data["question"]}),
    ),
    "receipt_corrected": Kind(
        "La entidad corrigió su constancia",
        lambda data: f"El número o la hora; ahora es la constancia {data['number']}",
        _of_entity(),
        by_hand=True,
    ),
    "version_corrected": Kind(
        "La entidad prepara una versión corregida",
        lambda data: f"Reemplazará a lo presentado con la constancia {data['number']}",
        _of_entity(),
        by_hand=True,
    ),
    "return_asked": Kind(
        "Responder el pedido de devolución",
        lambda data: f"{data['person']} pide que le devuelvas «{data['name']}» para corregir",
        _of_entity("correcting.resolve", lambda notice: {"number": notice.id}),
    ),
    "nobody_left": Kind("Buscar quién responda por la entidad", words.lane, _of_entity()),
    "departure_announced": Kind(
        "Deja la función: ver si se designa a otro administrador",
        words.leaves,
        _of_entity(),
        by_hand=True,
    ),
    "link_ends": Kind(
        "Termina el vínculo del administrador",
        words.link_ends,
        _of_entity(),
        by_hand=True,
        in_full=True,
    ),
    "change_unplanned": Kind(
        "Planificar el cambio de la máxima autoridad",
        words.unplanned,
        lambda notice: path_for("mandate_plan.show", dia=notice.data["ends_on"]),
        by_hand=True,
        in_full=True,
    ),
    "authority_continues": Kind(
        "Anular el cambio de autoridad", words.continues, _of_entity(), by_hand=True, in_full=True
    ),
    "certificate_to_sign": Kind(
        "Firmar la constancia",
        words.to_sign,
        _of_entity("certificates.sign", lambda notice: {"instance_id": notice.data["case"]}),
    ),
    "month_unread": Kind(
        "Decir a la entidad qué muestran sus cifras",
        words.month_unread,
        _of_entity("entities.show_register"),
        by_hand=True,
    ),
}


def nobody_left(session: Session, entity: Entity, lane: str, *, no_desk: bool = False) -> None:
    """Add a notice for the coordinator in charge: no user can answer a lane of the entity.

    `no_desk`: nobody can record visits either. Such a notice replaces one that waits.
    """
    key = f"{lane} {entity.id}"
    said: dict[str, Any] = {"no_desk": True} if no_desk else {}
    if no_desk:
        take_down(session, "nobody_left", key, None)
    role = responsible_role(entity)
    put(session, "nobody_left", key, role=role, entity=entity, lane=lane, **said)


def redesignation_advised(
    session: Session, entity: Entity, *, goes_on: bool = False, unknown: bool = False
) -> None:
    """Add a notice for the coordinator in charge: the entity should designate an administrator.

    The new authority says that the one of before no longer works there. `goes_on`: the account goes
    on, because no other person can record visits. `unknown`: the new authority does not know
    whether the administrator works there. An administrator who says so in person, with a day,
    leaves the notice `departure_announced`.
    """
    role = responsible_role(entity)
    flags = {"goes_on": goes_on, "unknown": unknown}
    said: dict[str, Any] = {name: True for name, is_set in flags.items() if is_set}
    put(session, "redesignation_advised", str(entity.id), role=role, entity=entity, **said)


def change_unplanned(
    session: Session, entity: Entity, ends_on: date, *, planned_by_none: bool = False
) -> None:
    """Add a notice: the mandate ended on that day, and no change of authority is planned.

    `planned_by_none`: none ever was; otherwise another one was open then, and ended.
    """
    said: dict[str, Any] = {"planned_by_none": True} if planned_by_none else {}
    put(
        session,
        "change_unplanned",
        key_of_end(entity.id, ends_on),
        role=responsible_role(entity),
        entity=entity,
        ends_on=ends_on.isoformat(),
        **said,
    )


def month_unread(session: Session, entity: Entity, month: date) -> None:
    """Add a notice: the figures of a month could be mailed to nobody of the entity."""
    day = month.isoformat()
    key, role = f"{entity.id} {day}", responsible_role(entity)
    put(session, "month_unread", key, role=role, entity=entity, month=day)


def key_of_end(entity_id: int, ends_on: date) -> str:
    """Return the key of a notice about the end of an entity's mandate."""
    return f"{entity_id} {ends_on.isoformat()}"


def link_ends(session: Session, entity: Entity, key: str, person: str, until_on: date) -> bool:
    """Add a notice that the link of an administrator ends, unless there ever was one of this key.

    Return whether it was added.
    """
    known = select(Notice.id).where(Notice.kind == "link_ends", Notice.key == key).limit(1)
    if session.scalar(known) is not None:
        return False
    put(
        session,
        "link_ends",
        key,
        role=responsible_role(entity),
        entity=entity,
        person=person,
        until_on=until_on.isoformat(),
    )
    return True


def link_settled(session: Session, entity: Entity, actor_id: int | None, but: str = "") -> None:
    """Remove the notices about the ends of links in an entity, except the one of a key."""
    session.execute(
        update(Notice)
        .where(
            Notice.kind == "link_ends",
            Notice.entity_id == entity.id,
            Notice.key != but,
            Notice.done_at.is_(None),
        )
        .values(done_at=calendar.now(), done_by_id=actor_id)
    )


def waiting_for(user: User | None) -> ColumnElement[bool]:
    """Return the condition on Notice: open, and for this coordinator.

    Notices of entities in another coordinator's charge are for that coordinator and the substitute.
    Those for the Despacho are for everyone in it. Notices about a step that was closed meanwhile
    have ended; that a link ends is not said while another administrator is being designated.
    """
    roles = access.roles_of(user) & {"sip", "sgtd", SECRETARY}
    if user is None or not roles:
        return false()
    in_charge = {"sip": Entity.sip_coordinator_id, "sgtd": Entity.sgtd_coordinator_id}
    acting_for = access.absences.acting_for(user, calendar.today())
    mine = [
        and_(
            Notice.role.in_(("", role)),
            Notice.entity_id.is_(None)
            | Notice.entity_id.in_(
                select(Entity.id).where(
                    or_(
                        in_charge[role].is_(None),
                        in_charge[role] == user.id,
                        in_charge[role].in_(acting_for),
                    )
                )
            ),
        )
        for role in sorted(roles - {SECRETARY})
    ]
    if SECRETARY in roles:
        mine.append(Notice.role == SECRETARY)
    closed = select(Task.id).where(Task.state != "open")
    over = Notice.kind.in_(OF_OPEN_TASKS) & Notice.task_id.in_(closed) & ~of_waits()
    redesignating = select(ProcessInstance.entity_id).where(
        ProcessInstance.process == "redesignation", ProcessInstance.ended_at.is_(None)
    )
    over |= (Notice.kind == "link_ends") & Notice.entity_id.in_(redesignating)
    return Notice.done_at.is_(None) & ~over & or_(*mine)


def newest(
    session: Session,
    user: User | None,
    which: ColumnElement[bool] | None = None,
    limit: int = SHOWN,
) -> tuple[Sequence[Notice], int]:
    """Return the newest notices for a coordinator, and the number of all; one statement.

    `which`: a condition on Notice that narrows them.
    """
    rows = session.execute(
        select(Notice, func.count().over())
        .where(waiting_for(user), true() if which is None else which)
        .options(joinedload(Notice.entity))
        .order_by(Notice.id.desc())
        .limit(limit)
    ).all()
    return [row[0] for row in rows], rows[0][1] if rows else 0


@dataclass(frozen=True)
class Line:
    """A notice as it is shown; `url` is "" if there is no page for it."""

    id: int
    asks: str
    says: str
    url: str
    entity: Entity | None
    on: date
    by_hand: bool
    in_full: bool


def describe(notice: Notice) -> Line:
    """Return a notice as a line. One without a page is marked as done manually."""
    kind = KINDS[notice.kind]
    url = kind.where(notice)
    return Line(
        id=notice.id,
        asks=kind.asks,
        says=kind.says(notice.data),
        url=url,
        entity=notice.entity,
        on=calendar.lima_day(notice.created_at),
        by_hand=kind.by_hand or not url,
        in_full=kind.in_full,
    )
