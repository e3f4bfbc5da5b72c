"""*Convalidar etapa* for many: the ticked entities, or all that match a query, as a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.base import db, formatting
from app.base.models import Entity
from app.onboarding import batches
from app.onboarding.batches import held_files
from app.onboarding.batches.kinds.validating.validations import GroundForm, stored_ground
from app.onboarding.entity_list.filters import stage_names
from app.onboarding.entity_list.query import EntityQuery
from app.onboarding.entity_list.starting import NOBODY, selection, ticked
from app.people import access
from forms.fields import SelectOneField

blueprint = Blueprint("validating", __name__)


class ManyForm(GroundForm):
    """Stage up to which is validated, reason, and supporting document."""

    stage = SelectOneField(
        "Última etapa que se da por cumplida",
        hint="Las anteriores que falten se convalidan también.",
        needed="Elige la etapa.",
    )


@blueprint.route("/entidades/convalidar", methods=["GET", "POST"])
def validate_many() -> Response | str | tuple[str, int]:
    """Ask for stage, reason and document, then freeze the entities as a batch. Validate none."""
    user, session = access.require("validate_stage"), db.session()
    query = EntityQuery.of(request.args)
    if refused := query.refused():
        return refused
    is_ticked, is_sent = bool(request.form.getlist("entidad")), "stage" in request.form
    by_query = not is_ticked and (is_sent or request.method != "POST")

    def choose() -> Sequence[Entity]:
        return query.entities(session) if by_query else ticked(session)

    chosen, most = choose(), batches.VALIDATIONS.most
    if not chosen:
        return query.back_to_list(NOBODY)
    if len(chosen) > most:
        count, limit = formatting.number(len(chosen)), formatting.number(most)
        many = f"Son {count} entidades y se revisan hasta {limit}"
        return query.back_to_list(f"{many} a la vez: filtra la lista.")
    if not is_sent:
        return _page(query, chosen, is_ticked, _form(None), {})
    form, user_id = _form(held_files.posted(user.id)), user.id
    session.rollback()  # the uploaded file is read without a lock that others would wait for
    valid = form.validate()
    chosen = choose()
    if not valid:
        errors = {field.id: str(field.errors[0]) for field in form if field.errors}
        held = held_files.keep(session, form, user_id)
        session.commit()
        return _page(query, chosen, is_ticked, form, errors, held), 422
    data = stored_ground(session, form) | {"stage": form.stage.data}
    data |= selection(session, query, is_ticked=is_ticked)
    ids = [entity.id for entity in chosen]
    session.commit()  # the dry run takes a while, in which others must not wait for a lock
    with db.reading() as reading:
        known = {one.id: one for one in reading.scalars(select(Entity).where(Entity.id.in_(ids)))}
        entities = [known[key] for key in ids if key in known]
        dry_run = batches.check_list(reading, batches.VALIDATIONS, entities, user_id, data)
    batch = batches.store(session, dry_run)
    session.commit()
    return redirect(url_for("batches.show", batch=batch.id), 303)


def _form(formdata: Any) -> ManyForm:
    form = ManyForm(formdata)
    form.stage.choices = [("", "Elige"), *stage_names(db.session()).items()]
    return form


def _page(
    query: EntityQuery,
    chosen: Sequence[Entity],
    is_ticked: bool,
    form: ManyForm,
    errors: dict[str, str],
    held: Sequence[str] = (),
) -> str:
    return render_template(
        "entities/validate_many.html",
        back=query.address(),
        count=len(chosen),
        codes=[entity.code for entity in chosen] if is_ticked else [],
        form=form,
        errors=errors,
        held=held,
    )
