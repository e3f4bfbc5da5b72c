"""A file of past visits: the 12 columns of the official platform, with that platform's usual
errors.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import timedelta

from app.base.models import Entity
from app.register.facts import shapes
from app.register.facts.values import CATEGORIES, ON_OWN_BEHALF, VISITOR_KINDS
from tests.bench import invented
from tests.bench.visit_rows import MINUTES, Official, working_days

#: Number of the first visitor outside the filling.
STRANGERS = 8_000_000
KINDS = {**VISITOR_KINDS, "self": f"{VISITOR_KINDS['self']} - {ON_OWN_BEHALF}"}


def csv_file(entity: Entity, personnel: Sequence[Official], rows: int) -> bytes:
    """Return `rows` visits of an entity as CSV, earlier than those of the filling; a third has no
    exit.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(column.name for column in shapes.OFFICIAL)
    days = [day - timedelta(days=3 * 364) for day in working_days()]
    for number in range(rows):
        day = days[number * len(days) // rows].strftime("%d/%m/%Y")
        writer.writerow((day, day, entity.name, *after_entity(number, personnel)))
    return text.getvalue().encode()


def after_entity(number: int, personnel: Sequence[Official]) -> tuple[str, ...]:
    """Return the columns after the entity: a third has no exit, hours have two formats."""
    drawn = invented.numbers(b"past", number)
    person = invented.person(STRANGERS + number // 2)
    official = personnel[drawn[0] % len(personnel)]
    entry, seconds = MINUTES[drawn[1]], ":00" if drawn[2] % 3 == 0 else ""
    left = entry + 5 + drawn[3] % 120
    motive, _ = invented.OF_MOTIVES[drawn[4]]
    return (
        person.name,
        f"{person.document_type} {person.document_number}".strip(),
        KINDS[person.kind] if person.kind == "self" else f"{KINDS[person.kind]} - {person.entity}",
        f"{official.name} - {official.unit} - {official.post}",
        f"{entry // 60:02}:{entry % 60:02}{seconds}",
        f"{left // 60:02}:{left % 60:02}{seconds}" if drawn[5] % 3 else "",
        f"{list(CATEGORIES.values())[drawn[6] % 4]} - {motive}",
        official.site,
        "",
    )
