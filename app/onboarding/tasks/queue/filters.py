"""The filters of a coordinator's *Mis pendientes*: one object per filter.

To add a filter, add an object to FILTERS. The page, its saved views and *Siguiente* read the filter
from here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple, Self

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

import forms
from app.base import calendar
from app.base.definitions import definition_of, in_force
from app.base.models import Entity, GivenTask, Question, Task, User
from app.cases.entities.regions import in_region, regions
from app.cases.processes.case_admin import LEFT_BY
from app.onboarding.tasks.task_view import RUNS_TO
from app.people import access
from workflows.definition import Definition

Condition = ColumnElement[bool]
#: URL value → label.
Options = Mapping[str, str]


class Reader(NamedTuple):
    """The user of a list, and the diagrams in force."""

    session: Session
    user: User
    drawn: Definition

    @classmethod
    def of(cls, session: Session, user: User) -> Self:
        """Read the diagrams in force."""
        return cls(session, user, definition_of(in_force(session)))


@dataclass(frozen=True)
class Filter:
    """A filter of tasks, with a select on the page."""

    #: The URL parameter.
    name: str
    label: str
    #: The label of the option that does not filter.
    any_label: str
    #: The message for a value that is not allowed.
    refused: str
    #: The values with their labels, as the reader may choose them now.
    options: Callable[[Reader], Options]
    #: The condition for a value: on Task, joined to its instance.
    condition: Callable[[User, str], Condition]


def replaced(user: User) -> Condition:
    """Return the condition on Task: the user, or a person that they replace today, has it."""
    acting_for = access.absences.acting_for(user, calendar.today())
    return or_(Task.assignee_id == user.id, Task.assignee_id.in_(acting_for))


def _held(user: User, value: str) -> Condition:
    if value == "mias":
        return replaced(user)
    if value == "bandeja":
        return Task.assignee_id.is_(None)
    if value == "colegas":
        return and_(Task.assignee_id.is_not(None), ~replaced(user))
    given = select(GivenTask.task_id).where(
        GivenTask.by_id == user.id, GivenTask.to_id == Task.assignee_id
    )
    return Task.id.in_(given)


def _due(_: User, value: str) -> Condition:
    now, today = calendar.now(), calendar.today()
    if value == "atrasado":
        return now >= RUNS_TO
    last = today if value == "hoy" else today + timedelta(days=7)
    return and_(now < RUNS_TO, calendar.end_of(last) >= RUNS_TO)


def _questioned(user: User, value: str) -> Condition:
    """Condition: the entity asked something that waits for an answer, or has one to read."""
    state = {"pcm": "waiting", "entidad": "answered"}[value]
    question = exists().where(
        Question.entity_id == Task.entity_id,
        Question.state == state,
        Question.role.in_(sorted(access.roles_of(user) & access.rules.COORDINATORS)),
    )
    return question.correlate(Task)


def _kinds(reader: Reader) -> Options:
    """Return the steps of the user's lanes in the order of the diagrams: id → name."""
    drawn, roles = reader.drawn.user_tasks, access.roles_of(reader.user)
    return {
        step: forms.steps()[step].form.heading or task.name
        for step, task in drawn.items()
        if access.LANES[task.lane] in roles and step in forms.steps()
    }


def _stages(reader: Reader) -> Options:
    return {stage: reader.drawn.element_name(stage) for stage in LEFT_BY}


def _fixed(options: Options) -> Callable[[Reader], Options]:
    return lambda _: options


def _in_region(_: User, region: str) -> Condition:
    return Task.entity_id.in_(select(Entity.id).where(in_region(region)))


#: Every filter, in the order of the page.
FILTERS: tuple[Filter, ...] = (
    Filter(
        name="tipo",
        label="Tipo de tarea",
        any_label="Todos",
        refused="Elige un tipo de tarea de la lista.",
        options=_kinds,
        condition=lambda _, step: Task.step == step,
    ),
    Filter(
        name="etapa",
        label="Etapa",
        any_label="Todas",
        refused="Elige una etapa de la lista.",
        options=_stages,
        condition=lambda _, stage: Task.stage == stage,
    ),
    Filter(
        name="region",
        label="Región",
        any_label="Todas",
        refused="Elige una región de la lista.",
        options=lambda reader: regions(reader.session),
        condition=_in_region,
    ),
    Filter(
        name="plazo",
        label="Plazo",
        any_label="Cualquiera",
        refused="Elige un plazo de la lista.",
        options=_fixed({"atrasado": "Con atraso", "hoy": "Vence hoy", "semana": "Vence en 7 días"}),
        condition=_due,
    ),
    Filter(
        name="lista",
        label="La tiene",
        any_label="Cualquiera",
        refused="Elige de la lista quién la tiene.",
        options=_fixed(
            {
                "mias": "Yo",
                "bandeja": "Nadie todavía",
                "colegas": "Un colega",
                "dadas": "Un colega, a quien se la di",
            }
        ),
        condition=_held,
    ),
    Filter(
        name="espera",
        label="Consultas",
        any_label="Con o sin consulta",
        refused="Elige de la lista qué consulta tiene la entidad.",
        options=_fixed({"pcm": "Espera nuestra respuesta", "entidad": "Respondida, sin cerrar"}),
        condition=_questioned,
    ),
)
