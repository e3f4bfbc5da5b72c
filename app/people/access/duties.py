"""Separation of duties: people must not decide on what they prepared or on their own entity.

A step of the PCM says what it decides on (`forms.StepForm.decides`). A person of the PCM who
answered an entity-side step of that, saved its draft, uploaded its documents or took its dictation,
and a person who holds a post in the entity, is barred from the task
(docs/adr/0035-separation-of-duties.md). A bar follows the person who acts, so that a substitute
brings their own bars. If every person of the lane on duty is barred, the Despacho, otherwise the
Gestor, allows one person to decide one task.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Self

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import (
    InstrumentedAttribute,
    Session,
    aliased,
    contains_eager,
    joinedload,
    lazyload,
)

import forms
from app.base import audit_log, calendar
from app.base.models import (
    Allowance,
    DecisionMaker,
    Dictation,
    Draft,
    FileUse,
    Grant,
    PersonnelRow,
    ProcessInstance,
    Record,
    Register,
    Task,
    User,
)
from app.people.access import absences
from app.people.access.roles import ANSWERS, ENTITY_ROLES, LANES, PCM_ROLES
from app.people.access.rules import ACTIONS, of_own_lanes, roles_of

#: The reason why a person is barred → its text on their own page, and on the pages of others.
WHY: Mapping[str, tuple[str, str]] = {
    "dictated": (
        "lo registraste por encargo de la entidad",
        "lo registró por encargo de la entidad",
    ),
    "prepared": ("lo preparaste por la entidad", "lo preparó por la entidad"),
    "post": ("tienes o tuviste una función en la entidad", "tiene o tuvo una función en ella"),
    "listed": (
        "figuras en la designación o en la relación de personal de la entidad",
        "figura en la designación o en la relación de personal de la entidad",
    ),
}
#: Roles of lanes that decide, and of lanes whose answers are decided on.
DECIDING = frozenset(LANES.values()) & PCM_ROLES
ENTITY_LANES = frozenset(LANES.values()) & ENTITY_ROLES
PREPARING = Grant.role.in_(sorted(frozenset().union(*(ANSWERS[one] for one in ENTITY_LANES))))
ALLOWING = ACTIONS["allow_decision"]

#: The task that is decided, and one of the entity's tasks that it is about.
decided = aliased(Task, name="decided")
answered = aliased(Task, name="answered")

_OPEN: ColumnElement[bool] = decided.state == literal_column("'open'")

Person = ColumnElement[Any] | InstrumentedAttribute[Any]
People = Callable[[Person], ColumnElement[bool]]
#: Rows of task_id, person_id and why.
Bars = Select[int, Any, str]


class Barred(Exception):
    """The person must not decide on this; `why` holds keys of WHY."""

    def __init__(self, task: Task, why: Collection[str]) -> None:
        super().__init__(f"task {task.id} is barred: {', '.join(sorted(why))}")
        self.task = task
        self.why = why


class CannotAllow(Exception):
    """The person cannot be allowed to decide (any more); the message (Spanish) says why."""


# Who is barred --------------------------------------------------------------------------------


def decides(task: Task) -> bool:
    """Return whether a task is a decision of the PCM on what an entity did.

    A step in a lane of the PCM without its own declaration counts as one.
    """
    return task.role in DECIDING and forms.steps()[task.step].form.decides != "nothing"


def must_be_free(session: Session, task: Task, person_id: int | None) -> dict[str, Any] | None:
    """Return who allowed a person to decide a task: {"id", "name"}; None if not required.

    Raise Barred where the person must not decide it. The system itself is never barred.
    """
    if person_id is None or not decides(task):
        return None
    if why := bars(session, task, person_id):
        raise Barred(task, why)
    row = session.scalars(
        select(Allowance).where(Allowance.task_id == task.id, Allowance.user_id == person_id)
    ).one_or_none()
    return {"id": row.by_id, "name": row.by.full_name} if row else None


def bars(session: Session, task: Task, person_id: int) -> list[str]:
    """Return why a person must not decide a task, as keys of WHY; empty where they may."""
    if not decides(task):
        return []
    rows = session.execute(_bars(decided.id == task.id, lambda person: person == person_id))
    return _in_order({row.why for row in rows})


def bars_from_stage(
    session: Session, instance_id: int, stage: str, person_id: int | None
) -> list[str]:
    """Return why a person must not validate a stage of a case, as keys of WHY."""
    if person_id is None:
        return []
    any_task = select(func.min(Task.id)).where(Task.instance_id == instance_id).scalar_subquery()
    about = and_(
        answered.instance_id == decided.instance_id,
        answered.role.in_(sorted(ENTITY_LANES)),
        answered.process == stage,
    )
    ways = _ways(decided.id == any_task, about, lambda person: person == person_id)
    return _in_order({row.why for row in session.execute(union_all(*ways))})


def _in_order(found: Collection[str]) -> list[str]:
    return [why for why in WHY if why in found]


def barred_tasks(person_id: int, roles: Collection[str]) -> Select[int]:
    """Select the ids of open tasks of these lanes that a person is barred from."""
    tasks = and_(_OPEN, decided.role.in_(sorted(roles)))
    found = _bars(tasks, lambda person: person == person_id).subquery()
    return select(found.c.task_id)


def answerable(user: User | None) -> ColumnElement[bool]:
    """Return the condition on Task: open, of a lane that the person answers, and not barred."""
    mine = of_own_lanes(user)
    lanes = DECIDING & roles_of(user)
    if user is None or not lanes:
        return mine
    return and_(mine, Task.id.not_in(barred_tasks(user.id, lanes)))


def barred_people(session: Session, tasks: ColumnElement[bool]) -> dict[tuple[int, int], set[str]]:
    """Return the bars on people of the PCM: (task's id, person's id) → keys of WHY.

    `tasks` is a condition on `decided`. One statement.
    """
    found: dict[tuple[int, int], set[str]] = defaultdict(set)
    for row in session.execute(_bars(tasks, _is_of_pcm)):
        found[row.task_id, row.person_id].add(row.why)
    return found


def of_entities(ids: Collection[int]) -> ColumnElement[bool]:
    """Return the condition on `decided`: open, of one of these entities."""
    return and_(_OPEN, decided.entity_id.in_(sorted(ids)))


def _is_of_pcm(person: Person) -> ColumnElement[bool]:
    return person.in_(
        select(Grant.user_id).where(Grant.entity_id.is_(None), Grant.until_at.is_(None))
    )


def _bars(tasks: ColumnElement[bool], people: People) -> Bars:
    """Select task_id, person_id and why: every bar on these tasks for these people.

    `tasks` is a condition on `decided`; `people` makes one on a column of users' ids.
    """
    every = forms.steps().values()
    nothing = sorted(step.id for step in every if step.form.decides == "nothing")
    case = sorted(step.id for step in every if step.form.decides == "case")
    tasks = and_(tasks, decided.role.in_(sorted(DECIDING)), decided.step.not_in(nothing))
    about = and_(
        answered.instance_id == decided.instance_id,
        answered.role.in_(sorted(ENTITY_LANES)),
        or_(answered.process == decided.process, decided.step.in_(case)),
    )
    found = union_all(*_ways(tasks, about, people)).subquery("bar")
    allowed = exists().where(
        Allowance.task_id == found.c.task_id, Allowance.user_id == found.c.person_id
    )
    return select(found.c.task_id, found.c.person_id, found.c.why).where(~allowed)


def _ways(tasks: ColumnElement[bool], about: ColumnElement[bool], people: People) -> list[Bars]:
    return [way.where(tasks) for way in (*_acts_of_entity(about, people), *_posts(people))]


def _row(person: Person, why: str) -> Bars:
    return select(
        decided.id.label("task_id"), person.label("person_id"), literal(why).label("why")
    ).select_from(decided)


def _acts_of_entity(about: ColumnElement[bool], people: People) -> list[Bars]:
    """Select who did something in the entity's steps that a task is about."""

    def acted(person: Person, why: str) -> Bars:
        return _row(person, why).join(answered, about).where(people(person))

    return [
        acted(Dictation.by_id, "dictated").join(Dictation, Dictation.task_id == answered.id),
        acted(answered.closed_by_id, "prepared").where(answered.state == "completed"),
        acted(Draft.saved_by_id, "prepared").join(Draft, Draft.task_id == answered.id),
        acted(FileUse.by_id, "prepared")
        .join(FileUse, FileUse.task_id == answered.id)
        .where(FileUse.kind == "upload"),
    ]


def _posts(people: People) -> list[Bars]:
    """Select the people with a role in the entity, or in its papers by document number.

    A role that answers steps bars for the whole case, because a draft names only its last saver.
    """
    held = _row(Grant.user_id, "post").join(Grant, Grant.entity_id == decided.entity_id)
    began = select(ProcessInstance.started_at).where(ProcessInstance.id == decided.instance_id)
    answered_since = and_(PREPARING, Grant.until_at > began.scalar_subquery())
    listed = _row(User.id, "listed").join(User, people(User.id))
    newer = aliased(Record)
    newest = and_(
        Record.entity_id == decided.entity_id,
        ~exists().where(
            newer.entity_id == Record.entity_id, newer.name == Record.name, newer.id > Record.id
        ),
    )

    def in_record(name: str, *paths: tuple[str, ...]) -> Bars:
        same = (
            and_(
                Record.data[(*path, "document_number")].as_string() == User.document_number,
                Record.data[(*path, "document_type")].as_string() == User.document_type,
            )
            for path in paths
        )
        return listed.join(Record, and_(newest, Record.name == name)).where(or_(*same))

    return [
        held.where(people(Grant.user_id), or_(Grant.until_at.is_(None), answered_since)),
        in_record("authority", ()),
        in_record("administrator", ("holder",), ("alternate",)),
        listed.join(Record, and_(newest, Record.name == "roster")).join(
            PersonnelRow,
            and_(
                PersonnelRow.record_id == Record.id,
                PersonnelRow.movement == "alta",
                *_same_document(PersonnelRow),
            ),
        ),
        listed.join(Register, Register.entity_id == decided.entity_id).join(
            DecisionMaker,
            and_(
                DecisionMaker.register_id == Register.id,
                or_(DecisionMaker.to_on.is_(None), DecisionMaker.to_on >= calendar.today()),
                *_same_document(DecisionMaker),
            ),
        ),
    ]


def _same_document(row: type[PersonnelRow] | type[DecisionMaker]) -> list[ColumnElement[bool]]:
    return [
        row.document_type == User.document_type,
        row.document_number == User.document_number,
    ]


# Who may decide, and who may allow it ---------------------------------------------------------


class Watch:
    """Who of the PCM is on duty today and which of some tasks they may decide; three statements."""

    def __init__(self, session: Session, tasks: ColumnElement[bool]) -> None:
        """Read who is on duty, and the bars of some tasks; `tasks` is a condition on `decided`."""
        self._bars = barred_people(session, tasks)
        away = absences.away(session, calendar.today())
        self._people: dict[str, list[User]] = defaultdict(list)
        held = session.execute(
            select(Grant.role, User)
            .join(User, User.id == Grant.user_id)
            .where(User.active, Grant.entity_id.is_(None), Grant.until_at.is_(None))
            .options(lazyload(User.grants))
            .order_by(User.surnames, User.given_names, User.id)
        )
        for role, user in held:
            if user.id not in away:
                self._people[role].append(user)

    @classmethod
    def of(cls, session: Session, tasks: Iterable[Task]) -> Self:
        """Return a watch over these tasks."""
        return cls(session, decided.id.in_(sorted(task.id for task in tasks if decides(task))))

    @classmethod
    def of_open(cls, session: Session) -> Self:
        """Return a watch over all open tasks."""
        return cls(session, _OPEN)

    @property
    def task_ids(self) -> set[int]:
        """Ids of the tasks from which any user is barred."""
        return {task_id for task_id, _ in self._bars}

    def stops(self, task: Task, user: User) -> list[str]:
        """Return why a person must not decide a task, as keys of WHY."""
        return _in_order(self._bars.get((task.id, user.id), ()))

    def free(self, task: Task) -> list[User]:
        """Return who of the task's lane is on duty and may decide it."""
        return [user for user in self._lane(task) if not self.stops(task, user)]

    def barred(self, task: Task) -> list[User]:
        """Return who of the task's lane is on duty and must not decide it."""
        return [user for user in self._lane(task) if self.stops(task, user)]

    def _lane(self, task: Task) -> list[User]:
        return [user for role in sorted(ANSWERS[task.role]) for user in self._people[role]]

    def allowers(self, task: Task) -> list[User]:
        """Return who may allow a barred person to decide a task; empty if no allowance is needed.

        They are the Despacho's people on duty who are not barred themselves, otherwise the Gestor.
        A user who could allow only themselves is left out.
        """
        if task.state != "open" or not decides(task) or self.free(task):
            return []
        despacho = [user for user in self._people["secretary"] if not self.stops(task, user)]
        return [user for user in despacho or self._people["superuser"] if self.nominees(task, user)]

    def nominees(self, task: Task, actor: User) -> list[User]:
        """Return the users that a user could allow to decide; never themselves."""
        return [user for user in self.barred(task) if user.id != actor.id]


def may_allow(session: Session, user: User | None, task: Task) -> bool:
    """Return whether a person may allow another one to decide a task now."""
    if user is None or roles_of(user).isdisjoint(ALLOWING):
        return False
    return user.id in {one.id for one in Watch.of(session, [task]).allowers(task)}


def allow(session: Session, task: Task, user_id: int, reason: str, actor: User) -> Allowance:
    """Allow one barred person to decide one task, for a reason; log it. Raise CannotAllow."""
    session.refresh(task, with_for_update={"of": Task})
    watch = Watch.of(session, [task])
    if actor.id not in {one.id for one in watch.allowers(task)}:
        raise CannotAllow("Ya no hace falta este permiso: el paso se cerró o alguien más puede.")
    user = next((one for one in watch.nominees(task, actor) if one.id == user_id), None)
    if user is None:
        raise CannotAllow("No puedes dar este permiso a esa persona.")
    row = Allowance(task=task, user=user, by=actor, reason=reason, at=calendar.now())
    session.add(row)
    session.flush()
    said = {"person_id": user.id, "person": user.full_name, "reason": reason}
    audit_log.about(session, "duties.allowed", task, actor.id, **said)
    return row


def waiting(session: Session, user: User) -> Sequence[Task]:
    """Return the open decisions that wait until this person allows a barred one, in order."""
    watch = Watch.of_open(session)
    tasks = session.scalars(
        select(Task)
        .join(Task.instance)
        .where(Task.id.in_(sorted(watch.task_ids)), ProcessInstance.status == "running")
        .options(joinedload(Task.entity), contains_eager(Task.instance))
        .order_by(Task.due_at.is_(None), Task.due_at, Task.id)
    ).all()
    return [task for task in tasks if user.id in {one.id for one in watch.allowers(task)}]
