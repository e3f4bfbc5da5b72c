"""Conformity to many presentations whose checks are all green; a tenth is drawn for a second look.

The coordinator who confirms must have opened each paper (`file.read` in the log). `lot`: the draw.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Self

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

import forms
from app.base import calendar, files
from app.base.db.membership import among
from app.base.models import Batch, Entity, FileUse, Filing, LogEntry, Task, User
from app.cases import processes, records
from app.cases.case import Case
from app.onboarding.batches.kind import Choosing, Data, Kind, Plan, Refused, Row
from app.onboarding.batches.kinds.acts import lot, tasks
from app.onboarding.unusual import answers, people
from app.people import access
from app.people.access import duties
from forms import StepForm
from forms.shapes.filing_review import ReviewStep

NONE = "No tiene una presentación por revisar."
NOT_YOURS = "No puedes decidir esta tarea."
GREEN = "Se da conformidad: todo está conforme y abriste cada papel."


@cache
def reviews() -> frozenset[str]:
    """Return the steps that review presented papers."""
    return frozenset(one.id for one in forms.steps().values() if issubclass(one.form, ReviewStep))


@dataclass(frozen=True)
class Review:
    """A presentation under review, with the form that gives conformity."""

    case: Case
    task: Task
    form: StepForm
    filing: Filing

    @classmethod
    def of(cls, session: Session, task: Task, user: User, filing: Filing) -> Self:
        """Fill the form of a task with the records of its case."""
        step = forms.steps()[task.step]
        case = Case(session, task.entity, task.instance, user.id, task)
        given = records.read_all(case, step.needs) | {"today": calendar.today()}
        form = step.form(MultiDict([("result", "accepted")]), given=given)
        return cls(case, task, form, filing)

    def unusual(self) -> Iterator[str]:
        """Yield what the page of the review would show as unusual."""
        if not self.form.validate():
            yield "La revisión pide más que dar conformidad."
            return
        granted = people.to_be_granted(self.case)
        yield from answers.of(self.case, self.task, self.form, [self.filing], granted)


@dataclass(frozen=True)
class Reviews:
    """What is known of the reviews of some tasks, read for all of them at once."""

    session: Session
    user: User
    #: Instance → its newest presentation that is not reviewed yet.
    filings: Mapping[int, Filing]
    papers: Mapping[str, FileUse]
    #: Ids of the papers that the user has opened, as the log says.
    opened: Collection[str]
    #: Ids of the tasks that the user must not decide.
    barred: Collection[int]

    @classmethod
    def of(cls, session: Session, user: User, found: Sequence[Task]) -> Self:
        """Read what concerns these tasks, in a fixed number of statements."""
        presented = session.scalars(
            select(Filing)
            .where(
                among(Filing.instance_id, {task.instance_id for task in found}),
                Filing.result == "",
            )
            .order_by(Filing.id)
        )
        filings = {one.instance_id: one for one in presented}
        signed = [use_id for one in filings.values() for use_id in one.signed.values()]
        uses = session.scalars(select(FileUse).where(FileUse.id.in_(signed)))
        read = session.scalars(
            select(LogEntry.data).where(
                among(LogEntry.entity_id, {task.entity_id for task in found}),
                LogEntry.kind == "file.read",
                LogEntry.actor_id == user.id,
            )
        )
        return cls(
            session,
            user,
            filings,
            {use.id: use for use in uses},
            {data.get("file", "") for data in read},
            duties.barred_among(session, found, user),
        )

    def of_task(self, task: Task) -> Review | None:
        """Return the review of a task; None without a presentation."""
        filing = self.filings.get(task.instance_id)
        if filing is None:
            return None
        return Review.of(self.session, task, self.user, filing)

    def fault(self, task: Task) -> str:
        """Return why a task gets no conformity in a batch (Spanish); "" if it can.

        What is read for each case comes last, so that it is read only where it decides.
        """
        if task.step not in reviews():
            return "Este paso no es la revisión de una presentación: ábrelo."
        if not access.may_answer(self.user, task) or task.id in self.barred:
            return NOT_YOURS
        if task.assignee is not None and task.assignee_id != self.user.id:
            return f"La tarea la tiene {task.assignee.full_name}."
        filing = self.filings.get(task.instance_id)
        if filing is None:
            return NONE
        papers = [self.papers[one] for one in filing.signed.values() if one in self.papers]
        if faults := list(_not_green(filing, papers)):
            return faults[0]
        if unopened := [files.title_of(use) for use in papers if use.id not in self.opened]:
            return f"Falta que abras: {', '.join(unopened)}."
        return next(Review.of(self.session, task, self.user, filing).unusual(), "")


def _not_green(filing: Filing, papers: Sequence[FileUse]) -> Iterator[str]:
    """Yield each check of a presentation that did not pass."""
    if filing.rounds:
        yield "Ya se observó antes: compara lo que cambió."
    for use in papers:
        title = files.title_of(use)
        if use.findings is None:
            yield f"«{title}» no se pudo comprobar."
        for one in use.findings or ():
            if one["word"] != "valid":
                yield f"«{title}»: {one['text']}"
    if not papers:
        yield "No tiene papeles que comprobar."


def _judge(session: Session, batch: Batch, rows: Sequence[Row]) -> list[Plan]:
    user = batch.confirmed_by or session.get_one(User, batch.by_id)

    def planner(found: Sequence[Task]) -> Callable[[Task], Plan]:
        known = Reviews.of(session, user, found)

        def plan(task: Task) -> Plan:
            fault = known.fault(task)
            return Plan("refused", fault) if fault else Plan("do", GREEN)

        return plan

    return lot.without_drawn(session, batch, rows, tasks.judge(session, rows, planner, NONE))


def _do(session: Session, batch: Batch, entity: Entity, data: Data) -> str:
    user, task = batch.confirmed_by, session.get_one(Task, data["task"])
    review = Reviews.of(session, user, [task]).of_task(task) if user else None
    if user is None or review is None or not review.form.validate():
        raise Refused(NONE)
    try:
        processes.complete(
            session, task.id, forms.steps()[task.step], review.form, user.id, in_batch=batch.id
        )
    except (processes.TaskTaken, processes.TermLapsed):
        raise Refused("Otra persona la respondía en este momento, o su plazo terminó.") from None
    except duties.Barred:
        raise Refused(NOT_YOURS) from None
    return "Se dio conformidad, en lote."


CONFORM = Kind(
    id=lot.KIND,
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
    template="batches/conformity.html",
    facts=lot.facts,
    page_values=lambda session, batch: {"looks": lot.second_looks(session, batch)},
)
