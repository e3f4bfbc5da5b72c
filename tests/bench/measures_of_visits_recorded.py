"""The measures of writing: entries at the desks, and files of past visits."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Entity, Official, Register
from app.register import importing
from app.register.importing import applying
from app.register.registers import environments
from app.register.visits import officials
from tests.bench import filled_visits, invented, past_file
from tests.bench.bench import Bench
from tests.bench.desk import Desk
from tests.bench.figures import Figure, timed

#: Seconds between two entries of a desk, and the number of entries of each desk.
EVERY, ENTRIES = 0.5, 60
#: The number of workers that `zaguan serve` starts.
WORKERS = 2
#: Number of the first visitor outside the filling.
NEWCOMERS = 9_000_000
#: Rows of a file of past visits, and its entity.
ROWS = 100_000
QUIET = filled_visits.entity_code(filled_visits.ENTITIES - 1)


def record_entry(bench: Bench) -> Figure:
    """Measure an entry over HTTP while eight desks record, each every half second."""
    officials_at = officials_of_desks(bench)
    with bench.served(WORKERS) as (address, _), ThreadPoolExecutor(filled_visits.DESKS) as pool:
        desks = [
            Desk(address, path_of(number), filled_visits.operator(number))
            for number in range(filled_visits.DESKS)
        ]
        begins = time.perf_counter() + EVERY
        jobs = [
            pool.submit(lambda desk=desk, n=n: list(day_of(desk, n, begins, officials_at)))  # type: ignore[misc]
            for n, desk in enumerate(desks)
        ]
        samples = [sample for job in jobs for sample in job.result()[2:]]
    return Figure.of("record_entry", bench.database, samples, "ms")


def path_of(desk: int) -> str:
    """Return the address of a desk: two of them in each of the first entities."""
    return f"/registro/{filled_visits.entity_code(desk % (filled_visits.DESKS // 2))}/produccion"


def officials_of_desks(bench: Bench) -> Mapping[str, list[str]]:
    """Return desk address → the labels of its entity's officials, as the desk writes them."""
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
    desk: Desk, number: int, begins: float, officials_at: Mapping[str, list[str]]
) -> Iterator[float]:
    """Yield the durations of a desk's entries, each at its time. Half of the visitors are of the
    filling.
    """
    for entry in range(ENTRIES):
        person = with_dni(entry % 2 * NEWCOMERS + number * ENTRIES + entry)
        labels = officials_at[desk.path]
        motive, _ = invented.OF_MOTIVES[(number * 31 + entry) * 997 % invented.TABLE]
        form = desk.form(person, labels[entry % len(labels)], motive, filled_visits.SITES[0])
        at = begins + EVERY * (entry + number / filled_visits.DESKS)
        time.sleep(max(0.0, at - time.perf_counter()))
        yield timed(lambda form=form: desk.enter(form))  # type: ignore[misc]


def with_dni(number: int) -> invented.Person:
    """Return the first visitor from that number on who has a DNI."""
    people = map(invented.person, itertools.count(number, filled_visits.DESKS * ENTRIES))
    return next(person for person in people if person.document_type == "DNI")


def import_rows(bench: Bench) -> Figure:
    """Measure the rows per second of a file of past visits, from its bytes to the commit."""
    with bench.session() as session:
        entity = session.scalars(select(Entity).where(Entity.code == QUIET)).one()
        register = environments.find(session, entity, "production")
        assert register is not None
        query = select(Official).where(Official.register_id == register.id).order_by(Official.id)
        personnel = list(map(filled_visits.as_visited, session.scalars(query)))
        content = past_file.csv_file(entity, personnel, ROWS)
    with bench.session(writes=True) as session:
        began = time.perf_counter()
        taken = import_file(session, session.get_one(Register, register.id), content)
        session.commit()
        took = time.perf_counter() - began
    if taken != ROWS:
        raise LookupError(f"of {ROWS} rows {taken} were imported")
    return Figure.of("import_rows", bench.database, [ROWS / took], "rows/s")


def import_file(session: Session, register: Register, content: bytes) -> int:
    """Import a file as the page does. Return the number of visits."""
    export = importing.read_export(content, "visitas.csv")
    at = calendar.now()
    report = applying.bring_in(session, register, export, source="imported", at=at, by_id=None)
    return report.outcomes["taken"] + report.outcomes["remarked"]


MEASURES: Mapping[str, Callable[[Bench], Figure]] = {
    measure.__name__: measure for measure in (record_entry, import_rows)
}
