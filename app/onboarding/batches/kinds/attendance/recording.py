"""The attendance of one session: a row per entity answers the step that records it.

The form of the step judges each row, so an answer of a batch is one that a person could have given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload
from werkzeug.datastructures import MultiDict

import forms
from app.base import calendar, formatting
from app.base.db.membership import among
from app.base.models import Batch, BatchRow, Entity, Task, User
from app.cases import processes
from app.cases.records.sessions import attended
from app.onboarding.batches.kind import Data, Entry, Kind, Plan, Refused, Row
from app.onboarding.batches.kinds.locks import lock_onboarding
from app.people import access
from forms import StepForm
from forms.drafts import as_formdata, errors_of

#: The outcomes of the steps, as a result of a row.
OUTCOMES = {"attended": "Asistió.", "absent": "No asistió: elige otra fecha."}
#: What the counted entities did, one and many.
COUNTED = {
    "attended": ("asistió", "asistieron"),
    "absent": ("no asistió: vuelve a elegir fecha", "no asistieron: vuelven a elegir fecha"),
}
ANSWERED = {"attended": "Ya se registró que asistió.", "absent": "Ya se registró que no asistió."}
NOT_OPEN = "Su paso ya no está abierto. Mira en qué está ahora."
SUSPENDED = "El proceso está suspendido: reanúdalo primero."
NOT_YOURS = "No te toca registrar esta asistencia."
#: Key of `Session.info`: the valid forms of the rows that were judged last, by task. A row is done
#: right after that, in the same transaction and with the same locks.
JUDGED = "attendance.judged"


class Answer(TypedDict):
    """The data of a row; `others` and `note` are those of the step's form."""

    task: int
    #: attended or absent; "" if nothing was said.
    administrator: str
    alternate: str
    others: list[str]
    note: str


def form_of(given: Mapping[str, Any], task: Task, data: Data, held: str) -> StepForm:
    """Return the form of a step, filled from a row.

    `given`: what the step reads (`attended.read_all`); `held`: when the session began (ISO, UTC).
    """
    step = forms.steps()[task.step]
    names = ("administrator", "alternate", "others", "note")
    values = {name: data[name] for name in names} | {"held": held}
    pairs = MultiDict(as_formdata(step.form, values))
    return step.form(pairs, given={**given, "today": calendar.today()})


def tasks_of(session: Session, rows: Sequence[Row]) -> dict[int, Task]:
    """Return the tasks of rows by id, as they are now."""
    found = session.scalars(
        select(Task)
        .where(among(Task.id, [data["task"] for _, data in rows]))
        .options(joinedload(Task.instance), joinedload(Task.entity))
        .execution_options(populate_existing=True)
    )
    return {task.id: task for task in found}


def _judge(session: Session, batch: Batch, rows: Sequence[Row]) -> list[Plan]:
    """Plan the rows: what the step of each entity will say."""
    tasks = tasks_of(session, rows)
    user = session.get(User, batch.confirmed_by_id or batch.by_id)
    given = attended.read_all(session, list(tasks.values()))
    judged: dict[int, StepForm] = {}
    session.info[JUDGED] = judged
    return [
        _plan(given[data["task"]], batch, tasks[data["task"]], data, user, judged)
        for _, data in rows
    ]


def _plan(
    given: Mapping[str, Any],
    batch: Batch,
    task: Task,
    data: Data,
    user: User | None,
    judged: dict[int, StepForm],
) -> Plan:
    if not access.may_answer(user, task):
        return Plan("refused", NOT_YOURS)
    if task.state == "completed":
        return _answered(given, batch, task, data)
    if task.state != "open":
        return Plan("refused", NOT_OPEN)
    if task.instance.status != "running":
        return Plan("refused", SUSPENDED)
    form = form_of(given, task, data, batch.data["held"])
    if not form.validate():
        return Plan("refused", _messages(form))
    judged[task.id] = form
    return Plan("do", OUTCOMES[form.outcome()])


def _answered(given: Mapping[str, Any], batch: Batch, task: Task, data: Data) -> Plan:
    """Return the plan for a step that was answered meanwhile: the same answer is no fault."""
    form = form_of(given, task, data, batch.data["held"])
    is_same = form.validate() and form.outcome() == task.outcome
    return Plan("same" if is_same else "refused", ANSWERED[task.outcome])


def _do(session: Session, batch: Batch, entity: Entity, data: Data) -> str:
    """Answer the step of an entity."""
    task = session.get_one(Task, data["task"])
    form: StepForm = session.info[JUDGED][task.id]
    step = forms.steps()[task.step]
    try:
        processes.complete(session, task.id, step, form, batch.confirmed_by_id, in_batch=batch.id)
    except processes.TaskTaken as taken:
        raise Refused(ANSWERED.get(taken.task.outcome, NOT_OPEN)) from None
    except processes.TermLapsed:
        raise Refused(NOT_OPEN) from None
    return OUTCOMES[form.outcome()]


def _messages(form: StepForm) -> str:
    return " ".join(dict.fromkeys(errors_of(form).values()))


def _details(data: Data) -> list[str]:
    """Return how many other people attended, and the reason that was typed."""
    others = len(data.get("others") or ())
    more = [f"Y {formatting.plural(others, 'persona más', 'personas más')}"] if others else []
    return [*more, *([data["note"]] if data.get("note") else [])]


def outcome_words(session: Session, batch: Batch) -> str:
    """Return how many entities attended and how many choose again, of the rows that are done."""
    query = (
        select(BatchRow.message, func.count())
        .where(BatchRow.batch_id == batch.id, BatchRow.plan == "do")
        .where(BatchRow.result.in_(("", "done")))
        .group_by(BatchRow.message)
    )
    counts = {row[0]: row[1] for row in session.execute(query)}
    words = [
        formatting.plural(count, *COUNTED[outcome])
        for outcome, message in OUTCOMES.items()
        if (count := counts.get(message, 0))
    ]
    return ", ".join(words)


def page_values(session: Session, batch: Batch) -> dict[str, Any]:
    """Return the session of a batch and the counts of its outcomes, for its page."""
    return {"induction": batch.data.get("session"), "outcomes": outcome_words(session, batch)}


ATTENDANCE = Kind(
    id="attendance",
    slug="asistencia",
    name="Asistencia a una sesión",
    action="publish_sessions",
    fresh=False,
    verb="Vas a registrar la asistencia de",
    summary="La asistencia de todas las entidades con cupo en una sesión, de una vez.",
    judge=_judge,
    do=_do,
    lock=lock_onboarding,
    details=_details,
    entry=Entry("Asistencia a una sesión", "sessions.list_sessions", {}),
    template="batches/attendance.html",
    page_values=page_values,
    forgets=frozenset({"others"}),
)
