"""Every step as an open task of one case, with a draft that one of its examples fills.

The process does not know these tasks: tests check only whether a page would complete one. `ended`
holds the steps for which `processes.complete` was called.
"""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import pytest

from app.base import calendar, db, files
from app.base.models import Draft, Task
from app.cases import processes
from app.onboarding.tasks.loading import TaskPage
from forms import Step
from forms.drafts import Pair, as_formdata
from forms.examples import SAMPLE_FILE, Example
from tests.app.walk import Walk, sample_pdf
from tests.forms.filled import given_of, values_of


class EveryStep:
    """A coordinator with one task of each step; `example` says which example fills its draft."""

    def __init__(self, walk: Walk, patch: pytest.MonkeyPatch) -> None:
        self.walk = walk
        self.ended: list[str] = []
        self.tasks: dict[str, int] = {}
        self.examples: dict[str, Example] = {}
        walk.begin()
        patch.setattr(TaskPage, "given", property(self.given))
        patch.setattr(processes, "complete", self.complete)

    def given(self, task_page: TaskPage) -> dict[str, Any]:
        """Return the records that the example of the step reads."""
        return given_of(task_page.step, self.examples[task_page.step.id].given)

    def complete(self, session: Any, task_id: int, step: Step, *_: Any, **__: Any) -> Any:
        """Note that a step would have been completed; complete nothing.

        A rehearsal ends here, as with a task that the process does not know.
        """
        if db.is_rehearsal(session):
            raise processes.TaskTaken(session.get_one(Task, task_id))
        self.ended.append(step.id)
        return SimpleNamespace(opened=[])

    def open(self, step: Step, example: Example, *, filled: bool = True) -> str:
        """Open a task of a step (again), with its draft; return its URL."""
        self.examples[step.id] = example
        with self.walk.writing() as session:
            if step.id not in self.tasks:
                row = self.walk.row()
                task = Task(
                    instance_id=row.id, entity_id=row.entity_id, engine_id=f"of-{step.id}",
                    step=step.id, name=step.form.heading, role="sip", process="designation",
                    stage="designation", opened_at=calendar.now(),
                )  # fmt: skip
                session.add(task)
                session.flush()
                self.tasks[step.id] = task.id
            task_id = self.tasks[step.id]
            held = self.store_file(session, task_id)
            draft = session.get(Draft, task_id) or Draft(task_id=task_id)
            draft.pairs = [list(pair) for pair in self.pairs(step, example, held)] if filled else []
            draft.saved_at, draft.saved_by_id = calendar.now(), self.walk.people["sip"]
            session.add(draft)
        return f"/tareas/{task_id}"

    def store_file(self, session: Any, task_id: int) -> str:
        """Store a document of the task; return its id."""
        row = self.walk.row()
        owner = files.Owner(row.entity_id, row.id, task_id, self.walk.people["sip"])
        use = files.keep(
            session, io.BytesIO(sample_pdf()), name="muestra.pdf",
            media_type="application/pdf", owner=owner, pages=1,
        )  # fmt: skip
        return str(use.id)

    def pairs(self, step: Step, example: Example, held: str) -> list[Pair]:
        """Return the example as a draft."""
        pairs = as_formdata(step.form, values_of(step, example))
        return [(key, held if value == SAMPLE_FILE else value) for key, value in pairs]
