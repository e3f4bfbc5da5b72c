"""Interest acts for everyone: of all entities, of one, and each with its versions."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, abort, redirect, render_template, request
from werkzeug.wrappers import Response

from app.base import db
from app.base.models import InterestAct, Register
from app.register.interest_acts import history, query
from app.register.interest_acts.query import Question
from app.register.public.shared import address, keep_out, unpublished_page
from app.register.registers import rules
from app.register.search import published, unpublished
from app.register.suppression import reviews

Answer = str | tuple[str, int]

blueprint = Blueprint("public_acts", __name__)
blueprint.after_request(keep_out)


@blueprint.get("/actos")
def list_acts() -> Answer:
    """List the acts of all entities, the latest first."""
    return _list(Question.of(request.args), None)


@blueprint.get("/actos/<code>")
def list_of_entity(code: str) -> Answer:
    """List the acts of one entity whose register is public."""
    register = published.register_of(db.session(), code)
    if register is None:
        return unpublished_page(code, "Actos de gestión de intereses")
    return _list(Question.of({**request.args, "entidad": ""}), register)


def _list(question: Question, register: Register | None) -> Answer:
    entity = register.entity if register else None
    acts: Sequence[InterestAct] = ()
    further = ""
    if not question.faults:
        acts, further = query.page(db.session(), question, entity)
    page = render_template(
        "consult/acts.html",
        acts=acts,
        question=question,
        entity=entity,
        register=register,
        unpublished=unpublished.meant(db.session(), question.entity) if not acts else (),
        first=address(request.path, question.params),
        further=address(request.path, question.params | {"antes": further}) if further else "",
    )
    return (page, 400) if question.faults else page


@blueprint.get("/acto/<act>")
def show(act: str) -> Response | str:
    """Show a public act with all its versions; answer 404 for a hidden act.

    Redirect to the visit's page if that says that the visit is under review or suppressed.
    """
    session = db.session()
    row = query.public_act(session, act)
    if row is None:
        visit = query.visit_of_act(session, act) or abort(404)
        return redirect(
            (reviews.tombstone_of(session, visit.code, "public") or abort(404)).visit.url
        )
    full = rules.documents_are_public(session)
    versions = history.versions_of(session, row)
    entity = row.register.entity
    changes = history.public_changes(session, versions, entity.name, full=full)
    return render_template(
        "consult/act.html",
        act=row,
        entity=entity,
        facts=history.facts(session, row, full=full),
        changes=changes[::-1],
        recorded_at=versions[0].recorded_at,
    )
