"""*Mis pendientes*: the steps that wait for me and, for coordinators, notices above them."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload
from werkzeug.wrappers import Response

from app.base import calendar, db, files, queries
from app.base.models import Entity, Meeting, Notice, ProcessInstance, Task, User
from app.base.paging import Paging, page_number
from app.cases import copies, meetings, notices
from app.onboarding.tasks import task_view
from app.onboarding.tasks.blueprint import blueprint
from app.people import access
from forms.papers import title_of

PER_PAGE = 50


@blueprint.get("/pendientes")
def inbox() -> str:
    """What waits for me, the earliest date first, 50 a page; on top, what is no step."""
    queries.must_know(("lista", "pagina"))
    queries.chosen("lista", ("mias",))
    session, user, now = db.session(), access.me(), calendar.now()
    mine: ColumnElement[bool] = access.answerable(user)
    if request.args.get("lista") == "mias" and user is not None:
        mine = and_(mine, or_(Task.assignee_id == user.id, Task.assignee_id.in_(_replaced(user))))
    total, late = session.execute(
        select(func.count(), func.count().filter(now >= task_view.RUNS_TO))
        .select_from(Task)
        .join(Task.instance)
        .where(mine)
    ).one()
    paging = Paging(total, page_number(), PER_PAGE)
    tasks = session.scalars(
        select(Task)
        .join(Task.instance)
        .where(mine)
        .options(joinedload(Task.entity), joinedload(Task.assignee), contains_eager(Task.instance))
        .order_by(task_view.RUNS_TO.is_(None), task_view.RUNS_TO, Task.id)
        .limit(paging.size)
        .offset(paging.offset)
    ).all()
    drafts = task_view.drafts_of(session, tasks)
    replaced = set(session.scalars(_replaced(user))) if user else set()
    first = paging.number == 1 and request.args.get("lista") != "mias"
    waiting, waiting_count = notices.newest(session, user) if first else ([], 0)
    several = bool(access.roles_of(user)) or len(access.entities_of(user)) > 1
    return render_template(
        "tasks/inbox.html",
        tasks=[task_view.show(session, task, user, drafts, now, replaced) for task in tasks],
        total=total,
        late=late,
        page=paging,
        **(_sessions(user) if first else {}),
        tabs=_tabs(total) if several else [],
        several_entities=several,
        notices=[notices.tell(notice) for notice in waiting],
        notice_count=waiting_count,
        certificates=_certificates(session, user),
    )


def _sessions(user: User | None) -> dict[str, Any]:
    """The sessions to come of the entities that the reader administers, as the page takes them."""
    own = sorted(access.entities_of(user, access.ANSWERS["administrator"]))
    if not own:
        return {}
    session = db.session()
    ahead = meetings.ahead(session, Meeting.entity_id.in_(own))
    if len(own) == 1 or not ahead:
        return {"sessions": ahead}
    rows = session.execute(select(Entity.id, Entity.name).where(Entity.id.in_(own)))
    return {"sessions": ahead, "entity_names": {row.id: row.name for row in rows}}


def _certificates(session: Session, user: User | None) -> list[dict[str, Any]]:
    """The signed constancias of the entities that are the reader's own, as links show them."""
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
    return [
        {
            "entity": names[use.entity_id],
            "file": files.describe(use) | {"name": title_of("constancia", is_signed=True)},
        }
        for use in signed.values()
    ]


def _replaced(user: User) -> Select[int]:
    """The ids of those for whom somebody stands in today: what they took is to be done too."""
    return access.absences.acting_for(user, calendar.today())


def _tabs(count: int) -> list[dict[str, Any]]:
    """All that I may answer, or what I took for myself."""
    own = request.args.get("lista") == "mias"
    here = url_for(".inbox")
    return [
        {"label": "Todas", "url": here, "current": not own, "count": None if own else count},
        {
            "label": "Asignadas a mí",
            "url": f"{here}?lista=mias",
            "current": own,
            "count": count if own else None,
        },
    ]


@blueprint.post("/avisos/<int:notice_id>/atendido")
def seen_to(notice_id: int) -> Response:
    """Takes down a notice that nothing else takes down; 404 for others, and for those of others."""
    session, user = db.session(), access.require("see_notices")
    notice = session.scalars(
        select(Notice).where(Notice.id == notice_id, notices.waiting_for(user))
    ).one_or_none()
    if notice is None or not notices.tell(notice).by_hand:
        abort(404)
    notices.take_down(session, notice.kind, notice.key, user.id)
    session.commit()
    flash("El aviso quedó atendido.", "success")
    return redirect(url_for(".inbox"), 303)
