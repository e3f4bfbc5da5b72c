"""Notifying: the mail from which a legal term runs, and the paper where mail will not do.

A legal term runs from its notification (TUO of Ley 27444, art. 144). By mail where the entity
accepted that and somebody can be reached (art. 20): then from when the mail may be sent. Else a
coordinator notifies on paper and notes the moment (`app.processes.care.notified_on_paper`).
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

import forms
from app import access, log, mail, notices, records
from app.mail import Letter
from app.models import Mail, Notice, Task
from app.processes.act import Act

NOTICE = "notify_on_paper"


def notify(act: Act, task: Task) -> None:
    """The mails from which a legal term runs, or a notice to the coordinator that paper is due."""
    if task.notified_at is None:
        designated = records.read(act.case, "administrator") or {}
        reason = "no_address" if designated.get("notices_by_email") else "no_consent"
        act.case.log("task.to_be_notified", task=task, name=task.name)
        _ask_for_paper(act.session, task, reason=reason)
        return
    ask = forms.steps()[task.step].ask.format(entity=task.entity.name)
    people = access.recipients(act.session, task.role, task.entity)
    for user in mail.reachable(act.session, people):
        values = {"ask": ask, "task": task}
        letter = Letter("legal_notice", user.email, values, user=user, entity=task.entity)
        mail.post(act.session, letter, not_before=task.notified_at)
    act.case.log(
        "task.notified", task=task, name=task.name, notified_at=task.notified_at.isoformat()
    )


def not_delivered(session: Session, bounced: Mail) -> None:
    """The mail of a legal notice came back: its coordinator is told to notify on paper.

    The term that runs is left alone (bounces can be forged) until the paper's moment is noted.
    Nothing for other mails, and where the step was answered meanwhile.
    """
    if bounced.kind != "legal_notice" or bounced.entity_id is None:
        return
    # A notice's term runs from when its mail may be sent: that tells which term it was of.
    tasks = session.scalars(
        select(Task).where(
            Task.entity_id == bounced.entity_id,
            Task.state == "open",
            Task.due_kind == "legal",
            Task.notified_at == bounced.not_before_at,
        )
    )
    for task in tasks:
        log.write(
            session,
            "task.not_delivered",
            actor_id=None,
            entity_id=task.entity_id,
            instance_id=task.instance_id,
            task=task,
            name=task.name,
        )
        _ask_for_paper(session, task, reason="bounced", address=bounced.to)


def is_asked_for(session: Session, task: Task) -> bool:
    """Whether a notice on paper waits to be noted."""
    query = select(Notice.id).where(
        Notice.kind == NOTICE, Notice.key == str(task.id), Notice.done_at.is_(None)
    )
    return session.scalar(query) is not None


def take_down(session: Session, task: Task, actor_id: int) -> None:
    """The notice on paper was noted."""
    notices.take_down(session, NOTICE, str(task.id), actor_id)


def _ask_for_paper(session: Session, task: Task, **data: str) -> None:
    notices.put(
        session,
        NOTICE,
        str(task.id),
        role=access.reviewing_role(task.stage),
        entity=task.entity,
        task=task,
        name=task.name,
        **data,
    )
