"""The statements that find who is barred from a decision, and why (see `duties`).

Building one takes longer than running it, so each is built once; its values come with the call.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

import forms
from app.base.db.membership import among_values
from app.base.models import (
    Allowance,
    Dictation,
    Draft,
    FileUse,
    Grant,
    LogEntry,
    PersonnelRow,
    PostHolder,
    ProcessInstance,
    Record,
    Register,
    Task,
    User,
)
from app.base.models.base import TextAt
from app.people.access.roles import ANSWERS, ENTITY_ROLES, LANES, PCM_ROLES
from app.people.access.rules import TODAY

#: Roles of lanes that decide, and of lanes whose answers are decided on.
DECIDING = frozenset(LANES.values()) & PCM_ROLES
ENTITY_LANES = frozenset(LANES.values()) & ENTITY_ROLES
#: Written out, as the condition of the indexes of these tasks is.
WRITTEN_LANES: list[ColumnElement[str]] = [
    literal_column(f"'{lane}'") for lane in sorted(ENTITY_LANES)
]
PREPARING = Grant.role.in_(sorted(frozenset().union(*(ANSWERS[one] for one in ENTITY_LANES))))

#: The task that is decided, and one of the entity's tasks that it is about.
decided = aliased(Task, name="decided")
answered = aliased(Task, name="answered")

#: Conditions on `decided`; the names of their values are the values of the statement.
OPEN: ColumnElement[bool] = decided.state == literal_column("'open'")
OF_ENTITIES = and_(OPEN, among_values(decided.entity_id, "entity_ids"))
OF_IDS = among_values(decided.id, "task_ids")
#: Of one task: PostgreSQL plans it once, since it knows how many tasks there are.
OF_ID: ColumnElement[bool] = decided.id == bindparam("task_id")

Person = ColumnElement[Any] | InstrumentedAttribute[Any]
People = Callable[[Person], ColumnElement[bool]]
#: Rows of task_id, person_id and why.
Bars = Select[int, Any, str]


@lru_cache(maxsize=100)
def barred_tasks(person_id: int, roles: tuple[str, ...]) -> Select[int]:
    """Select the ids of open tasks of these lanes that a person is barred from."""
    tasks = and_(OPEN, decided.role.in_(roles))
    found = _build_bars(tasks, lambda person: person == person_id).subquery()
    return select(found.c.task_id)


def is_person(person: Person) -> ColumnElement[bool]:
    """Return the condition that someone is the person named by `person_id`."""
    return person == bindparam("person_id")


def is_of_pcm(person: Person) -> ColumnElement[bool]:
    """Return the condition that someone has a role of the PCM now."""
    return person.in_(
        select(Grant.user_id).where(Grant.entity_id.is_(None), Grant.until_at.is_(None))
    )


def _build_bars(tasks: ColumnElement[bool], people: People) -> Bars:
    """Select task_id, person_id and why: every bar on these tasks for these people.

    `tasks` is a condition on `decided`; `people` makes one on a column of users' ids.
    """
    every = forms.steps().values()
    nothing = sorted(step.id for step in every if step.form.decides == "nothing")
    case = sorted(step.id for step in every if step.form.decides == "case")
    tasks = and_(tasks, decided.role.in_(sorted(DECIDING)), decided.step.not_in(nothing))
    about = and_(
        answered.instance_id == decided.instance_id,
        answered.role.in_(WRITTEN_LANES),
        or_(answered.process == decided.process, decided.step.in_(case)),
    )
    found = union_all(*_ways(tasks, about, people)).subquery("bar")
    allowed = exists().where(
        Allowance.task_id == found.c.task_id, Allowance.user_id == found.c.person_id
    )
    return select(found.c.task_id, found.c.person_id, found.c.why).where(~allowed)


#: The same statement for the same condition on tasks and on people.
bars = lru_cache(_build_bars)


def _ways(tasks: ColumnElement[bool], about: ColumnElement[bool], people: People) -> list[Bars]:
    return [way.where(tasks) for way in (*_acts_of_entity(about, people), *_posts(people))]


def _row(person: Person, why: str | TextAt) -> Bars:
    reason = literal(why) if isinstance(why, str) else why
    return select(
        decided.id.label("task_id"), person.label("person_id"), reason.label("why")
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
    """Select who has a role in the entity, is in its papers by number, or could use its code.

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

    def in_record(name: str, *path: str) -> Bars:
        # Written out, as the condition of the index of these people is.
        named = Record.name == literal_column(f"'{name}'")
        return listed.join(Record, and_(newest, named)).where(
            TextAt(Record.data, *path, "document_number") == User.document_number,
            TextAt(Record.data, *path, "document_type") == User.document_type,
        )

    could_use = _row(LogEntry.actor_id, TextAt(LogEntry.data, "why")).join(
        LogEntry,
        # Written out, as the condition of the index of these entries is.
        and_(
            LogEntry.entity_id == decided.entity_id, LogEntry.kind == literal_column("'code.held'")
        ),
    )
    return [
        could_use.where(people(LogEntry.actor_id)),
        held.where(people(Grant.user_id), or_(Grant.until_at.is_(None), answered_since)),
        in_record("authority"),
        in_record("administrator", "holder"),
        in_record("administrator", "alternate"),
        listed.join(Record, and_(newest, Record.name == "roster")).join(
            PersonnelRow,
            and_(
                PersonnelRow.record_id == Record.id,
                PersonnelRow.movement == "alta",
                *_same_document(PersonnelRow),
            ),
        ),
        listed.join(Register, Register.entity_id == decided.entity_id).join(
            PostHolder,
            and_(
                PostHolder.register_id == Register.id,
                PostHolder.decides,
                or_(PostHolder.to_on.is_(None), PostHolder.to_on >= TODAY),
                *_same_document(PostHolder),
            ),
        ),
    ]


def _same_document(row: type[PersonnelRow] | type[PostHolder]) -> list[ColumnElement[bool]]:
    return [
        row.document_type == User.document_type,
        row.document_number == User.document_number,
    ]


def of_stage(instance_id: int, stage: str, person_id: int) -> CompoundSelect[int, Any, str]:
    """Select the bars that keep a person from validating a stage of a case."""
    any_task = select(func.min(Task.id)).where(Task.instance_id == instance_id).scalar_subquery()
    about = and_(
        answered.instance_id == decided.instance_id,
        answered.role.in_(WRITTEN_LANES),
        answered.process == stage,
    )
    return union_all(*_ways(decided.id == any_task, about, lambda person: person == person_id))
