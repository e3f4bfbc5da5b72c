"""The notification of a legal term: by mail with a receipt, or on paper.

A legal term runs from its notification (TUO of Ley 27444, art. 144). A mail notifies if the entity
accepted that and the receipt of the mail is known (art. 20.4): a person confirms it by the mail's
link, or opens the step (`processes.terms.receipts`). Two working days after sending without a
receipt, a coordinator notifies on paper and records the moment
(`processes.case_admin.notified_on_paper`).
So too if the entity did not accept mails, or none of its people has an address that works.
"""

from __future__ import annotations

from datetime import datetime

from flask import current_app
from sqlalchemy import ColumnElement, Select, and_, exists, func, literal_column, or_, select
from sqlalchemy.orm import Session

import forms
from app.base import calendar
from app.base.models import Mail, Notice, ProcessInstance, Task, User
from app.cases import custody, notices, records
from app.cases.case import Case
from app.cases.processes.act import Act
from app.cases.processes.terms import due_dates, receipts
from app.people import access, mail
from app.people.addresses import domains
from app.people.mail import Letter
from forms.shapes.observations import line_of

#: The kind of the mail, and of the notice for the coordinator.
KIND = "legal_notice"
NOTICE = "notify_on_paper"
#: Reason for paper: mails wait because their domain refuses ours.
RESTS = "domain_rests"
#: Paper is due this many working days after a mail was sent without a receipt (art. 20.4).
PATIENCE = 2
#: Condition on tasks that a mail notifies and that are not notified yet; matches their index.
NOT_NOTIFIED = (
    Task.state == literal_column("'open'"),
    Task.notice_at.is_not(None),
    Task.notified_at.is_(None),
)


def notify(act: Act, task: Task) -> None:
    """Write the mails that notify a step, or put a notice that paper is due.

    The term does not run yet: its people are not notified.
    """
    designated = records.read(act.case, "administrator") or {}
    people = mail.reachable(act.session, access.recipients(act.session, task.role, task.entity))
    if not designated.get("notices_by_email") or not people:
        reason = "no_address" if designated.get("notices_by_email") else "no_consent"
        act.case.log("task.to_be_notified", task=task, name=task.name)
        _ask_for_paper(act.case, task, reason=reason)
        return
    task.notice_at = act.case.calendar.next_sending(act.case.at)
    for user in people:
        first = _letter(act.session, task, user)
        notice = mail.post(act.session, first, not_before=task.notice_at)
        act.session.flush()
        if notice is not None:  # its link contains its number
            _write(act.session, notice, task, user)
    at = task.notice_at.isoformat()
    act.case.log("task.notice_written", task=task, name=task.name, notice_at=at)


def _letter(session: Session, task: Task, user: User, confirm_url: str = "") -> Letter:
    """Return the notice of a task as it is now, with the link that confirms its receipt."""
    case = Case(session, task.entity, task.instance, None, task)
    values = {
        "ask": forms.steps()[task.step].ask.format(entity=task.entity.name),
        "task": task,
        "observations": observations(case),
        "confirm_url": "" if task.notified_at else confirm_url,
    }
    return Letter(KIND, user.email, values, user=user, entity=task.entity, task=task)


def observations(case: Case) -> list[str]:
    """Return the corrections that a step requests, as its page numbers and names them."""
    filing = records.read(case, "filing") or {}
    return [line_of(one) for one in filing.get("observations", [])]


def _write(session: Session, notice: Mail, task: Task, user: User) -> None:
    letter = _letter(session, task, user, receipts.link(notice))
    notice.subject, notice.body = mail.render(letter)


def task_of(session: Session, notice: Mail) -> Task | None:
    """Return the open task that a mail notifies; None once it was answered or is void.

    None, too, if its term runs from another notice by now, and for mails that notify no task.
    """
    query = select(Task).join(Mail, _notifies()).where(Mail.id == notice.id)
    return session.scalars(query).one_or_none()


def held_back() -> ColumnElement[bool]:
    """Return the condition: a row of Mail is a notice of a suspended process, and waits for it.

    If it were dropped, its people would not hear of the step when the process is resumed.
    """
    suspended = Task.instance.has(ProcessInstance.status == "suspended")
    return exists().where(_notifies(), suspended).correlate(Mail)


def refresh(session: Session, notice: Mail) -> bool:
    """Write an unsent notice again from its task; return False if the task is not open.

    Its term may run by now. Call it in the transaction that sends the mail, once the mail is
    locked. Mails that notify no step stay as they are.
    """
    if notice.task_id is None or notice.user is None:
        return True
    task = task_of(session, notice)
    if task is None:
        return False
    _write(session, notice, task, notice.user)
    return True


def _notifies() -> ColumnElement[bool]:
    """Return the condition: a row of Mail notifies a row of Task, which is open.

    It does until the term runs from paper.
    """
    return (Task.id == Mail.task_id) & (Task.state == "open") & (Task.notified_how != "paper")


def let_run(act: Act, task: Task, at: datetime, how: str) -> None:
    """Start a legal term at the moment of its notification, with the timers on its step.

    `how` is a value of `Task.notified_how`.
    """
    task.notified_at, task.notified_how = at, how
    task.paper_at = task.paper_since_at = None
    task.counted_on = act.case.calendar.counted_on(at, current_app.config["CUT_OFF"])
    task.added_days = due_dates.suspended_since(act.case, at)
    due_dates.set_due_date(act, task)
    due_dates.move_timers(act, task)


# After a mail was posted -----------------------------------------------------------------------


def unsettled() -> Select[int]:
    """Select the tasks whose notice needs an entry: it was sent, or paper is due.

    It is run every minute, and written so that its own index answers it.
    """
    of_task = select(Mail.id).where(Mail.task_id == Task.id).correlate(Task)
    sent = of_task.where(Mail.sent_at.is_not(None)).exists()
    waiting = of_task.where(Mail.state == "waiting")
    goes, rests = waiting.where(~domains.resting()).exists(), waiting.exists()
    now = calendar.now()
    return (
        select(Task.id)
        .join(Task.instance)
        .where(
            *NOT_NOTIFIED,
            Task.notice_at <= now,
            ProcessInstance.status == "running",
            or_(
                Task.paper_at <= now,
                and_(Task.notice_sent_at.is_(None), or_(sent, and_(~goes, ~rests | ~_requested()))),
            ),
        )
    )


def _requested() -> ColumnElement[bool]:
    """Return the condition: paper was already requested for a row of Task."""
    requested = exists().where(
        Notice.kind == NOTICE, Notice.task_id == Task.id, Notice.done_at.is_(None)
    )
    return requested.correlate(Task)


def settle(session: Session, task_id: int) -> bool:
    """Record that a notice was sent, or that paper is due; return False if neither (any more)."""
    calendar.keep(session)  # before the instance is locked, as every act does
    instance = session.scalars(
        select(ProcessInstance)
        .join(Task, Task.instance_id == ProcessInstance.id)
        .where(Task.id == task_id, ProcessInstance.status == "running")
        .with_for_update(skip_locked=True, of=ProcessInstance)
    ).one_or_none()
    if instance is None or session.scalar(unsettled().where(Task.id == task_id)) is None:
        return False
    task = session.get_one(Task, task_id, populate_existing=True)
    case = Case(session, task.entity, instance)
    if task.notice_sent_at is not None:
        _paper_is_due(case, task)
        _hand_over(case)
        return True
    of_task = Mail.task_id == task_id
    sent_at = session.scalar(select(func.min(Mail.sent_at)).where(of_task))
    waits = session.scalar(select(Mail.id).where(of_task, Mail.state == "waiting").limit(1))
    if sent_at is None and waits is not None:
        _ask_for_paper(case, task, reason=RESTS)
    elif sent_at is None:  # no server accepted any of them
        task.notice_at = None
        _ask_for_paper(case, task, reason="no_address")
    else:
        _was_sent(case, task, sent_at)
    _hand_over(case)
    return True


def _was_sent(case: Case, task: Task, at: datetime) -> None:
    working = case.calendar
    sent_on = working.counted_on(at, current_app.config["CUT_OFF"])
    days = PATIENCE + due_dates.suspended_since(case, at)
    task.notice_sent_at, task.paper_at = at, calendar.end_of(working.add(sent_on, days))
    case.log("task.notice_sent", task=task, name=task.name, sent_at=at.isoformat())
    notice = case.session.scalars(select(Notice).where(*_waits(task))).one_or_none()
    if notice is not None and notice.data["reason"] == RESTS:  # its domain accepts mails again
        take_down(case.session, task, None)
        if task.paper_since_at is not None:
            task.paper_since_at = None
            case.log("task.paper_over", task=task, name=task.name)


def _paper_is_due(case: Case, task: Task) -> None:
    task.paper_at = None
    case.log("task.not_acknowledged", task=task, name=task.name)
    sent_at = task.notice_sent_at.isoformat() if task.notice_sent_at else ""
    _ask_for_paper(case, task, reason="not_acknowledged", sent_at=sent_at)


def not_delivered(session: Session, bounced: Mail) -> None:
    """Add a notice that paper is due, because the mail of a legal notice bounced.

    Does nothing for other mails, and if the step was answered, or a receipt is known, meanwhile:
    bounces can be forged.
    """
    task = task_of(session, bounced)
    if task is None or task.notified_how:
        return
    instance = session.get_one(
        ProcessInstance, task.instance_id, with_for_update=True, populate_existing=True
    )
    session.refresh(task)  # a receipt may have come before the instance was locked
    if task.state != "open" or task.notified_how:
        return
    case = Case(session, task.entity, instance)
    case.log("task.not_delivered", task=task, name=task.name)
    _ask_for_paper(case, task, reason="bounced", address=bounced.to)
    _hand_over(case)


def _waits(task: Task) -> tuple[ColumnElement[bool], ...]:
    return Notice.kind == NOTICE, Notice.key == str(task.id), Notice.done_at.is_(None)


def take_down(session: Session, task: Task, actor_id: int | None) -> None:
    """Remove the notice: paper was recorded, or is no longer needed."""
    notices.take_down(session, NOTICE, str(task.id), actor_id)


def _ask_for_paper(case: Case, task: Task, **data: str) -> None:
    """Add a notice for the coordinator, who holds the step from now on.

    Must be followed by a hand-over.
    """
    role = access.reviewing_role(task.stage)
    if task.paper_since_at is None:
        task.paper_since_at = case.at
        case.log("task.paper_due", task=task, name=task.name, role=role)
    notices.put(
        case.session,
        NOTICE,
        str(task.id),
        role=role,
        entity=task.entity,
        task=task,
        name=task.name,
        **data,
    )


def _hand_over(case: Case) -> None:
    """Hand the case over, outside an act on its engine: its instance is locked."""
    case.session.flush()
    row = case.instance
    party = custody.party_from_rows(case.session, row)
    custody.hand_over(case.session, row, row.stage, party, case.at)
    case.session.flush()
