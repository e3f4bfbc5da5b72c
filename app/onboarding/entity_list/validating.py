"""*Convalidar etapa* for many: the entities that were ticked, or all of the list's filter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.base import db, formatting
from app.base.definitions import definition_of, in_force
from app.base.models import Entity
from app.onboarding import batches
from app.onboarding.batches import held_files
from app.onboarding.batches.validations import GroundForm, kept_ground
from app.onboarding.entity_list.filters import Asked
from app.onboarding.entity_list.starting import filtered, set_of, ticked
from app.people import access
from forms.fields import SelectOneField

blueprint = Blueprint("validating", __name__)

NOBODY = "No elegiste ninguna entidad."


class ManyForm(GroundForm):
    """Up to which stage, why, and the paper that shows it."""

    stage = SelectOneField(
        "Última etapa que se da por cumplida",
        hint="Las anteriores que falten se convalidan también.",
        needed="Elige la etapa.",
    )


@blueprint.route("/entidades/convalidar", methods=["GET", "POST"])
def validate_many() -> Response | str | tuple[str, int]:
    """Asks for stage, reason and document, then freezes the set; validates none."""
    user, session = access.require("validate_stage"), db.session()
    asked = Asked.of(request.args)
    if asked.faults:
        # What is at fault asks nothing: the set would be larger than what was meant.
        flash(" ".join(asked.faults.values()), "warning")
        return redirect(asked.address(), 303)
    by_hand, begun = request.form.getlist("entidad"), "stage" in request.form
    by_filter = not by_hand and (begun or request.method == "GET")
    chosen = filtered(asked) if by_filter else ticked()
    most = batches.VALIDATIONS.most
    if not chosen or len(chosen) > most:
        count, limit = formatting.number(len(chosen)), formatting.number(most)
        many = f"Son {count} entidades y se revisan hasta {limit}"
        flash(f"{many} a la vez: filtra la lista." if chosen else NOBODY, "warning")
        return redirect(asked.address(), 303)
    if not begun:
        return _page(asked, chosen, bool(by_hand), _form(None), {})
    form, user_id = _form(held_files.posted(user.id)), user.id
    session.rollback()  # a foreign file is read before anything that others would wait for
    good = form.validate()
    chosen = filtered(asked) if by_filter else ticked()
    if not good:
        errors = {field.id: str(field.errors[0]) for field in form if field.errors}
        held = held_files.keep(session, form, user_id)
        session.commit()
        return _page(asked, chosen, bool(by_hand), form, errors, held), 422
    data = kept_ground(session, form) | {"stage": form.stage.data}
    data |= set_of(session, asked, by_hand=bool(by_hand))
    ids = [entity.id for entity in chosen]
    session.commit()  # what follows takes a while, in which others are not to wait for a lock
    with db.reading() as looking:
        known = {one.id: one for one in looking.scalars(select(Entity).where(Entity.id.in_(ids)))}
        some = [known[key] for key in ids if key in known]
        looked = batches.look_at_list(looking, batches.VALIDATIONS, some, user_id, data)
    batch = batches.keep(session, looked)
    session.commit()
    return redirect(url_for("batches.show", batch=batch.id), 303)


def _form(formdata: Any) -> ManyForm:
    form = ManyForm(formdata)
    definition = definition_of(in_force(db.session()))
    named = [(stage, definition.element_name(stage)) for stage in definition.stages]
    form.stage.choices = [("", "Elige"), *named]
    return form


def _page(
    asked: Asked,
    chosen: Sequence[Entity],
    by_hand: bool,
    form: ManyForm,
    errors: dict[str, str],
    held: Sequence[str] = (),
) -> str:
    return render_template(
        "entities/validate_many.html",
        back=asked.address(),
        count=len(chosen),
        codes=[entity.code for entity in chosen] if by_hand else [],
        form=form,
        errors=errors,
        held=held,
    )
