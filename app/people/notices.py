"""Notices to coordinators: rows that wait until a coordinator has settled their matter.

`app.cases.notices` has their kinds, their words and the pages that show them.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, exists, update
from sqlalchemy.orm import Session, aliased

from app.base import calendar, db
from app.base.models import Entity, Notice, ProcessInstance, Task, User
from app.people import access

#: Every kind of notice; `app.cases.notices` has the words of each.
KINDS = frozenset(
    {
        "address_dead",
        "verify_contact",
        "answer_received",
        "complaint",
        "extension_asked",
        "notify_on_paper",
        "upkeep_lapsed",
        "ruc_to_confirm",
        "redesignation_advised",
        "nobody_left",
        "departure_announced",
        "link_ends",
        "change_unplanned",
        "authority_continues",
        "certificate_to_sign",
        "month_unread",
        "question_mail",
        "receipt_corrected",
        "version_corrected",
        "return_asked",
    }
)


def of_waits() -> ColumnElement[bool]:
    """Condition on Notice: a request about an answered step after which its case still waits.

    That is an entity's step, and no other step of the path is open or came after it.
    """
    later = aliased(Task)
    went_on = exists().where(
        later.instance_id == Task.instance_id,
        later.process != "follow_up",
        (later.id > Task.id) | (later.state == "open"),
    )
    waits_after = exists().where(
        Task.id == Notice.task_id,
        Task.role.in_(access.ENTITY_ROLES),
        Task.state == "completed",
        Task.instance.has(ProcessInstance.ended_at.is_(None)),
        ~went_on,
    )
    return (Notice.kind == "return_asked") & waits_after


def put(
    session: Session,
    kind: str,
    key: str,
    *,
    role: str = "",
    entity: Entity | None = None,
    task: Task | None = None,
    **data: Any,
) -> None:
    """Add a notice, unless one of its kind and key is already waiting.

    `role` is the role of its reader (sip, sgtd, secretary); "" for coordinators of both kinds.
    `data` are the values of its line: never a document number. Raise KeyError for an unknown kind.
    """
    if kind not in KINDS:
        raise KeyError(kind)
    db.insert_missing(
        session,
        Notice,
        {
            "kind": kind,
            "key": key,
            "role": role,
            "entity_id": entity.id if entity else None,
            "task_id": task.id if task else None,
            "data": data,
            "created_at": calendar.now(),
        },
    )


def take_down(session: Session, kind: str, key: str, actor_id: int | None) -> bool:
    """Remove a notice whose matter is settled, or needs no action; return whether it waited."""
    done = session.execute(
        update(Notice)
        .where(Notice.kind == kind, Notice.key == key, Notice.done_at.is_(None))
        .values(done_at=calendar.now(), done_by_id=actor_id)
        .returning(Notice.id)
    )
    return done.first() is not None


def on_arrival(session: Session, user: User, actor_id: int | None) -> None:
    """Remove the `nobody_left` notices of lanes that this person now covers."""
    for lane, entity_id in access.lanes_of(user):
        if entity_id is not None:
            take_down(session, "nobody_left", f"{lane} {entity_id}", actor_id)


def responsible_role(entity: Entity) -> str:
    """Return the role whose coordinator looks for people of an entity.

    The SIP, which runs the designation; the SGTD if only a coordinator of the SGTD is in charge.
    """
    alone = entity.sgtd_coordinator_id is not None and entity.sip_coordinator_id is None
    return "sgtd" if alone else "sip"
