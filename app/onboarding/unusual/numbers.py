"""What is unusual about the number of a paper: another paper has it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from app.base.models import Entity, IssuedPaper, Record
from app.cases.case import Case

#: Records of signed papers → the paper, in a sentence.
PAPERS = {
    "certificate": "una constancia",
    "closing": "una constancia",
    "letter": "un oficio",
    "control_notice": "una comunicación",
}
#: Records → the kind of the papers that have the number too, signed or not.
KINDS = {
    "certificate": "constancia",
    "closing": "constancia",
    "letter": "oficio_reiteracion",
    "control_notice": "comunicacion_control",
}


def of(case: Case, made: list[Record]) -> Iterator[str]:
    """Yield that a paper of another case has the number that is registered now."""
    for record in made:
        number = record.data.get("number") if record.name in PAPERS else ""
        if not number:
            continue
        if (entity_id := _owner(case, record, number)) is not None:
            name = case.session.get_one(Entity, entity_id).name
            yield f"El número {number} ya es de {PAPERS[record.name]} de {name}."


def _owner(case: Case, record: Record, number: str) -> int | None:
    """Return the entity of another case whose paper has a number: issued, or of before 0.8."""
    issued = select(IssuedPaper.entity_id).where(
        IssuedPaper.kind == KINDS[record.name],
        IssuedPaper.number == number,
        IssuedPaper.instance_id != record.instance_id,
    )
    if (entity_id := case.session.scalar(issued.limit(1))) is not None:
        return entity_id
    others = select(Record).where(
        Record.name == record.name, Record.instance_id != record.instance_id
    )
    same = (one for one in case.session.scalars(others) if one.data.get("number") == number)
    return other.entity_id if (other := next(same, None)) is not None else None
