"""The measure of the end of mandates: the plan of a day over the whole catalogue."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import select

from app.base.models import Entity
from app.onboarding.batches import MANDATES, check_list
from app.register.registers import mandates
from tests.bench.figures import Figure, timed

if TYPE_CHECKING:
    from tests.bench.bench import Bench

ENTITIES, RUNS = 2_125, 5
DATA = {"ends_on": "2026-12-31", "chosen": "Bench"}


def mandates_plan(bench: Bench) -> Figure:
    """Measure the judging of the whole catalogue for the day on which mandates end; in seconds."""
    with bench.session(writes=True) as session:
        mandates.load(session)
        session.commit()
    samples, statements = [], 0
    for _ in range(RUNS):
        with bench.session() as session, bench.statements() as sent:
            entities = session.scalars(select(Entity).order_by(Entity.id).limit(ENTITIES)).all()
            judge = partial(check_list, session, MANDATES, entities, 1, DATA)
            samples.append(timed(judge) / 1000)
        statements = len([one for one in sent if not one.startswith("BEGIN")])
    return Figure.of("mandates_plan", bench.database, samples, "s", statements=statements)
