"""Interest acts (*actos de gestión de intereses*): recorded, corrected, annulled, never erased.

Each version is a row, and the newest of a code counts. Nothing here commits. A refused value raises
`Refused`, with the field and a sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar, db, formatting
from app.base.models import InterestAct, PlannedVisit, PostHolder, Register, Visit
from app.register.facts import keys, open_texts
from app.register.facts.values import Refused, Visitor
from app.register.registers import environments
from app.register.visits import attached_acts, personnel, planned, recording, writing

#: In whose interest the visitor acts.
INTERESTS: Mapping[str, str] = {"own": "Propio", "third": "De un tercero"}
#: The longest texts (characters).
LIMITS: Mapping[str, int] = {
    "actor_name": 150,
    "third_name": 200,
    "decision_sought": 300,
    "matter": 1000,
    "documents": 1000,
    "place": 150,
    "reason": 300,
}
SUPPRESSED = "Los datos de su visita se suprimieron: el acto no se puede corregir."


@dataclass(frozen=True)
class Act:
    """The values of an act. If it is attached to a visit, `moment_and_actor` are the visit's.

    `planned_visit_id`: its planned visit, where it was outside the premises. `declared` is False
    where the visitor did not declare it and the official recorded the omission.
    """

    decision_maker_id: int
    held_on: date
    held_at: datetime | None
    actor_name: str
    document_type: str
    document_number: str
    interest_of: str
    third_name: str
    third_ruc: str
    decision_sought: str
    matter: str
    documents: str
    place: str
    declared: bool
    planned_visit_id: int | None = None

    def readable(self) -> Act:
        """Return the same act with the numbers of persons masked in its texts."""
        texts = ("third_name", "decision_sought", "matter", "documents", "place")
        masked: dict[str, Any] = {n: open_texts.masked(getattr(self, n)) for n in texts}
        return replace(self, **masked)


def moment_and_actor(visit: Visit) -> dict[str, Any]:
    """Return the values that an act takes from the visit that it is attached to."""
    return {
        "held_on": visit.visit_on,
        "held_at": visit.entry_at,
        "actor_name": visit.visitor_name,
        "document_type": visit.document_type,
        "document_number": visit.document_number,
    }


def record(
    session: Session,
    register: Register,
    said: Act,
    *,
    submission: str,
    actor_id: int | None,
    visit: Visit | None = None,
) -> InterestAct:
    """Record an act, alone or attached to a visit. A form sent twice is one act. Raises Refused.

    After that, the visit counts as a visit on interests.
    """
    there = _sent_before(session, register, submission)
    if there is not None:
        return there
    said = said.readable()
    if visit is not None:
        visit = db.locked(session, Visit, visit.id)
        if visit.register_id != register.id or visit.state != "standing":
            raise Refused("", "Esa visita no está vigente en este registro.")
    _check_moment(register, said)
    holder = _holder(session, register, said)
    _check_place(session, register, said, holder)
    _check_document(register, said)
    at = calendar.now()
    row = InterestAct(
        code=keys.new_code(),
        number=1,
        act="record",
        register_id=register.id,
        visit_id=visit.id if visit else None,
        audience=visit.audience if visit else environments.audience(register),
        norm_version=current_app.config["NORM_VERSION"],
        recorded_at=at,
        by_id=actor_id,
        submission=submission,
        **_of_holder(holder),
    )
    _write(row, said)
    session.add(row)
    session.flush()
    if visit is not None and not visit.interest:
        writing.change(session, visit, act="interest", at=at, by_id=actor_id, interest=True)
    return row


def _sent_before(session: Session, register: Register, submission: str) -> InterestAct | None:
    """Return the version that this form made before. A simultaneous sending waits."""
    db.in_turn(session, f"interest act {register.id} {submission}")
    return session.scalar(
        select(InterestAct).where(
            InterestAct.register_id == register.id, InterestAct.submission == submission
        )
    )


def _check_moment(register: Register, said: Act) -> None:
    if register.interest_acts_at is None:
        raise Refused("", "Los actos de gestión de intereses todavía no están habilitados.")
    now = calendar.now()
    if said.held_on > calendar.lima_day(now):
        raise Refused("on", "El acto no puede ser después de hoy.")
    if said.held_at is not None and said.held_at > now:
        raise Refused("hour", "El acto no puede ser después de ahora.")
    enabled = calendar.lima_day(register.interest_acts_at)
    if said.held_on < enabled:
        raise Refused(
            "on",
            f"Los actos se registran desde el {formatting.day(enabled)}, cuando se habilitaron: "
            f"este fue el {formatting.day(said.held_on)}.",
        )


def _holder(session: Session, register: Register, said: Act) -> PostHolder:
    """Return the decision-maker. Raises Refused unless they held that post here that day."""
    holder = personnel.official_on(session, register, said.decision_maker_id, said.held_on)
    if holder is None or not holder.decides:
        raise Refused("holder", "Ese día no ocupaba ese cargo: elige a otra persona.")
    return holder


def _of_holder(holder: PostHolder) -> dict[str, Any]:
    return {
        "decision_maker_id": holder.id,
        "holder_name": holder.full_name,
        "holder_post": holder.post,
        "holder_unit": holder.unit,
    }


def _check_place(session: Session, register: Register, said: Act, holder: PostHolder) -> None:
    """Refuse an act outside the premises that was not in the agenda (DS 120-2019-PCM)."""
    if said.planned_visit_id is None:
        return
    row = session.get(PlannedVisit, said.planned_visit_id)
    if row is None or row.register_id != register.id or not row.outside or row.state == "cancelled":
        raise Refused("planned", "Elige una reunión que se programó antes en la agenda.")
    if calendar.lima_day(row.expected_at) != said.held_on:
        raise Refused(
            "planned",
            f"Esa reunión se programó para el {formatting.day(row.expected_at)}, otro día.",
        )
    if said.held_at is not None and said.held_at <= row.created_at:
        raise Refused("planned", "Esa reunión se programó después del acto, y debía ser antes.")
    if not planned.is_of(row, holder):
        raise Refused("planned", "Esa reunión se programó con otra persona.")


def _check_document(register: Register, said: Act) -> None:
    recording.check_ruc(register, said.third_ruc, "third_ruc")
    actor = Visitor(said.actor_name, said.document_type, said.document_number)
    recording.check_document(register, actor)


def _write(row: InterestAct, said: Act) -> None:
    for name, value in asdict(said).items():
        setattr(row, name, value)
    row.visitor_key = keys.visitor_key(said.document_type, said.document_number)
    row.search_text = attached_acts.search_text(row)


def said_of(row: InterestAct) -> Act:
    """Return the values of a version."""
    return Act(**{name: getattr(row, name) for name in Act.__dataclass_fields__})


def correct(
    session: Session,
    register: Register,
    row: InterestAct,
    said: Act,
    *,
    reason: str,
    seen: int,
    submission: str,
    actor_id: int | None,
) -> InterestAct | None:
    """Write a corrected version of an act; return None without a change. Raise Refused.

    `seen` is the version that the user corrected: if another user changed it meanwhile, the
    correction is refused. So is one of an act whose visit was suppressed.
    """
    there = _sent_before(session, register, submission)
    if there is not None:
        return there
    visit = attached_acts.visit_of(session, row)
    if visit is not None and visit.state == "suppressed":
        raise Refused("", SUPPRESSED)
    last = attached_acts.locked(session, row)
    if last.act == "annulment":
        raise Refused("", "El acto está anulado: no se puede corregir.")
    if last.number != seen:
        raise Refused("", "Alguien cambió este acto mientras lo corregías: mira cómo quedó.")
    said = said.readable()
    if said == said_of(last):
        return None
    same_holder = (said.decision_maker_id, said.held_on) == (last.decision_maker_id, last.held_on)
    _check_moment(register, said)
    holder = session.get_one(PostHolder, last.decision_maker_id)
    if not same_holder:
        holder = _holder(session, register, said)
    _check_place(session, register, said, holder)
    _check_document(register, said)
    made = attached_acts.next_version(session, last, "correction", reason, submission, actor_id)
    for name, value in ({} if same_holder else _of_holder(holder)).items():
        setattr(made, name, value)
    _write(made, said)
    session.add(made)
    session.flush()
    return made


def annul(
    session: Session,
    register: Register,
    row: InterestAct,
    *,
    reason: str,
    submission: str,
    actor_id: int | None,
) -> InterestAct:
    """Annul an act; it stays, with its history. An annulled act stays as it is.

    A visit of another category that has no other act no longer counts as a visit on interests.
    """
    there = _sent_before(session, register, submission)
    if there is not None:
        return there
    visit = db.locked(session, Visit, row.visit_id) if row.visit_id else None
    last = attached_acts.locked(session, row)
    if last.act == "annulment":
        return last
    made = attached_acts.next_version(session, last, "annulment", reason, submission, actor_id)
    session.add(made)
    session.flush()
    if (
        visit is not None
        and visit.interest
        and visit.state == "standing"
        and visit.category != "interests"
        and not attached_acts.has_acts(session, visit)
    ):
        writing.change(
            session,
            visit,
            act="interest_withdrawn",
            at=made.recorded_at,
            by_id=actor_id,
            reason=reason,
            interest=False,
        )
    return made
