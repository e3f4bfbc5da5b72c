"""The measure of a suppression in a register of a million visits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.base.models import Visit
from tests.bench.bench import Bench
from tests.bench.figures import Figure, timed

#: Visits of the busiest register.
TIMES = 50


def suppress(bench: Bench) -> Figure:
    """Measure the decision to suppress all fields of a hidden visit, with its commit and list."""
    from app.register.suppression import list_file  # the previous release, measured too, lacks it

    with bench.session() as session:
        busiest = session.scalar(
            select(Visit.register_id)
            .where(Visit.audience == "public")
            .group_by(Visit.register_id)
            .order_by(func.count().desc())
            .limit(1)
        )
        ids = session.scalars(
            select(Visit.id)
            .where(
                Visit.register_id == busiest,
                Visit.audience == "public",
                Visit.state == "standing",
            )
            .order_by(Visit.rank.desc())
            .limit(TIMES)
        ).all()
    with bench.app.app_context():
        try:
            samples = [_suppressed(bench, visit_id) for visit_id in ids]
        finally:
            list_file.path().unlink(missing_ok=True)  # other measures have the same folder
    return Figure.of("suppress", bench.database, samples, "ms")


def _suppressed(bench: Bench, visit_id: int) -> float:
    from app.register.suppression import reviews

    with bench.session(writes=True) as session:
        visit = session.get_one(Visit, visit_id)
        reviews.hide(session, visit, ground="minor", actor_id=None)
        session.commit()
    with bench.session(writes=True) as session:
        return timed(partial(_decide, session, visit_id))


def _decide(session: Session, visit_id: int) -> None:
    from app.register.suppression import listed, reviews
    from app.register.suppression.fields import GROUPS

    visit = session.get_one(Visit, visit_id)
    reviews.suppress(session, visit, list(GROUPS), actor_id=None)
    session.commit()
    listed.write(session)


MEASURES: Mapping[str, Callable[[Bench], Figure]] = {"suppress": suppress}
