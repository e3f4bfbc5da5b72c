"""*Mis pendientes*: the tasks that wait for the user, below notices for coordinators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.base import calendar, db, files, queries
from app.base.models import Entity, Notice, ProcessInstance, Task, User
from app.base.paging import Paging, page_number
from app.cases import notices
from app.cases.papers import copies
from app.cases.status import queues
from app.onboarding.tasks import task_view
from app.onboarding.tasks.blueprint import blueprint
from app.onboarding.tasks.inbox import coordinating, views
from app.onboarding.tasks.inbox.coordinating import Tab
from app.onboarding.tasks.queue import filters
from app.onboarding.tasks.queue.query import TaskQuery
from app.onboarding.tasks.showing import Answer
from app.people import access, breaches
from app.register.suppression import pending
from forms.papers import title_of

PER_PAGE = 50


@dataclass(frozen=True)
class Certificate:
    """A signed constancia: the entity's name, and the file as links show it."""

    entity: str
    file: dict[str, Any]


@blueprint.get("/pendientes")
def inbox() -> Answer:
    """Show the user's tasks, 50 a page; notices above the first page.

    Coordinators have filters, orders and saved views; others see the earliest date first.
    """
    session, user = db.session(), access.me()
    if user is None or not access.may(user, "save_views"):
        return _simple(session, user)
    if not request.query_string and (view := views.default_of(session, user)):
        query = TaskQuery.of_text(session, user, view.params)
        return redirect(query.address(vista=str(view.id)))
    return coordinating.show(session, user)


def _simple(session: Session, user: User | None) -> str:
    """Show the tasks of users who have few, the earliest date first."""
    queries.must_know(("lista", "pagina"))
    queries.chosen("lista", ("mias",))
    now = calendar.now()
    only_own = request.args.get("lista") == "mias"
    mine: ColumnElement[bool] = access.answerable(user)
    if only_own and user is not None:
        mine = and_(mine, filters.replaced(user))
    # One statement for the counts and the page: the separation of duties is looked up once.
    listed = select(Task.id).join(Task.instance).where(mine)
    is_late = func.count().filter(now >= task_view.RUNS_TO)
    rows = session.execute(
        listed.add_columns(func.count().over(), is_late.over())
        .order_by(*task_view.BY_DATE)
        .limit(PER_PAGE)
        .offset((page_number() - 1) * PER_PAGE)
    ).all()
    total, late = rows[0][1:] if rows else (_beyond(session, listed), 0)
    paging = Paging(total, page_number(), PER_PAGE)
    tasks = task_view.in_order(session, [row[0] for row in rows])
    drafts = task_view.drafts_of(session, tasks)
    replaced = access.absences.replaced_by(session, user)
    first = paging.number == 1 and not only_own
    waiting, waiting_count = notices.newest(session, user) if first else ([], 0)
    several = bool(access.roles_of(user)) or len(access.entities_of(user)) > 1
    return render_template(
        "tasks/inbox.html",
        tasks=[task_view.view(session, task, user, drafts, now, replaced) for task in tasks],
        total=total,
        late=late,
        page=paging,
        **(coordinating.sessions_of(session, user) if first else {}),
        waits=queues.lines(session, user, access.entities_of(user)) if first else [],
        tabs=_tabs(total, only_own=only_own) if several else [],
        several_entities=several,
        notices=[notices.describe(notice) for notice in waiting],
        notice_count=waiting_count,
        certificates=_certificates(session, user),
        personal_data=pending.of_user(session, user) if first else [],
        breaches=breaches.waiting(session, user) if first else [],
    )


def _beyond(session: Session, listed: Select[int]) -> int:
    """Return how many tasks there are, for a page that has none: only the first exists empty."""
    if page_number() == 1:
        return 0
    return session.scalars(select(func.count()).select_from(listed.subquery())).one()


def _certificates(session: Session, user: User | None) -> list[Certificate]:
    """Return the signed constancias of the user's own entities; none to people of the PCM."""
    ids = [one for one in access.entities_of(user) if access.may(user, "read_file", one)]
    if not ids or access.roles_of(user):
        return []
    done = select(ProcessInstance.id).where(
        ProcessInstance.entity_id.in_(ids),
        ProcessInstance.process == "onboarding",
        ProcessInstance.end == "onboarding_done",
    )
    signed = copies.certificates(session, session.scalars(done).all())
    names = {one.id: one.name for one in session.scalars(select(Entity).where(Entity.id.in_(ids)))}
    title = title_of("constancia", is_signed=True)
    return [
        Certificate(names[use.entity_id], files.describe(use) | {"name": title})
        for use in signed.values()
    ]


def _tabs(count: int, *, only_own: bool) -> list[Tab]:
    """Return two tabs: all tasks that the user may answer, and those assigned to the user."""
    own_count, all_count = (count, None) if only_own else (None, count)
    return [
        Tab("Todas", url_for(".inbox"), not only_own, all_count),
        Tab("Asignadas a mí", url_for(".inbox", lista="mias"), only_own, own_count),
    ]


@blueprint.post("/avisos/<int:notice_id>/atendido")
def seen_to(notice_id: int) -> Response:
    """Remove a notice that is removed manually; 404 for other kinds, and for others' notices."""
    session, user = db.session(), access.require("see_notices")
    notice = session.scalars(
        select(Notice).where(Notice.id == notice_id, notices.waiting_for(user))
    ).one_or_none()
    if notice is None or not notices.describe(notice).by_hand:
        abort(404)
    notices.take_down(session, notice.kind, notice.key, user.id)
    session.commit()
    flash("El aviso quedó atendido.", "success")
    return redirect(url_for(".inbox"), 303)
