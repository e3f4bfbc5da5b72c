"""The pages of the outbox: every mail, its outcome and why, for coordinators."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from app.base import db, queries
from app.base.models import Mail
from app.base.paging import paged
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
from app.people.mail.erasing import without_links

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

    Links and codes that let people in are shown by `reveal`, and once a server delivers them to
    their reader alone. So are those that confirm that a notice came.
    """
    return _page(readable_mail(mail_id))


@blueprint.post("/correos/<int:mail_id>/mostrar")
def reveal(mail_id: int) -> str:
    """Show a mail with a code or a link, where no server sends it; its reader is barred."""
    user, mail, session = access.require("see_outbox"), readable_mail(mail_id), db.session()
    if sends() or mail.kind not in LETS_IN:
        abort(404)
    access.hold_code(session, user.id, "seen_code", mail.entity_id, mail.user)
    session.commit()
    return _page(mail, revealed=True)


def _page(mail: Mail, *, revealed: bool = False) -> str:
    return render_template(
        "outbox/mail.html",
        mail=mail,
        body=without_links(mail.body) if sends() else mail.body,
        address=suspect(db.session(), mail.to),
        is_private=mail.kind in LETS_IN and not revealed,
        sends=sends(),
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
