"""Validate a stage: a reason, a document, and the records that the stage would have left."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

import forms
from app.base import calendar, db, files
from app.base.definitions import definition_of
from app.base.files import Owner, uploads
from app.base.models import FileUse, ProcessInstance, Proposal, User, ValidationDraft
from app.cases import processes, records
from app.cases.case import Case
from app.cases.processes import case_admin
from app.cases.processes.case_admin import LEFT_BY
from app.onboarding.entity_list.standing import standings
from app.people import access, proposals
from app.people.access import this_entity
from app.people.accounts.factor import fresh
from forms import FileInfo, Page, Step, StepForm
from forms.conditions import unseen
from forms.drafts import Pair, as_formdata, errors_of, merge
from forms.fields import LongTextField
from forms.fields.documents import DocumentField, verdict_of

blueprint = Blueprint("validation", __name__)

#: The kind of the proposals to validate the last stage.
KIND = "validation"
CHANGED = "Lo que se escribió para convalidar cambió después: hay que proponerlo otra vez."
#: The actions that lead on from a page: its buttons, and Enter, which never validates the stage.
GOES_ON = ("next", "submit", "enter")


class ReasonForm(StepForm):
    """Form: why the stage counts as done, and the document that proves it."""

    heading = "Convalida la etapa"
    lead = (
        "La etapa se da por cumplida sin recorrerla. Queda en el historial quién la convalidó, "
        "por qué y con qué documento."
    )
    button = "Convalidar la etapa"
    pages = (Page("motivo", "Motivo y documento", ("validation_reason", "validation_document")),)

    validation_reason = LongTextField("Motivo", needed="Escribe el motivo de la convalidación.")
    validation_document = DocumentField(
        "Documento que lo sustenta",
        paper="validation_ground",
        needed="Sube el documento que sustenta la convalidación.",
    )


@dataclass
class Validation:
    """A stage being validated: the forms of its steps, over one draft."""

    session: Session
    instance: ProcessInstance
    stage: str
    user_id: int

    @property
    def steps(self) -> list[Step]:
        """The steps whose records the stage would have left."""
        return [forms.steps()[name] for name in LEFT_BY[self.stage][0]]

    @cached_property
    def screens(self) -> list[tuple[Step | None, Page]]:
        """All pages, each with the step it belongs to (None: reason and document)."""
        screens: list[tuple[Step | None, Page]] = [(None, page) for page in ReasonForm.screens()]
        for step in self.steps:
            for page in step.form.screens():
                key = f"{step.id}-{page.key}".replace("_", "-")
                screens.append((step, Page(key, page.title, page.fields, page.hint)))
        return screens

    @cached_property
    def draft(self) -> ValidationDraft | None:
        """The draft of the validation."""
        return self.session.get(ValidationDraft, (self.instance.id, self.stage))

    @cached_property
    def case(self) -> Case:
        """The case, from which records are read."""
        return Case(self.session, self.instance.entity, self.instance, self.user_id)

    @cached_property
    def files(self) -> dict[str, FileInfo]:
        """The documents uploaded to this instance outside of any task, by id."""
        uses = self.session.scalars(
            select(FileUse).where(
                FileUse.instance_id == self.instance.id,
                FileUse.task_id.is_(None),
                FileUse.kind == files.UPLOAD,
            )
        )
        return {use.id: FileInfo(**files.describe(use)) for use in uses}

    def given(self, step: Step | None) -> dict[str, Any]:
        """Return the records that the step needs, and `today` in Lima."""
        values = records.read_all(self.case, step.needs if step else ())
        return values | {"today": calendar.today(), "validating": True}

    @property
    def pairs(self) -> list[Pair]:
        """The pairs that fill the forms: from the draft, or from the records."""
        if self.draft is not None:
            return [(key, value) for key, value in self.draft.pairs]
        return [
            pair
            for step in self.steps
            for pair in as_formdata(step.form, step.form.prefill(self.given(step)))
        ]

    def form(self, step: Step | None) -> StepForm:
        """Return the form of a step (None: reason and document), filled."""
        form_class = step.form if step else ReasonForm
        return form_class(MultiDict(self.pairs), given=self.given(step), files=self.files)

    def save(self, pairs: Sequence[Pair]) -> None:
        """Write the draft."""
        draft = self.draft
        if draft is None:
            draft = ValidationDraft(instance_id=self.instance.id, stage=self.stage, pairs=[])
            self.session.add(draft)
        draft.pairs = [list(pair) for pair in pairs]
        draft.saved_at, draft.saved_by_id = calendar.now(), self.user_id
        self.__dict__["draft"] = draft
        self.session.flush()

    def take_file(self, upload: Any, paper: str) -> FileInfo:
        """Store an upload as the paper that its field takes."""
        entity_id = self.instance.entity_id
        use = files.keep(
            self.session,
            upload.stream,
            paper=paper,
            media_type="application/pdf",
            owner=Owner(entity_id, self.instance.id, None, self.user_id),
            pages=verdict_of(upload).pages,
        )
        info = FileInfo(**files.describe(use))
        self.files[use.id] = info
        return info


def _open(stage: str) -> Validation:
    user = access.require("validate_stage", this_entity())
    (here,) = standings(db.session(), [this_entity()])
    if here.instance is None or here.instance.ended_at or stage not in LEFT_BY:
        abort(404)
    return Validation(db.session(), here.instance, stage, user.id)


@blueprint.get("/entidades/<code>/convalidar")
def choose(code: str) -> str:
    """Show the stages that the reader can validate."""
    user = access.require("validate_stage", this_entity())
    (here,) = standings(db.session(), [this_entity()])
    row = here.instance
    if row is None or row.ended_at:
        abort(404)
    definition = definition_of(row.deployment)
    at = definition.stages.index(row.stage) if row.stage else 0
    stages = [
        (definition.element_name(stage), url_for(".show", code=code, stage=stage, key="motivo"))
        for stage in definition.stages[at:]
        if stage not in row.validated and access.reviewing_role(stage) in access.roles_of(user)
    ]
    return render_template("entities/validate.html", entity=this_entity(), stages=stages)


@blueprint.route("/entidades/<code>/convalidar/<stage>/<key>", methods=["GET", "POST"])
def show(code: str, stage: str, key: str) -> Any:
    """Show a page of a validation or save it; the last page validates the stage."""
    validation = _open(stage)
    found = next(((s, p) for s, p in validation.screens if p.key == key), None)
    if found is None:
        abort(404)
    step, page = found
    if request.method != "POST":
        return _render(validation, step, page, {})
    if proposal := proposals.waiting(db.session(), KIND, str(validation.instance.id)):
        flash("Ya se propuso convalidar la etapa: mientras tanto no se cambia.", "message")
        return redirect(url_for("proposals.show", number=proposal.id), 303)
    form_class = step.form if step else ReasonForm
    if uploads.examine(form_class(), page.fields):
        validation = _open(stage)
    faults: dict[str, str] = {}
    pairs = merge(
        form_class, page, validation.pairs, request.form, uploads.of_request(),
        validation.take_file, faults,
    )  # fmt: skip
    validation.save(pairs)
    db.session().commit()
    action = request.form.get("action")
    if faults:
        form = validation.form(step)
        if action in GOES_ON:
            form.validate()
        return _render(validation, step, page, errors_of(form, page, faults), form), 422
    if action not in GOES_ON:
        return _to(validation, page)
    return _go_on(validation, step, page, submits=action == "submit")


def _go_on(validation: Validation, step: Step | None, page: Page, *, submits: bool) -> Any:
    form = validation.form(step)
    if unseen((form[name] for name in page.fields if name in form), request.form):
        return _to(validation, page)
    form.validate()
    errors = errors_of(form, page)
    if errors:
        return _render(validation, step, page, errors, form), 422
    pages = [each for _, each in validation.screens]
    if page is not pages[-1]:
        return _to(validation, pages[pages.index(page) + 1])
    if not submits:
        flash("Guardamos tu borrador. Si todo está bien, convalida la etapa.", "success")
        return _to(validation, page)
    return _send(validation)


def _send(validation: Validation) -> Any:
    for step in (None, *validation.steps):
        form = validation.form(step)
        if not form.validate():
            page = next(p for s, p in validation.screens if s is step and errors_of(form, p))
            return _render(validation, step, page, errors_of(form, page), form), 422
    if asks := fresh.demand():
        return asks
    session, definition = validation.session, definition_of(validation.instance.deployment)
    try:
        if case_admin.ends(definition, validation.stage):
            propose(validation, definition.element_name(validation.stage))
            said = "Propusiste convalidar la última etapa: ahora lo confirma otra persona."
        else:
            carry_out(validation)
            said = "La etapa quedó convalidada."
        session.commit()
        flash(said, "success")
    except processes.Refused as refusal:
        session.rollback()
        flash(str(refusal), "warning")
    return redirect(url_for("entities.show", code=this_entity().code), 303)


def carry_out(validation: Validation, proposer: User | None = None) -> None:
    """Validate the stage with the forms of the draft, which are valid. Raise Refused."""
    reason = validation.form(None)
    answers = {step: validation.form(step) for step in validation.steps}
    if not all(form.validate() for form in (reason, *answers.values())):
        raise processes.Refused(CHANGED)
    processes.validate_stage(
        validation.session,
        validation.instance.id,
        validation.stage,
        reason=reason["validation_reason"].data,
        document_id=reason["validation_document"].data,
        answers=answers,
        actor_id=validation.user_id,
        proposer=proposer,
    )


def propose(validation: Validation, name: str) -> None:
    """Propose to validate the last stage, which ends the process. Raise Refused."""
    session, row = validation.session, validation.instance
    case_admin.must_be_to_validate(session, row.id, validation.stage, validation.user_id)
    reason = validation.form(None)
    proposals.propose(
        session,
        KIND,
        str(row.id),
        actor_id=validation.user_id,
        what=f"convalidar la última etapa, «{name}», con lo que la implementación termina",
        reason=reason["validation_reason"].data,
        entity_id=row.entity_id,
        instance_id=row.id,
        stage=validation.stage,
        document=reason["validation_document"].data,
        draft=_fingerprint(validation),
    )


def confirm(session: Session, proposal_id: int, actor_id: int) -> None:
    """Validate the last stage as another person proposed. Raise Refused."""
    proposal = session.get_one(Proposal, proposal_id)
    row = db.locked(session, ProcessInstance, int(proposal.key))
    proposals.confirm(session, proposal_id, actor_id)
    validation = Validation(session, row, proposal.data["stage"], actor_id)
    if _fingerprint(validation) != proposal.data["draft"]:
        raise processes.Refused(CHANGED)
    carry_out(validation, proposal.by)


def _fingerprint(validation: Validation) -> str:
    """Return a hash of what was typed: the second person confirms no other text."""
    typed = json.dumps([list(pair) for pair in validation.pairs])
    return hashlib.sha256(typed.encode()).hexdigest()


def _to(validation: Validation, page: Page) -> Response:
    code, stage = this_entity().code, validation.stage
    return redirect(url_for(".show", code=code, stage=stage, key=page.key), 303)


def _render(
    validation: Validation,
    step: Step | None,
    page: Page,
    errors: dict[str, str],
    form: StepForm | None = None,
) -> str:
    form = form or validation.form(step)
    draft, pages = validation.draft, [each for _, each in validation.screens]
    name = definition_of(validation.instance.deployment).element_name(validation.stage)
    done = pages[: pages.index(page)]
    return render_template(
        "entities/validate_page.html",
        entity=this_entity(),
        stage_name=name,
        task={"due_in": None, "assignee_name": ""},
        form=form,
        page=page,
        pages=[
            (each, "current" if each is page else "done" if each in done else "todo")
            for each in pages
        ],
        review=False,
        errors=errors,
        reason="",
        given=form.given,
        draft_saved_at=draft.saved_at if draft else None,
    )
