"""`elsewhere`: people of the draft of a change who are on the roster of another entity."""

from __future__ import annotations

from sqlalchemy import select

from app.base.models import Draft, PersonnelRow, Record
from app.cases.case import Case
from app.cases.records import documents, roster
from forms.fields.people import key_of
from forms.fields.roster import rows_from
from forms.shapes.foreign_rows import FEW, LOOKED_UP


def read(case: Case) -> list[list[str]]:
    """Return the documents of new people of the draft who are on another entity's newest roster.

    The other entity is never named. Nothing is looked up for fewer people than raise a doubt.
    """
    draft = case.session.get(Draft, case.task.id) if case.task else None
    pairs = dict(draft.pairs) if draft else {}
    there = roster.movements(case) if pairs.get("rows") else {}
    keys = [key_of(row) for row in rows_from(pairs.get("rows", ""))]
    new = [key for key in dict.fromkeys(keys) if key[1] and key not in there][:LOOKED_UP]
    if len(new) < FEW:
        return []
    found = case.session.execute(
        select(
            PersonnelRow.document_type, PersonnelRow.document_number, Record.id, Record.entity_id
        )
        .join(Record, Record.id == PersonnelRow.record_id)
        .where(
            PersonnelRow.document_number.in_([number for _, number in new]),
            PersonnelRow.movement == "alta",
            Record.name == "roster",
            Record.entity_id != case.entity.id,
        )
    ).all()
    entities = sorted({entity_id for *_, entity_id in found})
    newest = documents.newest_of_entities(case.session, "roster", entities)
    in_force = {record.id for record in newest.values()}
    listed = {(kind, number) for kind, number, record_id, _ in found if record_id in in_force}
    return [list(key) for key in new if key in listed]
