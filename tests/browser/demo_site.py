"""An installation with content on every page: a small demo, served on the loopback."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

import forms
from app import create_app
from app.base import calendar, config, db
from app.base.models import (
    Dictation,
    Entity,
    Grant,
    Mail,
    ProcessInstance,
    Register,
    SignIn,
    Task,
    User,
)
from app.cases import notices, processes
from app.cases.entities import rucs
from app.cases.papers import issued
from app.cases.processes import dictation, extensions
from app.cases.processes.terms import receipts
from app.mailroom.incoming import receiving
from app.mailroom.sending import return_path
from app.onboarding import batches
from app.ops import demo, setup
from app.people import access, mail
from app.people.access import tickets
from app.people.digest import unsubscribe_link
from app.register.registers import empty_days, outages
from tests.app import cast
from tests.app.mailroom import postbag
from tests.app.people import things_of_questions, things_of_registers
from tests.browser import (
    changed_people,
    dictated,
    ended_mandates,
    issued_papers,
    judged_months,
    many_at_once,
    people_who_change,
    personal_data,
    rehearsed_cases,
    reviewed_rosters,
    second_factors,
    versions_of_process,
)

ENTITIES = 10
#: Tuesday 24 November 2026, ten in the morning in Lima.
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
#: The entity whose legal notice waits for a receipt.
NOTIFIED = "persona.034@example.pe"


@dataclass
class DemoSite:
    """The installation and its address."""

    app: Flask
    address: str

    def person_with(self, role: str) -> int:
        """Return the id of the user who has this role, no other role, and the most to do."""
        with self.app.app_context():
            session = db.session()
            holders = session.scalars(
                select(User)
                .join(Grant, Grant.user_id == User.id)
                .where(Grant.role == role, Grant.until_at.is_(None), User.active)
                .order_by(User.id)
            ).all()
            alone = [user for user in holders if len({g.role for g in user.grants}) == 1]
            return max(alone, key=lambda user: screens(todo(session, user))).id

    def half_way(self) -> str:
        """Return the page of an entity that tries its demo register."""
        with self.app.app_context():
            return str(opened_in(db.session(), "run_demo_test").entity.url)

    def starts(self, user_id: int) -> tuple[str, ...]:
        """Return addresses that a list of fifty rows may not link to: tasks, processes in their
        present state.
        """
        with self.app.app_context():
            session = db.session()
            user = session.get_one(User, user_id)
            paths = ["/", "/cuenta", "/activar", f"/personas/{user_id}/documento"]
            for task in todo(session, user):
                paths.append(f"/tareas/{task.id}")
                if screens([task]) > 1:
                    paths.append(f"/tareas/{task.id}/revisar")
            paths += dictated.places(session, user)
            paths += things_of_questions.places(session, user)
            paths += reviewed_rosters.corrected_by(session, user)
            paths += issued_papers.places(session, user)
            paths += many_at_once.places(session, user)
            paths += personal_data.places(session, user)
            paths += second_factors.places(session, user)
            paths += rehearsed_cases.places(session, user)
            paths += versions_of_process.places(session, user)
            states = {
                (row.process, row.status, row.stage): row.entity.url
                for row in session.scalars(
                    select(ProcessInstance).order_by(ProcessInstance.status.desc())
                )
            }
            return tuple(dict.fromkeys([*paths, *states.values()]))

    def waiting_list(self) -> tuple[int, str]:
        """Return the id of the administrator of an entity on a list, and its page of lists."""
        with self.app.app_context():
            return many_at_once.waiting_list(db.session())

    def cookie(self, user_id: int) -> dict[str, Any]:
        """Return the cookies of a signed-in user, without the cost of a password."""
        token = secrets.token_urlsafe(8)
        with self.app.app_context():
            session = db.session()
            session.add(
                SignIn(
                    token_hash=tickets.keyed_hash("sign_in", token),
                    user=session.get_one(User, user_id),
                    created_at=calendar.now(),
                    seen_at=calendar.now(),
                    browser="Chrome en Linux",
                )
            )
            session.commit()
        signer: Any = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
        return {
            "name": self.app.config["SESSION_COOKIE_NAME"],
            "value": signer.dumps({"_user_id": token, "_fresh": True}),
            "url": self.address,
        }

    def links(self) -> list[str]:
        """Return the links of mails: invitations and passwords, valid and expired; fewer mails."""
        paths = []
        with self.app.app_context():
            session = db.session()
            user = session.get_one(User, self.person_with("superuser"))
            for kind, path in (("invitation", "invitacion"), ("reset", "clave")):
                old = tickets.issue(session, kind, user=user)
                paths += [f"/{path}/{old}", f"/{path}/{tickets.issue(session, kind, user=user)}"]
            paths.append(urlsplit(unsubscribe_link(user.id)).path)
            paths.append("/representados/20999990011")
            notice = session.scalars(select(Mail).where(Mail.to == NOTIFIED)).one()
            paths.append(urlsplit(receipts.link(notice)).path)
            session.commit()
        return paths


def opened_in(session: Session, step: str) -> Task:
    """Return an open task of a step."""
    tasks = select(Task).where(Task.step == step, Task.state == "open")
    return session.scalars(tasks.order_by(Task.id).limit(1)).one()


def todo(session: Session, user: User) -> Sequence[Task]:
    """Return the tasks that a user may answer."""
    return session.scalars(select(Task).where(access.answerable(user)).order_by(Task.id)).all()


def screens(tasks: Sequence[Task]) -> int:
    """Return the number of screenfuls of the tasks."""
    return sum(len(forms.steps()[task.step].form.screens()) for task in tasks)


def add_rare_states(session: Session) -> None:
    """Add a process that begins, for its preparer, and a suspended one."""
    running = select(ProcessInstance).where(ProcessInstance.status == "running")
    last = session.scalars(running.order_by(ProcessInstance.id.desc())).first()
    assert last is not None
    coordinator = session.scalars(select(Grant).where(Grant.role == "sip")).first()
    assert coordinator is not None
    processes.suspend(session, last.id, "Cambio de sede de la entidad.", coordinator.user_id)
    fresh = session.scalars(
        select(Entity).where(Entity.id.not_in(select(ProcessInstance.entity_id))).limit(1)
    ).one()
    processes.start(session, fresh, "onboarding", coordinator.user_id)
    preparer = cast.person(session, "40000031", "preparer", fresh)
    preparer.surnames = (
        "EJEMPLO DE UN APELLIDO TAN LARGO QUE NO CABE EN UNA SOLA LÍNEA DEL TELÉFONO"
    )
    add_time_requests(session, fresh, preparer)
    add_absent_coordinator(session)
    dictated.add_steps(session, fresh)
    batches.from_list(session, batches.START, [fresh], coordinator.user_id)
    add_bounced_mails(session, cast.person(session, "40000032", "alternate", fresh, opened=False))
    add_refused_mail(session, fresh)
    add_pending_notice(session, coordinator.user_id)
    add_outages_and_past_files(session)
    add_batches(session, coordinator.user_id)
    add_blocked_decisions(session)
    people_who_change.add_all(session)
    things_of_questions.forged_answer(session)
    changed_people.add_changes(session)
    reviewed_rosters.add_review(session, coordinator.user_id)
    reviewed_rosters.add_papers(session, coordinator.user_id)
    reviewed_rosters.add_training(session)
    issued_papers.add(session, coordinator.user_id)
    ended_mandates.add_all(session, coordinator.user_id)
    judged_months.add_all(session)
    personal_data.add_all(session)
    second_factors.give(session)
    versions_of_process.add_former(session)
    versions_of_process.add_offered(session)
    session.commit()


def add_blocked_decisions(session: Session) -> None:
    """Add a decision that no user of its lane may take, and a RUC that two entities give."""
    lanes = Task.role.in_(("sip", "sgtd"))
    tasks = select(Task).where(Task.state == "open", lanes).order_by(Task.id.desc())
    decision = next(task for task in session.scalars(tasks) if access.duties.decides(task))
    prepared = session.scalars(
        select(Task)
        .where(
            Task.instance_id == decision.instance_id,
            Task.process == decision.process,
            Task.role.in_(("authority", "administrator")),
            Task.state == "completed",
        )
        .order_by(Task.id.desc())
        .limit(1)
    ).one()
    said = {"name": "Rosa Inventada Prueba", "post": "Secretaria general", "how": "telephone"}
    for user in access.holders(session, decision.role):
        if session.get(Dictation, (prepared.id, user.id)) is None:
            dictation.note(session, prepared, user.id, told_at=calendar.now(), **said)
    first, second = session.scalars(
        select(Entity).where(Entity.id.in_(select(Task.entity_id))).order_by(Entity.id).limit(2)
    )
    first.ruc = first.ruc or "20131370301"
    before, second.ruc = second.ruc, first.ruc
    second.sip_coordinator_id = None  # so that every coordinator of the SIP is notified
    rucs.changed(session, second, before, None)


def add_batches(session: Session, by_id: int) -> None:
    """Add letters of which some are still to be created and, as the newest batch, entities that can
    be started.
    """
    chosen = session.scalars(select(Entity).order_by(Entity.code).limit(60)).all()
    batches.from_list(session, batches.LETTERS, chosen, by_id, {"again": True, "mailed": True})
    batches.from_list(session, batches.START, chosen, by_id)


def add_time_requests(session: Session, entity: Entity, preparer: User) -> None:
    """Add a request for more time, and a legal term whose people are notified on paper."""
    step = select(Task).where(Task.entity_id == entity.id)
    extensions.ask(session, session.scalars(step).one(), 5, "La gerencia cambió ayer.", preparer)
    mute = cast.entity(session, "E90031", contact_email="")
    processes.start(session, mute, "onboarding", preparer.id)
    task = session.scalars(select(Task).where(Task.entity_id == mute.id)).one()
    task.counted_from, task.due_kind = "notification", "legal"
    task.due_basis = "TUO de la Ley 27444, artículo 136"
    task.counted_on = task.due_at = None
    notices.put(
        session,
        "notify_on_paper",
        str(task.id),
        entity=mute,
        task=task,
        name=task.name,
        reason="no_address",
    )
    notices.put(session, "upkeep_lapsed", "0", entity=mute)


def add_pending_notice(session: Session, by_id: int) -> None:
    """Add a legal notice that was sent and that its reader has not confirmed yet."""
    place = cast.entity(session, "E90034", contact_email="")
    reader = cast.person(session, "40000034", "preparer", place)
    reader.email = NOTIFIED
    processes.start(session, place, "onboarding", by_id)
    task = session.scalars(select(Task).where(Task.entity_id == place.id)).one()
    task.counted_from, task.due_kind = "notification", "legal"
    task.due_basis = "TUO de la Ley 27444, artículo 136"
    task.counted_on = task.due_at = None
    task.notice_at = task.notice_sent_at = calendar.now()
    values = {"ask": "Subsana.", "task": task, "observations": [], "confirm_url": ""}
    mail.post(session, mail.Letter("legal_notice", NOTIFIED, values, reader, place, task=task))


def add_refused_mail(session: Session, entity: Entity) -> None:
    """Add a mail that its server refused, with a realistic reply."""
    to = f"mesadepartes.{'delamunicipalidad' * 3}@example.pe"
    values = {"code": "0000-0000-0000", "days": 60}
    refused = mail.post(session, mail.Letter("activation", to, values, entity=entity))
    assert refused is not None
    refused.state, refused.attempts = "failed", 1
    refused.error = f"554 5.7.1 <{to}>: Relay access denied"


def add_outages_and_past_files(session: Session) -> None:
    """Add an outage, a Sunday without visits and a file of past visits to live registers."""
    sunday = calendar.today() - timedelta(days=calendar.today().weekday() + 1)
    for register in session.scalars(select(Register).where(Register.environment == "production")):
        outages.declare(
            session,
            register,
            from_at=calendar.now() - timedelta(minutes=10),
            to_at=None,
            cause="internal",
            note="",
            actor_id=None,
        )
        if calendar.lima_day(register.opened_at) <= sunday:
            empty_days.declare(session, register, sunday, None)
        things_of_registers.past_import(session, register.entity)


def add_absent_coordinator(session: Session) -> None:
    """Add a coordinator who took a task and is away, and a substitute."""
    substitute, absent, *_ = access.holders(session, "sgtd")
    first = calendar.today()
    last = first + timedelta(days=12)
    access.absences.note(session, absent, substitute, first, last, absent.id)
    task = session.scalars(select(Task).where(access.answerable(absent)).limit(1)).one()
    task.assignee_id = absent.id


def add_bounced_mails(session: Session, person: User) -> None:
    """Add an answer, and undelivered mails, of a user who never opened the account."""
    entity = person.grants[0].entity
    for name in ("answer_outlook_html", "postfix_no_such_user", "exim_unrouteable"):
        values = {"token": "invented", "hours": 2}
        ours = mail.post(session, mail.Letter("reset", person.email, values, person, entity))
        assert ours is not None
        session.flush()
        ours.state = "sent"
        raw = postbag.written(name, return_path.make(ours.id), ours.message_id)
        receiving.receive(session, raw)


def filled(folder: Path) -> None:
    """Fill an installation in an empty folder."""
    new_code, codes = issued.new_code, Random(1)  # the size of a paper depends on its code
    issued.new_code = lambda: "".join(codes.choices(tickets.ALPHABET, k=issued.LENGTH))
    try:
        with opened(folder) as site:
            app = site.app
            setup.prepare(app)
            demo.fill(app, entities=ENTITIES, seed=1)
            with app.app_context():
                add_rare_states(db.session())
                sip = access.holders(db.session(), "sip")[0].id
            many_at_once.add_all(app, sip)
            rehearsed_cases.add_all(app)
    finally:
        issued.new_code = new_code


@contextmanager
def opened(folder: Path) -> Iterator[DemoSite]:
    """Serve the installation in a folder, with a fixed clock."""
    settings = config.load(
        {
            "ZAGUAN_DATA": str(folder),
            "ZAGUAN_DATABASE_URL": f"sqlite:///{folder / 'zaguan.db'}",
            "ZAGUAN_SECRET_KEY": "a secret that only the tests know",
            "ZAGUAN_PUBLIC_URL": "http://127.0.0.1",
            "ZAGUAN_SECOND_FACTOR": "offered",
        }
    )
    before = calendar.use_clock(lambda: NOW)
    app = create_app(settings | {"TESTING": True})
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield DemoSite(app, f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    thread.join()
    server.server_close()
    calendar.use_clock(before)
    app.extensions["engine"].dispose()
