"""The measure of a change of the register's people: 10 of 5,000."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

import forms
from app.base import calendar
from app.base.models import Entity, ProcessInstance, Task
from app.cases import processes, records
from app.cases.case import Case
from app.register.registers import environments
from app.register.visits import personnel
from forms.drafts import as_formdata, errors_of
from tests.bench.copies import invent
from tests.bench.figures import Figure, timed

if TYPE_CHECKING:
    from tests.bench.bench import Bench

PEOPLE = 5_000
CHANGED = 10
CHANGES = 44
#: A number of an invented entity that no other measure uses.
ENTITY = 97_000


def apply_change(bench: Bench) -> Figure:
    """Measure the answer to *Registrar cambios del personal*: validation, effects and commit.

    Half of the changed people leave, half come: a third of them operators, who are invited.
    """
    with bench.session(writes=True) as session:
        entity_id = with_roster(session)
        session.commit()
    samples = []
    for number in range(CHANGES):
        with bench.session(writes=True) as session:
            entity = session.get_one(Entity, entity_id)
            row = processes.start(session, entity, "change_personnel", None)
            session.commit()
        with bench.session(writes=True) as session:
            task = session.scalars(select(Task).where(Task.instance_id == row.id)).one()
            values = change(number)
            samples.append(timed(lambda task=task, values=values: answer(session, task, values)))  # type: ignore[misc]
    return Figure.of("apply_change", bench.database, samples[CHANGES // 10 :], "ms")


def with_roster(session: Session) -> int:
    """Return the id of an entity whose register has all the people."""
    entity = invent(session, ENTITY)
    onboarding = processes.start(session, entity, "onboarding", None)
    case = Case(session, entity, session.get_one(ProcessInstance, onboarding.id))
    rows = [person(number, "alta") for number in range(PEOPLE)]
    records.roster.write(case, rows)
    register = environments.open_register(session, entity, "production", None)
    personnel.receive(session, register, rows, calendar.today())
    return entity.id


def person(number: int, movement: str) -> dict[str, str]:
    """Return an invented person of the roster; every third is an operator."""
    return {
        "document_type": "DNI",
        "document_number": f"8{number:07}",
        "given_names": "Persona",
        "surnames": "Banco Ejemplo",
        "post": "Analista",
        "unit": f"Unidad {number % 40}",
        "site": f"Sede {number % 8}",
        "email": f"persona.{number}@example.pe",
        "profile": "visited_official" if number % 3 else "operator",
        "movement": movement,
    }


def change(number: int) -> dict[str, Any]:
    """Return the answer of the nth change: some people leave, as many come."""
    half = CHANGED // 2
    first = number * half
    names = ("document_type", "document_number")
    today = {"last_day": calendar.today().isoformat(), "reason": "link_ended"}
    return {
        "rows": [person(PEOPLE + first + n, "alta") for n in range(half)],
        "leaving": [
            {name: person(first + n, "")[name] for name in names} | today for n in range(half)
        ],
    }


def answer(session: Session, task: Task, values: Mapping[str, Any]) -> None:
    """Answer the step as its page does: read, validate, complete and commit."""
    step = forms.steps()[task.step]
    case = Case(session, task.entity, task.instance, None, task)
    given = {name: records.read(case, name) for name in step.needs} | {"today": calendar.today()}
    form = step.form(MultiDict(as_formdata(step.form, values)), given=given)
    if not form.validate():
        raise LookupError(f"the change is refused: {errors_of(form)}")
    processes.complete(session, task.id, step, form, None)
    session.commit()
