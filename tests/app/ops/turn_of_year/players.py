"""The people of a rehearsal: coordinators, and the new authorities who come in with codes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.administration.leaving import acts as leaving
from app.administration.leaving.acts import Announcement
from app.base import calendar, db
from app.base.models import Batch, Entity, MandateEnd, Record, Task, User
from app.onboarding import batches
from app.onboarding.batches import doing
from app.onboarding.batches.kind import Row
from app.onboarding.batches.kinds.mandates import ends_on
from app.onboarding.mandates import concerned
from app.onboarding.tasks.loading import TaskPage
from app.ops.demo import answers
from app.people import access
from app.people.access import tickets

STEP, REVIEW = "register_authority_change", "review_authority_change"
#: Of ten entities, how many never use their code; of three changes, one is never looked at.
SILENT, UNSEEN = 2, 3
#: One entity in this number is on the list of the proclaimed, or has an administrator who leaves.
LISTED, LEAVES = 4, 20
#: When the administrators who leave announce it, after the end, and how long ahead.
ANNOUNCED, AHEAD = timedelta(days=7), timedelta(days=5)
#: The codes are entered over this many days.
SPREAD = 15
#: The person that the list names for each entity.
PROCLAIMED = {"given_names": "Persona", "surnames": "Proclamada Ejemplo", "post": "Autoridad"}


class Players:
    """The people, and what they know: the codes that reached them."""

    def __init__(self, app: Flask, ends: date) -> None:
        self.app, self.engine, self.ends = app, app.extensions["engine"], ends
        self.random = Random(1)
        self.codes: dict[int, str] = {}
        #: The account of who came in with an entity's code, by the entity's id.
        self.bearers: dict[int, int] = {}
        #: Answers that their step refused.
        self.refused: list[str] = []
        #: What happens once.
        self.is_listed = self.have_left = False

    def confirm_plan(self) -> None:
        """Confirm the plan of the day, unless a coordinator did."""
        with db.writing(self.app) as session:
            if not any(ends_on(plan) == self.ends for plan in confirmed(session)):
                self._plan(session, concerned.of_day(session, self.ends))

    def bring_list(self) -> None:
        """Bring the list of the proclaimed, which names the authorities of some entities. Once."""
        if self.is_listed:
            return
        self.is_listed = True
        with db.writing(self.app) as session:
            by = access.holders(session, "sip")[0].id
            entities = with_an_authority(session, self.ends)
            rows = [(entity, dict(PROCLAIMED)) for entity in entities if entity.id % LISTED == 1]
            data = {"source": "Rehearsal", "ends_on": self.ends.isoformat()}
            found = batches.check_rows(session, batches.PROCLAIMED, rows, by, data)
            batch = batches.store(session, found)
            if count := doing.to_do(session, batch):
                doing.confirm(session, batch.id, count, by)

    def leave(self) -> None:
        """Have the administrators of some entities say that they leave. Once."""
        if self.have_left or calendar.today() < self.ends + ANNOUNCED:
            return
        self.have_left = True
        with db.writing(self.app) as session:
            for entity in with_an_authority(session, self.ends):
                people = access.holders(session, "administrator", entity)
                if people and entity.id % LEAVES == 1:
                    said = Announcement(calendar.today() + AHEAD)
                    leaving.announce(session, people[0], entity, said)

    def plan_again(self) -> None:
        """On Mondays, plan for the entities that an earlier plan left out and that can begin now.

        In some of them another change of authority was open, and has lapsed since.
        """
        if calendar.today().weekday() == 0:
            with db.writing(self.app) as session:
                self._plan(session, to_begin(session, self.ends))

    def _plan(self, session: Session, entities: Sequence[Entity]) -> None:
        """Freeze and confirm a plan, if there is something to do in it."""
        if not entities:
            return
        by = access.holders(session, "sip")[0].id
        batch = batches.from_list(session, batches.MANDATES, entities, by, data_of(self.ends))
        if count := doing.to_do(session, batch):
            doing.confirm(session, batch.id, count, by)

    def enter(self) -> None:
        """Activate accounts with codes, some each day."""
        waits = (calendar.today() - self.ends).days - 3
        with db.writing(self.app) as session:
            for task in self._open(session, STEP):
                number = task.entity_id
                is_silent = number % 10 < SILENT
                if number not in self.bearers and not is_silent and number % SPREAD <= waits:
                    self._activate(session, task.entity)

    def _activate(self, session: Session, entity: Entity) -> None:
        secret = self.codes.get(entity.id) or self._letter(session, entity)
        ticket = tickets.find(session, "activation", secret)
        if ticket is None or not tickets.is_good(ticket):
            return
        tickets.spend(session, ticket)
        person = access.open_account(session, _bearer(session, entity), "preparer", entity, None)
        self.bearers[entity.id] = person.id

    def _letter(self, session: Session, entity: Entity) -> str:
        """Return the code of a letter, for an entity that mail does not reach."""
        self.codes[entity.id] = batches.new_code(session, entity, None)
        return self.codes[entity.id]

    def declare(self) -> None:
        """Declare the new authority for those who came in on an earlier day."""
        with db.open_session(self.engine, writes=False) as session:
            tasks = [(task.id, task.entity_id) for task in self._open(session, STEP)]
        for task_id, entity_id in tasks:
            if entity_id in self.bearers:
                with db.writing(self.app) as session:
                    user = session.get_one(User, self.bearers[entity_id])
                    self._answer(session, task_id, user, "declared")

    def look(self) -> None:
        """Have coordinators review some of the declarations of earlier days, but not all."""
        with db.open_session(self.engine, writes=False) as session:
            tasks = [
                task.id for task in self._open(session, REVIEW) if task.entity_id % 3 != UNSEEN - 1
            ]
        for task_id in tasks:
            with db.writing(self.app) as session:
                task = session.get_one(Task, task_id)
                if people := access.recipients(session, task.role, task.entity):
                    self._answer(session, task_id, people[0], "accepted")

    def _open(self, session: Session, step: str) -> list[Task]:
        """Return the open tasks of a step in changes that the end of a mandate began."""
        query = (
            select(Task)
            .join(MandateEnd, MandateEnd.instance_id == Task.instance_id)
            .where(
                MandateEnd.ends_on == self.ends,
                Task.step == step,
                Task.state == "open",
            )
        )
        return list(session.scalars(query.order_by(Task.id)))

    def _answer(self, session: Session, task_id: int, user: User, outcome: str) -> None:
        page = TaskPage.of(session, task_id, user)
        answers.write(page, answers.values_for(page, outcome, self.random))
        try:
            answers.send(page)
        except answers.NotAccepted as why:
            self.refused.append(f"{page.task.entity.code}: {why}")


def data_of(ends: date) -> dict[str, str]:
    """Return the values of a plan for a day."""
    return {"ends_on": ends.isoformat(), "chosen": "Rehearsal"}


def to_begin(session: Session, ends: date) -> list[Entity]:
    """Return the entities for which a plan made now has something to do."""
    entities = with_an_authority(session, ends)
    chosen: list[Row] = [(entity, {}) for entity in entities]
    found = batches.check_rows(session, batches.MANDATES, chosen, 0, data_of(ends)).rows
    return [row.entity for row in found if row.entity and row.plan and row.plan.plan == "do"]


def with_an_authority(session: Session, ends: date) -> list[Entity]:
    """Return the entities of a day whose authority is known: the others change nothing."""
    known = set(session.scalars(select(Record.entity_id).where(Record.name == "authority")))
    return [one for one in concerned.of_day(session, ends) if one.id in known]


def confirmed(session: Session) -> list[Batch]:
    """Return the plans by an end of mandates that were confirmed, done or not."""
    query = select(Batch).where(
        Batch.kind == batches.MANDATES.id, Batch.state.in_(("confirmed", "done"))
    )
    return list(session.scalars(query.order_by(Batch.id)))


def _bearer(session: Session, entity: Entity) -> dict[str, str]:
    """Return an invented person without an account."""
    number = 7_000_000 + entity.id
    while access.find_person(session, "DNI", f"{number:08}") is not None:
        number += 10_000
    return {
        "document_type": "DNI",
        "document_number": f"{number:08}",
        "given_names": "Persona",
        "surnames": f"Ensayo {entity.code}",
        "email": f"ensayo.{entity.code.lower()}@example.pe",
    }
