"""The sections of *Hoy*: each has a count, the most urgent lines, and a link to the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from flask import url_for
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

import forms
from app.base import calendar, formatting
from app.base.formatting import WEEKDAYS
from app.base.models import (
    Allowance,
    Entity,
    Incident,
    InductionSession,
    Mail,
    Notice,
    ProcessInstance,
    Task,
)
from app.cases import notices
from app.cases.custody import holder_of, label_of, pair_of
from app.cases.questions import listing
from app.cases.records.agenda import TOPIC_NAMES
from app.mailroom.outbox import mails as outbox
from app.onboarding.entity_list import ordering, standing
from app.onboarding.entity_list.export import in_order
from app.onboarding.entity_list.query import EntityQuery
from app.onboarding.entity_list.standing import Standing, standings
from app.onboarding.mandates import concerned
from app.onboarding.tasks import task_view
from app.onboarding.today import platform, proposed
from app.onboarding.today.parts import Line, Reader, Section
from app.people import access
from app.people.addresses import domains

#: The number of lines of a section.
MOST = 5
#: Permissions to decide of this period are counted separately.
ALLOWED_SINCE = timedelta(days=30)


def sections(reader: Reader) -> list[Section]:
    """Return the sections that are not empty, in order, in a constant number of statements."""
    parts: list[Section | None] = [proposed.section(reader)]
    failures = _failures(reader)
    parts += _first(reader, failures)
    if reader.may("see_tasks"):
        parts.append(waiting(reader))
    if reader.may("allow_decision"):
        parts.append(awaiting_permission(reader))
    if reader.may("answer_question"):
        parts.append(questions(reader))
    if reader.may("plan_mandates"):
        parts.append(mandates_without_plan(reader))
    parts += by_date(reader)
    if reader.may("assign_coordinators"):
        parts.append(without_coordinator(reader))
    parts.append(sessions(reader))
    if reader.may("see_notices") or reader.may("sign_many"):
        parts += notice_sections(reader)
    if not reader.may("manage_people"):
        parts += failures
    if reader.may("see_changes"):
        parts.append(allowed(reader))
    return [part for part in parts if part is not None]


def _failures(reader: Reader) -> list[Section | None]:
    if not reader.may("retry_incident"):
        return []
    return [incidents(reader), unsent(reader), resting_domains(reader)]


def _first(reader: Reader, failures: Sequence[Section | None]) -> list[Section | None]:
    """Return what stands above the dates of entities, as work: for the Gestor and the auditor."""
    parts: Sequence[Section | None] = ()
    if reader.may("manage_people"):
        parts = [*failures, *platform.of_gestor(reader)]
    elif reader.may("see_changes"):
        parts = platform.of_auditor(reader)
    return [replace(part, work=True) for part in parts if part is not None]


def waiting(reader: Reader) -> Section | None:
    """Return the tasks that the reader may answer, the earliest date first."""
    session, now = reader.session, calendar.now()
    rows = session.execute(
        select(Task.id, func.count().over(), func.count().filter(now >= task_view.RUNS_TO).over())
        .join(Task.instance)
        .where(access.answerable(reader.user))
        .order_by(*task_view.BY_DATE)
        .limit(MOST)
    ).all()
    if not rows:
        return None
    (_, count, late), *_ = rows
    lines = [
        Line(
            forms.steps()[task.step].form.heading or task.name,
            url_for("tasks.open_step", task_id=task.id),
            _named(task.entity),
            task_view.due(session, task, now)[0],
        )
        for task in task_view.in_order(session, [row.id for row in rows])
    ]
    return Section(
        id="pendientes",
        title=f"{formatting.plural(count, 'tarea te espera', 'tareas te esperan')}",
        late=f"{formatting.number(late)} con atraso" if late else "",
        lines=lines,
        url=url_for("tasks.inbox"),
        way="Ver mis pendientes",
        work=True,
    )


def questions(reader: Reader) -> Section | None:
    """Return the questions of entities that wait for the reader, the earliest date first."""
    rows = listing.of_coordinator(reader.session, reader.user)
    if not rows:
        return None
    late = listing.late(rows)
    lines = [
        Line(
            row.subject,
            url_for("questions.show", code=row.entity.code, number=row.id),
            _named(row.entity) + (" · no puede seguir sin la respuesta" if row.blocks else ""),
            row.due_in,
        )
        for row in rows[:MOST]
    ]
    text = formatting.plural(len(rows), "consulta espera", "consultas esperan")
    return Section(
        id="consultas",
        title=f"{text} tu respuesta",
        late=f"{formatting.number(late)} con atraso" if late else "",
        lines=lines,
        url=url_for("questions.list_waiting"),
        way="Ver las consultas",
        work=True,
    )


def mandates_without_plan(reader: Reader) -> Section | None:
    """Return how many entities have a mandate that ends soon, and are in no confirmed plan."""
    found = concerned.without_plan(reader.session)
    if found is None:
        return None
    day, count = found
    ends = "termina" if count == 1 else "terminan"
    return Section(
        id="mandatos",
        title=(
            f"{formatting.plural(count, 'mandato', 'mandatos')} {ends} el {formatting.day(day)}, "
            "sin un plan confirmado"
        ),
        lines=(),
        url=url_for("mandate_plan.show", dia=day.isoformat()),
        way="Ver el plan de cambios de autoridad",
        work=True,
    )


def awaiting_permission(reader: Reader) -> Section | None:
    """Return the decisions that wait until the reader allows a person to take them: all of them,
    since no list has them."""
    session = reader.session
    tasks = access.duties.waiting(session, reader.user)
    if not tasks:
        return None
    now = calendar.now()
    lines = [
        Line(
            task.name,
            url_for("tasks.allow", task_id=task.id),
            _named(task.entity),
            task_view.due(session, task, now)[0],
        )
        for task in tasks
    ]
    text = formatting.plural(len(tasks), "tarea espera", "tareas esperan")
    return Section(
        id="sin-quien-decida",
        title=f"{text} que permitas quién decide",
        lines=lines,
        url=lines[0].url,
        way="Permitir que alguien decida",
        work=True,
    )


def allowed(reader: Reader) -> Section | None:
    """Return how often a barred person was allowed to decide: recently, and in all."""
    session, since = reader.session, calendar.today() - ALLOWED_SINCE
    rows = session.execute(
        select(
            Allowance,
            func.count().over(),
            func.count().filter(Allowance.at >= calendar.midnight(since)).over(),
        )
        .join(Allowance.task)
        .options(contains_eager(Allowance.task).joinedload(Task.entity))
        .options(joinedload(Allowance.user), joinedload(Allowance.by))
        .order_by(Allowance.id.desc())
        .limit(MOST)
    ).all()
    if not rows:
        return None
    _, count, lately = rows[0]
    lines = [
        Line(
            f"{row.task.name}: {row.user.full_name}",
            row.task.entity.url,
            f"{_named(row.task.entity)} · lo permitió {row.by.full_name}, {formatting.day(row.at)}",
        )
        for row, *_ in rows
    ]
    text = formatting.plural(lately, "permiso", "permisos")
    return Section(
        id="permisos",
        title=(
            f"{text} para decidir en los últimos {ALLOWED_SINCE.days} días, "
            f"{formatting.number(count)} en total"
        ),
        lines=lines,
        url=url_for("audit.list_changes", acto="permisos"),
        way="Ver todos",
    )


def by_date(reader: Reader) -> list[Section | None]:
    """Return the tasks that became late since the last working day, and those due in a week."""
    session = reader.session
    since = calendar.calendar_of(session, None).before(calendar.today())
    late, week = reader.query("desde-ayer"), reader.query("semana")
    ids = {one.values["plazo"]: ordering.ids(session, one, "plazo") for one in (late, week)}
    first = {key for some in ids.values() for key in some[:MOST]}
    here = {one.entity.id: one for one in standings(session, in_order(session, sorted(first)))}

    def section(query: EntityQuery, one: str, many: str, rest: str) -> Section | None:
        due = query.values["plazo"]
        found = ids[due]
        if not found:
            return None
        return Section(
            id=due,
            title=f"{formatting.plural(len(found), one, many)} {rest}",
            lines=[_of_entity(session, here[key], query) for key in found[:MOST]],
            url=query.address(orden="plazo"),
            way="Ver la entidad" if len(found) == 1 else f"Ver las {formatting.number(len(found))}",
            work=True,
        )

    said = ("entidad tiene un plazo", "entidades tienen un plazo", "que vence en 7 días")
    return [
        section(late, "entidad se atrasó", "entidades se atrasaron", _since(since)),
        section(week, *said),
    ]


def _since(day: date) -> str:
    """Return since when, as people say it: yesterday, or the name of the last working day."""
    yesterday = calendar.today() - timedelta(days=1)
    return "desde ayer" if day == yesterday else f"desde el {WEEKDAYS[day.weekday()]}"


def _of_entity(session: Session, here: Standing, query: EntityQuery) -> Line:
    """Return the line of an entity, with the step or question whose date matches the query."""
    first = here.first_due(query.window(session))
    assert first is not None  # noqa: S101 - the list found it by that date
    due_in, _ = standing.due(session, first, calendar.now())
    whose = label_of(holder_of([pair_of(first)]) if isinstance(first, Task) else first.role)
    return Line(here.entity.name, here.entity.url, f"{standing.name_of(first)} · {whose}", due_in)


def without_coordinator(reader: Reader) -> Section | None:
    """Return the running entities that lack a coordinator in charge."""
    session = reader.session
    query = EntityQuery({"coordinador": "nadie", "estado": "en-marcha"})
    count = session.scalar(select(func.count()).select_from(Entity).where(query.condition(session)))
    if not count:
        return None
    text = formatting.plural(count, "entidad en marcha", "entidades en marcha")
    return Section(
        id="sin-coordinador",
        title=f"{text} sin algún coordinador a cargo",
        lines=(),
        url=query.address(),
        way="Ver la lista",
    )


def sessions(reader: Reader) -> Section | None:
    """Return the induction sessions of the day, past hours included."""
    today = calendar.today()
    rows = reader.session.scalars(
        select(InductionSession)
        .where(
            InductionSession.at >= calendar.midnight(today),
            InductionSession.at < calendar.end_of(today),
            ~InductionSession.cancelled,
        )
        .order_by(InductionSession.at, InductionSession.id)
    ).all()
    topics = TOPIC_NAMES
    lines = [
        Line(
            f"{formatting.hour(row.at)} {topics[row.topic]}",
            url_for("sessions.show", session_id=row.id),
            f"{row.taken} de {formatting.plural(row.seats, 'cupo', 'cupos')}"
            + (f" · {row.place}" if row.place else ""),
        )
        for row in rows[:MOST]
    ]
    title = formatting.plural(len(rows), "sesión hoy", "sesiones hoy")
    url = url_for("sessions.list_sessions")
    return Section("sesiones", title, lines, url, "Ver las sesiones") if rows else None


def notice_sections(reader: Reader) -> list[Section | None]:
    """Return answers that came by mail, and the other notices."""
    answers = Notice.kind.in_(notices.OF_MESSAGES)
    one, many = "respuesta por leer", "respuestas por leer"
    return [
        _notices(reader, answers, "respuestas", one, many, url_for("incoming.list_incoming")),
        _notices(reader, ~answers, "avisos", "aviso", "avisos", url_for("tasks.inbox")),
    ]


def _notices(
    reader: Reader, which: ColumnElement[bool], name: str, one: str, many: str, url: str
) -> Section | None:
    rows, count = notices.newest(reader.session, reader.user, which, MOST)
    lines = []
    for line in map(notices.describe, rows):
        whose = _named(line.entity) if line.entity else ""
        under = f"{line.says} · {whose}" if whose and line.in_full else whose or line.says
        lines.append(Line(line.asks, line.url, under))
    way = "Ver los correos recibidos" if name == "respuestas" else "Ver los avisos"
    return Section(name, formatting.plural(count, one, many), lines, url, way) if rows else None


def incidents(reader: Reader) -> Section | None:
    """Return the service tasks that failed and wait for attention."""
    rows = reader.session.execute(
        select(Incident, func.count().over())
        .join(Incident.instance)
        .where(Incident.resolved_at.is_(None), ProcessInstance.ended_at.is_(None))
        .options(joinedload(Incident.instance).joinedload(ProcessInstance.entity))
        .order_by(Incident.id)
        .limit(MOST)
    ).all()
    if not rows:
        return None
    lines = [
        Line(row.name, row.instance.entity.url, _named(row.instance.entity)) for row, _ in rows
    ]
    title = formatting.plural(rows[0][1], "incidente", "incidentes")
    return Section("incidentes", title, lines, _incidents_url(), "Ver los incidentes")


def unsent(reader: Reader) -> Section | None:
    """Return the number of mails that failed for good."""
    count = reader.session.scalar(
        select(func.count()).select_from(Mail).where(outbox.given_up(), outbox.readable())
    )
    title = formatting.plural(count or 0, "correo no salió", "correos no salieron")
    return Section("correos", title, (), _incidents_url(), "Ver por qué") if count else None


def resting_domains(reader: Reader) -> Section | None:
    """Return the mail domains to which sending is paused."""
    rows = domains.those_that_rest(reader.session)
    lines = [
        Line(row.domain, _incidents_url(), f"Desde el {formatting.moment(row.since_at)}")
        for row in rows
    ]
    title = formatting.plural(len(rows), "dominio en reposo", "dominios en reposo")
    return (
        Section("dominios", title, lines[:MOST], _incidents_url(), "Ver por qué") if rows else None
    )


def _incidents_url() -> str:
    return url_for("incidents.list_incidents")


def _named(entity: Entity) -> str:
    return f"{entity.name}, {entity.place}" if entity.place else entity.name
