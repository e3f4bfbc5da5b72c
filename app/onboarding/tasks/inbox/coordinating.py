"""*Mis pendientes* of a coordinator: filters, orders, groups, saved views."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import g, render_template, request, url_for
from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from app.base import calendar, queries
from app.base.models import Entity, GivenTask, Meeting, SavedView, Task, User
from app.base.paging import Paging, page_number
from app.cases import meetings, notices
from app.cases.questions import listing
from app.onboarding import batches
from app.onboarding.tasks import task_view
from app.onboarding.tasks.blueprint import QUEUE
from app.onboarding.tasks.inbox import views
from app.onboarding.tasks.queue.filters import FILTERS
from app.onboarding.tasks.queue.query import VIEW, TaskQuery
from app.people import access
from app.register.facts import open_texts
from app.register.suppression import pending

PER_PAGE = 50
#: The id of a task, the numbers of all and of late ones, its step, the number of that kind.
Found = Row[int, int, int, str, int]


@dataclass(frozen=True)
class Tab:
    """A tab above the list; `count` only of the one that is shown."""

    label: str
    url: str
    current: bool
    count: int | None


@dataclass(frozen=True)
class Group:
    """Tasks of one kind on a page: the kind's name ("" without groups), and all that there are."""

    name: str
    count: int
    tasks: list[task_view.TaskView]


def show(session: Session, user: User) -> str | tuple[str, int]:
    """Render the tasks that match the URL; with faults, their messages and status 400."""
    query = TaskQuery.of(session, user, request.args)
    number = page_number()
    readable = views.readable(session, user)
    view, faults = _view(readable), dict(query.faults)
    if request.args.get(VIEW) and view is None:
        faults[VIEW] = "Esa vista no existe, o ya no se comparte contigo."
    found = [] if faults else _page_of(session, query, number)
    total, late = (found[0][1], found[0][2]) if found else (0, 0)
    if not found and number > 1:
        total = session.scalars(select(func.count()).select_from(query.select().subquery())).one()
    paging = Paging(total, number if not faults else 1, PER_PAGE)
    g.setdefault(QUEUE, query.text)
    tasks = task_view.in_order(session, [row[0] for row in found])
    text = render_template(
        "tasks/coordinating.html",
        query=query,
        faults=queries.at_fields(faults, [one.name for one in FILTERS]),
        view=view,
        tabs=_tabs(query, readable, view, total),
        has_views=bool(readable),
        acts=batches.offered(user, "tasks"),
        groups=_groups(session, query, found, tasks),
        given=_given(session, user, [one.id for one in tasks if one.assignee_id]),
        total=total,
        late=late,
        page=paging,
        **(_waiting(session, user) if number == 1 and not query.values and not faults else {}),
    )
    return (text, 400) if faults else text


def _tabs(
    query: TaskQuery, readable: Iterable[SavedView], shown: SavedView | None, total: int
) -> list[Tab]:
    """Return a tab for all tasks, one for the user's own, and one for each saved view."""
    everything, own = url_for("tasks.inbox", lista=""), url_for("tasks.inbox", lista="mias")
    base = url_for("tasks.inbox")
    tabs = [
        ("Todas", everything, not query.values and shown is None),
        ("Asignadas a mí", own, query.text == "lista=mias" and shown is None),
        *((one.name, f"{base}?{one.params}&{VIEW}={one.id}", one is shown) for one in readable),
    ]
    return [Tab(label, url, current, total if current else None) for label, url, current in tabs]


def _page_of(session: Session, query: TaskQuery, number: int) -> Sequence[Found]:
    """Return id, count of all, count of late, step and count of its kind, in order.

    One statement: the separation of duties is looked up once.
    """
    is_late = func.count().filter(calendar.now() >= task_view.RUNS_TO)
    columns = (
        func.count().over(),
        is_late.over(),
        Task.step,
        func.count().over(partition_by=Task.step),
    )
    ordered = query.select().add_columns(*columns).order_by(*query.order())
    return session.execute(ordered.limit(PER_PAGE).offset((number - 1) * PER_PAGE)).all()


def _view(readable: Iterable[SavedView]) -> SavedView | None:
    """Return the saved view that the URL names, if the user reads it."""
    return next((one for one in readable if str(one.id) == request.args.get(VIEW)), None)


def _groups(
    session: Session, query: TaskQuery, found: Sequence[Found], tasks: Sequence[Task]
) -> list[Group]:
    """Return the tasks of a page, by kind if the query groups them."""
    user, now = query.user, calendar.now()
    drafts = task_view.drafts_of(session, tasks)
    acting_for = access.absences.replaced_by(session, user)
    shown = [task_view.view(session, task, user, drafts, now, acting_for) for task in tasks]
    if not query.grouped:
        return [Group("", len(shown), shown)] if shown else []
    kinds = query.options["tipo"]
    counts: Mapping[str, int] = {row[3]: row[4] for row in found}
    pairs = zip(tasks, shown, strict=True)
    return [
        Group(kinds.get(step) or rows[0].heading, counts[step], rows)
        for step, group in groupby(pairs, key=lambda pair: pair[0].step)
        if (rows := [one for _, one in group])
    ]


def _given(session: Session, user: User, ids: Sequence[int]) -> dict[int, str]:
    """Return who gave which of these tasks to its holder, as sentences for either, by id."""
    if not ids:
        return {}
    rows = session.execute(
        select(GivenTask, User)
        .join(Task, Task.id == GivenTask.task_id)
        .join(User, User.id == GivenTask.by_id)
        .where(GivenTask.task_id.in_(ids), GivenTask.to_id == Task.assignee_id)
    )
    said = {}
    for one, giver in rows:
        reason = open_texts.masked(one.reason)
        if one.to_id == user.id:
            said[one.task_id] = f"Te la dio {giver.full_name}: {reason}"
        elif one.by_id == user.id:
            said[one.task_id] = f"Se la diste: {reason}"
    return said


def _waiting(session: Session, user: User) -> dict[str, Any]:
    """Return what waits for a coordinator besides tasks, as template variables."""
    waiting, count = notices.newest(session, user)
    questions = listing.of_coordinator(session, user)
    return sessions_of(session, user) | {
        "notices": [notices.describe(notice) for notice in waiting],
        "notice_count": count,
        "questions": questions,
        "late_questions": listing.late(questions),
        "personal_data": pending.of_user(session, user),
    }


def sessions_of(session: Session, user: User | None) -> dict[str, Any]:
    """Return the coming induction sessions of the entities that the user administers, as template
    variables."""
    own = sorted(access.entities_of(user, access.ANSWERS["administrator"]))
    if not own:
        return {}
    ahead = meetings.ahead(session, Meeting.entity_id.in_(own))
    if len(own) == 1 or not ahead:
        return {"sessions": ahead}
    rows = session.execute(select(Entity.id, Entity.name).where(Entity.id.in_(own)))
    return {"sessions": ahead, "entity_names": {row.id: row.name for row in rows}}
