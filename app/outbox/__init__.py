"""The outbox as a page: mails that would go out, for coordinators."""

from __future__ import annotations

from flask import Blueprint, Flask, abort, render_template, request
from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from app import db
from app.models import Mail
from app.paging import Paging, page_number

blueprint = Blueprint("outbox", __name__)
PER_PAGE = 50


def init_app(app: Flask) -> None:
    """Adds the pages of the outbox."""
    app.register_blueprint(blueprint)


@blueprint.get("/correos")
def list_mails() -> str:
    """The newest first, by address or subject."""
    text = request.args.get("q", "").strip()[:100]
    query = select(Mail)
    if text:
        query = query.where(
            or_(
                Mail.to.contains(text, autoescape=True),
                Mail.subject.contains(text, autoescape=True),
            )
        )
    total = db.session().scalar(select(func.count()).select_from(query.subquery())) or 0
    paging = Paging(total, page_number(), PER_PAGE)
    mails = (
        db.session()
        .scalars(
            query.options(joinedload(Mail.entity))
            .order_by(Mail.id.desc())
            .limit(paging.size)
            .offset(paging.offset)
        )
        .all()
    )
    return render_template("outbox/list.html", mails=mails, total=total, page=paging, q=text)


@blueprint.get("/correos/<int:mail_id>")
def show(mail_id: int) -> str:
    """One mail, as its reader would see it."""
    mail = db.session().get(Mail, mail_id)
    if mail is None:
        abort(404)
    return render_template("outbox/mail.html", mail=mail)
