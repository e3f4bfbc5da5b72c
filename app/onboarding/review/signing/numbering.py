"""The number and the date of each chosen oficio, typed where they are downloaded as one ZIP."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.base import calendar
from app.base.models import User
from app.cases.papers.issued.marks import Marks
from app.cases.papers.issued.number_form import NumberForm
from app.onboarding.review.signing.waiting import Waiting
from app.onboarding.tasks.loading import TaskPage
from app.onboarding.tasks.papers import numbers

#: The fields of an oficio; the name of an input has the id of its task behind it.
NUMBER, DATE = "paper_number", "paper_date"
TWICE = "Este número está en dos de los oficios elegidos."


@dataclass(frozen=True)
class Typed:
    """An oficio that is about to be downloaded, with the form that was posted for it."""

    task_id: int
    kind: str
    entity: str
    shown: Marks
    form: NumberForm


def typed(papers: Sequence[Waiting], posted: Mapping[str, str]) -> list[Typed]:
    """Return the oficios whose number and date were posted."""
    return [
        Typed(
            one.task.id,
            one.paper.kind,
            one.task.entity.name,
            Marks.of(one.paper),
            _form(one, posted),
        )
        for one in papers
        if one.is_numbered and f"{NUMBER}-{one.task.id}" in posted
    ]


def _form(one: Waiting, posted: Mapping[str, str]) -> NumberForm:
    values = {name: posted.get(f"{name}-{one.task.id}", "") for name in (NUMBER, DATE)}
    return NumberForm.of(Marks.of(one.paper), MultiDict(values), calendar.today())


def faults(found: Sequence[Typed]) -> dict[str, str]:
    """Return what is wrong with the posted values: name of the input → message."""
    wrong = {
        f"{name}-{one.task_id}": f"{one.entity}: {messages[0]}"
        for one in found
        if not one.form.validate()
        for name, messages in one.form.errors.items()
    }
    keys = Counter((one.kind, one.form.marks.number) for one in found)
    twice = {
        f"{NUMBER}-{one.task_id}": f"{one.entity}: {TWICE}"
        for one in found
        if one.form.marks.number and keys[one.kind, one.form.marks.number] > 1
    }
    return {**twice, **wrong}


def renew(session: Session, user: User, one: Typed) -> None:
    """Make an oficio anew if its number or date changed; flush only.

    Raise LookupError if its step was closed meanwhile.
    """
    if one.form.marks != one.shown:
        numbers.renew(TaskPage.of(session, one.task_id, user), one.kind, one.form.marks)
