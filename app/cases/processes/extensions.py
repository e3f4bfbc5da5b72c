"""Requests of an entity for more time, which a coordinator grants (in full or less) or refuses.

Legal terms cannot be extended. A request is void once its step was closed: that is checked when
the request is read, so that answering a step need not look for requests.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.base import audit_log, calendar
from app.base.db.membership import among
from app.base.models import ExtensionRequest, Task, User
from app.cases import notices
from app.cases.processes.case_admin import Refused, extend
from app.people import access, mail
from app.people.mail import Letter

NOTICE = "extension_asked"


def can_ask(task: Task) -> bool:
    """Return whether more time can be requested: an entity's step, due on a date not set by law."""
    return (
        task.state == "open"
        and task.role in access.ENTITY_ROLES
        and task.due_kind != "legal"
        and task.due_at is not None
        and task.instance.status == "running"
    )


def newest(session: Session, task: Task) -> ExtensionRequest | None:
    """Return the newest request for a task, decided or not."""
    return session.scalars(
        select(ExtensionRequest)
        .where(ExtensionRequest.task_id == task.id)
        .order_by(ExtensionRequest.id.desc())
        .limit(1)
    ).first()


def open_requests(session: Session, task_ids: Sequence[int]) -> dict[int, ExtensionRequest]:
    """Return the requests that wait for a decision, by task; tasks that are closed have none."""
    query = (
        select(ExtensionRequest)
        .join(ExtensionRequest.task)
        .where(
            among(ExtensionRequest.task_id, task_ids),
            ExtensionRequest.answer == "",
            Task.state == "open",
        )
    )
    return {one.task_id: one for one in session.scalars(query)}


def is_open(request: ExtensionRequest) -> bool:
    """Return whether a request still waits for a decision; False once its step was closed."""
    return not request.answer and request.task.state == "open"


def ask(session: Session, task: Task, working_days: int, reason: str, actor: User) -> None:
    """Request more working days from the coordinator in charge. Raise Refused."""
    if not can_ask(task):
        raise Refused("Para este paso no se puede pedir más plazo.")
    request = ExtensionRequest(
        task_id=task.id,
        working_days=working_days,
        reason=reason,
        asked_at=calendar.now(),
        asked_by_id=actor.id,
    )
    try:
        with session.begin_nested():
            session.add(request)
    except IntegrityError:
        raise Refused(
            "Ya hay un pedido de más plazo para este paso: espera su respuesta."
        ) from None
    notices.put(
        session,
        NOTICE,
        str(request.id),
        role=access.reviewing_role(task.stage),
        entity=task.entity,
        task=task,
        name=task.name,
        working_days=working_days,
        person=actor.full_name,
        request=request.id,
    )
    _note(session, "extension.asked", request, task, actor.id, reason=reason)


def grant(
    session: Session, request_id: int, working_days: int, comment: str, actor_id: int
) -> None:
    """Give the step more days: the requested number or another. Raise Refused."""
    request = _held(session, request_id)
    reason = comment or request.reason
    extend(session, request.task_id, working_days, reason, actor_id)
    _answer(session, request, "granted", comment, actor_id, working_days)


def refuse(session: Session, request_id: int, comment: str, actor_id: int) -> None:
    """Refuse a request, and send the reason to its author. Raise Refused."""
    request = _held(session, request_id)
    _answer(session, request, "refused", comment, actor_id, request.working_days)
    asker, task = request.requester, request.task
    values = {"task": task, "comment": comment, "working_days": request.working_days}
    letter = Letter("extension_refused", asker.email, values, user=asker, entity=task.entity)
    mail.post(session, letter)


def _held(session: Session, request_id: int) -> ExtensionRequest:
    """Return an open request, locked, so that two coordinators cannot decide it differently."""
    request = session.get_one(
        ExtensionRequest, request_id, with_for_update=True, populate_existing=True
    )
    if request.answer:
        raise Refused("El pedido ya tiene respuesta.")
    session.refresh(request.task)
    if request.task.state != "open":
        raise Refused("El paso ya se cerró: el pedido quedó sin efecto.")
    return request


def _answer(
    session: Session,
    request: ExtensionRequest,
    answer: str,
    comment: str,
    actor_id: int,
    working_days: int,
) -> None:
    request.answer, request.comment = answer, comment
    request.answered_at, request.answered_by_id = calendar.now(), actor_id
    notices.take_down(session, NOTICE, str(request.id), actor_id)
    _note(
        session,
        f"extension.{answer}",
        request,
        request.task,
        actor_id,
        reason=comment,
        granted_days=working_days,
    )
    session.flush()


def _note(
    session: Session,
    kind: str,
    request: ExtensionRequest,
    task: Task,
    actor_id: int,
    **data: Any,
) -> None:
    stored = {"request": request.id, "asked_days": request.working_days}
    audit_log.about(session, kind, task, actor_id, **stored, **data)
