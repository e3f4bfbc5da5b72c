"""Who is on the attendance sheet of a session: its entities, their steps and their people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

import forms
from app.base import calendar, formatting
from app.base.models import Entity, InductionSession, ProcessInstance, Task, User
from app.cases.records.agenda import TOPIC_NAMES
from app.cases.records.sessions import attended, guests
from app.people import access
from forms.fields.people import full_name, key_of
from forms.shapes.sessions import EXPECTED, RecordSession

#: What a step that is not open says of its entity.
STATES = {"attended": "Asistió", "absent": "No asistió"}
NOT_OPEN = "Su paso no está abierto"
NOT_YET = "Su paso todavía no se abre"
SUSPENDED = "Proceso suspendido"
NOT_YOURS = "Lo registra otra secretaría"


@dataclass(frozen=True)
class Attendee:
    """A person of an entity on the sheet.

    `role`: administrator, alternate or other; `value`: what the step's form calls one of the
    others; `number`: of the document, for matching alone; `email`: "" if it is not known.
    """

    role: str
    value: str
    name: str
    number: str
    email: str


@dataclass(frozen=True)
class Line:
    """An entity on the sheet: its step, or why it has none to answer (`state`)."""

    entity: Entity
    task: Task | None
    state: str = ""

    @property
    def is_open(self) -> bool:
        """Whether its attendance can be recorded."""
        return not self.state

    @property
    def name(self) -> str:
        """The beginning of the names of its inputs."""
        return f"t{self.task.id if self.task else 0}"


def lines_of(session: Session, row: InductionSession, user: User) -> list[Line]:
    """Return the entities with a seat, by name."""
    tasks = guests.recordings(session, row.id)
    return [_line(one, tasks.get(one.id), user) for one in guests.cases_of(session, row.id)]


def _line(instance: ProcessInstance, task: Task | None, user: User) -> Line:
    entity = instance.entity
    if task is None:
        return Line(entity, None, NOT_YET if instance.ended_at is None else NOT_OPEN)
    if task.state == "completed":
        return Line(entity, task, STATES.get(task.outcome, NOT_OPEN))
    if instance.status != "running":
        return Line(entity, task, SUSPENDED)
    return Line(entity, task, "" if access.may_answer(user, task) else NOT_YOURS)


def people_of(session: Session, tasks: Sequence[Task]) -> dict[int, list[Attendee]]:
    """Return the people that these steps list, by task: the two designated ones first.

    The number of statements does not depend on that of the tasks.
    """
    given = attended.read_all(session, tasks)
    return {task.id: _people(task, given[task.id]) for task in tasks}


def _people(task: Task, given: Mapping[str, Any]) -> list[Attendee]:
    form = forms.steps()[task.step].form(given={**given, "today": calendar.today()})
    assert isinstance(form, RecordSession)  # noqa: S101 - both steps are
    designated = given["administrator"] or {}
    found = [
        _attendee(role, role, designated[part])
        for role, part in EXPECTED.items()
        if role in form and designated.get(part)
    ]
    emails = {key_of(one): one["email"] for one in given["roster"] or ()}
    others = form.offered_others()
    return found + [
        _attendee("other", value, {"email": emails.get(key_of(person), ""), **person})
        for value, person in others.items()
    ]


def _attendee(role: str, value: str, person: Mapping[str, Any]) -> Attendee:
    number = person.get("document_number") or ""
    return Attendee(role, value, full_name(person), number, person.get("email") or "")


def name_of(row: InductionSession) -> str:
    """Return a session in words: its topic and moment."""
    return f"{TOPIC_NAMES[row.topic]}, {formatting.moment(row.at)}"
