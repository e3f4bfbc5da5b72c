"""A rehearsal of the end of mandates: months pass in minutes, and what happens is counted.

It runs the worker's own jobs on a virtual clock, and plays the people: a coordinator confirms the
plan, the bearers of codes come in and declare, coordinators look, some never answer. Mails are
counted instead of sent. It changes the database that it is given: give it a copy.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.base import calendar, db
from app.base.models import (
    Batch,
    BatchRow,
    DecisionMaker,
    Entity,
    Grant,
    Mail,
    MandateEnd,
    ProcessInstance,
    Task,
    User,
)
from app.cases import processes, reminders
from app.onboarding import batches, mandates
from app.onboarding.batches import doing
from app.onboarding.mandates import concerned
from app.onboarding.tasks.loading import TaskPage
from app.ops.demo import answers
from app.people import access, addresses
from app.people.access import tickets
from app.people.access.rules import has_left
from forms.shapes.decision_makers import ELECTED

STEP, REVIEW = "register_authority_change", "review_authority_change"
BEGINS, UNTIL = date(2026, 11, 2), date(2027, 3, 31)
#: When a coordinator confirms the plan.
CONFIRMED = date(2026, 12, 10)
#: Of ten entities, how many never use their code; of three changes, one is never looked at.
SILENT, UNSEEN = 2, 3
#: The first mails to an address with this word come back.
BOUNCES = "rebota"
CODE = re.compile(r"activación:\s+(\S+)")


@dataclass
class Report:
    """The counts of a rehearsal."""

    ends_on: date
    rows: Counter[str] = field(default_factory=Counter)
    mails: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    holders: int = 0
    left: int = 0
    entered: int = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Return the report, in the order in which it is read."""
        lines = [f"Mandates that end on {self.ends_on.isoformat()}", "Plan:"]
        lines += [f"  {count:>5}  {name}" for name, count in sorted(self.rows.items())]
        lines += ["Changes of authority:"]
        lines += [f"  {count:>5}  {name}" for name, count in sorted(self.ends.items())]
        lines += [f"Codes entered: {self.entered}", f"Elected holders that ended: {self.holders}"]
        lines += [f"People who left and cannot sign in: {self.left}", "Mails:"]
        lines += [f"  {count:>5}  {kind}" for kind, count in sorted(self.mails.items())]
        lines += ["Faults:", *(f"  {one}" for one in self.faults)] if self.faults else ["No faults"]
        return "\n".join(lines) + "\n"


class Rehearsal:
    """One run on one database."""

    def __init__(self, app: Flask, begins: date = BEGINS, until: date = UNTIL) -> None:
        self.app, self.engine = app, app.extensions["engine"]
        self.begins, self.until = begins, until
        self.now = calendar.at_hour(begins, time(9))
        self.random = Random(1)  # noqa: S311 - it invents people
        self.codes: dict[int, str] = {}

    def run(self) -> Report:
        """Simulate the passing of time, and count."""
        before = calendar.use_clock(lambda: self.now)
        try:
            with self.app.app_context():
                with db.open_session(self.engine, writes=False) as session:
                    end = concerned.next_end(session)
                if end is None:
                    raise LookupError("no mandate ends soon by the table")
                report = Report(end)
                for moment in self._moments(end):
                    self.now = moment
                    self._pass(report)
                self._count(report)
        finally:
            calendar.use_clock(before)
        return report

    def _moments(self, end: date) -> Iterator[datetime]:
        """Yield the moments that are looked at: each working day, and the turn of the year."""
        with db.open_session(self.engine, writes=False) as session:
            working = calendar.calendar_of(session, None)
        day = self.begins
        while day <= self.until:
            if working.works(day) or day in (end, end + timedelta(days=1)):
                yield calendar.at_hour(day, time(9))
            day += timedelta(days=1)

    def _pass(self, report: Report) -> None:
        """Run a day's work of the people and the worker."""
        day = calendar.today()
        if day == CONFIRMED:
            self._confirm_plan(report.ends_on)
        if day > report.ends_on + timedelta(days=1):
            self._look()
            self._declare()
            report.entered += self._enter(report.ends_on)
        processes.tick(self.engine)
        mandates.work.run(self.app, db.never)
        batches.run(self.engine)
        reminders.run(self.engine)
        self._deliver(report)

    def _confirm_plan(self, day: date) -> None:
        with db.writing(self.app) as session:
            by = access.holders(session, "sip")[0].id
            data = {"ends_on": day.isoformat(), "chosen": "Rehearsal"}
            entities = concerned.of_day(session, day)
            batch = batches.from_list(session, batches.MANDATES, entities, by, data)
            if count := doing.to_do(session, batch):
                doing.confirm(session, batch.id, count, by)

    # People ------------------------------------------------------------------------------------

    def _open(self, session: Session, step: str) -> list[Task]:
        """Return the open tasks of a step in changes that a mandate's end began."""
        query = (
            select(Task)
            .join(MandateEnd, MandateEnd.instance_id == Task.instance_id)
            .where(Task.step == step, Task.state == "open")
        )
        return list(session.scalars(query.order_by(Task.id)))

    def _enter(self, end: date) -> int:
        """Activate accounts with codes, some each day. Return how many."""
        entered = 0
        with db.writing(self.app) as session:
            for task in self._open(session, STEP):
                number = task.entity_id
                waits = (calendar.today() - end).days - 3
                if number % 10 < SILENT or number % 15 > waits:
                    continue
                secret = self.codes.get(number) or self._letter(session, task.entity)
                ticket = tickets.find(session, "activation", secret)
                if ticket is None or not tickets.is_good(ticket):
                    continue
                tickets.spend(session, ticket)
                person = access.open_account(
                    session, _bearer(task.entity), "preparer", task.entity, None
                )
                entered += has_left(person) is False
        return entered

    def _letter(self, session: Session, entity: Entity) -> str:
        """Return the code of a letter, for an entity that mail does not reach."""
        self.codes[entity.id] = batches.new_code(session, entity, None)
        return self.codes[entity.id]

    def _declare(self) -> None:
        """Declare the new authority for those who came in on an earlier day."""
        with db.open_session(self.engine, writes=False) as session:
            tasks = [(task.id, task.entity_id) for task in self._open(session, STEP)]
        for task_id, entity_id in tasks:
            with db.writing(self.app) as session:
                document = _document(entity_id)
                user = access.find_person(session, "DNI", document)
                if user is not None:
                    self._answer(session, task_id, user, "declared")

    def _look(self) -> None:
        """Have coordinators review some of the declarations of earlier days, but not all."""
        with db.open_session(self.engine, writes=False) as session:
            tasks = [
                task.id for task in self._open(session, REVIEW) if task.entity_id % 3 != UNSEEN - 1
            ]
        for task_id in tasks:
            with db.writing(self.app) as session:
                task = session.get_one(Task, task_id)
                user = access.recipients(session, task.role, task.entity)[0]
                self._answer(session, task_id, user, "accepted")

    def _answer(self, session: Session, task_id: int, user: User, outcome: str) -> None:
        page = TaskPage.of(session, task_id, user)
        answers.write(page, answers.values_for(page, outcome, self.random))
        answers.send(page)

    # Mails -------------------------------------------------------------------------------------

    def _deliver(self, report: Report) -> None:
        """Count the mails that would go out now; some addresses refuse them."""
        with db.writing(self.app) as session:
            mails = session.scalars(
                select(Mail).where(
                    Mail.state == "waiting",
                    Mail.not_before_at.is_(None) | (Mail.not_before_at <= calendar.now()),
                )
            ).all()
            for mail in mails:
                mail.state, mail.sent_at = "sent", calendar.now()
                report.mails[mail.kind] += 1
                if found := CODE.search(mail.body) if mail.kind == "authority_code" else None:
                    self.codes[mail.entity_id or 0] = found.group(1)
                if BOUNCES in mail.to:
                    report.mails["(bounced)"] += 1
                    addresses.note_bounce(session, mail, hard=True, text="550 no such user")
                    self.codes.pop(mail.entity_id or 0, None)

    # The verdict -------------------------------------------------------------------------------

    def _count(self, report: Report) -> None:
        with db.open_session(self.engine, writes=False) as session:
            self._count_plan(session, report)
            self._count_changes(session, report)
            self._look_for_faults(session, report)

    def _count_plan(self, session: Session, report: Report) -> None:
        rows = session.execute(
            select(BatchRow.result, func.count())
            .join(Batch, Batch.id == BatchRow.batch_id)
            .where(Batch.kind == batches.MANDATES.id)
            .group_by(BatchRow.result)
        )
        report.rows.update({result or "waiting": count for result, count in rows})
        ended = DecisionMaker.ground.in_(sorted(ELECTED)) & (DecisionMaker.to_on == report.ends_on)
        report.holders = session.scalar(select(func.count()).where(ended)) or 0

    def _count_changes(self, session: Session, report: Report) -> None:
        rows = session.scalars(
            select(ProcessInstance).join(MandateEnd, MandateEnd.instance_id == ProcessInstance.id)
        )
        report.ends.update(row.end_name or "(open)" for row in rows)

    def _look_for_faults(self, session: Session, report: Report) -> None:
        twice = session.execute(
            select(ProcessInstance.entity_id, func.count())
            .where(
                ProcessInstance.process == "change_authority",
                ProcessInstance.started_at > calendar.midnight(report.ends_on),
            )
            .group_by(ProcessInstance.entity_id)
            .having(func.count() > 1)
        )
        report.faults += [f"entity {entity_id} began {count} times" for entity_id, count in twice]
        changed = (
            select(MandateEnd.entity_id)
            .join(ProcessInstance)
            .where(ProcessInstance.end == "change_authority_done")
        )
        grants = session.scalars(
            select(Grant).where(Grant.role == "authority", Grant.entity_id.in_(changed))
        ).all()
        for held in grants:
            earlier = calendar.lima_day(held.since_at) <= report.ends_on
            if earlier and held.until_at is None:
                report.faults.append(f"grant {held.id} of an earlier authority is open")
            report.left += earlier and has_left(held.user)


def _document(entity_id: int) -> str:
    """Return the document number of an invented bearer."""
    return f"0{7_000_000 + entity_id}"


def _bearer(entity: Entity) -> dict[str, str]:
    return {
        "document_type": "DNI",
        "document_number": _document(entity.id),
        "given_names": "Persona",
        "surnames": f"Ensayo {entity.code}",
        "email": f"ensayo.{entity.code.lower()}@example.pe",
    }
