"""Letters with activation codes: for a filter, for a batch that was started, for one entity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from app.base import calendar, db
from app.base.models import Batch, BatchRow, Entity
from app.onboarding import batches
from app.onboarding.batches import letter_pdfs, pages
from app.onboarding.batches.kinds import letters
from app.onboarding.entity_list.query import EntityQuery
from app.people import access
from app.people.access import this_entity

blueprint = Blueprint("letters", __name__)


@blueprint.route("/entidades/cartas", methods=["GET", "POST"])
def prepare() -> Response | str:
    """Freeze the entities of a filter as a batch of letters, which says which get one."""
    access.require("start_onboarding")
    session, query = db.session(), EntityQuery.of(request.args)
    if refused := query.refused():
        return refused
    if request.method == "POST":
        data = query.for_batch(session)
        data["mailed"] = bool(request.form.get("con_correo"))
        return _frozen(query.entities(session), data)
    matching = select(func.count()).select_from(Entity).where(query.condition(session))
    return render_template(
        "batches/letters_of_filter.html",
        filters=query.params,
        back=query.address(),
        count=session.scalar(matching) or 0,
        part=letters.PART,
    )


def _frozen(entities: Sequence[Entity], data: Mapping[str, Any]) -> Response:
    """Freeze a list of entities as a batch, and show it."""
    session, user = db.session(), access.require("start_onboarding")
    batch = batches.from_list(session, batches.LETTERS, entities, user.id, data)
    session.commit()
    return redirect(url_for("batches.show", batch=batch.id), 303)


@blueprint.post("/entidades/lotes/<int:batch>/cartas")
def of_batch(batch: int) -> Response:
    """Prepare letters for the entities that a batch started."""
    row = db.session().get(Batch, batch)
    begin = (batches.START.id, batches.MANDATES.id, batches.PROCLAIMED.id)
    if row is None or row.kind not in begin:
        abort(404)
    return _frozen(_entities_of(row, BatchRow.result == "done"), {"of": row.id})


@blueprint.post("/entidades/lotes/<int:batch>/otra-vez")
def again(batch: int) -> Response:
    """Prepare the same letters again, for a lost PDF, whose codes are void once they are made."""
    row = _letters(batch)
    return _frozen(_entities_of(row, BatchRow.plan == "do"), {**row.data, "of": row.id})


def _letters(number: int) -> Batch:
    row = db.session().get(Batch, number)
    if row is None or row.kind != batches.LETTERS.id:
        abort(404)
    return row


def _entities_of(batch: Batch, condition: Any) -> Sequence[Entity]:
    query = (
        select(Entity)
        .join(BatchRow, BatchRow.entity_id == Entity.id)
        .where(BatchRow.batch_id == batch.id, condition)
        .order_by(BatchRow.number)
    )
    return db.session().scalars(query).all()


@blueprint.post("/entidades/<code>/carta")
def of_entity(code: str) -> Response:
    """Prepare a letter for one entity, even if mail reaches it."""
    return _frozen([this_entity()], {"mailed": True, "again": True})


@blueprint.post("/entidades/lotes/<int:batch>/partes/<int:part>")
def make(batch: int, part: int) -> Response | tuple[str, int]:
    """Make a part of the letters as a PDF, once; its codes are valid from now on."""
    user_id, row = access.require("start_onboarding").id, _letters(batch)
    session, number, form = db.session(), row.id, letters.form_of(row, request.form)
    if not form.validate():
        errors = {name: messages[0] for name, messages in form.errors.items()}
        return pages.page(row, form=form, errors=errors), 422
    session.rollback()  # it takes a while, and others must not wait for a lock meanwhile
    content = letter_pdfs.make(session, number, part, user_id, form.marks)
    if not content:
        session.rollback()
        flash(
            "Estas cartas ya se hicieron: busca el PDF entre tus descargas. Si se perdió, prepara "
            "las cartas otra vez."
            if content is None
            else "Ninguna de estas entidades necesita ya una carta.",
            "message",
        )
        return redirect(url_for("batches.show", batch=number), 303)
    name = f"cartas-{calendar.today().isoformat()}-lote-{number}-parte-{part}.pdf"
    return Response(
        content,
        mimetype="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )
