"""Letters with activation codes: made as one PDF, which nobody keeps.

Of a code only a hash is stored. So the codes of a PDF are new, those before are void from the
moment on in which it is given out, and it is made once: whoever lost it prepares the letters anew.
More letters than the country has entities come in several PDFs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from app.base import calendar, db
from app.base.models import Batch, BatchRow, Entity, Grant, ProcessInstance, Ticket, User
from app.cases import records
from app.cases.papers import letters as papers
from app.onboarding.batches import doing
from app.onboarding.batches.kinds import Data, Kind, Plan, known
from app.people import access, addresses
from app.people.access import tickets

#: Letters of one PDF: 2,072 take some twenty seconds to make.
PART = 3000
#: Ids that the database is asked of at once.
AT_ONCE = 500


class Letters(Kind):
    """A row is an entity, which gets a letter with a new code.

    `batch.data`: `mailed` says whether those get one too whom mails reach, `again` also those from
    which somebody came.
    """

    id = "letters"
    slug = "cartas"
    name = "Cartas con código de activación"
    action = "start_onboarding"
    verb = "Vas a emitir el código de"
    by_hand = True
    template = "batches/letters.html"

    def look(
        self, session: Session, batch: Batch, rows: Sequence[tuple[Entity, Data]]
    ) -> list[Plan]:
        """Which of these entities get a letter, and why the others do not."""
        ids = [entity.id for entity, _ in rows]
        running = _found(session, ids, ProcessInstance.entity_id, _RUNNING)
        came = _found(session, ids, Grant.entity_id, _CAME)
        out = _found(session, ids, Ticket.entity_id, _OUT)
        dead = addresses.dead_of(session, (entity.contact_email for entity, _ in rows))

        def plan(entity: Entity) -> Plan:
            address = entity.contact_email
            if entity.id not in running:
                return Plan("refused", "No tiene una implementación en curso.")
            if entity.id in came and not batch.data.get("again"):
                return Plan("same", "Ya ingresó alguien de la entidad.")
            reached = address and address.casefold() not in dead
            if reached and not batch.data.get("mailed"):
                return Plan("same", f"Recibe su código por correo, en {address}.")
            if entity.id in out:
                return Plan("do", "Carta con código nuevo; el anterior queda sin efecto.")
            return Plan("do", "Carta con código nuevo.")

        return [plan(entity) for entity, _ in rows]


def _found(
    session: Session,
    ids: Sequence[int],
    column: InstrumentedAttribute[Any],
    holds: ColumnElement[bool],
) -> set[int | None]:
    """Those of these entities for which a table has a row of which something holds."""
    found: set[int | None] = set()
    for start in range(0, len(ids), AT_ONCE):
        query = select(column).where(column.in_(ids[start : start + AT_ONCE]), holds)
        found |= set(session.scalars(query))
    return found


_RUNNING = and_(ProcessInstance.process == "onboarding", ProcessInstance.ended_at.is_(None))
_OUT = and_(Ticket.kind == "activation", Ticket.used_at.is_(None), Ticket.void.is_(False))
_CAME = and_(
    Grant.role == "preparer",
    Grant.until_at.is_(None),
    Grant.user_id.in_(select(User.id).where(User.active)),
)


@dataclass(frozen=True)
class Part:
    """Letters that are made as one PDF; from and to are places among all letters, from 1."""

    number: int
    first: int
    last: int
    made: bool

    @property
    def count(self) -> int:
        """How many letters."""
        return self.last - self.first + 1


def parts_of(session: Session, batch: Batch) -> list[Part]:
    """The PDFs that the letters of a batch come in."""
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


def make(session: Session, batch_id: int, number: int, by_id: int) -> bytes | None:
    """The PDF of a part, whose codes are valid from now on; None where it was made before.

    It is empty where none of these entities needs a letter any more. Commits. Raises what
    `typesetting.typeset` raises; then nothing changed.
    """
    with db.reading() as looking:  # it takes a while, in which others are not to wait for a lock
        rows, batch = _rows(looking, batch_id, number), looking.get_one(Batch, batch_id)
        if any(row.result for row in rows) or not rows:
            return None
        plans = dict(zip(rows, _looked_at(looking, batch, rows), strict=True))
        secrets = {
            row.number: tickets.new_code() for row, plan in plans.items() if plan.plan == "do"
        }
        content = _pdf(looking, [row for row in rows if row.number in secrets], secrets)
        told = {row.number: plan for row, plan in plans.items()}
    batch = doing.held(session, batch_id)
    rows = _rows(session, batch_id, number)
    if batch.state not in ("checked", "confirmed") or any(row.result for row in rows):
        return None
    doing.confirm(session, batch_id, doing.to_do(session, batch), by_id)
    for row in rows:
        if row.number in secrets:
            _issue(session, batch, row, secrets[row.number], by_id)
        else:
            row.result, row.told = told[row.number].plan, told[row.number].told
            row.done_at = calendar.now()
    session.flush()
    doing.finish(session, batch_id)
    session.commit()
    return content


def _rows(session: Session, batch_id: int, number: int) -> Sequence[BatchRow]:
    return session.scalars(
        select(BatchRow)
        .where(BatchRow.batch_id == batch_id, BatchRow.plan == "do")
        .order_by(BatchRow.number)
        .limit(PART)
        .offset((number - 1) * PART)
        .options(joinedload(BatchRow.entity))
        .execution_options(populate_existing=True)
    ).all()


def _looked_at(session: Session, batch: Batch, rows: Sequence[BatchRow]) -> list[Plan]:
    """What holds of these rows by now: somebody may have come since."""
    return LETTERS.look(session, batch, [(_entity(row), row.data) for row in rows])


def _entity(row: BatchRow) -> Entity:
    if row.entity is None:
        raise LookupError(f"row {row.number} of batch {row.batch_id} is of no entity")
    return row.entity


def authorities(session: Session, entities: Sequence[Entity]) -> dict[int, str]:
    """To whom each letter is addressed: the authority on record, or whom the contacts say where
    they are of a later day; "" where neither is known."""
    known = records.authorities_since(session, [entity.id for entity in entities])
    names = {}
    for entity in entities:
        person, since = known.get(entity.id, (None, date.min))
        said = entity.contact_authority and (entity.contact_on or date.min) > since
        if person is None or said:
            names[entity.id] = entity.contact_authority
        else:
            names[entity.id] = f"{person['given_names']} {person['surnames']}"
    return names


def _pdf(session: Session, rows: Sequence[BatchRow], secrets: dict[int, str]) -> bytes:
    """The letters, made before their codes are written down: no lock is held meanwhile."""
    if not rows:
        return b""
    ends_at = calendar.now() + tickets.lifetime("activation")
    names = authorities(session, [_entity(row) for row in rows])
    return papers.activation_letters(
        [
            {
                "code": entity.code,
                "name": entity.name,
                "place": entity.place,
                "authority": names[entity.id],
                "secret": secrets[row.number],
            }
            for row in rows
            for entity in [_entity(row)]
        ],
        address=f"{current_app.config['PUBLIC_URL']}/activar",
        help_desk=current_app.config["HELP_DESK"],
        # It ends at an hour of that day; a letter promises whole days.
        until_on=calendar.lima_day(ends_at) - timedelta(days=1),
        made_on=calendar.today(),
    )


def _issue(session: Session, batch: Batch, row: BatchRow, secret: str, by_id: int) -> None:
    access.issue_activation_code(session, _entity(row), by_id, secret, letter=batch.id)
    row.result, row.done_at = "done", calendar.now()
    row.told = "Carta hecha. Su código vale desde este momento; los anteriores ya no."


LETTERS = known(Letters())
