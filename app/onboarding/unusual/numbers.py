"""What is unusual about the number of a signed paper: another paper has it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from app.base.models import Entity, Record
from app.cases.case import Case

#: Records of signed papers → the paper, in a sentence.
PAPERS = {"certificate": "una constancia", "letter": "un oficio"}


def of(case: Case, made: list[Record]) -> Iterator[str]:
    """Yield that a signed paper of another case has the number of one that is signed now."""
    for record in made:
        number = record.data.get("number") if record.name in PAPERS else ""
        if not number:
            continue
        others = select(Record).where(
            Record.name == record.name, Record.instance_id != record.instance_id
        )
        same = (one for one in case.session.scalars(others) if one.data.get("number") == number)
        if (other := next(same, None)) is not None:
            name = case.session.get_one(Entity, other.entity_id).name
            yield f"El número {number} ya es de {PAPERS[record.name]} de {name}."
