"""The official platform's export of many entities: its names matched, and its visits imported."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import select

from app.base import calendar
from app.base.formatting import plain
from app.base.models import Entity, Grant
from app.onboarding.batches import BASELINE, confirm, doing, from_list
from app.register.baseline import bringing, exports, matching
from app.register.facts import shapes
from tests.bench.figures import Figure, timed
from tests.bench.past_file import after_entity
from tests.bench.visit_rows import Official

if TYPE_CHECKING:
    from tests.bench.bench import Bench

NAMES, VISITS, RUNS = 348, 25_000, 5
#: The visited officials of every entity.
OFFICIALS = (Official(0, "ROJAS EJEMPLO JORGE", "", "Logística", "Jefe", "Sede central"),)


def baseline_names(bench: Bench) -> Figure:
    """Measure the matching of the names of an export over the catalogue, a fifth of them with a
    typing error; in seconds.
    """
    names = _names(bench)

    def match() -> None:
        with bench.session() as session:
            known = matching.catalogue(session)
            for name in names:
                known.match(name)

    samples = [timed(match) / 1000 for _ in range(RUNS)]
    return Figure.of("baseline_names", bench.database, samples, "s")


def baseline_import(bench: Bench) -> Figure:
    """Measure an export from the file to the register: reading, matching, and the batch that
    imports the visits of each entity in a separate transaction; in seconds.
    """
    content = _file(_names(bench, faulty=False))
    sample = timed(partial(_imported, bench, content)) / 1000
    return Figure.of("baseline_import", bench.database, [sample], "s")


def _imported(bench: Bench, content: bytes) -> None:
    with bench.app.app_context():
        opened = exports.read(content, "visitas.csv", calendar.now())
    with bench.session(writes=True) as session:
        by_id = session.scalar(select(Grant.user_id).where(Grant.role == "sip").limit(1)) or 0
        names = exports.matched(session, opened)
        baseline = exports.store(session, opened, names, calendar.today(), by_id)
        session.commit()
        ids = [one.entity_id for one in bringing.waiting(session, baseline.id)]
        entities = session.scalars(select(Entity).where(Entity.id.in_(ids))).all()
        batch = from_list(session, BASELINE, entities, by_id, {"baseline": baseline.id})
        batch_id = batch.id
        confirm(session, batch_id, len(entities), by_id)
        session.commit()
    with bench.app.app_context():
        doing.work(bench.engine, batch_id)


def _names(bench: Bench, *, faulty: bool = True) -> list[str]:
    """Return names of entities in capitals without accents, as the platform writes many; with
    `faulty`, every fifth lacks a letter.
    """
    with bench.session() as session:
        known = session.scalars(select(Entity.name).order_by(Entity.id)).all()
    unique = [name for name in dict.fromkeys(known) if known.count(name) == 1]
    names = [plain(name).upper() for name in unique[:: max(1, len(unique) // NAMES)]][:NAMES]
    if not faulty:
        return names
    return [name[:-2] + name[-1] if place % 5 == 0 else name for place, name in enumerate(names)]


def _file(names: Sequence[str]) -> bytes:
    """Return invented visits of four weeks of these entities, as CSV."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(column.name for column in shapes.OFFICIAL)
    for number in range(VISITS):
        day = (calendar.today() - timedelta(days=1 + number % 28)).strftime("%d/%m/%Y")
        writer.writerow((day, day, names[number % len(names)], *after_entity(number, OFFICIALS)))
    return text.getvalue().encode()
