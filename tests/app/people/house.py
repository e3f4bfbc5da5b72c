"""An installation in which every address of the table of rules leads to something."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from itertools import chain

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.base import calendar, db
from app.base.models import (
    Absence,
    Entity,
    ExtensionRequest,
    FileUse,
    Grant,
    Incoming,
    InductionSession,
    MailDomain,
    NonWorkingDay,
    Notice,
    PostHolder,
    ProcessInstance,
    Reminder,
    SavedView,
    SignIn,
    Task,
    User,
    Visit,
)
from app.cases import notices, processes, reminders
from app.cases.processes import dictation
from app.cases.processes.terms import receipts
from app.onboarding import batches
from app.ops import worker
from app.ops.worker.turns import turn
from app.people import mail
from app.people.access import tickets
from app.people.digest import unsubscribe_link
from tests.app.cast import entity, person, signed_in
from tests.app.people import (
    things_of_baseline,
    things_of_questions,
    things_of_registers,
    things_of_rehearsals,
    things_of_versions,
)
from tests.app.people.house_tasks import (
    a_file,
    a_file_to_divide,
    a_filing,
    a_paper,
    a_review,
    a_seat,
    a_task,
)
from tests.app.people.rules import ANY_USER, SIGNED_IN, STAFF
from tests.pages import CheckingClient

#: Kinds of files that may have personal data, which a test does not read.
FILES = ("application/pdf", "application/zip", "text/csv", "image/svg+xml")
TEXTS = ("text/html", "application/json")
#: Lane → the step that represents it.
STEPS = {
    "administrator": "run_demo_test",
    "sip": "record_reception",
    "sgtd": "schedule_technical_induction",
    "secretary": "sign_letter",
}


@dataclass
class House:
    """An installation in which every address of the table leads to something."""

    app: Flask
    ids: dict[str, str]
    clients: dict[str, CheckingClient]
    own: dict[str, dict[str, str]]
    #: The document numbers in it, and each role's own.
    numbers: frozenset[str]
    own_number: dict[str, str]
    #: Endpoints that showed an entity's people whole document numbers, or sent them a file.
    showed: set[str] = field(default_factory=set)

    def ask(self, role: str, line: str) -> TestResponse:
        """Open a URL of the table as a user."""
        method, _, address = line.partition(" ")
        path = address.format(**(self.ids | self.own[role]))
        answer = self.clients[role].open(path, method=method, buffered=True)
        if role in STAFF | {"operator"} and answer.status_code in (200, 409, 422):
            self.note(role, path, method, answer)
        return answer

    def note(self, role: str, path: str, method: str, answer: TestResponse) -> None:
        """Note the endpoint of an answer with others' document numbers, or of a file."""
        shown = answer.text if answer.mimetype in TEXTS else ""
        others = self.numbers - {self.own_number[role]}
        if answer.mimetype in FILES or any(number in shown for number in others):
            self.showed.add(self.app.url_map.bind("localhost").match(path, method=method)[0])


def house(app: Flask) -> House:
    """Fill the installation: two entities, a process, tasks, a file, sessions, everybody."""
    app.config["SECURITY_CONTACT"] = "mailto:seguridad@example.pe"
    with app.app_context():
        session = db.session()
        here, there = entity(session), entity(session, "E90002")
        people = everybody(session, here, there)
        versions = things_of_versions.deployed(session)
        versions |= things_of_versions.proposed(session, people["superuser"].id)
        processes.start(session, here, "onboarding", people["sip"].id)
        ids = things(session, here) | what_came_in(session, here) | a_filing(session) | versions
        ids |= a_file_to_divide(session, session.scalars(select(Task).order_by(Task.id)).all()[0])
        ids["paper"] = a_paper(session, session.get_one(FileUse, ids["file"]))
        ids |= batched(session, here, people["sip"])
        ids |= things_of_baseline.things(session)
        ids |= things_of_registers.things(session, here)
        ids |= things_of_questions.things(session, here)
        ids |= things_of_rehearsals.things(session, versions["former"])
        own = {role: own_things(session, people.get(role)) for role in ANY_USER}
        some_user = session.get(User, int(ids["user"]))
        ids["sign_in_of_another"] = own_things(session, some_user)["own_sign_in"]
        session.commit()
    for job in worker.JOBS.values():  # so that the installation is well
        turn(app, job)
    with app.app_context():  # now, since a turn cancels the meetings that the case does not plan
        ids |= a_seat(db.session())
        db.session().commit()
    clients: dict[str, CheckingClient] = {
        role: signed_in(app, user.document_number) for role, user in people.items()
    }
    clients["anonymous"] = app.test_client()  # type: ignore[assignment]
    with app.app_context():
        columns = (User.document_number, Visit.document_number, PostHolder.document_number)
        numbers = frozenset(chain(*(db.session().scalars(select(one)) for one in columns)))
    own_number = {role: user.document_number for role, user in people.items()}
    return House(app, ids, clients, own, numbers - {""}, own_number)


def everybody(session: Session, here: Entity, there: Entity) -> dict[str, User]:
    """Return a user of each role."""
    people = {"foreign": person(session, "41000000", "preparer", there)}
    for number, role in enumerate(sorted(SIGNED_IN - {"foreign"})):
        place = here if role in STAFF | {"operator"} else None
        people[role] = person(session, f"410000{number + 10}", role, place)
    return people


def things(session: Session, here: Entity) -> dict[str, str]:
    """Return the values in addresses, by their names in the table."""
    instance = session.scalars(select(ProcessInstance)).one()
    first = session.scalars(select(Task)).one()
    victim = person(session, "42000001", "operator", here)
    tasks = {f"{role}_task": a_task(session, first, role, step) for role, step in STEPS.items()}
    change = a_task(session, first, "authority", "register_authority_change")
    sent = mail.post(session, mail.Letter("activation", "x@example.pe", CODES, entity=here))
    assert sent is not None
    held = reminders.holds.hold(
        session, "region", here.department, until_on=None, reason="De una prueba", by_id=victim.id
    )
    found_text = Reminder(
        task_id=first.id,
        due_on=calendar.today(),
        rung="arrival",
        person=f"u{victim.id}",
        user_id=victim.id,
        mail_kind="task_arrived",
        recipient="lane",
        created_at=calendar.now(),
    )
    decreed = NonWorkingDay(on=date(2026, 7, 27), scope="national", norm="De ejemplo")
    session.add_all((found_text, decreed))
    guest = person(session, "42000002", "auditor", opened=False)
    session.flush()
    return {name: str(task.id) for name, task in tasks.items()} | {
        "authority_task": str(first.id),
        "paper_task": str(a_task(session, first, "authority", "correct_designation").id),
        "change_task": str(change.id),
        "training_task": str(a_task(session, first, "administrator", "plan_training").id),
        "review_task": a_review(session, first),
        "page": "entidad",
        "instance": str(instance.id),
        "file": a_file(session, change).id,
        "mail": str(sent.id),
        "domain": a_resting_domain(session),
        "decreed": str(decreed.id),
        "hold": str(held.id),
        "reminder": str(found_text.id),
        "user": str(victim.id),
        "staff": str(holder_of(session, "alternate")),
        "secretary": str(holder_of(session, "secretary")),
        "grant": str(victim.grants[0].id),
        **waiting(session, first, victim.id),
        "unsubscribing": unsubscribe_link(victim.id).rpartition("/")[2],
        "receipt": a_notice(session, first, holder_of(session, "authority")),
        "reset": tickets.issue(session, "reset", user=guest),
        "invitation": tickets.issue(session, "invitation", user=guest),
    }


def waiting(session: Session, task: Task, asker_id: int) -> dict[str, str]:
    """Return a request for more time, a notice for the SGTD alone, tasks that are dictated."""
    requested = ExtensionRequest(
        task=task, working_days=3, reason="De la prueba", asked_at=calendar.now(), answer=""
    )
    requested.asked_by_id = asker_id
    session.add(requested)
    notices.put(session, "upkeep_lapsed", "1", role="sgtd", entity=task.entity)
    session.flush()
    notice = session.scalars(select(Notice).where(Notice.kind == "upkeep_lapsed")).one()
    ids = {"requested": str(requested.id), "notice_of_sgtd": str(notice.id)}
    return ids | dictation_of(session, task)


def a_notice(session: Session, first: Task, reader_id: int) -> str:
    """Return a notice of a legal step, and what its link ends in."""
    reader = session.get_one(User, reader_id)
    task = a_task(session, first, "authority", "correct_personnel")
    values = {"ask": "Subsana.", "task": task, "observations": [], "confirm_url": ""}
    letter = mail.Letter("legal_notice", "x@example.pe", values, reader, first.entity, task=task)
    notice = mail.post(session, letter)
    assert notice is not None
    session.flush()
    return receipts.link(notice).rpartition("/")[2]


def what_came_in(session: Session, here: Entity) -> dict[str, str]:
    """Return a message, and a user whose address a coordinator may correct."""
    newcomer = person(session, "42000003", "operator", here, opened=False)
    came = Incoming(digest="0", kind="answer", received_at=calendar.now(), entity=here)
    session.add(came)
    session.flush()
    return {"incoming": str(came.id), "newcomer": str(newcomer.id)}


def holder_of(session: Session, role: str) -> int:
    """Return the id of the one who has a role."""
    return session.scalars(select(Grant.user_id).where(Grant.role == role)).one()


def an_absence(session: Session, user_id: int) -> str:
    """Return an absence ahead; its id."""
    secretary = holder_of(session, "secretary")
    row = Absence(
        user_id=user_id,
        substitute_id=holder_of(session, "sip") if user_id == secretary else secretary,
        from_on=date(2030, 1, 7),
        until_on=date(2030, 1, 8),
        created_at=calendar.now(),
    )
    session.add(row)
    session.flush()
    return str(row.id)


CODES = {"code": "0000-0000-0000", "days": 60}


def dictation_of(session: Session, like: Task) -> dict[str, str]:
    """Return a task that the SGTD may enter for the entity, and one that was entered."""
    demo = a_task(session, like, "administrator", "run_demo_test", "demo_test")
    task = a_task(session, like, "authority", "list_personnel")
    some_user = person(session, "42000004")
    task.state, task.closed_at, task.closed_by = "completed", calendar.now(), some_user
    said = {"name": "Rosa Inventada", "post": "Gerenta", "how": "telephone"}
    dictation.note(session, task, some_user.id, told_at=calendar.now(), **said)
    dictation.note(session, demo, holder_of(session, "sip"), told_at=calendar.now(), **said)
    barred = a_task(session, like, "sip", "review_designation")
    return {
        "demo_task": str(demo.id),
        "dictated_task": str(task.id),
        "barred_task": str(barred.id),
    }


def batched(session: Session, here: Entity, some_user: User) -> dict[str, str]:
    """Return batches to confirm, each of another kind."""
    kinds = {"batch": batches.START, "letters": batches.LETTERS}
    return {
        name: str(batches.from_list(session, kind, [here], some_user.id).id)
        for name, kind in kinds.items()
    }


def a_resting_domain(session: Session) -> str:
    """Return a mail domain to which nothing is sent."""
    row = MailDomain(domain="rechaza.example.org", since_at=calendar.now(), hard=10, sent=20)
    session.add(row)
    return row.domain


def own_things(session: Session, user: User | None) -> dict[str, str]:
    """Return values that one visit uses up, so that each role has its own."""
    ahead = InductionSession(
        topic="thematic",
        changed_at=calendar.now(),
        at=calendar.now().replace(year=calendar.now().year + 1),
        minutes=60,
        place="Ejemplo",
        seats=5,
    )
    session.add(ahead)
    session.flush()
    found = {"session": str(ahead.id), "own_sign_in": "0", "own_absence": "0"}
    found["absence_of_staff"] = an_absence(session, holder_of(session, "alternate"))
    owner, now = holder_of(session, "sip"), calendar.now()
    named = {"name": f"{ahead.id}", "folded": f"{ahead.id}"}
    saved = SavedView(owner_id=owner, params="", role="sip", created_at=now, **named)
    session.add(saved)
    session.flush()
    found["saved_view"] = str(saved.id)
    if user is not None:
        row = SignIn(token_hash=f"of {user.id} {ahead.id}", user=user, created_at=now, seen_at=now)
        session.add(row)
        session.flush()
        found["own_sign_in"] = str(row.id)
        found["own_absence"] = an_absence(session, user.id)
    return found
