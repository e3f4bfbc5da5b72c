"""A person's rows of the reminder log as one mail: its facts, then these as text and HTML."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from mjml import mjml2html
from sqlalchemy import select
from sqlalchemy.orm import Session

import forms
from app.base import calendar
from app.base.calendar import SENDING_HOURS, Calendars
from app.base.db.membership import among
from app.base.models import Entity, LogEntry, Mail, Question, Reminder, Task, User
from app.base.urls import external_url
from app.cases import arrivals, status
from app.cases.reminders import wording
from app.cases.reminders.ladder import ARRIVAL
from app.cases.reminders.people import People, Recipient
from app.cases.reminders.reminder_log import KINDS, rows_of, says_went_back
from app.cases.reminders.subjects import Subject, key_of, name_of
from app.cases.reminders.weekly import Weekly, is_weekly, weekly_of
from app.people import access, mail
from app.people.mail import Letter
from app.register import watching
from app.register.facts import open_texts

#: The layout; the text is in `app/people/mail/texts/`.
LAYOUT = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=True,
)
LAYOUT.globals["url_for"] = external_url
#: The number of steps that are described in full; the others are only counted.
MOST = 100


@dataclass(frozen=True)
class StepText:
    """A step in a digest, as sentences."""

    name: str
    due: str
    moved: str
    ask: str
    term: str
    why: str
    link: str
    #: The action of the link, in the imperative.
    link_text: str
    is_late: bool


@dataclass(frozen=True)
class Section:
    """The steps of one entity."""

    entity_id: int
    entity: str
    place: str
    #: The status of the entity, as on its page.
    path: str
    steps: tuple[StepText, ...]


@dataclass(frozen=True)
class Digest:
    """The content of a person's mail of a day."""

    person: str
    user: User | None
    address: str
    subject: str
    greeting: str
    opening: str
    sections: tuple[Section, ...]
    #: Of each step that went back, a sentence.
    gone_back: tuple[str, ...]
    #: How many steps are not listed.
    more: int
    weekly: Weekly | None
    #: The entity of the whole content, if there is only one.
    entity: Entity | None
    kind: str
    closing: str

    @property
    def paths(self) -> dict[str, str]:
        """The status texts of its entities, by id as JSON stores it."""
        return {str(section.entity_id): section.path for section in self.sections}


def compose(
    session: Session,
    rows: Iterable[Reminder],
    day: date,
    people: People | None = None,
    paths: Mapping[str, str] | None = None,
) -> dict[str, Digest]:
    """Return the digest of each person for a day from valid rows; a few statements for all.

    The rows have their tasks, entities and instances loaded. `paths`: the status texts of the
    entities as sent before (see Digest); without it they are read once for all persons.
    """
    by_person: dict[str, list[Reminder]] = defaultdict(list)
    for row in rows:
        by_person[row.person].append(row)
    every = [row for several in by_person.values() for row in several]
    people = people or People(session, [row.about.entity for row in every])
    writer = _Writer(
        day=day,
        people=people,
        calendars=calendar.calendars(session),
        users=_users(session, every),
        reasons=_reasons(session, every),
        watched=watching.sentences(session) if every else "",
    )
    steps = {person: writer.steps(several) for person, several in by_person.items()}
    if paths is None:
        listed = (step.task for several in steps.values() for step in several[:MOST])
        paths = _paths(session, listed, day)
    return {
        person: writer.digest(person, several, steps[person], paths)
        for person, several in by_person.items()
    }


def _users(session: Session, rows: Iterable[Reminder]) -> Mapping[int, User]:
    """Return the readers, with their roles, which decide what they may answer."""
    ids = {row.user_id for row in rows if row.user_id is not None}
    query = select(User).where(among(User.id, ids)).execution_options(populate_existing=True)
    return {user.id: user for user in session.scalars(query)} if ids else {}


def _paths(session: Session, tasks: Iterable[Subject], day: date) -> Mapping[str, str]:
    """Return the status texts of the entities of these steps, by entity, as on their pages."""
    at = calendar.now() if day == calendar.today() else calendar.at_hour(day, SENDING_HOURS[0])
    cases = status.read_entities(session, {task.entity_id for task in tasks}, at)
    return {str(entity_id): status.of_entity(found) for entity_id, found in cases.items()}


def _reasons(session: Session, rows: Iterable[Reminder]) -> Mapping[tuple[int, str], str]:
    """Return the reasons of moved dates from the log, by task and new last day."""
    ids = {row.task_id for row in rows if row.task_id and row.rung.startswith("moved ")}
    if not ids:
        return {}
    entries = session.scalars(
        select(LogEntry).where(among(LogEntry.task_id, ids)).order_by(LogEntry.id)
    )
    reasons: dict[tuple[int, str], str] = {}
    for entry in entries:
        changed = (entry.data or {}).get("changed", {}).get("due_on")
        if changed and entry.task_id is not None:
            reasons[entry.task_id, changed[1]] = open_texts.masked(
                str(entry.data.get("reason") or "")
            )
    return reasons


@dataclass(frozen=True)
class _Writer:
    day: date
    people: People
    calendars: Calendars
    users: Mapping[int, User]
    reasons: Mapping[tuple[int, str], str]
    #: The sentences about the protected tables, for readers of the PCM.
    watched: str

    def steps(self, rows: Sequence[Reminder]) -> list[_Step]:
        """Return the steps that are described to a person, the most urgent first."""
        return sorted(
            self._steps([row for row in rows if not is_weekly(row) and not says_went_back(row)]),
            key=lambda step: (step.days_left, step.task.entity.name, *key_of(step.task)),
        )

    def digest(
        self,
        person: str,
        rows: Sequence[Reminder],
        steps: Sequence[_Step],
        paths: Mapping[str, str],
    ) -> Digest:
        user = next((self.users.get(row.user_id) for row in rows if row.user_id), None)
        address = user.email if user else person
        weekly_rows = [row for row in rows if is_weekly(row)]
        weekly = weekly_of(weekly_rows, self.calendars.of, self.day) if weekly_rows else None
        back = list(dict.fromkeys(row.about for row in rows if says_went_back(row)))
        entities = {row.about.entity_id: row.about.entity for row in rows}
        by_hand = any(row.rung.startswith("now ") for row in rows)
        kind = "weekly" if weekly else "reminder_now" if by_hand else "digest"
        for_authority = all(wording.is_for_authority(row.about) for row in rows)
        is_pcm = user is not None and bool(access.roles_of(user) & access.PCM_ROLES)
        return Digest(
            person=person,
            user=user,
            address=address,
            subject=self._subject(user, steps, weekly)
            if steps or weekly
            else _line(wording.subject_of_back([name_of(one) for one in back])),
            greeting=wording.greeting(user, rows[0].about.entity),
            opening=wording.opening(
                kind,
                user,
                self.day,
                [step.task.step for step in steps],
                weekly.monday if weekly else None,
            ),
            sections=tuple(self._sections(user, steps[:MOST], paths)),
            gone_back=tuple(wording.gone_back(user, one) for one in back),
            more=max(0, len(steps) - MOST),
            weekly=weekly,
            entity=next(iter(entities.values())) if len(entities) == 1 else None,
            kind=kind,
            closing=wording.closing(
                kind,
                user,
                self._as_secretary(weekly_rows),
                may_answer=any(wording.may_answer(user, step.task) for step in steps),
                for_authority=for_authority,
            )
            + (self.watched if is_pcm else ""),
        )

    def _as_secretary(self, rows: Sequence[Reminder]) -> Recipient | None:
        found = (self.people.find(row.about, row.recipient, row.person, self.day) for row in rows)
        return next(found, None)

    def _steps(self, rows: Sequence[Reminder]) -> Iterable[_Step]:
        """Yield one step per task or question: its newest rung, and that its date moved."""
        by_task: dict[tuple[str, int], list[Reminder]] = defaultdict(list)
        for row in sorted(rows, key=lambda row: (row.created_at, row.id)):
            by_task[key_of(row.about)].append(row)
        for several in by_task.values():
            rungs = [row for row in several if not row.rung.startswith("moved ")]
            moves = [row for row in several if row.rung.startswith("moved ")]
            task = several[0].about
            if task.due_at is None:
                continue
            working = self.calendars.of(task.entity)
            days_left = working.between(self.day, calendar.last_day(task.due_at))
            yield _Step(task, days_left, (rungs or moves)[-1], moves[-1] if moves else None)

    def _subject(self, user: User | None, steps: Sequence[_Step], weekly: Weekly | None) -> str:
        if weekly:
            return _line(weekly.subject)
        news = [
            wording.Step(
                name_of(step.task), step.days_left, step.news, isinstance(step.task, Question)
            )
            for step in steps
        ]
        subject = wording.subject(news)
        if len(steps) == 1 and (user is None or access.roles_of(user) & access.PCM_ROLES):
            subject = f"{subject} ({steps[0].task.entity.name})"
        return _line(subject)

    def _sections(
        self, user: User | None, steps: Sequence[_Step], paths: Mapping[str, str]
    ) -> Iterable[Section]:
        by_entity: dict[int, list[_Step]] = defaultdict(list)
        for step in steps:
            by_entity[step.task.entity_id].append(step)
        for several in by_entity.values():
            entity = several[0].task.entity
            texts = tuple(self._text(user, step) for step in several)
            path = paths.get(str(entity.id), "")
            yield Section(entity.id, entity.name, entity.place, path, texts)

    def _text(self, user: User | None, step: _Step) -> StepText:
        task, row = step.task, step.row
        assert task.due_at is not None  # noqa: S101 - _steps took the others out
        one = self.people.find(task, row.recipient, row.person, self.day) or Recipient(
            row.person, row.recipient, user, row.address
        )
        moved = ""
        if step.moved is not None:
            old = step.moved.rung.split()[1]
            key = (task.id, calendar.last_day(task.due_at).isoformat())
            reason = self.reasons.get(key, "") if isinstance(task, Task) else ""
            moved = wording.moved(date.fromisoformat(old), task.due_at, reason)
        link, link_text = _link(user, task, one)
        return StepText(
            name=name_of(task),
            due=wording.due(
                task.due_at, step.days_left, is_new=step.news in wording.COME, came=step.came.brief
            ),
            moved=moved,
            ask=_ask(task),
            term=wording.term(task),
            why=wording.why(task, one, user, step.days_left),
            link=link,
            link_text=link_text,
            is_late=step.days_left < 0,
        )


@dataclass(frozen=True)
class _Step:
    task: Subject
    days_left: int
    #: The newest rung; the move if there is no rung.
    row: Reminder
    moved: Reminder | None

    @property
    def news(self) -> str:
        if self.row is self.moved:
            return "moved"
        if self.row.rung != ARRIVAL:
            return ""
        return "back" if self.came.brief and self.came.again else "new"

    @property
    def came(self) -> arrivals.Arrival:
        """The arrival of the step."""
        return arrivals.of(self.task.came_as if isinstance(self.task, Task) else "")


def _line(text: str) -> str:
    return " ".join(text.split())


def _ask(about: Subject) -> str:
    """Return what is to be done, as a sentence."""
    if isinstance(about, Task):
        return forms.steps()[about.step].ask.format(entity=about.entity.name)
    if about.is_blocking:
        return "La entidad no puede seguir sin la respuesta."
    return wording.ANSWER


def _link(user: User | None, task: Subject, one: Recipient) -> tuple[str, str]:
    """Return the link: to the step or, for readers who may not answer it, the entity's page."""
    if isinstance(task, Question):
        page = external_url("questions.show", code=task.entity.code, number=task.id)
        return page, "Responde la consulta"
    if one.word == "allows":
        return external_url("tasks.allow", task_id=task.id), "Permite que alguien decida"
    if user is None:
        page = external_url("accounts.activate")
        begin = "Ingresen" if wording.is_for_authority(task) else "Empiecen"
        return page, f"{begin} con el código de la entidad y el código de activación"
    if access.may_answer(user, task):
        return external_url("tasks.open_step", task_id=task.id), "Responde el paso"
    return external_url("entities.show", code=task.entity.code), "Mira cómo va la entidad"


# As mails ---------------------------------------------------------------------------------------


def text_of(digest: Digest) -> tuple[str, str]:
    """Return the subject and the plain text."""
    letter = Letter(digest.kind, digest.address, {"digest": digest}, user=digest.user)
    return mail.render(letter)


def mail_of(digest: Digest, digest_on: date | None) -> dict[str, Any]:
    """Return the outbox row for a digest; with `digest_on` it is the person's only one that day."""
    subject, body = text_of(digest)
    return {
        "message_id": mail.new_message_id(),
        "kind": digest.kind,
        "to": digest.address,
        "subject": subject,
        "body": body,
        "person": digest.person,
        "user_id": digest.user.id if digest.user else None,
        "entity_id": digest.entity.id if digest.entity else None,
        "paths": digest.paths,
        "digest_on": digest_on,
        "created_at": calendar.now(),
        "state": "waiting",
    }


def html(session: Session, mail: Mail) -> str:
    """Return the HTML of a mail of reminders, with the facts of its text; "" for other mails.

    Days are counted up to its sending; the status texts of entities are the same as in its text. It
    loads nothing from other servers.
    """
    if mail.kind not in KINDS:
        return ""
    day = calendar.lima_day(mail.sent_at or calendar.now())
    rows = rows_of(session, mail)
    composed = compose(session, rows, day, paths=mail.paths or {}).get(mail.person)
    return html_of(composed) if composed else ""


def html_of(digest: Digest) -> str:
    """Return the HTML of a digest."""
    source = LAYOUT.get_template("digest.mjml").render(digest=digest)
    return str(mjml2html(source))
