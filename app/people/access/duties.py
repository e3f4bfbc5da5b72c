"""Separation of duties: people must not decide on what they prepared or on their own entity.

A step of the PCM says what it decides on (`forms.StepForm.decides`). A person of the PCM who
answered an entity-side step of that, saved its draft, uploaded its documents or took its dictation,
a person who holds a post in the entity, and one who could use its code (`code.held`), is barred
from the task (docs/adr/0035-separation-of-duties.md). A bar follows the person who acts, so that a
substitute brings their own bars. If every person of the lane on duty is barred, the Despacho,
otherwise the Gestor, allows one person to decide one task.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Self

from sqlalchemy import (
    ColumnElement,
    and_,
    select,
)
from sqlalchemy.orm import (
    Session,
    contains_eager,
    joinedload,
    lazyload,
)

import forms
from app.base import audit_log, calendar
from app.base.db.membership import among
from app.base.models import (
    Allowance,
    Grant,
    ProcessInstance,
    Task,
    User,
)
from app.people.access import absences, barring
from app.people.access.barring import DECIDING, OF_IDS, OPEN
from app.people.access.roles import ANSWERS
from app.people.access.rules import ACTIONS, may_answer, of_own_lanes, roles_of

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
    "seen_code": (
        "viste un código o enlace con el que se ingresa por la entidad",
        "vio un código o enlace con el que se ingresa por la entidad",
    ),
    "sent_code": (
        "enviaste un código o enlace de la entidad a un correo que tú pusiste",
        "envió un código o enlace de la entidad a un correo que puso",
    ),
}
#: Roles that may allow a barred person to decide.
ALLOWING = ACTIONS["allow_decision"]


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


def must_be_free(
    session: Session, task: Task, person_id: int | None, known: Collection[str] | None = None
) -> None:
    """Raise Barred where a person must not decide a task. The system itself is never barred.

    `known`: the bars, if they were read after the case was locked.
    """
    if person_id is None or not decides(task):
        return
    if why := bars(session, task, person_id) if known is None else known:
        raise Barred(task, why)


def allowed_by(session: Session, task: Task, person_id: int | None) -> dict[str, Any] | None:
    """Return who allowed a person to decide a task: {"id", "name"}; None if not required."""
    if not decides(task):
        return None
    row = session.scalars(
        select(Allowance).where(Allowance.task_id == task.id, Allowance.user_id == person_id)
    ).one_or_none()
    return {"id": row.by_id, "name": row.by.full_name} if row else None


def bars(session: Session, task: Task, person_id: int) -> list[str]:
    """Return why a person must not decide a task, as keys of WHY; empty where they may."""
    if not decides(task):
        return []
    statement = barring.bars(barring.OF_ID, barring.is_person)
    values = {"task_id": task.id, "person_id": person_id}
    return _in_order({row.why for row in session.execute(statement, values)})


def barred_among(session: Session, tasks: Iterable[Task], user: User | None) -> set[int]:
    """Return the ids of the tasks of the user's lanes which they must not decide.

    At most one statement; none where no task is a decision of theirs.
    """
    ids = sorted(one.id for one in tasks if decides(one) and may_answer(user, one))
    if user is None or not ids:
        return set()
    values = {"task_ids": ids, "person_id": user.id}
    rows = session.execute(barring.bars(OF_IDS, barring.is_person), values)
    return {row.task_id for row in rows}


def bars_from_stage(
    session: Session, instance_id: int, stage: str, person_id: int | None
) -> list[str]:
    """Return why a person must not validate a stage of a case, as keys of WHY."""
    if person_id is None:
        return []
    statement = barring.of_stage(instance_id, stage, person_id)
    return _in_order({row.why for row in session.execute(statement)})


def _in_order(found: Collection[str]) -> list[str]:
    return [why for why in WHY if why in found]


def answerable(user: User | None) -> ColumnElement[bool]:
    """Return the condition on Task: open, of a lane that the person answers, and not barred."""
    mine = of_own_lanes(user)
    lanes = DECIDING & roles_of(user)
    if user is None or not lanes:
        return mine
    return and_(mine, Task.id.not_in(barring.barred_tasks(user.id, tuple(sorted(lanes)))))


def barred_people(
    session: Session, tasks: ColumnElement[bool], **values: Sequence[int]
) -> dict[tuple[int, int], set[str]]:
    """Return the bars on people of the PCM: (task's id, person's id) → keys of WHY.

    `tasks` is OPEN, OF_ENTITIES or OF_IDS, with its values. One statement.
    """
    found: dict[tuple[int, int], set[str]] = defaultdict(set)
    for row in session.execute(barring.bars(tasks, barring.is_of_pcm), values):
        found[row.task_id, row.person_id].add(row.why)
    return found


# Who may decide, and who may allow it ---------------------------------------------------------


class Watch:
    """Who of the PCM is on duty today and which of some tasks they may decide; three statements."""

    def __init__(
        self, session: Session, tasks: ColumnElement[bool], **values: Sequence[int]
    ) -> None:
        """Read who is on duty, and the bars of some tasks, as for `barred_people`."""
        self._bars = barred_people(session, tasks, **values)
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
        return cls(session, OF_IDS, task_ids=sorted(one.id for one in tasks if decides(one)))

    @classmethod
    def of_open(cls, session: Session) -> Self:
        """Return a watch over all open tasks."""
        return cls(session, OPEN)

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
        .where(among(Task.id, watch.task_ids), ProcessInstance.status == "running")
        .options(joinedload(Task.entity), contains_eager(Task.instance))
        .order_by(Task.due_at.is_(None), Task.due_at, Task.id)
    ).all()
    return [task for task in tasks if user.id in {one.id for one in watch.allowers(task)}]
