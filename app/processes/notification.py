"""Notifying: the mail from which a legal term runs, and the paper where mail will not do.

A legal term runs from its notification (TUO of Ley 27444, art. 144). By mail where the entity
accepted that and somebody can be reached (art. 20): then from when the mail may be sent. Else a
coordinator notifies on paper and notes the moment (`app.processes.care.notified_on_paper`).
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

import forms
from app import access, log, mail, notices, records
from app.mail import Letter
from app.models import Mail, Notice, ProcessInstance, Task, User
from app.processes.act import Act

#: The kind of the mail, and of what waits on a coordinator's page.
KIND = "legal_notice"
NOTICE = "notify_on_paper"


def notify(act: Act, task: Task) -> None:
    """The mails from which a legal term runs, or a notice to the coordinator that paper is due."""
    if task.notified_at is None:
        designated = records.read(act.case, "administrator") or {}
        reason = "no_address" if designated.get("notices_by_email") else "no_consent"
        act.case.log("task.to_be_notified", task=task, name=task.name)
        _ask_for_paper(act.session, task, reason=reason)
        return
    people = access.recipients(act.session, task.role, task.entity)
    for user in mail.reachable(act.session, people):
        mail.post(act.session, _letter(task, user), not_before=task.notified_at)
    act.case.log(
        "task.notified", task=task, name=task.name, notified_at=task.notified_at.isoformat()
    )


def _letter(task: Task, user: User) -> Letter:
    """The notice of a task as it is now."""
    ask = forms.steps()[task.step].ask.format(entity=task.entity.name)
    values = {"ask": ask, "task": task}
    return Letter(KIND, user.email, values, user=user, entity=task.entity, task=task)


def task_of(session: Session, notice: Mail) -> Task | None:
    """The open task whose legal term runs from a mail; None once it was answered or is void.

    None, too, where the term runs from another notice by now, and for mails that are none.
    """
    query = select(Task).join(Mail, _lets_run()).where(Mail.id == notice.id)
    return session.scalars(query).one_or_none()


def held_back() -> ColumnElement[bool]:
    """Whether a row of Mail is a notice of a suspended process: it waits for its resumption.

    Dropped, it would leave a term of which nobody was told to run on when the process goes on.
    """
    suspended = Task.instance.has(ProcessInstance.status == "suspended")
    return exists().where(_lets_run(), suspended).correlate(Mail)


def refresh(session: Session, notice: Mail) -> bool:
    """Writes a notice that was not sent yet anew, from its task; False where that is not open.

    Its date may have moved with the calendar, or by a suspension. To be called in the transaction
    that sends it, once the mail is locked. Mails that notify of no step are left alone.
    """
    if notice.task_id is None or notice.user is None:
        return True
    task = task_of(session, notice)
    if task is None:
        return False
    notice.subject, notice.body = mail.render(_letter(task, notice.user))
    return True


def _lets_run() -> ColumnElement[bool]:
    """Whether the legal term of a row of Task, which is open, runs from a row of Mail.

    It runs from when the mail may be sent, unless it runs from paper by now.
    """
    return (
        (Task.id == Mail.task_id)
        & (Task.state == "open")
        & (Task.notified_at == Mail.not_before_at)
    )


def not_delivered(session: Session, bounced: Mail) -> None:
    """The mail of a legal notice came back: its coordinator is told to notify on paper.

    The term that runs is left alone (bounces can be forged) until the paper's moment is noted.
    Nothing for other mails, and where the step was answered meanwhile.
    """
    task = task_of(session, bounced)
    if task is None:
        return
    log.about(session, "task.not_delivered", task, None)
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
