"""Incoming mail for coordinators to read: plain text without active content."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from app.base import db, queries
from app.base.models import Entity, Incoming, Notice
from app.base.models.entities import matching
from app.base.paging import paged
from app.cases import notices
from app.mailroom.incoming.kinds import KINDS
from app.people import access

blueprint = Blueprint("incoming", __name__)
queries.only(blueprint, {"list_incoming": ("q", "tipo", "pagina")})
PER_PAGE = 50


@blueprint.get("/correos/recibidos")
def list_incoming() -> str:
    """Show the newest first, by sender, subject or entity, and by kind."""
    filters = {"q": request.args.get("q", "").strip()[:100], "tipo": queries.chosen("tipo", KINDS)}
    newest = narrowed(filters["q"], filters["tipo"]).order_by(Incoming.id.desc())
    page, shown = paged(db.session(), newest, PER_PAGE)
    rows = db.session().scalars(
        shown.options(joinedload(Incoming.entity), joinedload(Incoming.user))
    )
    return render_template(
        "incoming/list.html", rows=rows.all(), page=page, filters=filters, kinds=KINDS
    )


def narrowed(text: str, kind: str) -> Select[Incoming]:
    """Return the query of the messages that match the filters."""
    query = select(Incoming)
    if text:
        query = query.where(
            or_(
                Incoming.sender.icontains(text, autoescape=True),
                Incoming.subject.icontains(text, autoescape=True),
                Incoming.entity_id.in_(select(Entity.id).where(matching(text))),
            )
        )
    return query.where(Incoming.kind == kind) if kind else query


@blueprint.get("/correos/recibidos/<int:number>")
def show(number: int) -> str:
    """Show one message."""
    row = _row(number)
    waits = exists().where(
        Notice.kind.in_(notices.OF_MESSAGES),
        Notice.key == str(row.id),
        notices.waiting_for(access.me()),
    )
    return render_template(
        "incoming/message.html", row=row, kinds=KINDS, waits=db.session().scalar(select(waits))
    )


@blueprint.post("/correos/recibidos/<int:number>/leido")
def mark_read(number: int) -> Response:
    """Take the message off the *Mis pendientes* of all coordinators."""
    user, row = access.require("read_answers"), _row(number)
    key = str(row.id)
    waited = [notices.take_down(db.session(), kind, key, user.id) for kind in notices.OF_MESSAGES]
    db.session().commit()
    if any(waited):
        flash("El correo quedó como leído.", "success")
    else:
        flash("El correo ya estaba leído.", "message")
    return redirect(url_for(".show", number=row.id), 303)


def _row(number: int) -> Incoming:
    row = db.session().get(Incoming, number)
    if row is None:
        abort(404)
    return row
