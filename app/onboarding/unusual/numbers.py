"""What is unusual about the number of a paper: another paper has it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from app.base.models import Entity, IssuedPaper, Record
from app.cases.case import Case
from app.cases.papers.issued.series import has_number, is_number

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
        if record.name in PAPERS:
            yield from of_number(case, record.name, record.data.get("number") or "")


def of_number(case: Case, name: str, number: str) -> Iterator[str]:
    """Yield that a paper of another case has a number. `name`: the record that would hold it."""
    if number and (entity_id := _owner(case, name, number)) is not None:
        entity = case.session.get_one(Entity, entity_id)
        yield f"El número {number} ya es de {PAPERS[name]} de {entity.name}."


def _owner(case: Case, name: str, number: str) -> int | None:
    """Return the entity of another case whose paper has a number, on the paper or typed."""
    issued = select(IssuedPaper.entity_id).where(
        IssuedPaper.kind == KINDS[name],
        has_number(number),
        IssuedPaper.instance_id != case.instance.id,
    )
    if (entity_id := case.session.scalar(issued.limit(1))) is not None:
        return entity_id
    others = select(Record.entity_id).where(
        Record.name == name,
        Record.instance_id != case.instance.id,
        is_number(Record.data["number"].as_string(), number),
    )
    return case.session.scalar(others.order_by(Record.id).limit(1))
