"""The PDFs of letters with activation codes: each part is made once and not stored."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.base import calendar, db, formatting
from app.base.models import Batch, BatchRow, Entity
from app.base.urls import external_url
from app.cases import records
from app.cases.papers import issued
from app.cases.papers import letters as papers
from app.cases.papers.issued import years
from app.cases.papers.issued.marks import Marks
from app.onboarding.batches import doing
from app.onboarding.batches.kind import Plan
from app.onboarding.batches.kinds import letters, mandates
from app.people import access
from app.people.access import tickets


def make(session: Session, batch_id: int, number: int, by_id: int, shown: Marks) -> bytes | None:
    """Make the PDF of a part. Its codes are valid from now on. None if it was made before.

    `shown`: number and date of its letters, which the batch keeps for the next part. The PDF is
    empty if none of these entities needs a letter any more. Commits. Raises what
    `typesetting.typeset` raises; then nothing changed.
    """
    with db.reading() as reading:  # it takes a while, in which others must not wait for a lock
        rows, batch = _rows(reading, batch_id, number), reading.get_one(Batch, batch_id)
        if any(row.result for row in rows) or not rows:
            return None
        plans = dict(zip(rows, _judged(reading, batch, rows), strict=True))
        secrets = {
            row.number: tickets.new_code() for row, plan in plans.items() if plan.plan == "do"
        }
        lettered = [row for row in rows if row.number in secrets]
        codes = {_entity(row).id: issued.new_code() for row in lettered}
        content = _pdf(reading, lettered, secrets, codes, shown)
        by_number = {row.number: plan for row, plan in plans.items()}
    batch = doing.locked(session, batch_id)
    rows = _rows(session, batch_id, number)
    if batch.state not in ("checked", "confirmed") or any(row.result for row in rows):
        return None
    doing.confirm(session, batch_id, doing.to_do(session, batch), by_id)
    for row in rows:
        if row.number in secrets:
            _issue(session, batch, row, secrets[row.number], by_id)
        else:
            plan = by_number[row.number]
            row.result, row.message = plan.plan, plan.message
            row.done_at = calendar.now()
    session.flush()
    sha256 = hashlib.sha256(content).hexdigest()
    file = issued.LettersFile(sha256, len(content), shown.number, shown.dated_on)
    issued.enter_letters(session, codes, file, calendar.now())
    letters.keep_marks(batch, shown)
    doing.finish(session, batch_id)
    session.commit()
    return content


def _rows(session: Session, batch_id: int, number: int) -> Sequence[BatchRow]:
    return session.scalars(
        select(BatchRow)
        .where(BatchRow.batch_id == batch_id, BatchRow.plan == "do")
        .order_by(BatchRow.number)
        .limit(letters.PART)
        .offset((number - 1) * letters.PART)
        .options(joinedload(BatchRow.entity))
        .execution_options(populate_existing=True)
    ).all()


def _judged(session: Session, batch: Batch, rows: Sequence[BatchRow]) -> list[Plan]:
    """Return the plans of these rows as of now: a user may have signed in since the dry run."""
    return letters.LETTERS.judge(session, batch, [(_entity(row), row.data) for row in rows])


def _entity(row: BatchRow) -> Entity:
    if row.entity is None:
        raise LookupError(f"row {row.number} of batch {row.batch_id} is of no entity")
    return row.entity


def authorities(
    session: Session, entities: Sequence[Entity], ends: Mapping[int, date]
) -> dict[int, str]:
    """Return the addressee of each letter, by entity: the authority on record, or the one of the
    contacts if these are of a later day; "" if neither is known.

    `ends`: the last day of a mandate that ended, by entity. Its authority is not on record yet.
    """
    known = records.authorities_since(session, [entity.id for entity in entities])
    names = {}
    for entity in entities:
        person, since = known.get(entity.id, (None, date.min))
        if entity.id in ends and since <= ends[entity.id]:
            contacts_are_new = (entity.contact_on or date.min) > ends[entity.id]
            names[entity.id] = entity.contact_authority if contacts_are_new else ""
            continue
        is_later = entity.contact_authority and (entity.contact_on or date.min) > since
        if person is None or is_later:
            names[entity.id] = entity.contact_authority
        else:
            names[entity.id] = f"{person['given_names']} {person['surnames']}"
    return names


def _pdf(
    session: Session,
    rows: Sequence[BatchRow],
    secrets: Mapping[int, str],
    codes: Mapping[int, str],
    shown: Marks,
) -> bytes:
    """Return the letters. Their codes are stored later, so no lock is held meanwhile.

    `secrets`: the activation codes by number of the row; `codes`: what verifies the letters, by
    entity.
    """
    if not rows:
        return b""
    entities = [_entity(row) for row in rows]
    ends = mandates.open_ends(session, [entity.id for entity in entities])
    names = authorities(session, entities, ends)
    return papers.activation_letters(
        [
            {
                "code": entity.code,
                "name": entity.name,
                "place": entity.place,
                "authority": names[entity.id],
                "secret": secrets[row.number],
                **_days(session, entity, ends.get(entity.id)),
            }
            for row, entity in zip(rows, entities, strict=True)
        ],
        [codes[_entity(row).id] for row in rows],
        address=external_url("accounts.activate"),
        help_desk=current_app.config["HELP_DESK"],
        made_on=calendar.today(),
        shown=shown,
        year_name=years.name_of(session, shown.dated_on),
    )


def _days(session: Session, entity: Entity, ended_on: date | None) -> dict[str, str]:
    """Return the days of a letter in words; `ended_on`: the last day of the mandate, if one ended.

    A code ends at an hour of its last day; a letter promises whole days.
    """
    now = calendar.now()
    valid = max(now, mandates.valid_from(session, entity, ended_on)) if ended_on else now
    last = calendar.lima_day(valid + tickets.lifetime("activation")) - timedelta(days=1)
    return {
        "ended": formatting.day(ended_on),
        "from": formatting.weekday(valid) if ended_on else "",
        "until": formatting.day(last),
    }


def _issue(session: Session, batch: Batch, row: BatchRow, secret: str, by_id: int) -> None:
    mandates.new_code(session, _entity(row), by_id, secret, letter=batch.id)
    access.hold_code(session, by_id, "seen_code", row.entity_id)
    row.result, row.done_at = "done", calendar.now()
    row.message = "Carta hecha. Su código vale desde este momento; los anteriores ya no."
