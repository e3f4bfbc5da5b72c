"""Conformity to many presentations whose checks are all green; a tenth is drawn for a second look.

The lot is the installation's secret key and the task: nobody can predict it, and a repeated dry run
draws the same tasks again. The coordinator who confirms must have opened
each paper (`file.read` in the log).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

import forms
from app.base import calendar, files
from app.base.models import Batch, Entity, FileUse, Filing, LogEntry, Task, User
from app.cases import processes, records
from app.cases.case import Case
from app.onboarding.batches.kind import Choosing, Data, Kind, Plan, Refused, Row
from app.onboarding.batches.kinds.acts import tasks
from app.onboarding.unusual import answers, people
from app.people import access
from app.people.access import duties, tickets
from forms import StepForm
from forms.shapes.filing_review import ReviewStep

NONE = "No tiene una presentación por revisar."
#: One in this many tasks is drawn.
ONE_IN = 10
DRAWN = (
    "Salió en el sorteo para una segunda mirada: ábrela y decídela por separado, o dásela a un "
    "colega."
)


@cache
def reviews() -> frozenset[str]:
    """Return the steps that review presented papers."""
    return frozenset(one.id for one in forms.steps().values() if issubclass(one.form, ReviewStep))


def is_drawn(task_id: int) -> bool:
    """Return whether the lot takes a task out of every batch."""
    return int(tickets.keyed_hash("second look", str(task_id)), 16) % ONE_IN == 0


@dataclass(frozen=True)
class Review:
    """A presentation under review, with the form that gives conformity."""

    case: Case
    task: Task
    form: StepForm
    filing: Filing
    papers: Sequence[FileUse]

    @classmethod
    def of(cls, session: Session, task: Task, user: User) -> Review | None:
        """Read the review of a task; None without a presentation."""
        filing = session.scalars(
            select(Filing)
            .where(Filing.instance_id == task.instance_id, Filing.result == "")
            .order_by(Filing.id.desc())
            .limit(1)
        ).one_or_none()
        if filing is None:
            return None
        step = forms.steps()[task.step]
        case = Case(session, task.entity, task.instance, user.id, task)
        given = records.read_all(case, step.needs) | {"today": calendar.today()}
        form = step.form(MultiDict([("result", "accepted")]), given=given)
        ids = list(filing.signed.values())
        papers = session.scalars(select(FileUse).where(FileUse.id.in_(ids))).all()
        return cls(case, task, form, filing, papers)

    def not_green(self) -> Iterator[str]:
        """Yield what is not green: each check that did not pass, and what is unusual."""
        if self.filing.rounds:
            yield "Ya se observó antes: compara lo que cambió."
        for use in self.papers:
            title = files.title_of(use)
            if use.findings is None:
                yield f"«{title}» no se pudo comprobar."
            for one in use.findings or ():
                if one["word"] != "valid":
                    yield f"«{title}»: {one['text']}"
        if not self.papers:
            yield "No tiene papeles que comprobar."
        if not self.form.validate():
            yield "La revisión pide más que dar conformidad."
            return
        granted = people.to_be_granted(self.case)
        yield from answers.of(self.case, self.task, self.form, [self.filing], granted)

    def unopened(self, user: User) -> list[str]:
        """Return the titles of the papers that the user has not opened, as the log says."""
        entries = self.case.session.scalars(
            select(LogEntry.data).where(
                LogEntry.entity_id == self.task.entity_id,
                LogEntry.kind == "file.read",
                LogEntry.actor_id == user.id,
            )
        )
        opened = {data.get("file") for data in entries}
        return [files.title_of(use) for use in self.papers if use.id not in opened]


def _judge(session: Session, batch: Batch, rows: Sequence[Row]) -> list[Plan]:
    user = batch.confirmed_by or session.get_one(User, batch.by_id)
    return tasks.judge(session, rows, lambda task, data: _plan(session, task, user), NONE)


def _plan(session: Session, task: Task, user: User) -> Plan:
    if task.step not in reviews():
        return Plan("refused", "Este paso no es la revisión de una presentación: ábrelo.")
    if not access.may_answer(user, task) or duties.bars(session, task, user.id):
        return Plan("refused", "No puedes decidir esta tarea.")
    if task.assignee is not None and task.assignee_id != user.id:
        return Plan("refused", f"La tarea la tiene {task.assignee.full_name}.")
    review = Review.of(session, task, user)
    if review is None:
        return Plan("refused", NONE)
    if faults := list(review.not_green()):
        return Plan("refused", faults[0])
    if is_drawn(task.id):
        return Plan("refused", DRAWN)
    if unopened := review.unopened(user):
        return Plan("refused", f"Falta que abras: {', '.join(unopened)}.")
    return Plan("do", "Se da conformidad: todo está conforme y abriste cada papel.")


def _do(session: Session, batch: Batch, entity: Entity, data: Data) -> str:
    user, task = batch.confirmed_by, session.get_one(Task, data["task"])
    review = Review.of(session, task, user) if user else None
    if user is None or review is None or not review.form.validate():
        raise Refused(NONE)
    try:
        processes.complete(
            session, task.id, forms.steps()[task.step], review.form, user.id, in_batch=batch.id
        )
    except (processes.TaskTaken, processes.TermLapsed):
        raise Refused("Otra persona la respondía en este momento, o su plazo terminó.") from None
    except duties.Barred:
        raise Refused("No puedes decidir esta tarea.") from None
    return "Se dio conformidad, en lote."


CONFORM = Kind(
    id="conform",
    slug="conformidad",
    name="Conformidad",
    action="conform_many",
    verb="Vas a dar conformidad a un total de",
    summary="Da conformidad a las presentaciones cuyas comprobaciones salieron todas bien.",
    # Each row reads the records of its case.
    most=1000,
    counted=("presentación", "presentaciones"),
    choosing=Choosing(
        label="Dar conformidad",
        rows=tasks.rows_where(Task.step.in_(sorted(reviews()))),
    ),
    judge=_judge,
    do=_do,
    details=tasks.details,
    opens_tasks=True,
)
