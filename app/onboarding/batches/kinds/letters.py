"""Letters with activation codes, which `app.onboarding.batches.letter_pdfs` makes as PDFs.

Only the hash of a code is stored. So the codes of a PDF are new, earlier codes are void as soon as
it is handed out, and it is made once: after a loss, the letters are prepared again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.base import calendar
from app.base.db.membership import among
from app.base.models import (
    Batch,
    BatchRow,
    Entity,
    Grant,
    MandateEnd,
    ProcessInstance,
    Ticket,
    User,
)
from app.cases.papers.issued.marks import Marks
from app.cases.papers.issued.number_form import NumberForm
from app.onboarding.batches.kind import Entry, Kind, Plan, Row
from app.people import addresses

#: The most letters of one PDF: 2,072 take some twenty seconds to make.
PART = 3000


def _judge(session: Session, batch: Batch, rows: Sequence[Row]) -> list[Plan]:
    """Plan the rows: which entities get a letter, and why the others do not.

    `batch.data`: with `mailed`, entities that mail reaches get one too; with `again`, also those
    from which a user has signed in.
    """
    ids = [entity.id for entity, _ in rows]
    running = _found(session, ids, ProcessInstance.entity_id, _RUNNING)
    awaited = _found(session, ids, MandateEnd.entity_id, _AWAITED)
    signed_in = _found(session, ids, Grant.entity_id, _SIGNED_IN) - awaited
    has_code = _found(session, ids, Ticket.entity_id, _HAS_CODE)
    dead = addresses.dead_of(session, (entity.contact_email for entity, _ in rows))

    def plan(entity: Entity) -> Plan:
        address = entity.contact_email
        if entity.id not in running | awaited:
            return Plan("refused", "No tiene una implementación en curso.")
        if entity.id in signed_in and not batch.data.get("again"):
            return Plan("same", "Ya ingresó alguien de la entidad.")
        reached = address and address.casefold() not in dead
        if reached and not batch.data.get("mailed"):
            return Plan("same", f"Recibe su código por correo, en {address}.")
        if entity.id in has_code:
            return Plan("do", "Carta con código nuevo; el anterior queda sin efecto.")
        return Plan("do", "Carta con código nuevo.")

    return [plan(entity) for entity, _ in rows]


def _found(
    session: Session,
    ids: Sequence[int],
    column: InstrumentedAttribute[Any],
    condition: ColumnElement[bool],
) -> set[int | None]:
    """Return the entities for which a table has a row with this condition."""
    return set(session.scalars(select(column).where(among(column, ids), condition)))


_RUNNING = and_(ProcessInstance.process == "onboarding", ProcessInstance.ended_at.is_(None))
_HAS_CODE = and_(Ticket.kind == "activation", Ticket.used_at.is_(None), Ticket.void.is_(False))
#: Whose new authority has not come in yet: its mandate ended, and a code waits or none was used.
_AWAITED = and_(
    MandateEnd.instance_id.in_(
        select(ProcessInstance.id).where(ProcessInstance.ended_at.is_(None))
    ),
    or_(
        MandateEnd.entity_id.in_(select(Ticket.entity_id).where(_HAS_CODE)),
        MandateEnd.instance_id.not_in(
            select(ProcessInstance.id)
            .join(Ticket, Ticket.entity_id == ProcessInstance.entity_id)
            .where(
                MandateEnd.instance_id == ProcessInstance.id,
                Ticket.valid_from_at.is_not(None),
                Ticket.used_at >= ProcessInstance.started_at,
            )
        ),
    ),
)
_SIGNED_IN = and_(
    Grant.role == "preparer",
    Grant.until_at.is_(None),
    Grant.user_id.in_(select(User.id).where(User.active)),
)


@dataclass(frozen=True)
class Part:
    """Letters that come as one PDF: from the `first` to the `last` of all letters, from 1."""

    number: int
    first: int
    last: int
    made: bool

    @property
    def count(self) -> int:
        """The number of letters."""
        return self.last - self.first + 1


def parts_of(session: Session, batch: Batch) -> list[Part]:
    """Return the PDFs that the letters of a batch come in."""
    results = session.scalars(
        select(BatchRow.result)
        .where(BatchRow.batch_id == batch.id, BatchRow.plan == "do")
        .order_by(BatchRow.number)
    ).all()
    return [
        Part(
            number=start // PART + 1,
            first=start + 1,
            last=min(start + PART, len(results)),
            made=all(results[start : start + PART]),
        )
        for start in range(0, len(results), PART)
    ]


def form_of(batch: Batch, posted: Any = None) -> NumberForm:
    """Return the form for number and date of the letters, with those of the part made last."""
    day = batch.data.get("dated_on")
    known = Marks(batch.data.get("number", ""), date.fromisoformat(day) if day else None)
    return NumberForm.of(known, posted, calendar.today())


def keep_marks(batch: Batch, shown: Marks) -> None:
    """Keep number and date of the letters for the next part. No flush."""
    day = shown.dated_on.isoformat() if shown.dated_on else None
    batch.data = {**batch.data, "number": shown.number, "dated_on": day}


LETTERS = Kind(
    id="letters",
    slug="cartas",
    name="Cartas con código de activación",
    action="start_onboarding",
    fresh=True,
    verb="Vas a emitir el código de",
    summary="Para las entidades en marcha sin un correo que funcione.",
    entry=Entry("Cartas con código de activación", "letters.prepare", {"estado": "en-marcha"}),
    judge=_judge,
    template="batches/letters.html",
    page_values=lambda session, batch: {
        "parts": parts_of(session, batch),
        "form": form_of(batch),
    },
)
