"""Pages of the texts of the help: everybody reads them, coordinators make and change them."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

import forms
from app.base import db
from app.base.models import HelpText, QuestionMessage
from app.cases.questions import help_texts
from app.onboarding.questions import presenters
from app.onboarding.questions.forms import HELP, TITLE, HelpForm
from app.people import access
from app.register.facts import open_texts

blueprint = Blueprint("help_texts", __name__)

Answer = Response | str | tuple[str, int]


def step_name(step: str) -> str:
    """Return the heading of a step; "" for none."""
    found = forms.steps().get(step)
    return found.form.heading if found else ""


@blueprint.get(help_texts.ADDRESS)
def list_texts() -> str:
    """Show the answers that everybody can read, by step."""
    found = help_texts.published(db.session())
    steps = dict.fromkeys(one.step for one in found)
    return render_template(
        "questions/help_texts.html",
        groups=[
            (step, step_name(step), [one for one in found if one.step == step]) for step in steps
        ],
        edits=access.may(access.me(), "edit_help"),
    )


@blueprint.route(f"{help_texts.ADDRESS}/nueva/<int:message_id>", methods=["GET", "POST"])
def make(message_id: int) -> Answer:
    """Make a text of the help from an answer of the PCM."""
    session, user = db.session(), access.require("edit_help")
    message = session.get(QuestionMessage, message_id)
    if message is None or not message.of_pcm or message.kind == "differs":
        abort(404)
    if made := help_texts.of_message(session, message.id):
        flash("Esa respuesta ya es un texto de ayuda: cámbialo aquí.", "message")
        return redirect(url_for(".edit", number=made.id), 303)
    question = message.question
    form = HelpForm(
        data={
            "title": open_texts.masked(question.subject)[:TITLE],
            "text": open_texts.masked(message.text)[:HELP],
        }
    )
    errors = _checked(form, message)
    if form.is_submitted() and not errors:
        help_texts.publish(session, message, form.title.data, form.text.data, user)
        return _saved("La respuesta ya se lee en la ayuda.")
    return _form_page(
        form,
        errors,
        step=step_name(question.step),
        title="Convierte la respuesta en ayuda",
        button="Publicar en la ayuda",
        back=url_for("questions.show", code=question.entity.code, number=question.id),
    )


@blueprint.route(f"{help_texts.ADDRESS}/<int:number>/editar", methods=["GET", "POST"])
def edit(number: int) -> Answer:
    """Change a text of the help, or confirm it as reviewed today."""
    session, user, text = db.session(), access.require("edit_help"), _text(number)
    form = HelpForm(data={"title": text.title, "text": text.text})
    message = session.get(QuestionMessage, text.message_id) if text.message_id else None
    errors = _checked(form, message)
    if form.is_submitted() and not errors:
        help_texts.change(session, text, form.title.data, form.text.data, user)
        return _saved("Guardamos el texto de ayuda.")
    return _form_page(
        form,
        errors,
        step=step_name(text.step),
        title="Cambia el texto de ayuda",
        button="Guardar",
        back=url_for(".list_texts"),
        text=text,
    )


@blueprint.post(f"{help_texts.ADDRESS}/<int:number>/retirar")
def withdraw(number: int) -> Response:
    """Remove a text from the help."""
    session, user, text = db.session(), access.require("edit_help"), _text(number)
    help_texts.withdraw(session, text, user)
    return _saved("El texto ya no se lee en la ayuda.")


def _text(number: int) -> HelpText:
    return db.session().get(HelpText, number) or abort(404)


def _saved(message: str) -> Response:
    """Commit, flash the message and go to the list."""
    db.session().commit()
    flash(message, "success")
    return redirect(url_for(".list_texts"), 303)


def _form_page(
    form: HelpForm,
    errors: Mapping[str, str],
    *,
    step: str,
    title: str,
    button: str,
    back: str,
    text: HelpText | None = None,
) -> str | tuple[str, int]:
    """Return the page of a form; with status 422 if it has errors."""
    page = render_template(
        "questions/help_form.html",
        form=form,
        errors=errors,
        step=step,
        title=title,
        button=button,
        back=back,
        text=text,
    )
    return (page, 422) if errors else page


def _checked(form: HelpForm, message: QuestionMessage | None) -> dict[str, str]:
    """Validate a posted form; return its errors, {} if no form was posted."""
    if not form.is_submitted():
        return {}
    form.validate()
    errors = presenters.errors(form)
    people = help_texts.writers(db.session(), message) if message else []
    for name in ("title", "text"):
        fault = help_texts.personal_data(form[name].data or "", people)
        if fault and name not in errors:
            errors[name] = fault
    return errors
