"""The pages of the outbox: every mail, its outcome and why, for coordinators."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from app.base import db, queries
from app.base.models import Mail
from app.base.paging import paged
from app.mailroom.incoming.reading import without_links
from app.mailroom.outbox.mails import (
    LETS_IN,
    STATES,
    by_hand,
    narrowed,
    readable,
    readable_mail,
    sends,
    suspect,
)
from app.people import access, addresses
from app.people.access import local_path

blueprint = Blueprint("outbox", __name__)
queries.only(blueprint, {"list_mails": ("q", "entidad", "estado", "pagina")})
PER_PAGE = 50
LONGEST_SEARCH = 100


@blueprint.get("/correos")
def list_mails() -> str:
    """List mails, newest first; filter by person, address or subject, by entity, and by state."""
    filters = {
        name: request.args.get(name, "").strip()[:LONGEST_SEARCH] for name in ("q", "entidad")
    }
    filters["estado"] = queries.chosen("estado", STATES)
    session = db.session()
    newest = narrowed(select(Mail).where(readable()), filters).order_by(Mail.id.desc())
    page, shown = paged(session, newest, PER_PAGE)
    mails = session.scalars(shown.options(joinedload(Mail.entity), joinedload(Mail.user)))
    return render_template(
        "outbox/list.html",
        mails=mails.all(),
        page=page,
        filters=filters,
        address=suspect(session, filters["q"]),
        sends=sends(),
        by_hand=by_hand(session),
    )


@blueprint.get("/correos/<int:mail_id>")
def show(mail_id: int) -> str:
    """Show one mail, as its reader would see it as plain text.

    Once a server delivers them, links and codes that let people in, or confirm that a notice came,
    are for their reader alone.
    """
    mail = readable_mail(mail_id)
    return render_template(
        "outbox/mail.html",
        mail=mail,
        body=without_links(mail.body) if sends() else mail.body,
        address=suspect(db.session(), mail.to),
        is_private=sends() and mail.kind in LETS_IN,
    )


@blueprint.post("/correos/direcciones")
def confirm_address() -> Response:
    """Record that an address works; the user has confirmed this with its owner."""
    user = access.require("confirm_address")
    address = request.form.get("direccion", "")[: LONGEST_SEARCH * 3]
    if addresses.alive_again(db.session(), address, user.id):
        db.session().commit()
        flash("La dirección vuelve a recibir recordatorios.", "success")
    return redirect(local_path(request.form.get("volver") or url_for(".list_mails")), 303)
