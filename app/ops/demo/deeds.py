"""What coordinators and entities do to a process from outside its steps, in the demo."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

import forms
from app.base import calendar
from app.base.files import Owner
from app.base.models import Entity, ProcessInstance
from app.cases import processes, records
from app.cases.case import Case
from app.cases.processes.case_admin import LEFT_BY
from app.ops.demo import answers
from app.ops.demo.characters import Deed
from app.people import access
from forms import Step, StepForm
from forms.drafts import as_formdata

REASONS: Mapping[str, str] = {
    "suspend": "La entidad está en reorganización; se retoma cuando tenga una sede.",
    "resume": "La entidad ya funciona en su nueva sede.",
    "cancel": "La entidad se registró dos veces; continúa con el otro código.",
    "back": "La inducción se dio a quien ya no trabaja en la entidad.",
    "validate": "La entidad ya había cumplido esta etapa antes de usar la plataforma.",
}


def do(session: Session, deed: Deed, entity: Entity, random: Random) -> None:
    """Carries out a deed on the entity's running onboarding, if it still has one.

    Raises NotStartable, AlreadyRunning and Refused where things no longer stand as planned.
    """
    row = running(session, entity)
    if row is None:
        return
    DEEDS[deed.kind](session, deed, row, random)


def running(session: Session, entity: Entity) -> ProcessInstance | None:
    """The entity's onboarding, while it has not ended."""
    return session.scalars(
        select(ProcessInstance).where(
            ProcessInstance.entity_id == entity.id,
            ProcessInstance.process == "onboarding",
            ProcessInstance.ended_at.is_(None),
        )
    ).one_or_none()


def coordinator(row: ProcessInstance) -> int:
    """Who is in charge of the entity for the SIP."""
    if row.entity.sip_coordinator_id is None:
        raise LookupError(f"nobody is in charge of {row.entity.code}")
    return row.entity.sip_coordinator_id


def begin(session: Session, deed: Deed, row: ProcessInstance, random: Random) -> None:
    """A process beside the path, begun by the entity's preparer or the coordinator."""
    preparers = access.holders(session, "preparer", row.entity)
    actor_id = preparers[0].id if preparers and random.random() < 0.5 else coordinator(row)
    processes.start(session, row.entity, deed.kind, actor_id)


def suspend(session: Session, deed: Deed, row: ProcessInstance, _: Random) -> None:
    """Everything stands still."""
    processes.suspend(session, row.id, REASONS[deed.kind], coordinator(row))


def resume(session: Session, deed: Deed, row: ProcessInstance, _: Random) -> None:
    """It goes on."""
    processes.resume(session, row.id, REASONS[deed.kind], coordinator(row))


def cancel(session: Session, deed: Deed, row: ProcessInstance, _: Random) -> None:
    """It ends without effect."""
    processes.cancel(session, row.id, REASONS[deed.kind], coordinator(row))


def send_back(session: Session, deed: Deed, row: ProcessInstance, _: Random) -> None:
    """An earlier step or stage begins again."""
    processes.send_back(session, row.id, deed.detail, REASONS[deed.kind], coordinator(row))


def validate(session: Session, deed: Deed, row: ProcessInstance, random: Random) -> None:
    """The stage of the deed is taken as done, with what it would have left."""
    actor_id = coordinator(row)
    owner = Owner(row.entity_id, row.id, None, actor_id)
    paper = answers.keep_pdf(session, owner, "validation_ground")
    processes.validate_stage(
        session,
        row.id,
        deed.stage,
        reason=REASONS[deed.kind],
        document_id=paper.id,
        answers=left_by(session, row, deed.stage, random),
        actor_id=actor_id,
    )


def left_by(
    session: Session, row: ProcessInstance, stage: str, random: Random
) -> dict[Step, StepForm]:
    """Valid forms of the steps whose records a stage leaves, each reading those before it."""
    case = Case(session, row.entity, row, coordinator(row))
    filled: dict[Step, StepForm] = {}
    given = {"today": calendar.today()}
    for name in LEFT_BY[stage][0]:
        step = forms.steps()[name]
        given |= {need: records.read(case, need) for need in step.needs if need not in given}
        pairs = as_formdata(step.form, answers.example(step, "").values(given, random))
        form = step.form(MultiDict(pairs), given=given, files={})
        if not form.validate():
            raise answers.NotAccepted(f"{name}, validating: {form.errors}")
        filled[step] = form
        given |= form.answer()
    return filled


DEEDS: Mapping[str, Callable[[Session, Deed, ProcessInstance, Random], None]] = {
    "redesignation": begin,
    "change_authority": begin,
    "suspend": suspend,
    "resume": resume,
    "cancel": cancel,
    "back": send_back,
    "validate": validate,
}
