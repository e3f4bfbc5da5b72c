"""Four eyes for a cancellation: one coordinator asks for it, another one confirms it.

Where the setting `ZAGUAN_CANCEL_NEEDS_TWO` says so. A request is a notice to the other secretariat;
it changes nothing in the process. There is one per process at a time.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Notice, User
from app.cases import notices
from app.cases.processes.act import Act
from app.cases.processes.case_admin import Refused, cancel
from app.people import access

NOTICE = "cancel_asked"


def waiting(session: Session, entity_id: int) -> list[Notice]:
    """Return the requests about an entity's processes that wait for another coordinator."""
    query = select(Notice).where(
        Notice.kind == NOTICE, Notice.entity_id == entity_id, Notice.done_at.is_(None)
    )
    return list(session.scalars(query.order_by(Notice.id)))


def ask(session: Session, instance_id: int, reason: str, actor_id: int) -> None:
    """Ask another coordinator to cancel a process. Raise Refused."""
    act, actor = Act.hold(session, instance_id, actor_id), session.get_one(User, actor_id)
    if act.row.ended_at:
        raise Refused("El proceso ya terminó.")
    if any(one.data["instance"] == instance_id for one in waiting(session, act.row.entity_id)):
        raise Refused("Ya hay un pedido de anulación de este proceso: falta que otro lo confirme.")
    notices.put(
        session,
        NOTICE,
        str(instance_id),
        role=_reader(session, access.roles_of(actor)),
        entity=act.row.entity,
        instance=instance_id,
        process=act.row.process,
        person=actor.full_name,
        person_id=actor.id,
        reason=reason,
    )
    act.case.log("cancel.asked", process=act.row.process, reason=reason)


def _reader(session: Session, roles: Collection[str]) -> str:
    """Return the role that reads a request: the other secretariat, unless it has nobody."""
    other = "sgtd" if "sip" in roles else "sip"
    return "" if access.vacancies.is_vacant(session, (other, None)) else other


def confirm(session: Session, number: int, actor_id: int) -> None:
    """Cancel the process as another coordinator asked. Raise Refused, also for who asked."""
    request = _held(session, number, actor_id)
    if request.data["person_id"] == actor_id:
        raise Refused("Tú pediste la anulación: la confirma otra persona.")
    _answer(request, "confirmed", actor_id)
    reason = f"{request.data['reason']} (lo pidió {request.data['person']})"
    cancel(session, request.data["instance"], reason, actor_id)


def refuse(session: Session, number: int, comment: str, actor_id: int) -> None:
    """Close a request without cancelling; who asked withdraws it so. Raise Refused."""
    request = _held(session, number, actor_id)
    _answer(request, "refused", actor_id)
    act = Act.hold(session, request.data["instance"], actor_id)
    act.case.log("cancel.refused", process=act.row.process, reason=comment)


def _held(session: Session, number: int, actor_id: int) -> Notice:
    """Lock the process of a request, so that it is answered once. Raise Refused."""
    request = session.get_one(Notice, number)
    act = Act.hold(session, request.data["instance"], actor_id)
    session.refresh(request)
    if request.done_at is not None:
        raise Refused("El pedido ya tiene respuesta.")
    if act.row.ended_at:
        raise Refused("El proceso ya terminó: el pedido quedó sin efecto.")
    return request


def _answer(request: Notice, answer: str, actor_id: int) -> None:
    request.data = {**request.data, "answer": answer}
    request.done_at, request.done_by_id = calendar.now(), actor_id
