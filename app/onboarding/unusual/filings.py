"""What is unusual about a presentation: its numbers, its days, its term."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from app.base import calendar, formatting
from app.base.models import Entity, Filing, LogEntry, Task
from app.cases.case import Case
from app.cases.papers import copies
from app.people import access
from forms import StepForm
from forms.shapes.filing import PresentationStep, PresentingStep, ReceptionStep
from forms.shapes.filing_review import ReviewStep

#: The mesa de partes usually answers within this many working days.
PATIENCE = 5


def of(case: Case, task: Task, form: StepForm, filing: Filing) -> Iterator[str]:
    """Yield what is unusual about a presentation as the answered step leaves it."""
    if not isinstance(form, PresentationStep):
        return
    if isinstance(form, PresentingStep):
        yield from _same_number(case, filing)
        yield from _day_off(case, "La constancia", filing.presented_at)
    elif isinstance(form, ReceptionStep) and form.outcome() == "received" and filing.received_at:
        yield from _of_another(case, filing, Filing.number, "La constancia")
        yield from _of_another(case, filing, Filing.cut, "El expediente (CUT)")
        yield from _day_off(case, "El cargo", filing.received_at)
        yield from _long_after(case, filing.presented_at, filing.received_at)
    elif isinstance(form, ReviewStep):
        yield from _another_ruc(case)
    yield from _late(case, task, filing)


def _another_ruc(case: Case) -> Iterator[str]:
    """Yield that the entity presented another RUC than the catalogue had."""
    changes = case.session.scalars(
        select(LogEntry.data)
        .where(LogEntry.instance_id == case.instance.id, LogEntry.kind == "entity.changed")
        .order_by(LogEntry.id)
    )
    before = next((data["changed"]["ruc"][0] for data in changes if "ruc" in data["changed"]), "")
    now = case.entity.ruc
    if before and before != now:
        old, new = access.masked_ruc(before), access.masked_ruc(now)
        yield f"La entidad cambió su RUC: el catálogo tenía {old} y presenta {new}."


def _same_number(case: Case, filing: Filing) -> Iterator[str]:
    """Yield that another presentation has the constancia. Another entity is not named."""
    same = select(Filing).where(Filing.number == filing.number, Filing.id != filing.id)
    other = case.session.scalars(same.order_by(Filing.id.desc()).limit(1)).first()
    if other is None:
        return
    whose = "de otra entidad"
    if other.entity_id == filing.entity_id:
        whose = f"de tu entidad, del {formatting.day(other.presented_at)}"
    yield f"La constancia {filing.number} ya figura en otra presentación {whose}."


def _of_another(
    case: Case, filing: Filing, column: InstrumentedAttribute[str], what: str
) -> Iterator[str]:
    """Yield that another entity, which is named, has the same number in a column."""
    number = getattr(filing, column.key)
    same = select(Filing).where(column == number, Filing.entity_id != filing.entity_id)
    other = case.session.scalars(same.order_by(Filing.id.desc()).limit(1)).first()
    if other is not None:
        name = case.session.get_one(Entity, other.entity_id).name
        yield f"{what} {number} ya es de {name}."


def _day_off(case: Case, what: str, at: datetime) -> Iterator[str]:
    """Yield that a moment counts as of another day: it is no working day, or after the cut-off."""
    day = calendar.lima_day(at)
    counted = case.calendar.counted_on(at, current_app.config["CUT_OFF"])
    if counted == day:
        return
    works = case.calendar.works(day)
    why = f"después de las {current_app.config['CUT_OFF']:%H:%M}" if works else "no es día hábil"
    on, since = formatting.weekday(day), formatting.weekday(counted)
    yield f"{what} es del {on}, {why}: cuenta desde el {since}."


def _long_after(case: Case, presented_at: datetime, received_at: datetime) -> Iterator[str]:
    days = case.calendar.between(calendar.lima_day(presented_at), calendar.lima_day(received_at))
    if days > PATIENCE:
        passed = formatting.plural(days, "día hábil", "días hábiles")
        yield f"Entre la constancia y el cargo pasaron {passed}."


def _late(case: Case, task: Task, filing: Filing) -> Iterator[str]:
    """Yield that the constancia is from after the term of the step that presented."""
    presented = task
    if task.step not in copies.FILING | copies.CORRECTING:
        steps = copies.FILING | copies.CORRECTING
        answered = select(Task).where(
            Task.instance_id == task.instance_id, Task.step.in_(steps), Task.state == "completed"
        )
        found = case.session.scalars(answered.order_by(Task.id.desc()).limit(1)).first()
        if found is None:
            return
        presented = found
    if presented.due_at is None or filing.presented_at < presented.due_at:
        return
    term = "plazo legal" if presented.due_kind == "legal" else "plazo"
    ended = formatting.last_day(presented.due_at)
    yield f"Se presentó después del {term} de «{presented.name}», que venció el {ended}."
