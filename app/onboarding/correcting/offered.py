"""What a reader may correct now, as links; and the requests that wait for a coordinator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from app.base.models import Notice, Task, User
from app.cases import custody
from app.cases.history.case_events import TOPICS
from app.cases.processes.returns import corrections, requests, sessions
from app.cases.records.filing import PRESENTATIONS
from app.cases.status import Facts
from app.onboarding.correcting.blueprint import CORRECT
from app.onboarding.tasks.task_view import ReturnRequest
from app.people import access


@dataclass(frozen=True)
class Link:
    """A way to correct something: its label, and its page."""

    label: str
    url: str


def links(cases: Sequence[Facts], reader: User | None) -> list[Link]:
    """Return what the reader may correct now in an entity's cases, without a statement."""
    return [link for facts in _every(cases) for link in _links(facts, reader)]


def pending_returns(
    session: Session, cases: Sequence[Facts], reader: User | None
) -> list[ReturnRequest]:
    """Return the requests about the steps where the cases are now, the newest of each.

    None for those who may not read the history.
    """
    cases = [one for one in cases if access.may(reader, "see_history", one.row.entity)]
    here = [task for facts in _every(cases) for task in _current(facts)]
    found = requests.of_tasks(session, here) if here else []
    newest = {one.task_id: one for one in reversed(found)}
    return [_request(session, one, reader) for one in newest.values()]


def _every(cases: Iterable[Facts]) -> Iterator[Facts]:
    for facts in cases:
        yield from (facts, *facts.others)


def _current(facts: Facts) -> Iterator[Task]:
    """Yield the tasks about which a return can be requested: see `requests.is_current`."""
    yield from filter(_is_of_pcm, facts.open_tasks)
    if waits := requests.waits_after(facts.tasks):
        yield waits


def _is_of_pcm(task: Task) -> bool:
    return task.role not in access.ENTITY_ROLES and task.process not in custody.SIDE_PROCESSES


def _request(session: Session, notice: Notice, reader: User | None) -> ReturnRequest:
    may_answer = access.may(reader, "send_back") and requests.is_open(session, notice)
    return ReturnRequest.of(notice, may_answer=may_answer)


def _links(facts: Facts, reader: User | None) -> Iterator[Link]:
    if not access.may(reader, CORRECT, facts.row.entity) or facts.row.status != "running":
        return
    for task in facts.open_tasks:
        if corrections.can_correct_before_filing(task) and access.may_answer(reader, task):
            yield _link(facts, "Corregir antes de presentar", "before_filing", task_id=task.id)
    for task in _current(facts):
        yield from _from_pcm(facts, task, reader)
    for wait in facts.waits:
        topic = next((one for one, timer in sessions.TIMERS.items() if timer == wait.timer), "")
        chose = facts.newest.get(f"choose_{topic}_session")
        if chose and access.may_answer(reader, chose) and wait.at and sessions.can_leave(wait.at):
            label, about = f"Elegir otra sesión de {TOPICS[topic]}", {"topic": topic}
            yield _link(facts, label, "another_session", instance_id=facts.row.id, **about)


def _from_pcm(facts: Facts, task: Task, reader: User | None) -> Iterator[Link]:
    """Yield the ways to correct what the PCM has, or what the case waits for after a task."""
    own = [one for one in facts.tasks if _is_own(one, task) and access.may_answer(reader, one)]
    if not own:
        return
    presentation = PRESENTATIONS.get(task.process)
    if presentation and task.step in presentation.held:
        yield _link(facts, "Corregir la constancia", "receipt", task_id=task.id)
        filing = facts.filing(presentation.kind)
        if filing is not None and corrections.can_replace(filing):
            label = "Presentar una versión corregida"
            yield _link(facts, label, "corrected_version", task_id=task.id)
    yield _link(facts, "Pedir la devolución para corregir", "ask_return", task_id=task.id)


def _link(facts: Facts, label: str, name: str, **values: Any) -> Link:
    return Link(label, url_for(f"correcting.{name}", code=facts.row.entity.code, **values))


def _is_own(task: Task, current: Task) -> bool:
    """Return whether a task is one that the entity answered before the current one, or is it."""
    return (
        task.process == current.process
        and task.role in access.ENTITY_ROLES
        and task.state == "completed"
        and task.due_kind != "legal"
    )
