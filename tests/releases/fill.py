"""Fill an installation of the present code with invented cases, and freeze it as a release.

    .venv/bin/python -m tests.releases.fill 0.5.0

writes tests/releases/0.5.0.json.gz. Run it from a checkout of the release, once. The cases wait in
as many different places as there are kinds of waiting: each stage of the path, a legal term, a set
day, a redesignation, a change of authority, a change of personnel, a silent register, a question, a
follow-up, a communication to the organ of control, an incident, a suspension, an observation tied
to a paper, an annulled constancia, the end. Registers have a suppressed visit, hidden ones,
requests of persons and incidents; a coordinator has a second factor. Some cases have moved to
another version of the diagrams.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import create_app
from app.base import calendar, config, db
from app.base.models import Entity, RegisterMonth, Suppression, Task, User, Visit
from app.cases import papers, processes
from app.cases.papers import issued
from app.cases.questions import threads
from app.cases.questions.threads import Said
from app.onboarding.observation_texts import texts
from app.onboarding.tasks.loading import TaskPage
from app.onboarding.tasks.taking import save_draft
from app.ops import worker
from app.ops.worker.quality import judge_month
from app.ops.worker.turns import turn
from app.people import access
from app.people.accounts.factor import codes
from app.register import quality
from app.register.registers import environments
from app.register.suppression import reviews
from app.register.suppression.fields import GROUPS
from forms.shapes import observing
from forms.shapes.anchors import Papers
from tests.app.cast import person
from tests.app.ops.test_upgrade import who_answers
from tests.app.walk import Walk, prepare_registers, sample_pdf, step_named
from tests.browser import personal_data
from tests.conftest import MONDAY, Clock
from tests.releases import frozen
from tests.releases.moved import move_some

#: The open step at which a case of the path stops; "" for its end.
STOPS = [
    "",
    "approve_decision_makers",
    "train_decision_makers",
    "close_onboarding",
    "sign_certificate",
    "confirm_production",
    "load_production_personnel",
    "review_personnel",
    "update_personnel",
    "approve_demo_test",
    "validate_demo_results",
    "run_demo_test",
    "review_training",
    "load_demo_personnel",
    "record_reception",
    "review_designation",
    "file_designation",
    "designate_administrator",
]
#: Begun so long before the others that the stage's follow-up has opened a step.
FOLLOWED = "plan_training"
#: The steps of a follow-up up to a signed letter. After three, one case waits for the signature of
#: the communication to its organ of control.
LETTER = (("call_entity", "no_agreement"), ("draft_letter", ""), ("sign_letter", "signed"))
#: The reviews whose observation opens a legal step: last of all, so that its term still runs, or
#: waits for a receipt of its notice.
OBSERVED = ("review_designation", "review_personnel")
SUSPENDED = "update_personnel"
#: What reviewers observe about a paper, and keep as a recurring text.
RECURRING = "La firma no se distingue en la copia"
#: Processes that run next to the path, by the stop of their case.
NEXT_TO = {
    "train_decision_makers": "change_authority",
    "close_onboarding": "change_personnel",
    "run_demo_test": "redesignation",
}


class Filling(Walk):
    """Takes many cases to their stops in parallel, a minute per answer."""

    def __init__(self, app: Flask, clock: Clock) -> None:
        super().__init__(app)
        self.clock = clock
        self.begun = 0

    def case(self) -> int:
        """Begin an onboarding of a new entity that has a preparer. Return its id."""
        self.begun += 1
        code = f"E91{self.begun:03}"
        instance = self.begin(code=code)
        with self.writing() as session:
            place = session.scalars(select(Entity).where(Entity.code == code)).one()
            access.grant(
                session, session.get_one(User, self.people["preparer"]), "preparer", place, None
            )
        return instance

    def bring(self, stops: Iterable[str]) -> dict[str, int]:
        """Begin a case for each stop and answer steps until each is there. Return their ids."""
        cases = {stop: self.case() for stop in stops}
        for _ in range(400):
            on_the_way = {
                stop: instance for stop, instance in cases.items() if not self.is_at(instance, stop)
            }
            if not on_the_way:
                return cases
            answered = [self.go_on(instance) for instance in on_the_way.values()]
            if not any(answered):
                self.wait_for(on_the_way.values())
        raise AssertionError({stop: self.open_steps(id_) for stop, id_ in on_the_way.items()})

    def is_at(self, instance: int, stop: str) -> bool:
        """Return whether a case is at its stop."""
        return stop in self.open_steps(instance) or self.row(instance).ended_at is not None

    def go_on(self, instance: int, wanted: str = "accepted") -> bool:
        """Answer the first open step of a case. Return False if it waits for a day."""
        opened = self.open_steps(instance)
        if opened:
            outcome = wanted if wanted in step_named(opened[0]).outcomes else ""
            self.do(instance, opened[0], outcome)
        return bool(opened)

    def do(self, instance: int, step: str, outcome: str) -> None:
        """Answer an open step of a case."""
        self.clock.forward(minutes=1)
        with self.writing() as session:
            task = self.find(session, step, instance)
            user = who_answers(session, task)
            prepare_registers(session, task, outcome)
            desk = self.fill(session, task, user, outcome)
            processes.complete(session, task.id, desk.step, desk.form, user.id)

    def write_letters(self, instance: int) -> None:
        """Bring a followed case past its third letter and its last notice."""
        for _ in range(3):
            for step, outcome in LETTER:
                self.do(instance, step, outcome)
            self.clock.forward(days=20)
            self.tick()
        self.clock.forward(days=10)
        self.tick()

    def fill(self, session: Session, task: Task, user: User, outcome: str) -> TaskPage:
        """Fill the draft of a task with an example; observe a paper with a recurring text."""
        page = super().fill(session, task, user, outcome)
        if outcome != "observed":
            return page
        paper = next(iter(Papers(page.form.given).files))
        draft = page.draft
        assert draft is not None
        pairs, text_id = observing.begin(page.form, list(draft.pairs), f"paper.{paper}")
        made = texts.make(session, user, task.step, task.role, RECURRING)
        page = TaskPage.of(session, task.id, user)
        save_draft(page, [*pairs, (text_id, made.text)])
        assert page.form.validate(), task.step
        return page

    def wait_for(self, cases: Iterable[int]) -> None:
        """Let time pass until the next day that a case waits for, about noon in Lima."""
        days = [self.row(instance).wake_at for instance in cases]
        self.clock.set(min(day for day in days if day))
        self.tick()
        self.clock.forward(hours=12)


def fill(walk: Filling) -> None:
    """Bring every case to its stop; begin what runs next to the path; suspend, fail, observe."""
    reported = walk.bring([FOLLOWED])[FOLLOWED]
    walk.clock.forward(days=65)
    walk.tick()
    walk.write_letters(reported)
    walk.bring([FOLLOWED])
    walk.clock.forward(days=65)
    walk.tick()
    at = walk.bring(STOPS)
    annul(walk, at[""])
    last = walk.bring([*OBSERVED, SUSPENDED])
    with walk.writing() as session:
        for stop, process in NEXT_TO.items():
            entity = session.get_one(Entity, walk.row(at[stop]).entity_id)
            processes.start(session, entity, process, walk.people["sip"])
        ask(session, walk.find(session, "validate_demo_results", at["validate_demo_results"]))
        fall_silent(session, session.get_one(Entity, walk.row(at["sign_certificate"]).entity_id))
        processes.suspend(session, last[SUSPENDED], "Mudanza de su sede", walk.people["sip"])
    walk.clock.forward(hours=8)  # into the hours in which mails are sent
    for stop in OBSERVED:
        walk.go_on(last[stop], "observed")
    turn(walk.app, worker.JOBS["sending"])
    walk.acknowledge("correct_designation", instance=last["review_designation"])
    fails = walk.case()
    walk.go_on(fails)
    with papers_by(RuntimeError("el compositor no respondió")):
        walk.go_on(fails)
    with walk.writing() as session:
        guard(session, session.get_one(User, walk.people["sip"]))
    assert move_some(walk) > 1
    for job in worker.JOBS.values():
        turn(walk.app, job)


def guard(session: Session, user: User) -> None:
    """Leave requests, incidents, hidden visits and a suppressed one; give a second factor."""
    person(session, "41990001", "superuser")
    personal_data.add_all(session)
    hidden = select(Visit).join(Suppression).where(Suppression.state == "hidden")
    visit = session.scalars(hidden.order_by(Visit.id)).all()[0]
    reviews.suppress(session, visit, list(GROUPS), actor_id=user.id)
    codes.save(session, user, codes.new(), 0)


def annul(walk: Filling, instance: int) -> None:
    """Make the constancia of an ended case void; the next one waits for its signature."""
    with walk.writing() as session:
        paper = issued.in_force(session, instance, "constancia")
        assert paper is not None
        processes.annul_certificate(
            session, instance, paper.code, "", "Decía otra entidad.", walk.people["sip"]
        )


def ask(session: Session, task: Task) -> None:
    """Ask a question about a task, without whose answer the task cannot go on."""
    user = access.recipients(session, task.role, task.entity)[0]
    said = Said("¿Qué hacemos si nadie nos visitó en la prueba?", "una-vez", blocks=True)
    threads.ask(session, task.entity, task, "Una prueba sin visitas", said, user)


def fall_silent(session: Session, entity: Entity) -> None:
    """Judge a month in which the register of an entity had no visit, so that it is asked."""
    register = environments.find(session, entity, "production")
    assert register is not None
    counts = dict.fromkeys(("visits", "late", "without_exit", "other_motive"), 0)
    month = RegisterMonth(
        register=register,
        month=quality.month_before(calendar.today()),
        working_days=20,
        silent_days=20,
        counted_at=calendar.now(),
        **counts,
    )
    session.add(month)
    session.flush()
    assert judge_month(session, month.id)


@contextmanager
def papers_by(renderer: object) -> Iterator[None]:
    """Create documents by another function within the block; the function may raise an error."""
    with patch.object(papers, "render", side_effect=renderer):
        yield


def main(release: str) -> None:
    """Write the frozen installation of a release next to this file."""
    clock = Clock(MONDAY)
    calendar.use_clock(clock)
    target = Path(__file__).with_name(f"{release}.json.gz")
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "ZAGUAN_DATA": folder,
            "ZAGUAN_SECRET_KEY": "a secret that only the tests know",
            "ZAGUAN_PUBLIC_URL": "http://localhost",
            "ZAGUAN_CONSTANCIA_SERIES": "{number:04d}-{year}-PCM/SIP",
        }
        settings = config.load(environment) | {"TESTING": True}
        db.migrate(settings["DATABASE_URL"])
        app = create_app(settings)
        with papers_by(lambda *_: sample_pdf()):
            fill(Filling(app, clock))
        engine = app.extensions["engine"]
        frozen.write(frozen.freeze(engine, release, clock(), settings["DATA"]), target)
        engine.dispose()


if __name__ == "__main__":
    main(sys.argv[1])
