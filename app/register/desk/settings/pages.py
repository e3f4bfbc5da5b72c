"""Settings of an administrator: where visits are recorded, and what the demo accepts.

A register of another source is read from its export: evidence that is never typed.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response
from wtforms import FileField

from app.base import calendar, db, files, formatting
from app.base.models import Register, User
from app.people import access
from app.people.access import this_entity
from app.people.accounts.forms import errors_of
from app.register import importing
from app.register.desk.frame import this_register
from app.register.facts.values import SOURCES
from app.register.registers import settings, sources
from forms.fields import ChoiceField, Part, TickField, WebsiteField, add_error
from forms.fields.tables import MEDIA_TYPES, ending_of

blueprint = Blueprint("settings", __name__)

ROOT = "/registro/<code>/<env>/ajustes"
HINTS = {
    "zaguan": "Las visitas se registran y se publican aquí.",
    "official_platform": "Se leen de la exportación a Excel de su consulta pública.",
    "own_system": "Se leen de la exportación de ese sistema.",
}


class SourceForm(Part):
    """The system in which the entity records its visits."""

    source = ChoiceField(
        "¿Dónde registra la entidad sus visitas?",
        [(source, SOURCES[source], {"hint": hint}) for source, hint in HINTS.items()],
        needed="Elige dónde registra la entidad sus visitas.",
    )
    address = WebsiteField(
        "Dirección pública de esa consulta",
        hint="Si no es Zaguán: donde cualquiera ve las visitas. En la plataforma oficial, la de "
        "tu RUC.",
        needed="Escribe la dirección pública donde se ven las visitas.",
        when=("source", ("official_platform", "own_system")),
    )


class DocumentsForm(Part):
    """Whether a demo accepts documents of real people."""

    real_documents = TickField(
        "Dejar entrar documentos reales",
        hint="Sin esto, la demo solo acepta documentos inventados, como los de la cartilla.",
    )


class ExportForm(Part):
    """The export of another source."""

    export = FileField(
        "Archivo de la exportación",
        description="Excel (.xlsx o .xls), ODS o CSV, de 12 MB, con los encabezados de la "
        "plataforma oficial.",
    )


@blueprint.get(ROOT)
def show(code: str, env: str) -> str:
    """Show the settings of a register, and the data read from its source."""
    return _page({})


@blueprint.post(ROOT)
def change(code: str, env: str) -> Response | tuple[str, int]:
    """Change one of the settings: `act` says which."""
    user = access.require("manage_register", this_entity())
    act = ACTS.get(request.form.get("act", ""))
    if act is None:
        abort(400)
    return act(db.session(), this_register(), user)


def _change_source(session: Session, register: Register, user: User) -> Response | tuple[str, int]:
    form = SourceForm(request.form)
    if not form.validate():
        return _page(errors_of(form), source_form=form), 422
    address = form.address.data or ""
    changed = settings.change_source(session, register, form.source.data, address, user.id)
    session.commit()
    return _done("Guardamos dónde registra la entidad.") if changed else _unchanged()


def _admit_documents(session: Session, register: Register, user: User) -> Response:
    if register.environment != "demo":
        abort(404)
    admitted = bool(DocumentsForm(request.form).real_documents.data)
    changed = settings.admit_real_documents(session, register, admitted, user.id)
    session.commit()
    if not changed:
        return _unchanged()
    return _done(
        "La demo acepta documentos reales. Nada de ella se publica."
        if admitted
        else "La demo ya no acepta documentos reales."
    )


def _read_export(session: Session, register: Register, user: User) -> Response | tuple[str, int]:
    if register.source == "zaguan":
        abort(404)
    upload = request.files.get("export") or FileStorage()
    user_id, register_id = user.id, register.id
    # A large file takes a while to read; meanwhile other requests must not wait for a lock.
    session.rollback()
    try:
        counted = _counted(upload, register_id)
    except importing.Unreadable as fault:
        form = ExportForm()
        add_error(form.export, str(fault))
        return _page(errors_of(form), export_form=form), 422
    register, user = session.get_one(Register, register_id), session.get_one(User, user_id)
    sources.note_export(session, register, counted, user, _keep(session, register, upload, user))
    session.commit()
    visits, late = counted["visits"], counted["late_entries"]
    return _done(
        f"Leímos la exportación, desde el {formatting.day(register.opened_at)}: "
        f"{visits} visitas con ingreso y salida, {late} extemporáneas."
    )


def _counted(upload: FileStorage, register_id: int) -> dict[str, Any]:
    """Count an export's visits of this entity. Raises Unreadable."""
    if not upload.filename:
        raise importing.Unreadable("Elige el archivo de la exportación.")
    export = importing.read_export(upload.stream.read(), upload.filename)
    upload.stream.seek(0)
    with db.open_session(current_app.extensions["engine"], writes=False) as session:
        register = session.get_one(Register, register_id)
        entity, since = register.entity, calendar.lima_day(register.opened_at)
        found = importing.summary(export, entity, since)
        if found.of_others:
            raise importing.Unreadable(
                f"El archivo tiene visitas de otra entidad. Sube solo las de {entity.name}."
            )
    if found.earlier and not found.visits:
        raise importing.Unreadable(
            f"Todas las visitas del archivo son de antes del {formatting.day(since)}, "
            "cuando se abrió este registro: no cuentan."
        )
    if not found.visits:
        raise importing.Unreadable("El archivo no tiene ninguna visita que se pueda leer.")
    return {
        "visits": found.complete,
        "late_entries": found.late_observed,
        "first_on": found.first_on.isoformat() if found.first_on else "",
        "last_on": found.last_on.isoformat() if found.last_on else "",
        "earlier": found.earlier,
    }


def _keep(session: Session, register: Register, upload: FileStorage, user: User) -> str:
    """Store the file, under a name without personal data. Return its id."""
    ending = ending_of(upload.stream.read(8))
    upload.stream.seek(0)
    use = files.keep(
        session,
        upload.stream,
        name=f"exportacion.{ending}",
        media_type=MEDIA_TYPES[ending],
        owner=files.Owner(register.entity_id, by_id=user.id),
        kind=files.VISITS,
        title=f"Exportación ({SOURCES[register.source]})",
    )
    return use.id


ACTS = {"source": _change_source, "documents": _admit_documents, "export": _read_export}


def _unchanged() -> Response:
    return _done("No cambiaste nada.", "message")


def _done(sentence: str, category: str = "success") -> Response:
    flash(sentence, category)
    code, env = this_entity().code, this_register().path
    return redirect(url_for(".show", code=code, env=env), 303)


def _page(
    errors: dict[str, str],
    *,
    source_form: SourceForm | None = None,
    export_form: ExportForm | None = None,
) -> str:
    session, register = db.session(), this_register()
    address = register.source_address
    return render_template(
        "register/settings.html",
        source_form=source_form or SourceForm(data={"source": register.source, "address": address}),
        documents_form=DocumentsForm(data={"real_documents": register.real_documents}),
        export_form=export_form or ExportForm(),
        errors=errors,
        export=sources.export_of(session, register),
        statement=sources.statement_of(session, register),
        namesakes=importing.namesakes(session, this_entity()),
    )
