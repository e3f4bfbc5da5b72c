"""The filters of an entity's history, as its URL gives them: act, person, days, process, stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

from flask import request
from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session, joinedload

from app.base import calendar, queries
from app.base.models import Entity, LogEntry, ProcessInstance, Task, User
from app.base.paging import Paging, paged
from app.cases.history.catalogue import kinds_of
from app.cases.history.event import GROUPS, READINGS
from app.cases.history.lines import Line, describe_all
from app.cases.status import versions
from app.cases.status.versions import Versions
from forms.fields.dates import DATE_FAULT, read_date

PER_PAGE = 50
#: The value of the person filter that stands for the system.
SYSTEM = "sistema"


class Choice(NamedTuple):
    """A select of the page: name in the URL, label, its option for all, error for other values."""

    name: str
    label: str
    all: str
    error: str


SELECTS = (
    Choice("acto", "Qué pasó", "Todo menos las lecturas", "Elige de la lista qué pasó."),
    Choice("persona", "Quién", "Todos", "Elige una persona de la lista."),
    Choice("proceso", "Proceso", "Todos", "Elige un proceso de la lista."),
    Choice("etapa", "Etapa", "Todas", "Elige una etapa de la lista."),
)
#: The two dates of the page: name in the URL → label.
DAYS: Mapping[str, str] = {"desde": "Desde (día/mes/año)", "hasta": "Hasta (día/mes/año)"}


@dataclass(frozen=True)
class Filters:
    """The filters of a request; an empty one narrows nothing."""

    act: str = ""
    person: str = ""
    process: str = ""
    stage: str = ""
    since_on: date | None = None
    until_on: date | None = None
    #: The days as typed, and the errors, by name in the URL.
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def chosen(self) -> tuple[str, str, str, str]:
        """The values of SELECTS, in their order."""
        return self.act, self.person, self.process, self.stage

    @property
    def narrows(self) -> bool:
        """Whether any filter is set."""
        return any((*self.chosen, *self.typed.values()))


def read(options: Options) -> Filters:
    """Read the filters of the request. A value that is not among the options is an error."""
    names = [choice.name for choice in SELECTS]
    faults = queries.faults(request.args, (*names, *DAYS, "pagina"))
    errors = queries.at_fields(faults, (*names, *DAYS))
    chosen = {name: request.args.get(name, "") for name in names}
    for choice in SELECTS:
        name = choice.name
        if chosen[name] and chosen[name] not in dict(options.of(name)):
            chosen[name], errors[name] = "", choice.error
    typed = {name: request.args.get(name, "").strip()[:20] for name in DAYS}
    days: dict[str, date | None] = {}
    for name, text in typed.items():
        try:
            days[name] = read_date(text) if text else None
        except ValueError:
            days[name], errors[name] = None, DATE_FAULT
    if (first := days["desde"]) and (last := days["hasta"]) and last < first:
        errors["hasta"] = "La segunda fecha va después de la primera."
    return Filters(
        act=chosen["acto"],
        person=chosen["persona"],
        process=chosen["proceso"],
        stage=chosen["etapa"],
        since_on=days["desde"],
        until_on=days["hasta"],
        typed=typed,
        errors=errors,
    )


@dataclass(frozen=True)
class Options:
    """The options of the selects: the groups, and the people, processes and stages of an entity."""

    people: Sequence[tuple[str, str]]
    instances: Sequence[ProcessInstance]
    #: The versions that each was on, by its id.
    versions: Mapping[int, Versions]

    @classmethod
    def read(cls, session: Session, entity: Entity) -> Options:
        """Read the options for an entity; three statements, and one for earlier versions."""
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
        known = versions.of_cases(session, instances)
        return cls([*people, (SYSTEM, "El sistema")], instances, known)

    def of(self, name: str) -> Sequence[tuple[str, str]]:
        """Return the options of a select as (value, label), without the one for all."""
        if name == "acto":
            return list(GROUPS.items())
        if name == "persona":
            return self.people
        if name == "proceso":
            return [(str(row.id), self._label(row)) for row in self.instances]
        stages: dict[str, str] = {}
        for row in self.instances:
            known = self.versions[row.id]
            stages |= {stage: known.name(stage) for stage in known.stages}
        return list(stages.items())

    def _label(self, row: ProcessInstance) -> str:
        name = self.versions[row.id].name(row.process)
        return f"{name}, {calendar.lima_day(row.started_at):%d/%m/%Y}"


def selects(filters: Filters, options: Options) -> list[dict[str, Any]]:
    """Return the selects for the template."""
    return [
        choice._asdict() | {"value": value, "options": options.of(choice.name)}
        for choice, value in zip(SELECTS, filters.chosen, strict=True)
    ]


def days(filters: Filters) -> list[dict[str, str]]:
    """Return the two dates for the template."""
    return [
        {
            "name": name,
            "label": label,
            "value": filters.typed.get(name, ""),
            "error": filters.errors.get(name, ""),
        }
        for name, label in DAYS.items()
    ]


def entries(entity: Entity, filters: Filters, options: Options) -> Select[Any]:
    """Return the query for the matching log entries, without an order."""
    query = select(LogEntry).where(LogEntry.entity_id == entity.id)
    if filters.act:
        query = query.where(LogEntry.kind.in_(kinds_of(filters.act)))
    else:
        query = query.where(LogEntry.kind.not_in(kinds_of(READINGS)))
    if filters.person:
        who = None if filters.person == SYSTEM else int(filters.person)
        query = query.where(LogEntry.actor_id == who if who else LogEntry.actor_id.is_(None))
    if filters.process:
        query = query.where(LogEntry.instance_id == int(filters.process))
    if filters.stage:
        query = query.where(_in_stage(filters.stage, options))
    if filters.since_on:
        query = query.where(LogEntry.at >= calendar.midnight(filters.since_on))
    if filters.until_on:
        query = query.where(LogEntry.at < calendar.midnight(filters.until_on + timedelta(days=1)))
    return query


def _in_stage(stage: str, options: Options) -> ColumnElement[bool]:
    """Return the condition: about a task of the stage, the stage itself, or an element in it."""
    elements = {f"stage_{stage}"}
    for known in options.versions.values():
        elements |= {*known.elements_of(stage)}
    ids = [row.id for row in options.instances]
    tasks = select(Task.id).where(Task.stage == stage, Task.instance_id.in_(ids))
    return or_(
        LogEntry.task_id.in_(tasks),
        LogEntry.data["stage"].as_string() == stage,
        LogEntry.data["element"].as_string().in_(sorted(elements)),
    )


def page(
    session: Session, entity: Entity, filters: Filters, options: Options
) -> tuple[Sequence[Line], Paging]:
    """Return a page of the matching lines, the newest first. Raise BeyondTheEnd."""
    query = entries(entity, filters, options)
    paging, shown = paged(session, query.order_by(LogEntry.id.desc()), PER_PAGE)
    found = session.scalars(shown.options(joinedload(LogEntry.actor).lazyload(User.grants))).all()
    return describe_all(session, found), paging
