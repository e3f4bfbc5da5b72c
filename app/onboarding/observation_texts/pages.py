"""The pages of recurring observations: the list by step, and changing or deleting one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from app.base import db
from app.base.models import ObservationText, User
from app.onboarding.observation_texts import texts
from app.people import access
from forms.fields import LongTextField, TickField

blueprint = Blueprint("observation_texts", __name__)

Answer = Response | str | tuple[str, int]
RIGHT = "reuse_observations"
#: Names of the parties after «equipo de».
TEAMS = {"sip": "la SIP", "sgtd": "la SGTD"}


class TextForm(FlaskForm):
    """The form of a text; `shared` only of a user's own one."""

    text = LongTextField(
        "Observación",
        hint="Sin nombres, números de documento ni datos de una entidad: se usa con otras.",
        needed="Escribe la observación.",
        limit=texts.LIMIT,
    )
    shared = TickField("Lo usa todo el equipo")


@blueprint.get("/textos-recurrentes")
def list_texts() -> str:
    """Show the texts that the user may use and change, by step."""
    found = texts.listed(db.session(), access.require(RIGHT))
    steps = dict.fromkeys(one.step for one in found)
    groups = [(texts.step_name(step), [one for one in found if one.step == step]) for step in steps]
    return render_template("observation_texts/list.html", groups=groups, teams=TEAMS)


@blueprint.route("/textos-recurrentes/<int:number>", methods=["GET", "POST"])
def change(number: int) -> Answer:
    """Change a text, or share it with the party."""
    user, text = _loaded(number)
    form: Any = TextForm(data={"text": text.text, "shared": text.owner_id is None})
    if text.owner_id is None:
        del form.shared
    else:
        form.shared.label.text = f"Lo usa todo el equipo de {TEAMS[text.role]}"
    errors = _errors(form) if form.is_submitted() else {}
    if not form.is_submitted() or errors:
        page = render_template(
            "observation_texts/form.html",
            form=form,
            errors=errors,
            text=text,
            step=texts.step_name(text.step),
            teams=TEAMS,
        )
        return (page, 422) if errors else page
    shared = "shared" in form and bool(form.shared.data)
    texts.change(db.session(), user, text, form.text.data, shared=shared)
    return _done("Guardamos el texto recurrente.")


@blueprint.post("/textos-recurrentes/<int:number>/borrar")
def remove(number: int) -> Response:
    """Delete a text."""
    user, text = _loaded(number)
    texts.remove(db.session(), user, text)
    return _done("Borramos el texto recurrente.")


def _loaded(number: int) -> tuple[User, ObservationText]:
    user = access.require(RIGHT)
    return user, texts.find(db.session(), user, number) or abort(404)


def _errors(form: Any) -> dict[str, str]:
    """Validate a posted form; return the first message of each wrong field."""
    form.validate()
    found = {field.name: str(field.errors[0]) for field in form if field.errors}
    if fault := texts.personal_data(form.text.data or ""):
        found.setdefault("text", fault)
    return found


def _done(message: str) -> Response:
    db.session().commit()
    flash(message, "success")
    return redirect(url_for(".list_texts"), 303)
