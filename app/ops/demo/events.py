"""The acts of the demo's coordinators and entities on a process from outside its steps."""

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
from app.ops.demo import answers, documents
from app.ops.demo.characters import Event
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


def do(session: Session, event: Event, entity: Entity, random: Random) -> None:
    """Carry out an event on the entity's running onboarding, if it still has one.

    Raises NotStartable, AlreadyRunning and Refused if the case is no longer as planned.
    """
    row = running(session, entity)
    if row is None:
        return
    EVENTS[event.kind](session, event, row, random)


def running(session: Session, entity: Entity) -> ProcessInstance | None:
    """Return the entity's onboarding, or None if it has ended."""
    return session.scalars(
        select(ProcessInstance).where(
            ProcessInstance.entity_id == entity.id,
            ProcessInstance.process == "onboarding",
            ProcessInstance.ended_at.is_(None),
        )
    ).one_or_none()


def coordinator(row: ProcessInstance) -> int:
    """Return the coordinator of the SIP in charge of the entity."""
    if row.entity.sip_coordinator_id is None:
        raise LookupError(f"nobody is in charge of {row.entity.code}")
    return row.entity.sip_coordinator_id


def begin(session: Session, event: Event, row: ProcessInstance, random: Random) -> None:
    """Start a side process, as the entity's preparer or the coordinator."""
    preparers = access.holders(session, "preparer", row.entity)
    actor_id = preparers[0].id if preparers and random.random() < 0.5 else coordinator(row)
    processes.start(session, row.entity, event.kind, actor_id)


def change(session: Session, event: Event, row: ProcessInstance, _: Random) -> None:
    """Start a change of the register's people, as its administrator."""
    administrators = access.holders(session, "administrator", row.entity)
    actor_id = administrators[0].id if administrators else None
    processes.start(session, row.entity, event.kind, actor_id)


def administer(session: Session, event: Event, row: ProcessInstance, _: Random) -> None:
    """Suspend, resume or cancel the case."""
    act = getattr(processes, event.kind)
    act(session, row.id, REASONS[event.kind], coordinator(row))


def send_back(session: Session, event: Event, row: ProcessInstance, _: Random) -> None:
    """Send the case back to an earlier step or stage."""
    processes.send_back(session, row.id, event.detail, REASONS[event.kind], coordinator(row))


def validate(session: Session, event: Event, row: ProcessInstance, random: Random) -> None:
    """Validate the stage of the event, with the records that it would have left."""
    actor_id = coordinator(row)
    owner = Owner(row.entity_id, row.id, None, actor_id)
    paper = documents.keep_pdf(session, owner, "validation_ground")
    processes.validate_stage(
        session,
        row.id,
        event.stage,
        reason=REASONS[event.kind],
        document_id=paper.id,
        answers=left_by(session, row, event.stage, random),
        actor_id=actor_id,
    )


def left_by(
    session: Session, row: ProcessInstance, stage: str, random: Random
) -> dict[Step, StepForm]:
    """Yield valid forms of the steps whose records a stage leaves; each reads those before it."""
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


EVENTS: Mapping[str, Callable[[Session, Event, ProcessInstance, Random], None]] = {
    "redesignation": begin,
    "change_authority": begin,
    "change_personnel": change,
    "suspend": administer,
    "resume": administer,
    "cancel": administer,
    "back": send_back,
    "validate": validate,
}
