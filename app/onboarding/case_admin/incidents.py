"""Incidents of all entities: failed service tasks, failed mails, and retries."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.base import audit_log, db
from app.base.models import Mail, User
from app.mailroom.outbox import mails as outbox
from app.onboarding.entity_list import standing
from app.people import access
from app.people.addresses import domains
from app.people.mail import erasing

blueprint = Blueprint("incidents", __name__)


@blueprint.get("/incidentes")
def list_incidents() -> str:
    """Show what needs attention, the oldest first."""
    user = access.require("retry_incident")
    session = db.session()
    return render_template(
        "entities/incidents.html",
        incidents=standing.open_incidents(session),
        mails=outbox.failed(session),
        domains=domains.those_that_rest(session),
        may_resume=access.may(user, "resume_domain"),
    )


@blueprint.post("/incidentes/dominios/<domain>/reanudar")
def resume_domain(domain: str) -> Response:
    """Resume sending to a domain that refused mails."""
    user = access.require("resume_domain")
    if domains.resume(db.session(), domain, user.id):
        db.session().commit()
        flash(f"Los correos a {domain} vuelven a salir.", "success")
    return redirect(url_for("incidents.list_incidents"), 303)


@blueprint.post("/incidentes/correos/<int:mail_id>/reintentar")
def retry_mail(mail_id: int) -> Response:
    """Return a failed mail to the queue, as if it had never been tried."""
    user, mail = access.require("retry_incident"), outbox.readable_mail(mail_id, lock=True)
    if mail.state == "failed":
        mail.state, mail.error, mail.attempts, mail.next_try_at = "waiting", "", 0, None
        _note("mail.retried", mail, user)
        db.session().commit()
        flash("El correo vuelve a estar por enviar.", "success")
    return redirect(url_for("incidents.list_incidents"), 303)


@blueprint.post("/incidentes/correos/<int:mail_id>/descartar")
def discard_mail(mail_id: int) -> Response:
    """Discard a failed mail for good; it keeps the error that stopped it."""
    user, mail = access.require("retry_incident"), outbox.readable_mail(mail_id, lock=True)
    if mail.state == "failed":
        mail.state = "dropped"
        erasing.erase(mail)
        _note("mail.discarded", mail, user)
        db.session().commit()
        flash("El correo quedó descartado.", "success")
    return redirect(url_for("incidents.list_incidents"), 303)


def _note(kind: str, mail: Mail, user: User) -> None:
    audit_log.write(
        db.session(),
        kind,
        actor_id=user.id,
        entity_id=mail.entity_id,
        mail=mail.id,
        subject=mail.subject,
        to=mail.to,
    )
