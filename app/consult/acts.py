"""Interest acts for everyone: of all entities, of one, and each with its versions."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from flask import Blueprint, abort, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import db
from app.consult.noindex import keep_out
from app.models import Entity, InterestAct, Register
from app.visits import acts_told, asking_acts, rules
from app.visits.asking_acts import Question

Answer = str | tuple[str, int]

blueprint = Blueprint("public_acts", __name__)
blueprint.after_request(keep_out)


@blueprint.get("/actos")
def list_acts() -> Answer:
    """The acts of all entities, the latest first."""
    return _list(Question.of(request.args), None)


@blueprint.get("/actos/<code>")
def list_of_entity(code: str) -> Answer:
    """The acts of one entity whose register is public."""
    register = public_register(db.session(), code)
    return _list(Question.of({**request.args, "entidad": ""}), register)


def public_register(session: Session, code: str) -> Register:
    """The register that an entity publishes; 404 where there is none."""
    found = session.scalar(
        select(Register)
        .join(Entity, Entity.id == Register.entity_id)
        .where(Entity.code == code, Register.environment == "production")
    )
    return found or abort(404)


def _list(question: Question, register: Register | None) -> Answer:
    entity = register.entity if register else None
    acts: Sequence[InterestAct] = ()
    further = ""
    if not question.faults:
        acts, further = asking_acts.page(db.session(), question, entity)
    page = render_template(
        "consult/acts.html",
        acts=acts,
        question=question,
        entity=entity,
        register=register,
        first=_address(question.params),
        further=_address(question.params | {"antes": further}) if further else "",
        others=_address(question.params | {"estado": "" if question.annulled else "anulados"}),
    )
    return (page, 400) if question.faults else page


def _address(params: dict[str, str]) -> str:
    said = {name: value for name, value in params.items() if value}
    return f"{request.path}?{urlencode(said)}" if said else request.path


@blueprint.get("/acto/<act>")
def show(act: str) -> str:
    """A public act as it stands, with all its versions; what is hidden is not there."""
    session = db.session()
    row = asking_acts.public_act(session, act) or abort(404)
    full = rules.documents_are_public(session)
    versions = acts_told.versions_of(session, row)
    entity = row.register.entity
    changes = acts_told.changes(session, versions, full=full)
    return render_template(
        "consult/act.html",
        act=row,
        entity=entity,
        facts=acts_told.facts(session, row, full=full),
        changes=[change.without_names(entity.name) for change in reversed(changes)],
        recorded_at=versions[0].recorded_at,
    )
