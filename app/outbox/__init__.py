"""The outbox as a page: mails that would go out, for coordinators."""

from __future__ import annotations

from flask import Blueprint, Flask, abort, render_template, request
from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import joinedload

from app import access, db
from app.models import Mail
from app.paging import Paging, page_number

blueprint = Blueprint("outbox", __name__)
PER_PAGE = 50
#: Mails whose links let their reader in.
LETS_IN = ("invitation", "reset")


def init_app(app: Flask) -> None:
    """Adds the pages of the outbox."""
    app.register_blueprint(blueprint)


@blueprint.get("/correos")
def list_mails() -> str:
    """The newest first, by address or subject."""
    text = request.args.get("q", "").strip()[:100]
    query = select(Mail).where(readable())
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


def readable() -> ColumnElement[bool]:
    """Mails that the reader may see: those to people of the PCM let their reader in as them."""
    if access.may(access.me(), "manage_people"):
        return true()
    return or_(Mail.entity_id.is_not(None), Mail.kind.not_in(LETS_IN))


@blueprint.get("/correos/<int:mail_id>")
def show(mail_id: int) -> str:
    """One mail, as its reader would see it."""
    mail = db.session().scalar(select(Mail).where(Mail.id == mail_id, readable()))
    if mail is None:
        abort(404)
    return render_template("outbox/mail.html", mail=mail)
