"""Document numbers in full, for users who state a purpose: the log has the purpose, no number."""

from __future__ import annotations

from flask import abort, render_template, request

from app.base import audit_log, db
from app.base.models import User
from app.people.access import require, this_entity
from app.people.accounts.blueprint import pages
from app.people.accounts.forms import Purpose, PurposeInEntity, errors_of
from app.people.documents import Shown, people_of

MOST = 200


@pages.route("/personas/<int:number>/documento", methods=["GET", "POST"])
def unmask_person(number: int) -> str | tuple[str, int]:
    """Ask for a purpose, and show the document of one account."""
    viewer = require("unmask")
    session = db.session()
    person = session.get(User, number)
    if person is None:
        abort(404)
    form = Purpose(request.form if request.method == "POST" else None)
    if request.method != "POST" or not form.validate():
        page = render_template(
            "accounts/unmask.html", form=form, errors=errors_of(form), who=person.full_name
        )
        return (page, 422) if request.method == "POST" else page
    purpose = form.purpose.data
    audit_log.of_person(session, "document.unmasked", person, viewer.id, purpose=purpose)
    session.commit()
    found = [Shown(person.full_name, f"{person.document_type} {person.document_number}", "Cuenta")]
    return render_template("accounts/unmasked.html", people=found, more=0, entity=None)


@pages.route("/entidades/<code>/documentos", methods=["GET", "POST"])
def unmask_entity(code: str) -> str | tuple[str, int]:
    """Ask for a purpose, and show documents of an entity's people, all or of a surname."""
    entity = this_entity()
    viewer = require("unmask", entity)
    form = PurposeInEntity(request.form if request.method == "POST" else None)
    if request.method != "POST" or not form.validate():
        page = render_template(
            "accounts/unmask.html",
            form=form,
            errors=errors_of(form),
            who=entity.name,
            entity=entity,
        )
        return (page, 422) if request.method == "POST" else page
    session = db.session()
    found = people_of(session, entity, form.surnames.data or "")
    audit_log.write(
        session,
        "document.unmasked",
        actor_id=viewer.id,
        entity_id=entity.id,
        purpose=form.purpose.data,
        surnames=form.surnames.data or "",
        people=min(len(found), MOST),
    )
    session.commit()
    return render_template(
        "accounts/unmasked.html",
        people=found[:MOST],
        more=max(len(found) - MOST, 0),
        entity=entity,
    )
