"""What somebody asks of an entity's history, as its address says it: acts, person, days, where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from flask import request
from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.base import calendar, queries
from app.base.definitions import definition_of
from app.base.models import Entity, LogEntry, ProcessInstance, Task, User
from app.base.paging import Paging, page_number
from app.cases.history.sentences import SENTENCES, Line, tell_all
from forms.fields.dates import DATE_FAULT, read_date

PER_PAGE = 50
#: The system, where a person could be.
SYSTEM = "sistema"

#: Word in the address → how a kind of acts is called, and how the kinds of its entries begin; the
#: first that fits has an entry.
ACTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "plazos": (
        "Plazos y calendario",
        (
            "task.extended",
            "task.moved",
            "task.term_kept",
            "task.paused",
            "task.resumed",
            "task.notified",
            "task.to_be_notified",
            "task.not_delivered",
            "task.notice",
            "task.not_acknowledged",
            "task.paper_",
            "extension.",
            "calendar.",
        ),
    ),
    "pasos": ("Pasos", ("task.",)),
    "permisos": ("Permisos para decidir", ("duties.",)),
    "etapas": ("Etapas y procesos", ("stage.", "process.", "called.", "timer.", "service.")),
    "fallas": ("Fallas del sistema", ("incident.",)),
    "documentos": ("Documentos", ("file.uploaded", "paper.")),
    "consultas": ("Consultas de datos", ("file.read", "document.", "identity.", "visit.")),
    "personas": (
        "Personas y accesos",
        (
            "person.role",
            "person.invited",
            "person.email",
            "person.contact",
            "person.password",
            "person.sign_in",
            "person.deactivated",
            "person.left",
            "person.reactivated",
            "absence.",
            "code.",
            "entity.coord",
        ),
    ),
    "correos": (
        "Correos y recordatorios",
        ("mail.", "reminders.", "person.", "address.", "domain.", "meeting."),
    ),
    "sesiones": ("Sesiones", ("session.",)),
    "datos": ("Datos de la entidad", ("entity.", "catalogue.")),
    "lotes": ("Actos sobre muchas entidades", ("batch.",)),
    "registro": ("Registro de visitas", ("register.", "rule.")),
}


@dataclass(frozen=True)
class Asked:
    """What was asked; what is empty narrows nothing."""

    act: str = ""
    person: str = ""
    process: str = ""
    stage: str = ""
    since_on: date | None = None
    until_on: date | None = None
    #: What was typed for the days, and what is wrong with it, by name in the address.
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def chosen(self) -> tuple[str, str, str, str]:
        """The four choices, in the order of SELECTS."""
        return self.act, self.person, self.process, self.stage

    @property
    def narrows(self) -> bool:
        """Whether anything is asked."""
        return any((*self.chosen, *self.typed.values()))


def read(choices: Choices) -> Asked:
    """What the address asks; an error for a choice that this entity's history does not offer."""
    names = [name for name, *_ in SELECTS]
    found = queries.faults(request.args, (*names, *DAYS, "pagina"))
    errors = queries.at_fields(found, (*names, *DAYS))
    chosen = {name: request.args.get(name, "") for name in names}
    for name, *_, fault in SELECTS:
        if chosen[name] and chosen[name] not in dict(choices.of(name)):
            chosen[name], errors[name] = "", fault
    typed = {name: request.args.get(name, "").strip()[:20] for name in DAYS}
    days: dict[str, date | None] = {}
    for name, text in typed.items():
        try:
            days[name] = read_date(text) if text else None
        except ValueError:
            days[name], errors[name] = None, DATE_FAULT
    if (first := days["desde"]) and (last := days["hasta"]) and last < first:
        errors["hasta"] = "La segunda fecha va después de la primera."
    return Asked(
        chosen["acto"],
        chosen["persona"],
        chosen["proceso"],
        chosen["etapa"],
        days["desde"],
        days["hasta"],
        typed,
        errors,
    )


@dataclass(frozen=True)
class Choices:
    """What can be chosen: the acts, and the people, processes and stages of this entity."""

    people: Sequence[tuple[str, str]]
    instances: Sequence[ProcessInstance]

    @classmethod
    def read(cls, session: Session, entity: Entity) -> Choices:
        """Two statements."""
        acted = select(LogEntry.actor_id).where(LogEntry.entity_id == entity.id).distinct()
        users = session.scalars(
            select(User).where(User.id.in_(acted)).order_by(User.surnames, User.id)
        )
        people = [(str(user.id), user.full_name) for user in users]
        instances = session.scalars(
            select(ProcessInstance)
            .where(ProcessInstance.entity_id == entity.id)
            .options(joinedload(ProcessInstance.deployment))
            .order_by(ProcessInstance.id)
        ).all()
        return cls([*people, (SYSTEM, "El sistema")], instances)

    def of(self, name: str) -> Sequence[tuple[str, str]]:
        """The values of a filter with their words, without the one for all."""
        if name == "acto":
            return [(key, words) for key, (words, _) in ACTS.items()]
        if name == "persona":
            return self.people
        if name == "proceso":
            return [(str(row.id), _called(row)) for row in self.instances]
        stages: dict[str, str] = {}
        for row in self.instances:
            drawn = definition_of(row.deployment)
            stages |= {stage: drawn.element_name(stage) for stage in drawn.stages}
        return list(stages.items())


def _called(row: ProcessInstance) -> str:
    drawn = definition_of(row.deployment)
    return f"{drawn.element_name(row.process)}, {calendar.lima_day(row.started_at):%d/%m/%Y}"


#: The selects of the page: name in the address, label, what stands for all, and what is said of
#: a value that none of them is.
SELECTS = (
    ("acto", "Qué pasó", "Todo", "Elige de la lista qué pasó."),
    ("persona", "Quién", "Todos", "Elige una persona de la lista."),
    ("proceso", "Proceso", "Todos", "Elige un proceso de la lista."),
    ("etapa", "Etapa", "Todas", "Elige una etapa de la lista."),
)
#: Its two dates, with their labels.
DAYS: Mapping[str, str] = {"desde": "Desde (día/mes/año)", "hasta": "Hasta (día/mes/año)"}


def selects(asked: Asked, choices: Choices) -> list[dict[str, Any]]:
    """The selects as the template takes them."""
    values = dict(zip((name for name, *_ in SELECTS), asked.chosen, strict=True))
    return [
        {
            "name": name,
            "label": label,
            "all": all_of_it,
            "value": values[name],
            "options": choices.of(name),
        }
        for name, label, all_of_it, _ in SELECTS
    ]


def days(asked: Asked) -> list[dict[str, str]]:
    """The two dates as the template takes them."""
    return [
        {
            "name": name,
            "label": label,
            "value": asked.typed.get(name, ""),
            "error": asked.errors.get(name, ""),
        }
        for name, label in DAYS.items()
    ]


# As conditions --------------------------------------------------------------------------------


def entries(entity: Entity, asked: Asked, choices: Choices) -> Select[Any]:
    """The entries that were asked for, without an order."""
    query = select(LogEntry).where(LogEntry.entity_id == entity.id)
    if asked.act:
        query = query.where(LogEntry.kind.in_(kinds_of(asked.act)))
    if asked.person:
        who = None if asked.person == SYSTEM else int(asked.person)
        query = query.where(LogEntry.actor_id == who if who else LogEntry.actor_id.is_(None))
    if asked.process:
        query = query.where(LogEntry.instance_id == int(asked.process))
    if asked.stage:
        query = query.where(_in_stage(asked.stage, choices))
    if asked.since_on:
        query = query.where(LogEntry.at >= calendar.midnight(asked.since_on))
    if asked.until_on:
        query = query.where(LogEntry.at < calendar.midnight(asked.until_on + timedelta(days=1)))
    return query


def kinds_of(act: str) -> list[str]:
    """The kinds of entries of a kind of acts."""
    return [kind for kind in SENTENCES if act_of(kind) == act]


def act_of(kind: str) -> str:
    """The kind of acts to which a kind of entries belongs; "" for none."""
    fitting = (act for act, (_, begins) in ACTS.items() if kind.startswith(begins))
    return next(fitting, "")


def _in_stage(stage: str, choices: Choices) -> ColumnElement[bool]:
    """About a task of the stage, about the stage itself, or about something drawn in it."""
    elements = {f"stage_{stage}"}
    for row in choices.instances:
        drawn = definition_of(row.deployment)
        elements |= {key for key in drawn.elements if drawn.process_of(key) == stage}
    ids = [row.id for row in choices.instances]
    tasks = select(Task.id).where(Task.stage == stage, Task.instance_id.in_(ids))
    return or_(
        LogEntry.task_id.in_(tasks),
        LogEntry.data["stage"].as_string() == stage,
        LogEntry.data["element"].as_string().in_(sorted(elements)),
    )


def page(
    session: Session, entity: Entity, asked: Asked, choices: Choices
) -> tuple[Sequence[Line], Paging]:
    """A page of what was asked for, the newest first. Raises BeyondTheEnd."""
    query = entries(entity, asked, choices)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    paging = Paging(total, page_number(), PER_PAGE)
    found = session.scalars(
        query.options(joinedload(LogEntry.actor))
        .order_by(LogEntry.id.desc())
        .limit(paging.size)
        .offset(paging.offset)
    ).all()
    return tell_all(session, found), paging
