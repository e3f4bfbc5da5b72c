"""The end of mandates: the measure of a plan over the whole catalogue, and an end that is near."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from app.base import calendar
from app.base.models import Entity, Mandate, User
from app.onboarding.batches import MANDATES, from_list
from app.register.registers import mandates
from tests.bench.figures import Figure, timed

if TYPE_CHECKING:
    from tests.bench.bench import Bench

ENTITIES, RUNS = 2_125, 5
DATA = {"ends_on": "2026-12-31", "chosen": "Bench"}


def mandates_plan(bench: Bench) -> Figure:
    """Measure the frozen plan of the whole catalogue for the day on which mandates end: each entity
    is judged, and the plan is stored; in seconds.
    """
    with bench.session(writes=True) as session:
        mandates.load(session)
        session.commit()
    samples, statements = [], 0
    for _ in range(RUNS):
        with bench.session(writes=True) as session, bench.statements() as sent:
            by_id = session.scalar(select(func.min(User.id))) or 0
            entities = session.scalars(select(Entity).order_by(Entity.id).limit(ENTITIES)).all()
            freeze = partial(from_list, session, MANDATES, entities, by_id, DATA)
            samples.append(timed(freeze) / 1000)
        statements = len([one for one in sent if not one.startswith("BEGIN")])
    return Figure.of("mandates_plan", bench.database, samples, "s", statements=statements)


def end_soon(bench: Bench) -> None:
    """Let all mandates end in three weeks, with no plan: *Hoy* counts the changes to plan."""
    ends_on = calendar.today() + timedelta(days=21)
    with bench.session(writes=True) as session:
        session.execute(delete(Mandate))
        for level in mandates.LEVELS:
            begun = ends_on - timedelta(days=4 * 365)
            row = Mandate(level=level, ubigeo="", from_on=begun, to_on=ends_on, norm="Bench")
            session.add(row)
        session.commit()
