"""Pages of saved views of *Mis pendientes*: save one, share it, begin with it, take it over."""

from __future__ import annotations

from collections.abc import Mapping

from flask import abort, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.base import db
from app.base.models import SavedView, User
from app.onboarding.tasks.blueprint import blueprint
from app.onboarding.tasks.inbox import views
from app.onboarding.tasks.queue.query import TaskQuery
from app.onboarding.tasks.showing import Answer
from app.people import access
from forms.fields import ChoiceField, TextField

#: The value of a form or a URL → who reads a view.
SHARING: Mapping[str, views.Sharing] = {
    "own": "",
    "role": "role",
    "all": "all",
    "reservar": "",
    "compartir": "role",
    "compartir-con-todos": "all",
}


class ViewForm(FlaskForm):
    """Form to save a view."""

    name = TextField(
        "Nombre de la vista",
        hint="Por ejemplo: Atrasadas de Cusco. Si ya tienes una con ese nombre, la reemplaza.",
        needed="Escribe el nombre de la vista.",
        limit=views.LONGEST,
    )
    sharing = ChoiceField(
        "¿Quién la ve?",
        (
            ("own", "Solo yo"),
            ("role", "Los coordinadores de mi secretaría"),
            ("all", "Todos los coordinadores"),
        ),
        needed="Elige quién la ve.",
        default="own",
    )


@blueprint.route("/pendientes/guardar", methods=["GET", "POST"])
def save_view() -> Answer:
    """Save the filters, the order and the grouping of the URL as a view with a name."""
    session, user = db.session(), access.require("save_views")
    query = TaskQuery.of(session, user, request.args)
    if query.faults or not query.values:
        return redirect(query.address(), 303)
    form, errors = ViewForm(), {}
    if form.validate_on_submit():
        name = " ".join((form.name.data or "").split())
        try:
            view = views.save(session, user, name, query.text, SHARING[form.sharing.data])
            session.commit()
            flash(f"La vista «{view.name}» quedó guardada.", "success")
            return redirect(query.address(vista=str(view.id)), 303)
        except views.CannotSave as fault:
            session.rollback()
            errors = {fault.field: str(fault)}
    errors = errors or {name: messages[0] for name, messages in form.errors.items()}
    page = render_template("tasks/save_view.html", query=query, form=form, errors=errors)
    return (page, 422) if request.method == "POST" else page


@blueprint.get("/pendientes/vistas")
def list_views() -> str:
    """Show the views that the user reads, with what they may do with each."""
    session, user = db.session(), access.require("save_views")
    first = views.default_of(session, user)
    rows = []
    for view in views.readable(session, user):
        query = TaskQuery.of_text(session, user, view.params)
        rows.append(
            {
                "view": view,
                "url": query.address(vista=str(view.id)),
                "words": query.words(),
                "own": view.owner_id == user.id,
                "for_all": views.is_for_all(view),
                "abandoned": views.is_abandoned(view),
                "first": first is not None and first.id == view.id,
            }
        )
    return render_template("tasks/views.html", rows=rows, has_first=first is not None)


@blueprint.post(
    "/pendientes/vistas/<int:view_id>/<any(abrir,compartir,'compartir-con-todos',reservar,borrar,asumir):act>"
)
def change_view(view_id: int, act: str) -> Response:
    """Do something with a view; 404 for one that the user does not read, or may not change."""
    session, user = db.session(), access.require("save_views")
    view = views.find(session, user, view_id)
    if view is None or (act not in ("abrir", "asumir") and view.owner_id != user.id):
        abort(404)
    try:
        said = _change(session, view, act, user)
        session.commit()
        flash(said, "success")
    except views.CannotSave as fault:
        session.rollback()
        flash(str(fault), "warning")
    return redirect(url_for(".list_views"), 303)


def _change(session: Session, view: SavedView, act: str, user: User) -> str:
    """Do what a button says; return what was done (Spanish). Raise CannotSave."""
    if act == "abrir":
        views.begin_with(session, view, user)
        return f"Tus pendientes se abren ahora con «{view.name}»."
    if act == "asumir":
        views.take_over(session, view, user)
        return f"Ahora te haces cargo de «{view.name}»."
    if act == "borrar":
        views.remove(session, view)
        return f"La vista «{view.name}» quedó borrada."
    views.share(session, view, user, SHARING[act])
    return f"La vista «{view.name}» {'quedó compartida' if view.role else 'es solo tuya'}."


@blueprint.post("/pendientes/vistas/todas")
def begin_with_all() -> Response:
    """Open *Mis pendientes* with all tasks again."""
    session, user = db.session(), access.require("save_views")
    views.begin_with(session, None, user)
    session.commit()
    flash("Tus pendientes se abren ahora con todas las tareas.", "success")
    return redirect(url_for(".list_views"), 303)
