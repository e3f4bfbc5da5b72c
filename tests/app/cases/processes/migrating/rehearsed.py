"""Running cases and a second version, with judges that a test steers case by case."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import (
    Deployment,
    Migration,
    MigrationBatch,
    MigrationCase,
    ProcessInstance,
    PutIntoForce,
)
from app.cases.processes.act import Act
from app.cases.processes.migrating import CaseChange as Change
from app.cases.processes.migrating import CaseVerdict as Verdict
from app.cases.processes.migrating import Gone
from app.cases.processes.migrating.rehearsals import applying, batches, judging, starting, table
from app.cases.processes.migrating.rehearsals.applying import Cases
from tests.app.walk import Walk, deploy, texts
from workflows.migration import STAY


@dataclass
class Fakes:
    """A judge, a mover and a returner: they know instances by id, and note what they do."""

    verdicts: dict[int, Verdict] = field(default_factory=dict)
    two: bool = False
    moved: list[int] = field(default_factory=list)
    returned: list[int] = field(default_factory=list)
    before_judging: Callable[[], Any] = lambda: None

    def judge(
        self,
        session: Session,
        rows: Sequence[ProcessInstance],
        new: Deployment,
        places: Mapping[str, str],
    ) -> Iterator[Verdict]:
        """Return the verdict that the test gave, or that the choices bring about."""
        self.before_judging()
        for row in rows:
            verdict = self.verdicts.get(row.id, Verdict("passes"))
            chosen = [places.get(one.element) for one in verdict.gone]
            if chosen and chosen[0] == STAY:
                verdict = Verdict("stays")
            elif chosen and chosen[0]:
                verdict = Verdict("changes", changes=(Change("continues", chosen[0], "x", "Y"),))
            yield verdict

    def move(
        self,
        session: Session,
        instance_id: int,
        new: Deployment,
        places: Mapping[str, str],
        actor_id: int | None,
        migration_id: int,
        judged: Verdict,
    ) -> None:
        """Set the version, and count the revision, as the real one does."""
        self.moved.append(instance_id)
        session.get_one(ProcessInstance, instance_id).deployment_id = new.id
        session.flush()

    def take_back(self, session: Session, instance_id: int, actor_id: int | None) -> None:
        """Set the former version."""
        self.returned.append(instance_id)
        row = session.get_one(ProcessInstance, instance_id)
        former = select(Deployment.id).order_by(Deployment.id).limit(1)
        row.deployment_id = session.scalars(former).one()
        session.flush()

    @property
    def cases(self) -> Cases:
        """The fakes as the application passes them."""
        return Cases(self.judge, self.move, self.take_back, lambda old, new: self.two)


class Rehearsed:
    """Five onboardings, a second version in force, the fakes, the newest migration and batch."""

    def __init__(self, walk: Walk) -> None:
        self.walk, self.fakes = walk, Fakes()
        self.migration, self.number = 0, 0
        self.ids = [walk.begin(code=f"E9000{number}") for number in range(1, 6)]
        self.new_id = self.put_into_force(walk.app.name)

    @property
    def engine(self) -> Any:
        """The database."""
        return self.walk.engine

    def put_into_force(self, mark: str) -> int:
        """Put a version into force that differs by a comment; return its id."""
        name = sorted(one for one in texts() if one.endswith(".bpmn"))[0]
        with self.walk.writing() as session:
            row = deploy(session, {name: f"{texts()[name]}\n<!-- {mark} -->\n"})
            session.add(PutIntoForce(deployment_id=row.id, at=calendar.now()))
            return row.id

    def start(self) -> None:
        """Begin a rehearsal as the Gestor."""
        with self.walk.writing() as session:
            new = session.get_one(Deployment, self.new_id)
            self.migration = starting.start(session, new, self.walk.people["sip"]).id

    def judge(self) -> None:
        """Judge all cases of the rehearsal."""
        cases = self.fakes.cases
        with self.walk.app.app_context():
            judging.rehearse(self.engine, self.migration, cases.judge, cases.needs_two)

    def rehearse(self) -> None:
        """Begin a rehearsal, and judge all its cases."""
        self.start()
        self.judge()

    def batch(self, by: int = 0, /, **chosen: str) -> None:
        """Put the cases of a filter into a batch, as a person, by default one of the SIP."""
        with self.locked() as (session, row):
            wanted = batches.Filter(**chosen)
            count = batches.count(session, row.id, wanted)
            by_id = by or self.walk.people["sip"]
            self.number = batches.propose(session, row, wanted, count, by_id, two=False).number

    def prepare(self, by: int = 0, /, **chosen: str) -> None:
        """Rehearse, and put the cases of a filter into a batch."""
        self.rehearse()
        self.batch(by, **chosen)

    def drop(self) -> None:
        """Stop the newest batch."""
        with self.locked() as (session, row):
            assert batches.drop(session, row.id, self.number, self.walk.people["sip"])

    def apply(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Let the worker work at the migration."""
        with self.walk.app.app_context():
            return applying.apply(self.engine, self.migration, self.fakes.cases, stop)

    def waiting(self) -> int:
        """Let the first case wait; return its id."""
        self.fakes.verdicts[self.ids[0]] = WAITS
        return self.ids[0]

    def answer(self, instance_id: int) -> None:
        """Let an act change a case: its revision grows."""
        with self.walk.writing() as session:
            act = Act.hold(session, instance_id, None)
            act.row.norm_version += "."

    def state(self) -> str:
        """Return the state of the migration."""
        return self.walk.get(Migration, self.migration).state

    def batch_state(self) -> str:
        """Return the state of the newest batch."""
        return self.walk.get(MigrationBatch, (self.migration, self.number)).state

    def results(self) -> dict[int, str]:
        """Return the result of each case by its instance."""
        rows = self.walk.all(
            select(MigrationCase).where(MigrationCase.migration_id == self.migration)
        )
        return {row.instance_id: row.result for row in rows}

    def versions(self) -> dict[int, int]:
        """Return the version of each case by its instance."""
        with self.walk.reading() as session:
            rows = session.execute(select(ProcessInstance.id, ProcessInstance.deployment_id))
            return dict(rows.all())

    def table(self) -> table.Table:
        """Return the table of the rehearsal."""
        with self.locked() as (session, row):
            return table.table(session, row)

    @contextmanager
    def locked(self) -> Iterator[tuple[Session, Migration]]:
        """Yield a session that commits at the end, and the migration."""
        with self.walk.writing() as session:
            yield session, session.get_one(Migration, self.migration)


def undecided(*options: str) -> Verdict:
    """Return a verdict with a step that is gone, and these options."""
    return Verdict("undecided", gone=(Gone("call_entity", options),))


def moved_date(day: int = 1) -> Change:
    """Return a timer that moves."""
    before, after = f"2026-03-{day:02}T05:00:00+00:00", f"2026-04-{day:02}T05:00:00+00:00"
    return Change("timer", "designation_overdue", "designation", "Plazo vencido", before, after)


#: Verdicts that many tests give.
WAITS = Verdict("not_yet", reason="suspendido")
DATE_MOVES = Verdict("changes", changes=(moved_date(),))
