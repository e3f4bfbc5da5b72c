"""What follows from a decision, read from its rehearsal, for the page that confirms it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.base import calendar, db, formatting
from app.base.definitions import definition_of
from app.base.models import (
    Address,
    Filing,
    Grant,
    Incident,
    LogEntry,
    Mail,
    Notice,
    PlannedStart,
    ProcessInstance,
    Record,
    Task,
)
from app.cases import arrivals, processes, status
from app.cases.case import Case
from app.cases.papers.issued import series
from app.cases.processes import acts, dictation, notification, rehearsal
from app.cases.processes.rehearsal import Rehearsal
from app.cases.records.personnel_change import ChangedMeanwhile
from app.cases.records.sessions import SessionFull
from app.onboarding.tasks.loading import TaskPage
from app.onboarding.tasks.why import why_due
from app.onboarding.unusual import filings, numbers, people
from app.people import access
from app.people.mail import KINDS
from app.people.mail.erasing import CODES, without_links
from forms.papers import OFFICIAL
from forms.shapes.filing_review import ReviewStep
from workflows.drawing import ENTRY

#: Addresses of what the rehearsal made: nothing has these numbers yet.
NUMBERED = re.compile(r"(/tareas/)\d+")
#: Why a legal term cannot be notified by mail, by the reason of the notice.
NO_MAIL = {
    "no_consent": "la entidad no aceptó las notificaciones por correo",
    "no_address": "no hay ninguna dirección que funcione",
}
BUSY = "hay otros registros en curso; vuelve a cargar la página"
#: Kinds of entries of the log that become a line → its text.
LOGGED = {
    "service.done": "Lo hace el sistema: {name}.",
    "task.cancelled": "Queda sin efecto: {name}.",
    "task.paused": "Se detiene el plazo de «{name}».",
    "task.resumed": "Vuelve a correr el plazo de «{name}».",
    "stage.validated": "Queda convalidada la etapa: {name}.",
    "process.ended": "El proceso termina: {name}.",
    "process.suspended": "El proceso queda suspendido: no se responde nada ni corre ningún plazo.",
    "process.cancelled": "El proceso queda anulado.",
    "extension.refused": "El plazo de «{name}» queda como estaba.",
}


@dataclass(frozen=True)
class NextStep:
    """A step that opens: its name, in whose hands it is, its term, and how that comes about."""

    name: str
    who: str
    people: tuple[str, ...]
    came: str
    term: str
    why: str


@dataclass(frozen=True)
class NextMail:
    """A mail that goes out. `body` is its text, without the secrets of its links."""

    kind: str
    to: str
    subject: str
    body: str
    at: datetime | None


@dataclass(frozen=True)
class Consequences:
    """What follows, as sentences and values; only `unknown` where it could not be rehearsed."""

    lines: tuple[str, ...] = ()
    steps: tuple[NextStep, ...] = ()
    mails: tuple[NextMail, ...] = ()
    unusual: tuple[str, ...] = ()
    #: Why nothing can be shown, after "porque"; "" if it can.
    unknown: str = ""


def of(task_page: TaskPage) -> Consequences:
    """Return what follows if the valid form of a page is sent now. Nothing is changed."""
    task, step, form, user = task_page.task, task_page.step, task_page.form, task_page.user

    def answer(session: Session) -> Case:
        dictated = dictation.of(session, task.id, user.id) if task_page.on_behalf else None
        return acts.complete(session, task.id, step, form, user.id, dictated).case

    try:
        with rehearsal.rehearse(answer) as tried:
            by_entity = task.role in access.ENTITY_ROLES and not task_page.on_behalf
            unusual = tuple(_of_answer(tried, task_page))
            return _read(tried, unusual, by_entity=by_entity)
    except processes.TaskTaken:
        unknown = "este paso ya no está abierto"
    except processes.TermLapsed:
        unknown = "el plazo de este paso ya venció"
    except access.duties.Barred:
        unknown = "ya no puedes decidir sobre esto"
    except processes.TooDeep:
        unknown = "el proceso no puede continuar"
    except series.NumberTaken as taken:
        unknown = f"el número {taken} ya es de otra constancia"
    except (ChangedMeanwhile, SessionFull):
        unknown = "otra persona cambió estos datos; mira el paso otra vez"
    except OperationalError:
        unknown = BUSY
    return Consequences(unknown=unknown)


def of_act(instance_id: int, actor_id: int, do: Callable[[Session], object]) -> Consequences:
    """Return what follows from an act of a coordinator on a process. Raise Refused."""

    def act(session: Session) -> Case:
        calendar.keep(session)  # locked in the order in which the confirmed act locks
        db.locked(session, ProcessInstance, instance_id)
        do(session)
        row = session.get_one(ProcessInstance, instance_id)
        return Case(session, row.entity, row, actor_id)

    try:
        with rehearsal.rehearse(act) as tried:
            return _read(tried, ())
    except OperationalError:
        return Consequences(unknown=BUSY)


def _read(tried: Rehearsal, unusual: tuple[str, ...], *, by_entity: bool = False) -> Consequences:
    """Return what a rehearsal shows; to people of an entity, no mail to the PCM's people."""
    opened = [task for task in tried.made(Task) if task.state == "open"]
    mails = tried.made(Mail)
    if by_entity:
        mails = [one for one in mails if not access.roles_of(one.user) & access.PCM_ROLES]
    return Consequences(
        lines=tuple(_lines(tried, opened)),
        steps=tuple(_step(tried, task) for task in opened),
        mails=tuple(_mail(one) for one in mails),
        unusual=(*unusual, *_unusual(tried, opened), *_dead(tried, mails)),
    )


def _lines(tried: Rehearsal, opened: list[Task]) -> Iterator[str]:
    """Yield what happens besides the steps that open."""
    row = tried.case.instance
    for entry in tried.made(LogEntry):
        if line := _logged(row, entry):
            yield line
    yield from _grants(tried)
    for planned in tried.made(PlannedStart):
        name, soon = status.PROCESS_NAMES[planned.process], planned.at <= calendar.now()
        on = formatting.day(calendar.lima_day(planned.at))
        yield f"Empieza enseguida: {name}." if soon else f"Empieza el {on}: {name}."
    facts = status.read(tried.case.session, [row], tried.case.at)[row.id]
    if row.status != "running":
        return
    yield from (status.of_wait(facts, wait) for wait in facts.waits)
    moved = {one.task_id for one in tried.made(LogEntry) if one.kind == "task.extended"}
    for task in facts.open_tasks:
        if task not in opened and task.id not in moved:
            yield f"Sigue abierto: {task.name}. {_term(task)}."


def _logged(row: ProcessInstance, entry: LogEntry) -> str:
    """Return an entry of the log as a line; "" for entries that the steps show."""
    name = entry.data.get("name", "")
    if entry.kind == "stage.entered" and row.process == ENTRY:
        number = definition_of(row.deployment).stages.index(entry.data["stage"]) + 1
        return f"Empieza la etapa {number}: {name}."
    if entry.kind == "process.resumed":
        days = formatting.plural(entry.data["working_days"], "día hábil", "días hábiles")
        return f"El proceso continúa. Estuvo suspendido {days}, que se agregan a sus plazos."
    if entry.kind == "task.extended":
        old, new = map(formatting.day, entry.data["changed"]["due_on"])
        return f"«{name}» vence el {new} y ya no el {old}."
    if entry.kind == "paper.annulled":
        given = f" N.º {entry.data['number']}" if entry.data["number"] else ""
        return f"Se anula: {OFFICIAL[entry.data['paper']].title}{given}."
    return LOGGED.get(entry.kind, "").format(name=name)


def _grants(tried: Rehearsal) -> Iterator[str]:
    """Yield which people get a function, and who no longer has one."""
    made = tried.made(Grant)
    for grant in tried.changed(Grant):
        ends = grant.until_at is not None and grant.until_at >= tried.case.at
        if ends or grant in made:
            what = f"{'deja' if ends else 'recibe'} la función de {access.ROLES[grant.role].name}"
            yield f"{grant.user.full_name} {what}."


def _step(tried: Rehearsal, task: Task) -> NextStep:
    session = tried.case.session
    ours = task.role not in access.ENTITY_ROLES
    people = [] if ours else access.recipients(session, task.role, task.entity)
    return NextStep(
        name=task.name,
        who=access.lane_title(task.role),
        people=tuple(user.full_name for user in people),
        came=arrivals.of(task.came_as).brief,
        term=_term(task),
        why=why_due(session, [task])[task.id],
    )


def _term(task: Task) -> str:
    """Return which term starts: whether it is a legal one, and until when it runs."""
    days = formatting.plural(task.term_days or 0, "día hábil", "días hábiles")
    kind = "Plazo legal" if task.due_kind == "legal" else "Plazo"
    if task.paused_days is not None:
        return f"{kind} detenido"
    if status.is_to_be_notified(task):
        return f"{kind} de {days}: corre desde la notificación"
    if task.due_at is None:
        return "Sin plazo"
    return f"{kind} de {days}: vence el {formatting.last_day(task.due_at)}"


def _mail(mail: Mail) -> NextMail:
    facts = KINDS[mail.kind]
    body = NUMBERED.sub(r"\1…", without_links(mail.body))
    return NextMail(
        kind=facts.name,
        to=mail.user.full_name if mail.user else mail.to,
        subject=mail.subject,
        body=CODES.sub("…", body) if facts.lets_in else body,
        at=mail.not_before_at,
    )


def _of_answer(tried: Rehearsal, task_page: TaskPage) -> Iterator[str]:
    """Yield what is unusual about the answer."""
    case, form = tried.case, task_page.form
    task = task_page.task
    yield from form.unusual()
    for filing in tried.changed(Filing):
        yield from filings.of(case, task, form, filing)
    if isinstance(form, ReviewStep) and form.has_roster():
        yield from people.of_roster(case.session, form.given.get("roster") or [])
    if task.role not in access.ENTITY_ROLES:
        yield from people.of_grants(case, tried.made(Grant))
    yield from numbers.of(case, tried.made(Record))


def _unusual(tried: Rehearsal, opened: list[Task]) -> Iterator[str]:
    """Yield what deserves a second look: nobody to answer, paper instead of mail, failures."""
    session = tried.case.session
    for task in opened:
        place = task.entity_id if task.role in access.ENTITY_ROLES else None
        if access.vacancies.is_vacant(session, (task.role, place)):
            who = access.lane_title(task.role)
            yield f"«{task.name}» queda sin nadie que lo responda: no hay cuentas en uso de {who}."
    on_paper = select(Notice).where(
        Notice.kind == notification.NOTICE, Notice.task_id.in_([task.id for task in opened])
    )
    for notice in session.scalars(on_paper.order_by(Notice.id)):
        why = NO_MAIL.get(notice.data["reason"], "el correo no llegaría")
        yield f"«{notice.data['name']}» se notifica en papel: {why}."
    for incident in tried.made(Incident):
        yield f"El sistema no pudo hacer «{incident.name}»: quedaría como incidente."


def _dead(tried: Rehearsal, mails: list[Mail]) -> Iterator[str]:
    """Yield the readers whose address is known not to receive mails."""
    addresses = {mail.to.casefold() for mail in mails}
    dead = tried.case.session.scalars(
        select(Address.address).where(Address.address.in_(addresses), Address.dead_at.is_not(None))
    )
    for address in sorted(dead):
        names = {_mail(mail).to for mail in mails if mail.to.casefold() == address}
        yield f"La dirección de {formatting.listed(sorted(names))} no recibe correos."
