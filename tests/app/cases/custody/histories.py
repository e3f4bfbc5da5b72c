"""Random histories of cases, and an observer who records the state after each act.

The acts are those of the product; the observer reads only the open tasks, never the log or the
intervals, so that these can be compared with it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta
from random import Random

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.base import calendar
from app.base.calendar import Calendar
from app.base.models import (
    Incident,
    InductionSession,
    Mail,
    NonWorkingDay,
    Notice,
    ProcessInstance,
    Task,
)
from app.cases import processes, records
from app.cases.case import Case
from app.cases.custody import SIDE_PROCESSES, holder_of
from app.cases.processes import notification
from app.cases.processes.act import Act
from app.cases.processes.case_admin import LEFT_BY
from app.mailroom import sending
from app.people import access
from forms import Step, StepForm
from forms.drafts import errors_of
from tests.app.cases.questions import raised
from tests.app.onboarding.seats import publish
from tests.app.walk import Walk, example_pairs, step_named
from tests.conftest import Clock

STAGES = list(LEFT_BY)
WHY = "Lo pide la historia de la prueba"
#: The moment of an event, and the stage and party of the case at that moment.
Sight = tuple[datetime, str, str]


class Broken(RuntimeError):
    """The error that the tests raise on purpose."""


class History:
    """A case with a random history, and the states observed after each act.

    `broken`: whether papers and engine fail; the history breaks and repairs them. `first` starts
    the walk's first case; without it that is random too.
    """

    def __init__(
        self,
        walk: Walk,
        clock: Clock,
        seed: int,
        broken: dict[str, bool],
        first: Callable[[], None] | None = None,
    ) -> None:
        self.walk, self.clock, self.random = walk, clock, Random(seed)
        self.broken = broken
        self.acts: list[str] = []
        self.seen: dict[int, list[Sight]] = {}
        with walk.writing() as session:
            for topic in ("thematic", "technical"):
                for weeks in range(1, 60, 3):
                    publish(session, topic, at=calendar.now() + timedelta(weeks=weeks))
        if first is None:
            self.begin()
        else:
            first()
            self.seen[walk.id] = []
            self.look()

    def go_on(self, among: Collection[str] = ()) -> None:
        """Perform a random act (one of `among`), perhaps after some time; then observe."""
        self.pass_time()
        weights = {name: weight for name, (_, weight) in ACTS.items() if name in (among or ACTS)}
        name = self.random.choices(list(weights), weights=list(weights.values()))[0]
        try:
            done = ACTS[name][0](self)
        except (processes.Refused, processes.TermLapsed, processes.TaskTaken, Broken) as reason:
            done = type(reason).__name__
        self.acts.append(f"{self.clock.moment:%Y-%m-%d %H:%M} {name}: {done}")
        self.look()

    def pass_time(self) -> None:
        """Let time pass: usually none; sometimes until midnight in Lima."""
        kind = self.random.choice(("still", "still", "still", "minutes", "days", "midnight"))
        if kind == "minutes":
            self.clock.forward(minutes=self.random.randrange(1, 900))
        elif kind == "days":
            self.clock.forward(days=self.random.randrange(1, 9), minutes=self.random.randrange(900))
        elif kind == "midnight":
            self.clock.set(calendar.end_of(calendar.today()))

    # Observing

    def look(self) -> None:
        """Record the stage and party of each case."""
        with self.walk.reading() as session:
            for instance_id, seen in self.seen.items():
                row = session.get_one(ProcessInstance, instance_id)
                seen.append((calendar.now(), row.stage, self.party(session, row)))

    def party(self, session: Session, row: ProcessInstance) -> str:
        """Return the party of a case now, by its open tasks and incidents."""
        if row.ended_at:
            return ""
        if row.status == "suspended":
            return "suspended"
        failed = session.scalars(
            select(Incident.element).where(
                Incident.instance_id == row.id, Incident.resolved_at.is_(None)
            )
        ).all()
        tasks = session.scalars(
            select(Task)
            .where(
                Task.instance_id == row.id,
                Task.state == "open",
                Task.process.not_in(SIDE_PROCESSES),
            )
            .order_by(Task.opened_at, Task.id)
        )
        on_the_path = [element for element in failed if element != "issue_letter"]
        if "" in failed:
            return "sgtd"
        requested = select(Notice.task_id, Notice.role).where(
            Notice.kind == "notify_on_paper", Notice.done_at.is_(None)
        )
        pcm = {row.task_id: row.role for row in session.execute(requested)}
        pcm |= raised.blocked(session)
        pairs = [(t.step, pcm.get(t.id, t.role)) for t in tasks]
        return holder_of(pairs, failed=bool(on_the_path))

    def counted(self, instance_id: int, working: Calendar, now: datetime) -> dict[str, list[str]]:
        """Return stage → the party at the last instant of each working day, day by day."""
        seen = self.seen[instance_id]
        found: dict[str, list[str]] = {}
        day = calendar.lima_day(seen[0][0])
        while calendar.end_of(day) <= now:
            before = [sight for sight in seen if sight[0] < calendar.end_of(day)]
            if working.works(day) and before and before[-1][2]:
                _, stage, party = before[-1]
                found.setdefault(stage, []).append("sip" if party == "secretary" else party)
            day += timedelta(days=1)
        return found

    # Acts

    def open_case(self) -> int:
        """Return the id of the current onboarding; start one if there is none."""
        newest = max(self.seen, default=0)
        if not newest or self.walk.row(newest).ended_at:
            return self.begin()
        return newest

    def begin(self) -> int:
        """Start an onboarding, or one that is at a later stage at once."""
        stage = self.random.choice((STAGES[0], *STAGES))
        first = stage == STAGES[0]
        instance_id = self.walk.begin() if first else self.walk.begin_at(stage)
        self.seen[instance_id] = []
        self.look()
        return instance_id

    def answer(self) -> str:
        """Answer one of the open steps, with a random outcome."""
        self.open_case()
        with self.walk.reading() as session:
            query = select(Task).where(Task.state == "open").order_by(Task.step)
            tasks = session.scalars(query).all()
            if not tasks:
                return "nothing is open"
            task = self.random.choice(tasks)
            step, instance_id = task.step, task.instance_id
            people = access.recipients(session, task.role, task.entity)
            self.walk.people["somebody"] = people[0].id
        outcome = self.random.choice([example.outcome for example in step_named(step).accepts])
        try:
            self.walk.answer(step, outcome, instance=instance_id, by="somebody")
        except AssertionError as misfit:  # the example does not fit the case
            return f"{step} takes no {outcome}: {misfit}"[:70]
        return f"{step} {outcome}"

    def wake(self) -> str:
        """Let time pass until something is due."""
        wake_at = self.walk.row(self.open_case()).wake_at
        if wake_at and wake_at < self.clock.moment + timedelta(days=60):
            self.clock.set(max(self.clock.moment, wake_at))
        return str(self.walk.tick())

    def suspend(self) -> str:
        """Suspend it, as a coordinator."""
        self.care(processes.suspend)
        return "done"

    def resume(self) -> str:
        """Resume it, as a coordinator."""
        self.care(processes.resume)
        return "done"

    def cancel(self) -> str:
        """Cancel it, as a coordinator."""
        self.care(processes.cancel)
        return "done"

    def care(self, act: Callable[[Session, int, str, int], None]) -> None:
        """Perform an act of a coordinator that needs a reason."""
        instance_id = self.open_case()
        self.walk.commit(act, instance_id, WHY, self.walk.people["sip"])

    def send_back(self) -> str:
        """Send it back, as a coordinator."""
        instance_id = self.open_case()
        with self.walk.writing() as session:
            row = session.get_one(ProcessInstance, instance_id)
            ways = processes.ways_back(session, row)
            if not ways:
                return "nowhere"
            element, _ = self.random.choice(ways)
            processes.send_back(session, row.id, element, WHY, self.walk.people["sip"])
        return element

    def validate(self) -> str:
        """Validate a stage, as a coordinator."""
        instance_id = self.open_case()
        stage = self.random.choice(STAGES)
        with self.walk.writing() as session:
            processes.validate_stage(
                session, instance_id, stage, reason=WHY, document_id="",
                answers=answers_of(session, instance_id, stage),
                **self.walk.validators(session, stage),
            )  # fmt: skip
        return stage

    def extend(self) -> str:
        """Extend a task, as a coordinator."""
        with self.walk.writing() as session:
            tasks = session.scalars(select(Task).where(Task.state == "open").order_by(Task.id))
            for task in tasks.all()[:1]:
                processes.extend(session, task.id, 3, WHY, self.walk.people["sip"])
                return task.step
        return "nothing is open"

    def fail(self) -> str:
        """Let papers fail while a step is answered."""
        self.broken["papers"] = True
        try:
            return self.answer()
        finally:
            self.broken["papers"] = False

    def stick(self) -> str:
        """Let everything that is due fail."""
        self.broken["engine"] = True
        try:
            return self.wake()
        finally:
            self.broken["engine"] = False

    def send(self) -> str:
        """Send the waiting mails, and record that."""
        sending.run(self.walk.app)
        return str(self.walk.tick())

    def notify(self) -> str:
        """Confirm the notice of a legal step, record it on paper, or let its mail bounce."""
        with self.walk.writing() as session:
            query = select(Task).where(Task.state == "open", Task.counted_from == "notification")
            task = session.scalars(query.order_by(Task.id)).first()
            if task is None:
                return "no legal step is open"
            how = self.random.choice(("confirmed", "paper", "bounced", "bounced"))
            actor = self.walk.people["sip"]
            if how == "paper":
                processes.notified_on_paper(session, task.id, calendar.now(), WHY, actor)
            elif how == "confirmed":
                processes.acknowledge(session, task.id, how, actor)
            for mail in session.scalars(select(Mail).where(Mail.task_id == task.id).limit(1)):
                if how == "bounced":
                    notification.not_delivered(session, mail)
        return f"{task.step} {how}"

    def question(self) -> str:
        """Raise a question, or answer, close or differ on one."""
        return self.walk.commit(raised.any_act, self.random, self.walk.people)

    def retry(self) -> str:
        """Retry what failed, as a coordinator."""
        instance_id = self.open_case()
        self.walk.act(processes.retry, on=instance_id, by="sgtd")
        return "done"

    def decree(self) -> str:
        """Add or remove a day off, in the past or in the future."""
        with self.walk.writing() as session:
            if self.random.random() < 0.3:
                session.execute(delete(NonWorkingDay))
                return "none any more"
            on = calendar.today() + timedelta(days=self.random.randrange(-60, 20))
            return decree(session, on)

    def begin_side_process(self) -> str:
        """Start a side process."""
        process = self.random.choice(("redesignation", "change_authority"))
        try:
            self.walk.begin(process)
        except (processes.AlreadyRunning, processes.NotStartable) as reason:
            return str(reason)
        return process

    def cancel_session(self) -> str:
        """Cancel a session in which a case may have a seat."""
        with self.walk.writing() as session:
            query = select(InductionSession).where(InductionSession.cancelled.is_(False))
            rows = session.scalars(query.order_by(InductionSession.taken.desc(), "id")).all()
            processes.session_cancelled(session, rows[0], self.walk.people["sip"])
            return str(rows[0].id)


def decree(session: Session, on: date) -> str:
    """Add a day off for the whole country, unless it exists."""
    known = set(session.scalars(select(NonWorkingDay.on)))
    if on not in known:
        session.add(NonWorkingDay(on=on, scope="national", place="", norm="DS de la prueba"))
    return on.isoformat()


def answers_of(session: Session, instance_id: int, stage: str) -> dict[Step, StepForm]:
    """Return valid forms of the steps that the validation of a stage shows."""
    case = Act.hold(session, instance_id, None).case
    return {step_named(name): answer_of(case, name) for name in LEFT_BY[stage][0]}


def answer_of(case: Case, name: str) -> StepForm:
    """Return a valid form of a step, from an example in its folder."""
    step = step_named(name)
    given = {needed: records.read(case, needed) for needed in step.needs}
    given |= {"today": calendar.today(), "validating": True}
    if "roster" in given and not given["roster"]:
        raise processes.Refused("nobody was listed yet: the examples change a roster")
    form: StepForm = step.form(MultiDict(example_pairs(name, given)), given=given)
    if not form.validate():
        raise processes.Refused(str(errors_of(form)))
    return form


#: The possible acts, with their weights.
ACTS: dict[str, tuple[Callable[[History], str], int]] = {
    "answer": (History.answer, 40),
    "wake": (History.wake, 12),
    "suspend": (History.suspend, 3),
    "resume": (History.resume, 10),
    "send back": (History.send_back, 5),
    "validate": (History.validate, 4),
    "cancel": (History.cancel, 1),
    "extend": (History.extend, 2),
    "fail": (History.fail, 5),
    "stick": (History.stick, 2),
    "send": (History.send, 6),
    "notify": (History.notify, 8),
    "question": (History.question, 8),
    "retry": (History.retry, 3),
    "decree": (History.decree, 5),
    "begin side process": (History.begin_side_process, 2),
    "cancel a session": (History.cancel_session, 2),
}
