"""A query to a coordinator's *Mis pendientes*: filters, order and grouping, as a URL says them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qsl, urlencode

from flask import request, url_for
from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import Session

from app.base import queries
from app.base.models import Holding, ProcessInstance, Task, User
from app.cases import custody
from app.onboarding.tasks.blueprint import LONGEST, QUEUE
from app.onboarding.tasks.queue.filters import FILTERS, Options, Reader, replaced
from app.onboarding.tasks.task_view import RUNS_TO
from app.people import access

#: URL value of `orden` → label. The first is the order without a value.
ORDERS: Mapping[str, str] = {
    "": "Plazo más próximo",
    "espera": "Entidad que espera hace más tiempo",
}
#: The parties for which an entity waits: the PCM's, and its mesa de partes.
WAITED_FOR = (*custody.PCM, "mesa_de_partes")
#: URL value of `grupo` → label.
GROUPS: Mapping[str, str] = {"": "Sin agrupar", "tipo": "Por tipo de tarea"}
#: The parameter with the number of the saved view that is shown.
VIEW = "vista"
#: Every parameter of the page.
NAMES = (*(one.name for one in FILTERS), "orden", "grupo", VIEW, "pagina")


def waits_since() -> ColumnElement[datetime]:
    """Return since when the entity of a task waits, for a task that is joined to its instance.

    It is when the case last left the entity's hands, through however many parties it went since; of
    a case that is not in the PCM's hands, and of processes without clocks, when the task opened.
    """
    left = (
        select(Holding.until_at)
        .where(Holding.instance_id == ProcessInstance.id, Holding.party.not_in(WAITED_FOR))
        .order_by(Holding.since_at.desc())  # the newest is found by the index, without the others
        .limit(1)
        .correlate(ProcessInstance)
        .scalar_subquery()
    )
    return case(
        (
            ProcessInstance.holder.in_(WAITED_FOR),
            func.coalesce(left, ProcessInstance.started_at),
        ),
        else_=Task.opened_at,
    )


class Choice(NamedTuple):
    """A select of the page."""

    name: str
    label: str
    value: str
    options: list[tuple[str, str]]


@dataclass(frozen=True)
class TaskQuery:
    """The parameters in use, and the options of their filters.

    `faults`: parameter → message, for invalid values in the URL. These do not filter.
    """

    user: User
    options: Mapping[str, Options]
    values: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, session: Session, user: User, args: Mapping[str, str]) -> Self:
        """Read a URL, or the stored parameters of a view."""
        reader = Reader.of(session, user)
        options: dict[str, Options] = {one.name: one.options(reader) for one in FILTERS}
        refused = {one.name: one.refused for one in FILTERS}
        options |= {"orden": ORDERS, "grupo": GROUPS}
        refused |= {"orden": "Elige un orden de la lista.", "grupo": "Elige cómo agrupar."}
        values = {name: args.get(name, "").strip() for name in options}
        faults = queries.faults(args, NAMES)
        faults |= {
            name: refused[name]
            for name, value in values.items()
            if value and value not in options[name]
        }
        used = {name: value for name, value in values.items() if value and name not in faults}
        return cls(user, options, used, faults)

    @classmethod
    def of_text(cls, session: Session, user: User, text: str) -> Self:
        """Read the parameters of a saved view."""
        return cls.of(session, user, dict(parse_qsl(text)))

    @classmethod
    def of_queue(cls, session: Session, user: User) -> Self:
        """Read the query from which the step of this request was opened; all tasks without one."""
        return cls.of_text(session, user, request.args.get(QUEUE, "")[:LONGEST])

    def address(self, **changes: str) -> str:
        """Return the URL of the list with some parameters changed ("" removes one)."""
        params = {name: value for name, value in (dict(self.values) | changes).items() if value}
        path = url_for("tasks.inbox")
        return f"{path}?{urlencode(params)}" if params else path

    @property
    def text(self) -> str:
        """The parameters as text: what a saved view and the URL of a step store."""
        return urlencode(self.values)

    @property
    def grouped(self) -> bool:
        """Whether tasks are grouped by their kind."""
        return "grupo" in self.values

    def words(self) -> str:
        """Describe the filters in use: `Etapa: Capacitación · Región: Cusco`; "" for none."""
        return " · ".join(
            f"{one.label}: {self.options[one.name][value]}"
            for one in FILTERS
            if (value := self.values.get(one.name))
        )

    def selects(self) -> list[Choice]:
        """Return the selects of the page."""
        found = [
            Choice(
                one.name,
                one.label,
                self.values.get(one.name, ""),
                [("", one.any_label), *self.options[one.name].items()],
            )
            for one in FILTERS
        ]
        for name, label in (("orden", "Ordenar por"), ("grupo", "Agrupar")):
            chosen = self.values.get(name, "")
            found.append(Choice(name, label, chosen, list(self.options[name].items())))
        return found

    def select(self) -> Select[Any]:
        """Select the ids of the tasks that match, joined to their instances."""
        conditions = (
            one.condition(self.user, self.values[one.name])
            for one in FILTERS
            if one.name in self.values
        )
        listed = select(Task.id).join(Task.instance)
        return listed.where(access.answerable(self.user), *conditions)

    def order(self) -> list[ColumnElement[Any]]:
        """Return the columns of the order; equal ones are in the order of their numbers."""
        waited = self.values.get("orden") == "espera"
        by_date = [waits_since()] if waited else [RUNS_TO.is_(None), RUNS_TO]
        return [*([self._kind()] if self.grouped else []), *by_date, Task.id]

    def _kind(self) -> ColumnElement[int]:
        """Return the place of a task's kind in the diagrams; kinds of earlier versions are last."""
        places = {step: place for place, step in enumerate(self.options["tipo"])}
        return case(places, value=Task.step, else_=len(places))

    def following(self, session: Session, task: Task) -> tuple[int | None, int]:
        """Return the id of the task after this one, and how many are left besides it.

        Left out are suspended cases, and tasks of colleagues unless the query is about these.
        After the last one comes the first; None if no other is left.
        """
        order = self.order()
        may = [ProcessInstance.status == "running"]
        if "lista" not in self.values:
            may.append(or_(Task.assignee_id.is_(None), replaced(self.user)))
        rows = session.execute(
            self.select().where(Task.id != task.id, *may).with_only_columns(Task.id, *order)
        ).all()
        place = session.execute(select(*order).join(Task.instance).where(Task.id == task.id)).one()
        found = sorted((tuple(map(_key, row[1:])), row[0]) for row in rows)
        after = [one for one in found if one[0] > tuple(map(_key, place))]
        return (after or found)[0][1] if found else None, len(found)


def _key(value: Any) -> Any:
    """Return a value that compares with others of its column, also if it is null."""
    return (value is not None, value) if value is not None else (False, 0)
