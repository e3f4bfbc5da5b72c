"""The measures of writing: entries at the desks, and files of past visits."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from app.models import Entity, Official, Register
from app.visits import officials
from tests.bench import filled_visits, invented
from tests.bench.bench import Bench
from tests.bench.desk import Desk
from tests.bench.figures import Figure, timed

#: Seconds between two entries of a desk, and how many each makes.
EVERY, ENTRIES = 0.5, 60
#: Visitors who are not of the filling.
NEWCOMERS = 9_000_000


def record_entry(bench: Bench) -> Figure:
    """An entry over HTTP while eight desks record, each one every half second."""
    whom = whom_they_visit(bench)
    with bench.served() as (address, _), ThreadPoolExecutor(filled_visits.DESKS) as pool:
        desks = [
            Desk(address, path_of(number), filled_visits.operator(number))
            for number in range(filled_visits.DESKS)
        ]
        begins = time.perf_counter() + EVERY
        jobs = [
            pool.submit(lambda desk=desk, n=n: list(day_of(desk, n, begins, whom)))  # type: ignore[misc]
            for n, desk in enumerate(desks)
        ]
        samples = [sample for job in jobs for sample in job.result()[2:]]
    return Figure.of("record_entry", bench.database, samples, "ms")


def path_of(desk: int) -> str:
    """The address of a desk: two of them in each of the first entities."""
    return f"/registro/{filled_visits.entity_code(desk % (filled_visits.DESKS // 2))}/produccion"


def whom_they_visit(bench: Bench) -> Mapping[str, list[str]]:
    """How the desk writes the officials of the entities that have desks, by its address."""
    found = {}
    with bench.session() as session:
        for desk in range(filled_visits.DESKS // 2):
            code = filled_visits.entity_code(desk)
            query = (
                select(Official)
                .join(Register, Register.id == Official.register_id)
                .join(Entity, Entity.id == Register.entity_id)
                .where(Entity.code == code, Register.environment == "production")
                .order_by(Official.id)
            )
            found[path_of(desk)] = [officials.label(one) for one in session.scalars(query)]
    return found


def day_of(
    desk: Desk, number: int, begins: float, whom: Mapping[str, list[str]]
) -> Iterator[float]:
    """The entries of a desk, each at its time: half of the visitors have come before."""
    for entry in range(ENTRIES):
        person = with_dni(entry % 2 * NEWCOMERS + number * ENTRIES + entry)
        labels = whom[desk.path]
        motive, _ = invented.OF_MOTIVES[(number * 31 + entry) * 997 % invented.TABLE]
        form = desk.form(person, labels[entry % len(labels)], motive, filled_visits.SITES[0])
        at = begins + EVERY * (entry + number / filled_visits.DESKS)
        time.sleep(max(0.0, at - time.perf_counter()))
        yield timed(lambda form=form: desk.enter(form))  # type: ignore[misc]


def with_dni(number: int) -> invented.Person:
    """The first visitor from that number on who shows a DNI."""
    people = map(invented.person, itertools.count(number, filled_visits.DESKS * ENTRIES))
    return next(person for person in people if person.document_type == "DNI")


MEASURES: Mapping[str, Callable[[Bench], Figure]] = {
    measure.__name__: measure for measure in (record_entry,)
}
