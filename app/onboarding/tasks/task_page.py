"""A step on somebody's desk: the task, its form from draft or record, and what may be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from flask import abort
from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import MultiDict

import forms
from app.base import calendar, files
from app.base.models import Dictation, Draft, ExtensionRequest, FileUse, Task, User
from app.cases import records
from app.cases.case import Case
from app.cases.processes import dictation, extensions
from app.people import access
from forms import FileInfo, Page, Step, StepForm
from forms.drafts import Pair, as_formdata

TASK = (
    select(Task)
    .where(Task.id == bindparam("id"))
    .options(
        joinedload(Task.entity),
        joinedload(Task.instance),
        joinedload(Task.closed_by).lazyload(User.grants),
    )
)


@dataclass
class Desk:
    """What a step's page works with. Reads only; writing is `keep_draft` and `processes`."""

    session: Session
    task: Task
    user: User
    #: Whether the user is a coordinator who enters what the entity dictates.
    on_behalf: bool = False

    @classmethod
    def of(cls, session: Session, task_id: int, user: User | None) -> Desk:
        """The desk of a task, for who may answer it; 404 for anybody else."""
        task = session.scalars(TASK, {"id": task_id}).one_or_none()
        if task is None or user is None or not access.may_answer(user, task):
            abort(404)
        return cls(session, task, user)

    @classmethod
    def on_behalf_of_entity(cls, session: Session, task_id: int, user: User | None) -> Desk:
        """The desk of a task that can be dictated, for the coordinators who may enter it; 404
        for anybody else."""
        task = session.scalars(TASK, {"id": task_id}).one_or_none()
        if task is None or user is None or not access.may_enter_for(user, task):
            abort(404)
        desk = cls(session, task, user, on_behalf=True)
        return desk if desk.step.form.dictated else abort(404)

    def again(self) -> Desk:
        """The same desk as things stand now, after a rollback."""
        opens = Desk.on_behalf_of_entity if self.on_behalf else Desk.of
        return opens(self.session, self.task.id, self.user)

    @property
    def is_open(self) -> bool:
        """Whether the task can be answered now."""
        return self.task.state == "open" and self.task.instance.status == "running"

    @cached_property
    def bars(self) -> list[str]:
        """Why the user must not decide this task, as keys of `access.duties.WHY`."""
        return [] if self.on_behalf else access.duties.bars(self.session, self.task, self.user.id)

    @property
    def step(self) -> Step:
        """The folder that answers the task."""
        return forms.steps()[self.task.step]

    @cached_property
    def case(self) -> Case:
        """The case, as records read it."""
        task = self.task
        return Case(self.session, task.entity, task.instance, self.user.id, task)

    @cached_property
    def given(self) -> dict[str, Any]:
        """What the step reads, by name, and `today` in Lima."""
        values = {name: records.read(self.case, name) for name in self.step.needs}
        return values | {"today": calendar.today()}

    @cached_property
    def files(self) -> dict[str, FileInfo]:
        """Documents that were brought to this step of the instance, by id."""
        if not self.step.form.absorbs():
            return {}
        uses = self.session.scalars(
            select(FileUse)
            .join(Task, Task.id == FileUse.task_id)
            .where(
                Task.instance_id == self.task.instance_id,
                Task.step == self.task.step,
                FileUse.kind == files.UPLOAD,
            )
        )
        return {use.id: FileInfo(**files.describe(use)) for use in uses}

    @cached_property
    def draft(self) -> Draft | None:
        """What was typed into this very task."""
        return self.session.get(Draft, self.task.id)

    @cached_property
    def dictation(self) -> Dictation | None:
        """Who dictated the answer, or dictates it: to this coordinator, or to whichever."""
        if self.on_behalf and self.task.state == "open":
            return dictation.of(self.session, self.task.id, self.user.id)
        return dictation.of_task(self.session, self.task)

    @cached_property
    def request(self) -> ExtensionRequest | None:
        """The last request for more time, where one can be made."""
        if not extensions.can_ask(self.task):
            return None
        return extensions.newest(self.session, self.task)

    @property
    def pairs(self) -> list[Pair]:
        """What the fields are filled with: the draft, an earlier answer, or the records."""
        if self.draft is not None:
            return [(key, value) for key, value in self.draft.pairs]
        earlier = self._earlier()
        started = as_formdata(self.step.form, self.step.form.prefill(self.given))
        if earlier is None:
            return started
        names = {field.short_name: field for field in self.step.form(given=self.given)}
        kept = [
            (key, value)
            for key, value in earlier.pairs
            if (name := key.partition("-")[0]) in names
            and self._still_good(names[name], earlier.saved_at)
        ]
        covered = {key.partition("-")[0] for key, _ in kept}
        return kept + [pair for pair in started if pair[0].partition("-")[0] not in covered]

    def before(self, page: Page) -> list[Pair]:
        """What a posted screenful is merged into: nothing where it says everything itself."""
        if self.pages == (page,) and not self.step.form.absorbs():
            return []
        return self.pairs

    def _earlier(self) -> Draft | None:
        """The newest draft of this step, or of one that it inherits from, in the instance."""
        steps = (self.task.step, *self.step.form.inherits)
        return self.session.scalars(
            select(Draft)
            .join(Task, Task.id == Draft.task_id)
            .where(
                Task.instance_id == self.task.instance_id,
                Task.step.in_(steps),
                Task.id != self.task.id,
                Task.state != "open",
            )
            .order_by(Draft.saved_at.desc())
            .limit(1)
        ).first()

    def _still_good(self, field: Any, saved_at: datetime) -> bool:
        """A returned step starts without what its form wants fresh, and without documents of
        papers that were made anew since."""
        if field.short_name in self.step.form.fresh:
            return False
        if getattr(field, "kind", "") != "document":
            return True
        papers = self.given.get("papers") or ()
        return all(datetime.fromisoformat(paper["made_at"]) <= saved_at for paper in papers)

    def documents(self) -> list[FileInfo]:
        """The documents that the draft holds, in the order of the form."""
        held = (field.data for field in self.form() if getattr(field, "kind", "") == "document")
        return [self.files[file_id] for file_id in held if file_id in self.files]

    def form(self, pairs: list[Pair] | None = None) -> StepForm:
        """The step's form, filled."""
        data = MultiDict(self.pairs if pairs is None else pairs)
        return self.step.form(data, given=self.given, files=self.files)

    def page(self, key: str) -> Page:
        """A screenful by its key; 404 for one that the step does not have."""
        found = next((page for page in self.pages if page.key == key), None)
        return found or abort(404)

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        """The step's screenfuls, in order, without those whose fields this case does not have."""
        screens = self.step.form.screens()
        if len(screens) == 1:
            return screens
        form = self.step.form(given=self.given)
        return tuple(page for page in screens if any(name in form for name in page.fields))

    def after(self, page: Page) -> Page | None:
        """The screenful that follows, None after the last."""
        rest = self.pages[self.pages.index(page) + 1 :]
        return rest[0] if rest else None


class Overtaken(Exception):
    """Somebody else saved or answered at this very moment: look again at what they left."""


def keep_draft(desk: Desk, pairs: list[Pair]) -> None:
    """Keeps what was typed; the last to save wins, and the page told who saved before.

    Raises Overtaken, after which the transaction is to be rolled back.
    """
    draft = desk.draft
    if draft is None:
        draft = Draft(task_id=desk.task.id)
        desk.session.add(draft)
    draft.pairs = [list(pair) for pair in pairs]
    draft.saved_at = calendar.now()
    draft.saved_by_id = desk.user.id
    try:
        desk.session.flush()
    except (IntegrityError, StaleDataError):
        raise Overtaken from None
    desk.__dict__["draft"] = draft
