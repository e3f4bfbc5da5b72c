"""The proposals: entities that publish on the official platform, and the stages to validate."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, render_template
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import db, queries
from app.base.db.membership import among
from app.base.definitions import definition_of, in_force
from app.base.models import Entity, ProcessInstance
from app.base.paging import Paging, page_number
from app.onboarding.batches import table
from app.onboarding.batches.baseline.blueprint import ROOT, blueprint
from app.onboarding.batches.kinds.starting import newest
from app.onboarding.batches.kinds.validating.validations import VALIDATIONS, way_to
from app.people import access
from app.register.baseline.evidence import Evidence, evidence
from app.register.registers import publishing
from workflows.definition import Definition

#: The last stage that publishing proves: the register is in production.
PROVED = "production"
#: Proposals on a page: as many as one form sends (`entity_list.acting.MOST_TICKED`).
PER_PAGE = 500


@dataclass(frozen=True)
class Proposal:
    """An entity that publishes there, the stages that this proves, and the evidence."""

    entity: Entity
    evidence: Evidence
    #: Where its onboarding is, in words.
    standing: str
    stages: str


@blueprint.get(f"{ROOT}/propuestas")
def proposals() -> str:
    """List the proposals; a person chooses, and the batch of validations judges each."""
    user = access.require("import_baseline")
    queries.must_know(("pagina",))
    session = db.session()
    found = _proposals(session)
    paging = Paging(len(found), page_number(), PER_PAGE)
    return render_template(
        "baseline/proposals.html",
        rows=found[paging.offset : paging.offset + paging.size],
        page=paging,
        places=[
            (publishing.PLACES[value], value, count)
            for value, count in publishing.counts(session).items()
        ],
        may_validate=access.may(user, "validate_stage"),
        stage=PROVED,
    )


@blueprint.get(f"{ROOT}/propuestas.xlsx")
def proposals_file() -> Response:
    """Send the template of the validations with a row per proposal, to be completed."""
    access.require("import_baseline")
    # No go-live day: the first visit of an export is that of its window.
    session = db.session()
    stage, found = str(_number(session)), _proposals(session)
    rows = [
        {
            "code": one.entity.code,
            "stage": stage,
            "reason": "Publica en la plataforma oficial",
            "reference": one.evidence.sentence,
            "ruc": one.entity.ruc,
        }
        for one in found
    ]
    return Response(
        table.template(VALIDATIONS, rows),
        mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"Content-Disposition": 'attachment; filename="propuestas.xlsx"'},
    )


def _number(session: Session) -> int:
    return _definition(session).stages.index(PROVED) + 1


def _definition(session: Session) -> Definition:
    return definition_of(in_force(session))


def _proposals(session: Session) -> list[Proposal]:
    """Return the proposals by name: active entities that have not got past PROVED."""
    known = evidence(session)
    rows = session.scalars(
        select(Entity)
        .where(among(Entity.id, list(known)), Entity.active)
        .order_by(Entity.name, Entity.id)
    ).all()
    onboardings = newest(session, rows)
    definition = _definition(session)
    found = (_of(one, known[one.id], onboardings.get(one.id), definition) for one in rows)
    return [one for one in found if one is not None]


def _of(
    entity: Entity, known: Evidence, row: ProcessInstance | None, definition: Definition
) -> Proposal | None:
    row = None if row is not None and row.status == "cancelled" else row
    if row is not None and row.ended_at is not None:
        return None
    way = way_to(definition_of(row.deployment) if row else definition, row, PROVED)
    if not way.stages:
        return None
    return Proposal(
        entity,
        known,
        way.definition.element_name(row.stage) if row is not None and row.stage else "Sin iniciar",
        way.names(),
    )
