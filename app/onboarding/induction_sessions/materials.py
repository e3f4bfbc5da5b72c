"""Pages of the materials of stages: all versions, publish one, withdraw one, its file."""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, abort, flash, redirect, render_template, request, send_file, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import FileField

from app.base import db, files
from app.base.definitions import definition_of, in_force
from app.base.files import integrity
from app.base.models import Material
from app.cases.papers import materials
from app.people import access
from forms.fields import Part, SelectOneField, TextField, WebsiteField, add_error
from forms.fields.dates import DateField
from forms.fields.documents import FAULTS, examine

blueprint = Blueprint("materials", __name__)

FILE_HINT = (
    "Un PDF de 10 MB como máximo. Una presentación (PPTX) u otro archivo: guárdalo como PDF, o "
    "ponlo donde se pueda leer y escribe su enlace."
)
NO_PDF = (
    "Solo se publican archivos PDF. En tu programa elige «Guardar como» o «Exportar», con el tipo "
    "PDF; o escribe arriba un enlace."
)


class MaterialForm(Part):
    """A version of a material: a PDF or a link, of a stage, under a norm, since a day."""

    stage = SelectOneField("Etapa", needed="Elige la etapa.")
    title = TextField(
        "Título",
        hint="Con el mismo título, es una versión nueva; las anteriores se conservan.",
        needed="Escribe el título.",
        limit=150,
    )
    norm = TextField("Norma que explica", needed="Escribe la norma.", limit=150)
    since = DateField("Vale desde", hint="Día/mes/año", needed="Escribe desde qué día vale.")
    link = WebsiteField("Enlace (si no es un archivo)")
    file = FileField("Archivo (si no es un enlace)", description=FILE_HINT)


def stage_names(session: Session) -> dict[str, str]:
    """Return the stages as the diagrams in force name them."""
    definition = definition_of(in_force(session))
    return {stage: definition.element_name(stage) for stage in definition.stages}


@blueprint.get("/materiales")
def list_materials() -> str:
    """List the materials by stage, with all their versions."""
    session = db.session()
    return render_template(
        "sessions/materials.html",
        rows=materials.every(session),
        stages=stage_names(session),
        may_publish=access.may(access.me(), "publish_sessions"),
    )


@blueprint.route("/materiales/nuevo", methods=["GET", "POST"])
def new() -> Response | str | tuple[str, int]:
    """Publish a version of a material."""
    user, session = access.require("publish_sessions"), db.session()
    if request.method != "POST":
        return _page(_form(session, None))
    form, user_id = _form(session, request.form), user.id
    upload = request.files.get("file")
    session.rollback()  # the file is read without a lock that others would wait for
    valid, content = form.validate(), b""
    if upload is not None and upload.filename:
        if fault := examine(upload.stream).fault:
            add_error(form["file"], NO_PDF if fault == FAULTS["no_pdf"] else fault)
        else:
            content = upload.stream.read()
    if bool(content) == bool(form["link"].data) and not form["file"].errors:
        add_error(form["link"], "Sube un PDF o escribe un enlace: uno de los dos.")
    if not valid or any(field.errors for field in form):
        return _page(form), 422
    row = materials.publish(
        session,
        stage=form["stage"].data,
        title=form["title"].data,
        norm=form["norm"].data,
        since_on=cast("Any", form["since"]).data,
        link=form["link"].data or "",
        content=content,
        by_id=user_id,
    )
    session.commit()
    flash(f"Publicaste la versión {row.version} de «{row.title}».", "success")
    return redirect(url_for(".list_materials"), 303)


@blueprint.post("/materiales/<int:material_id>/retirar")
def withdraw(material_id: int) -> Response:
    """Withdraw a version: steps show it no longer."""
    user, session = access.require("publish_sessions"), db.session()
    if materials.withdraw(session, _material(material_id), user.id):
        flash("Retiraste el material: los pasos ya no lo muestran.", "success")
    session.commit()
    return redirect(url_for(".list_materials"), 303)


@blueprint.get("/materiales/<int:material_id>/archivo")
def file(material_id: int) -> Response:
    """Send the file of a version, also of an earlier one."""
    row = _material(material_id)
    if row.file is None:
        abort(404)
    path = integrity.whole(row.file)
    name = files.safe_name(f"{row.title} v{row.version}.pdf")
    return send_file(path, mimetype=materials.PDF, as_attachment=True, download_name=name)


def _material(material_id: int) -> Material:
    return db.session().get(Material, material_id) or abort(404)


def _form(session: Session, posted: Any) -> Part:
    form = MaterialForm(posted)
    form["stage"].choices = [("", "Elige"), *stage_names(session).items()]
    return form


def _page(form: Part) -> str:
    errors = {field.id: str(field.errors[0]) for field in form if field.errors}
    return render_template("sessions/material_form.html", form=form, errors=errors)
