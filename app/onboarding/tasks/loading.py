"""Load a task for its pages: the task, the user's rights, the draft and the form."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from zlib import crc32

from flask import abort
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, contains_eager, joinedload, undefer
from werkzeug.datastructures import MultiDict

import forms
from app.base import calendar, files
from app.base.models import (
    Dictation,
    Draft,
    ExtensionRequest,
    FileUse,
    ProcessInstance,
    Task,
    User,
)
from app.cases import processes, records
from app.cases.case import Case
from app.cases.processes import dictation, extensions
from app.people import access, readings
from forms import FileInfo, Page, Step, StepForm
from forms.drafts import Pair, as_formdata
from forms.fields.rules import AS_IS
from forms.shapes import anchors

#: A task with its draft.
_FOUND = (
    select(Task, Draft)
    .join(Task.instance)
    .outerjoin(Draft, Draft.task_id == Task.id)
    .where(Task.id == bindparam("id"))
    .options(joinedload(Task.entity), joinedload(Task.closed_by).lazyload(User.grants))
)
TASK = _FOUND.options(contains_eager(Task.instance))
#: The same with the case's state, locked: what an act reads, if the task is answered.
ANSWERED = _FOUND.options(
    contains_eager(Task.instance).options(
        undefer(ProcessInstance.state), joinedload(ProcessInstance.deployment)
    )
).with_for_update(of=ProcessInstance)


def info_of(use: FileUse) -> FileInfo:
    """Return a stored file as forms know it, with what was found in it."""
    return FileInfo(**files.describe(use), findings=tuple(use.findings or ()))


@dataclass
class TaskPage:
    """A task that a user has opened, with all that its pages need.

    It only reads. `taking.posted.save_draft` and `processes` write.
    """

    session: Session
    task: Task
    user: User
    #: True for a coordinator who enters what the entity dictates.
    on_behalf: bool = False
    #: True if the case is locked: nobody else can answer its steps until the transaction ends.
    locked: bool = False
    #: Sentences about other users who have the step open, or wrote its draft.
    company: list[str] = field(default_factory=list)

    @classmethod
    def of(
        cls, session: Session, task_id: int, user: User | None, *, locked: bool = False
    ) -> TaskPage:
        """Load a task for a user who may answer it; 404 for any other user.

        `locked`: lock its case, to answer the task.
        """
        return cls._found(session, task_id, user, access.may_answer, locked=locked)

    @classmethod
    def on_behalf_of_entity(
        cls, session: Session, task_id: int, user: User | None, *, locked: bool = False
    ) -> TaskPage:
        """Load a task that can be dictated, for a coordinator who may enter it; 404 for any
        other user."""
        task_page = cls._found(session, task_id, user, access.may_enter_for, locked=locked)
        task_page.on_behalf = True
        return task_page if task_page.step.form.dictated else abort(404)

    @classmethod
    def _found(
        cls,
        session: Session,
        task_id: int,
        user: User | None,
        may: Callable[[User, Task], bool],
        *,
        locked: bool,
    ) -> TaskPage:
        if locked:
            calendar.keep(session)  # before the instance is locked, as every act does
        row = session.execute(ANSWERED if locked else TASK, {"id": task_id}).one_or_none()
        if locked and row is not None:
            processes.keep_lock(session, row.Task.instance)
        if row is None or user is None or not may(user, row.Task):
            abort(404)
        readings.about(row.Task.entity_id)
        task_page = cls(session, row.Task, user, locked=locked)
        task_page.__dict__["draft"] = row.Draft
        return task_page

    def reloaded(self) -> TaskPage:
        """Load the same task again, for example after a rollback."""
        load = TaskPage.on_behalf_of_entity if self.on_behalf else TaskPage.of
        return load(self.session, self.task.id, self.user)

    # Rights

    @property
    def is_open(self) -> bool:
        """Whether the task can be answered now."""
        return self.task.state == "open" and self.task.instance.status == "running"

    @cached_property
    def bars(self) -> list[str]:
        """Why the user must not decide this task, as keys of `access.duties.WHY`."""
        return [] if self.on_behalf else access.duties.bars(self.session, self.task, self.user.id)

    @property
    def version_mark(self) -> str:
        """The version of the case, and a hash of what its pages show of the step's place in it."""
        task = self.task
        shown = crc32(f"{task.name} {task.role} {task.due_at}".encode())
        return f"{task.instance.deployment_id}.{shown:x}"

    def is_of_another_version(self, opened: str) -> bool:
        """Return whether the case moved to a version that changes the step since a page was opened.

        `opened`: the mark that the page was sent with; "" for none.
        """
        version, _, shown = opened.partition(".")
        version_now, _, shown_now = self.version_mark.partition(".")
        return bool(opened) and version != version_now and shown != shown_now

    # What the form reads

    @property
    def step(self) -> Step:
        """The step (a folder of `forms`) that answers the task."""
        return forms.steps()[self.task.step]

    @cached_property
    def case(self) -> Case:
        """The case of the task, from which records are read."""
        task = self.task
        return Case(self.session, task.entity, task.instance, self.user.id, task)

    @cached_property
    def given(self) -> dict[str, Any]:
        """The records that the step needs, by name, and `today` in Lima."""
        values = records.read_all(self.case, self.step.needs)
        return values | {"today": calendar.today()}

    def read_for(self, codes: Iterable[str]) -> None:
        """Read what only the page shows, if one of some codes is of a row that is gone."""
        if any(map(anchors.is_of_gone_row, codes)):
            self.read_shown()

    def read_shown(self) -> None:
        """Read what only the step's page shows into `given`, which the form has, too."""
        for name in self.step.shows:
            if name not in self.given:
                self.given[name] = records.read(self.case, name)

    @cached_property
    def files(self) -> dict[str, FileInfo]:
        """The documents uploaded to this step of the instance, by id."""
        if not self.step.form.absorbs():
            return {}
        uses = self.session.scalars(
            select(FileUse)
            .join(Task, Task.id == FileUse.task_id)
            .where(
                Task.instance_id == self.task.instance_id,
                Task.step == self.task.step,
                FileUse.kind == files.UPLOAD,
                FileUse.void_at.is_(None),
            )
        )
        return {use.id: info_of(use) for use in uses}

    @cached_property
    def dictation(self) -> Dictation | None:
        """The dictation of the answer: while a coordinator enters it, that coordinator's own."""
        if self.on_behalf and self.task.state == "open":
            return dictation.of(self.session, self.task.id, self.user.id)
        return dictation.of_task(self.session, self.task)

    @cached_property
    def extension_request(self) -> ExtensionRequest | None:
        """The newest request for more time; also None if no request is possible."""
        if not extensions.can_ask(self.task):
            return None
        return extensions.newest(self.session, self.task)

    # The draft

    @cached_property
    def draft(self) -> Draft | None:
        """The draft of this task."""
        return self.session.get(Draft, self.task.id)

    @cached_property
    def pairs(self) -> list[Pair]:
        """The pairs that fill the fields: from the draft, an earlier answer, or the records."""
        if self.draft is not None:
            return [(key, value) for key, value in self.draft.pairs]
        earlier = self._earlier()
        prefilled = as_formdata(self.step.form, self.step.form.prefill(self.given))
        if earlier is None:
            return prefilled
        names = {field.short_name: field for field in self.blank_form}
        reused = [
            (key, value)
            for key, value in earlier.pairs
            if (name := key.partition("-")[0]) in names
            and self._is_reusable(names[name], value, earlier.saved_at)
        ]
        covered = {key.partition("-")[0] for key, _ in reused}
        return reused + [pair for pair in prefilled if pair[0].partition("-")[0] not in covered]

    def merge_base(self, page: Page) -> list[Pair]:
        """Return the pairs that a posted page is merged into: none where it posts every field."""
        form = self.step.form
        if self.pages == (page,) and not (form.absorbs() or form.has_conditions()):
            return []
        return self.pairs

    def _earlier(self) -> Draft | None:
        """Return the newest draft in the instance of this step, or of one it inherits from."""
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

    def _is_reusable(self, field: Any, value: str, saved_at: datetime) -> bool:
        """Return whether a returned step starts with the field's earlier value.

        Return False for fields that the form requires anew, for the reasons of *Subirlo así* (a
        finding stops once per presentation), for documents without effect, and for those of papers
        that were made again after `saved_at`.
        """
        if field.short_name in self.step.form.fresh or field.short_name.startswith(AS_IS):
            return False
        if getattr(field, "kind", "") != "document":
            return True
        if value not in self.files:
            return False
        papers = self.given.get("papers") or ()
        made = (paper["made_at"] for paper in papers if paper["kind"] == field.paper)
        return all(datetime.fromisoformat(at) <= saved_at for at in made)

    def replace_draft(self, draft: Draft) -> None:
        """Use a draft that was just written: the form is built from it when next needed."""
        self._forget_form()
        self.__dict__["draft"] = draft
        for name in records.OF_DRAFT.intersection(self.step.needs):
            self.given[name] = records.read(self.case, name)

    def show_pairs(self, pairs: list[Pair]) -> None:
        """Fill the form with other pairs, which are not saved."""
        self._forget_form()
        self.__dict__["pairs"] = pairs

    def forget_files(self) -> None:
        """Read the documents and the form again when they are next needed."""
        self.__dict__.pop("files", None)
        self._forget_form()

    def _forget_form(self) -> None:
        for name in ("pairs", "form", "judged_form"):
            self.__dict__.pop(name, None)

    # The form

    @cached_property
    def blank_form(self) -> StepForm:
        """The step's form without values: which fields it has in this case."""
        return self.step.form(given=self.given)

    @cached_property
    def form(self) -> StepForm:
        """The step's form, filled with `pairs`."""
        return self._filled()

    def fill(self) -> None:
        """Fill the form now: then `pages` needs no form without values."""
        if "form" not in self.__dict__:
            self.__dict__["form"] = self._filled()

    def _filled(self) -> StepForm:
        self.read_for(value for key, value in self.pairs if key.endswith("-anchor"))
        return self.step.form(MultiDict(self.pairs), given=self.given, files=self.files)

    @cached_property
    def judged_form(self) -> StepForm:
        """The form, validated: a copy while `form` is shown without its errors."""
        if self.form.validated:
            return self.form
        form = self._filled()
        form.validate()
        return form

    def documents(self) -> list[FileInfo]:
        """Return the documents of the draft, in the order of the form."""
        ids = (field.data for field in self.form if getattr(field, "kind", "") == "document")
        return [self.files[file_id] for file_id in ids if file_id in self.files]

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        """The step's pages in order, without those whose fields this case does not have."""
        pages = self.step.form.screens()
        if len(pages) == 1:
            return pages
        # Which fields a case has depends on its records alone, so any form of it says so.
        form = self.form if "form" in self.__dict__ else self.blank_form
        return tuple(page for page in pages if any(name in form for name in page.fields))

    def page(self, key: str) -> Page:
        """Return a page by its key; 404 if the step does not have it."""
        found = next((page for page in self.pages if page.key == key), None)
        return found or abort(404)

    def page_of(self, name: str) -> Page:
        """Return the page that has a field of the form."""
        return next(page for page in self.pages if name in page.fields)

    def page_after(self, page: Page) -> Page | None:
        """Return the page that follows; None after the last."""
        rest = self.pages[self.pages.index(page) + 1 :]
        return rest[0] if rest else None
