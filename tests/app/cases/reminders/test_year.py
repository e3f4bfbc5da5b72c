"""The year 2026 of one slow entity: every mail that the product sends, as people would read it.

A sentence of a text that differs from an earlier one by its days and numbers only is left out, and
so is the entity at the end of a subject.
`golden/2026.txt` is the year. To change it, check the differences, then let the test write it:
`REWRITE=1 python -m pytest tests/app/cases/reminders/test_year.py`.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from datetime import date, time, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import select

from app.base import calendar, formatting
from app.base.models import Entity, InductionSession, Mail, Reminder, Task, User
from app.cases import processes
from app.cases.reminders import CAPACITIES
from app.people import access
from tests.app import cast
from tests.app.cases.reminders.reminded import EIGHT, Days
from tests.app.ops.turn_of_year.mails import DAY, NUMBER
from tests.app.walk import Walk, prepare_registers

GOLDEN = Path(__file__).parent / "golden" / "2026.txt"
CODE = "E90026"
ENTITY = "Municipalidad Distrital de Villa Ejemplo"

#: Step → working days after its due date until its answer (negative: before); default 0.
#: The entity is slow, the PCM was late once.
LATE = {
    "designate_administrator": 12,
    "list_personnel": 2,
    "file_designation": -1,
    "review_designation": 1,
    "choose_thematic_session": -1,
    "load_demo_personnel": 3,
    "plan_training": 6,
    "report_training": 1,
    "run_demo_test": 46,
    "update_personnel": 4,
    "load_production_personnel": 1,
    "define_decision_makers": 11,
    "train_decision_makers": 2,
    "call_entity": 0,
    "sign_letter": 0,
}
#: The outcomes of a step that has several; the last one continues.
ENDS = {
    "record_reception": ["received"],
    "review_designation": ["observed", "accepted"],
    "record_personnel_reception": ["received"],
    "review_personnel": ["accepted"],
    "approve_demo_test": ["accepted"],
    "review_training": ["accepted"],
    "call_entity": ["not_reached", "not_reached", "not_reached", "agreed"],
}
#: Steps whose first task is never answered: their term lapses.
LAPSES = ("correct_designation",)


class Year(Days):
    """The year, day by day: time passes, mails are sent, and some of the steps are answered."""

    def __init__(self, walk: Walk, clock) -> None:
        super().__init__(walk, clock)
        self.answers: Counter[str] = Counter()
        self.left = Counter(LAPSES)
        self.lines: list[str] = []
        #: Lines of texts that were shown, without days and numbers: each is shown once.
        self.texts: set[str] = set()
        self.shown = 0
        self.day = ""

    def play(self) -> str:
        """Play the year; return its text."""
        self.begins()
        day = calendar.today()
        while day.year == 2026:
            self.at_least(day, EIGHT)
            with self.app.app_context():
                processes.tick(self.engine)
            self.mail()
            self.at_least(day, time(10))
            self.act_on(day)
            self.mail()
            self.confirm()
            day += timedelta(days=1)
        return "\n".join(self.lines[1:]) + "\n"

    def at_least(self, day: date, hour: time) -> None:
        """Set the clock to this hour, unless it is later already."""
        self.clock.set(max(calendar.now(), calendar.at_hour(day, hour)))

    def begins(self) -> None:
        """Start the onboarding and send the code, as a coordinator."""
        self.at(date(2026, 1, 5), time(9))
        with self.writing() as session:
            place = cast.entity(session, CODE, name=ENTITY, district="Villa Ejemplo")
            place.sip_coordinator_id = self.people["sip"]
            place.sgtd_coordinator_id = self.people["sgtd"]
            processes.start(session, place, "onboarding", self.people["sip"])
            access.issue_activation_code(session, place, self.people["sip"])
            for topic, on in (("thematic", date(2026, 4, 15)), ("technical", date(2026, 4, 22))):
                at = calendar.at_hour(on, time(10))
                session.add(
                    InductionSession(
                        topic=topic, changed_at=calendar.now(), at=at, minutes=60, seats=20, taken=0
                    )
                )
        self.note("La SIP inicia la implementación y envía el código de activación")

    def enters(self, session) -> None:
        """Let a preparer sign in with the code that the mesa de partes passed on."""
        place = cast.entity_of(session, CODE)
        person = {
            "document_type": "DNI",
            "document_number": "43000001",
            "given_names": "Rosa",
            "surnames": "Ejemplo Quispe",
            "email": "rosa.ejemplo@example.pe",
        }
        access.open_account(session, person, "preparer", place, None)
        self.note("Rosa Ejemplo Quispe ingresa con el código y preparará la designación")

    def authority_enters(self, session) -> None:
        """Give the authority an account too."""
        place = cast.entity_of(session, CODE)
        cast.person(session, "43000002", "authority", place)
        self.note("La máxima autoridad tiene una cuenta")

    def is_extended(self, session) -> None:
        """Extend a step, as the coordinator."""
        task = session.scalars(
            select(Task).where(Task.step == "plan_training", Task.state == "open")
        ).one()
        processes.extend(session, task.id, 5, "El local está en obras.", self.people["sip"])
        self.note("La SIP da 5 días hábiles más para programar la capacitación")

    def act_on(self, day: date) -> None:
        """Answer the steps of today."""
        befalls = {
            date(2026, 1, 28): self.enters,
            date(2026, 6, 1): self.authority_enters,
            date(2026, 7, 15): self.is_extended,
        }.get(day)
        if befalls is not None:
            self.commit(befalls)
        if not calendar.Calendar().works(day):
            return
        for task_id in self.ripe():
            with self.writing() as session:
                task = session.get_one(Task, task_id)
                if task.state == "open":  # an answer may have closed others
                    self.answer_task(session, task)

    def confirm(self) -> None:
        """Confirm legal notices at once."""
        with self.reading() as session:
            sent = select(Task).where(Task.state == "open", Task.notified_at.is_(None))
            tasks = session.scalars(sent.where(Task.notice_at <= calendar.now()))
            waiting = [(task.id, task.name) for task in tasks]
        for task_id, name in waiting:
            with self.writing() as session:
                task = session.get_one(Task, task_id)
                user = access.recipients(session, task.role, task.entity)[0]
                processes.acknowledge(session, task_id, "confirmed", user.id)
            self.note(f"{user.full_name} confirma que recibió la notificación: {name}")

    def ripe(self) -> list[int]:
        """Return the open tasks of the entity that are answered today."""
        with self.reading() as session:
            tasks = session.scalars(
                select(Task)
                .join(Task.entity)
                .where(Entity.code == CODE, Task.state == "open", Task.due_at.is_not(None))
                .order_by(Task.id)
            ).all()
            return [task.id for task in tasks if self.is_ripe(session, task)]

    def is_ripe(self, session, task: Task) -> bool:
        assert task.due_at is not None
        working = calendar.calendar_of(session, task.entity)
        late = -working.days_left(task.due_at, calendar.now())
        able = access.recipients(session, task.role, task.entity)
        return bool(able) and late >= LATE.get(task.step, 0) and not self.left[task.step]

    def answer_task(self, session, task: Task) -> None:
        """Answer with an example of the step's folder, as the first person of its lane."""
        user = access.recipients(session, task.role, task.entity)[0]
        ends = ENDS.get(task.step, [])
        number = self.answers[task.step]
        wanted = ends[min(number, len(ends) - 1)] if ends else ""
        self.answers[task.step] += 1
        prepare_registers(session, task, wanted)
        page = self.fill(session, task, session.get_one(User, user.id), wanted)
        processes.complete(session, task.id, page.step, page.form, user.id)
        self.note(f"Se responde: {task.name}")

    # Writing the year

    def note(self, text: str) -> None:
        """Add an act of a user."""
        self.write(formatting.hour(calendar.now()), f"{text}.")

    def mail(self) -> None:
        """Add the mails that are sent now."""
        self.remind()
        self.send()
        with self.reading() as session:
            for one in session.scalars(
                select(Mail).where(Mail.id > self.shown).order_by(Mail.sent_at, Mail.id)
            ):
                if one.state != "waiting":
                    self.shown = max(self.shown, one.id)
                    first, *rest = mail_lines(session, one)
                    self.write(formatting.hour(one.sent_at), first, *filter(self.is_new, rest))

    def write(self, hour: str, first: str, *rest: str) -> None:
        """Add what happens at an hour, below the day."""
        day = formatting.weekday(calendar.now())
        if day != self.day:
            self.lines += ["", day]
        self.day = day
        self.lines += [f"  {hour} {first}", *rest]

    def is_new(self, line: str) -> bool:
        """Return whether a line has to be shown: no text of a mail is shown twice."""
        text = NUMBER.sub("", DAY.sub("", line.replace(formatting.NO_BREAK, " ")))
        if text in self.texts:
            return False
        self.texts.add(text)
        return True


def mail_lines(session, mail: Mail) -> Iterator[str]:
    """Yield a mail in some lines: recipient, capacity and subject; then its beginning."""
    rows = session.scalars(select(Reminder).where(Reminder.mail_id == mail.id))
    capacities = formatting.listed(sorted({CAPACITIES[row.recipient] for row in rows}))
    name = mail.user.full_name if mail.user else mail.to
    subject = mail.subject.replace(f" ({ENTITY})", "")
    yield f"a {name}" + (f" ({capacities})" if capacities else "") + f": {subject}"
    _, _, text = mail.body.partition("\n\n")
    lines = [line for line in text.split("\n") if line.strip()]
    yield f"    | {lines[0]}"
    for line, following in pairwise(lines):
        if line.startswith("* "):
            is_link = following.strip().startswith("http")
            yield f"    | {line}" if is_link else f"    | {line}. {following.strip()}"
        elif line.startswith("  La fecha cambió"):
            yield f"    |   {line.strip()}"


@pytest.mark.nightly
def test_the_year_2026_of_a_slow_entity(walk: Walk, clock):
    year = Year(walk, clock).play().replace(formatting.NO_BREAK, " ")
    if os.environ.get("REWRITE"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(year, "utf-8")
    assert year.split("\n") == GOLDEN.read_text("utf-8").split("\n")
