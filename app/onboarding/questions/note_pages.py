"""The page of the internal notes on an entity."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.base import db
from app.cases.questions import notes
from app.onboarding.questions import presenters
from app.onboarding.questions.forms import NoteForm
from app.people import access
from app.people.access import this_entity
from app.register.facts import open_texts

blueprint = Blueprint("notes", __name__)


@blueprint.route("/entidades/<code>/notas", methods=["GET", "POST"])
def show(code: str) -> Response | str | tuple[str, int]:
    """Show the notes on the entity; the POST adds one."""
    session, entity = db.session(), this_entity()
    user = access.require("write_note" if request.method == "POST" else "read_notes")
    form = NoteForm()
    form.mentions.choices = [
        (str(one.id), one.full_name) for one in notes.colleagues(session, user)
    ]
    if form.validate_on_submit():
        mentioned = {int(one) for one in form.mentions.data or ()}
        notes.write(session, entity, form.text.data, mentioned, form.once.key_of(user.id), user)
        session.commit()
        flash("Guardamos la nota.", "success")
        return redirect(url_for(".show", code=code), 303)
    if not form.mentions.choices:
        del form.mentions
    page = render_template(
        "questions/notes.html",
        entity=entity,
        form=form if access.may(user, "write_note") else None,
        errors=presenters.errors(form) if form.is_submitted() else {},
        notes=[
            (note, open_texts.masked(note.text), names)
            for note, names in notes.of_entity(session, entity)
        ],
    )
    return (page, 422) if form.is_submitted() else page
