"""The outbox as a page: every mail, its outcome and why, for coordinators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Flask, abort, current_app, flash, redirect, render_template, request
from sqlalchemy import ColumnElement, Select, func, literal_column, or_, select, true
from sqlalchemy.orm import Session, joinedload
from werkzeug.wrappers import Response

from app.base import db, queries
from app.base.models import Address, Entity, Mail, User
from app.base.models.entities import matching
from app.base.paging import Paging, page_number
from app.mailroom.incoming.reading import without_links
from app.people import access, addresses
from app.people.access import local_path
from app.people.mail import KINDS

blueprint = Blueprint("outbox", __name__)
queries.only(blueprint, {"list_mails": ("q", "entidad", "estado", "pagina")})
PER_PAGE = 50
LONGEST_SEARCH = 100
#: Mails whose links and codes let their reader in.
LETS_IN = tuple(kind for kind, facts in KINDS.items() if facts.lets_in)
#: State of Mail → its name on screen, and the shape next to it (see `shape` in
#: macros.html).
STATES: Mapping[str, tuple[str, str]] = {
    "waiting": ("Por enviar", "awaiting_date"),
    "sent": ("Enviado", "filed"),
    "shown": ("Solo en esta página", "in_review"),
    "dropped": ("Descartado", "cancelled"),
    "failed": ("No salió", "not_presented"),
    "bounced": ("Rebotó", "observed"),
}


def init_app(app: Flask) -> None:
    """Add the pages of the outbox."""
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(MAIL_STATES=STATES, mail_kind=kind_name)


def kind_name(kind: str) -> str:
    """Return a kind of mail as coordinators call it."""
    return KINDS[kind].name if kind in KINDS else kind


@blueprint.get("/correos")
def list_mails() -> str:
    """List mails, newest first; filter by person, address or subject, by entity, and by state."""
    filters = {
        name: request.args.get(name, "").strip()[:LONGEST_SEARCH] for name in ("q", "entidad")
    }
    filters["estado"] = queries.chosen("estado", STATES)
    session = db.session()
    query = narrowed(select(Mail).where(readable()), filters)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    paging = Paging(total, page_number(), PER_PAGE)
    mails = session.scalars(
        query.options(joinedload(Mail.entity), joinedload(Mail.user))
        .order_by(Mail.id.desc())
        .limit(paging.size)
        .offset(paging.offset)
    ).all()
    return render_template(
        "outbox/list.html",
        mails=mails,
        total=total,
        page=paging,
        filters=filters,
        address=suspect(session, filters["q"]),
        sends=sends(),
    )


def narrowed(query: Select[Mail], filters: Mapping[str, str]) -> Select[Mail]:
    """Return the query of the mails that match the filters."""
    if text := filters["q"]:
        name = User.given_names + " " + User.surnames
        query = query.outerjoin(User, User.id == Mail.user_id).where(
            or_(
                Mail.to.icontains(text, autoescape=True),
                Mail.subject.icontains(text, autoescape=True),
                name.icontains(text, autoescape=True),
            )
        )
    if filters["entidad"]:
        of = select(Entity.id).where(matching(filters["entidad"]))
        query = query.where(Mail.entity_id.in_(of))
    if filters["estado"]:
        query = query.where(Mail.state == filters["estado"])
    return query


def readable() -> ColumnElement[bool]:
    """Return the condition on Mail: the user may see it. Mails to the PCM may give access."""
    if access.may(access.me(), "manage_people"):
        return true()
    return or_(Mail.entity_id.is_not(None), Mail.kind.not_in(LETS_IN))


def given_up() -> ColumnElement[bool]:
    """Return the condition on Mail: it could not be sent. A literal, so that the index is used."""
    return Mail.state == literal_column("'failed'")


def failed(session: Session) -> Sequence[Mail]:
    """Return mails that were given up, of those that the reader may see, the oldest first."""
    query = select(Mail).where(given_up(), readable())
    with_more = query.options(joinedload(Mail.entity), joinedload(Mail.user))
    return session.scalars(with_more.order_by(Mail.id).limit(200)).all()


def readable_mail(mail_id: int, *, lock: bool = False) -> Mail:
    """Return a mail that the reader may see; any other is answered 404."""
    query = select(Mail).where(Mail.id == mail_id, readable())
    mail = db.session().scalar(query.with_for_update() if lock else query)
    if mail is None:
        abort(404)
    return mail


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


def sends() -> bool:
    """Return whether a server is configured; without one, mails are read on these pages alone."""
    return bool(current_app.config["SMTP_HOST"])


def suspect(session: Session, address: str) -> Address | None:
    """Return what is known of an address from which mails came back; None where all is well."""
    known = session.get(Address, address.casefold()) if address else None
    return known if known and (known.dead_at or known.hard_bounces or known.soft_bounces) else None


@blueprint.post("/correos/direcciones")
def confirm_address() -> Response:
    """Confirm that an address works, after asking its owner."""
    user = access.require("confirm_address")
    filters: Any = request.form.get("direccion", "")[: LONGEST_SEARCH * 3]
    if addresses.alive_again(db.session(), filters, user.id):
        db.session().commit()
        flash("La dirección vuelve a recibir recordatorios.", "success")
    return redirect(local_path(request.form.get("volver") or "/correos"), 303)
