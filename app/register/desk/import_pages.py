"""Import of past visits: a file is uploaded, its columns are named, and its rows are checked; then
it is imported or left."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask import send_file as send
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import FileField

from app.base import calendar, db, formatting
from app.base.files import integrity
from app.base.models import FileUse, PastImport, Register
from app.people import access
from app.people.access import this_entity
from app.people.accounts.forms import errors_of
from app.register import importing
from app.register.desk.frame import this_register
from app.register.facts.values import SOURCES
from app.register.importing import applying, headings, running, sentences
from app.register.importing.reporting import Report
from forms.fields import ChoiceField, Part, SelectOneField, add_error

blueprint = Blueprint("past", __name__)

ROOT = "/registro/<code>/<env>/importar"
CHOICES = (
    (
        "official_platform",
        "De la plataforma oficial",
        {"hint": "Su exportación a Excel se reconoce sola."},
    ),
    ("own_system", "De un sistema propio de la entidad"),
    ("imported", "De otro lugar", {"hint": "Por ejemplo, un cuaderno pasado a una hoja."}),
)


class PastForm(Part):
    """A file of past visits, and where they were recorded."""

    file = FileField(
        "Archivo de visitas",
        description="Excel (.xlsx o .xls), ODS o CSV, hasta 30 MB y 200 000 filas.",
    )
    source = ChoiceField(
        "¿De dónde vienen estas visitas?", CHOICES, needed="Elige de dónde vienen las visitas."
    )


def this_production() -> Register:
    """Return the register of the address; a demo takes no past visits."""
    register = this_register()
    if register.environment != "production":
        abort(404)
    return register


@blueprint.get(ROOT)
def show(code: str, env: str) -> str:
    """Show the form, and the earlier imports."""
    return _page(PastForm(), {})


@blueprint.post(ROOT)
def upload(code: str, env: str) -> Response | tuple[str, int]:
    """Store a file, and change nothing in the register."""
    user_id, register_id = access.require("manage_register", this_entity()).id, this_production().id
    form = PastForm(request.form)
    posted = request.files.get("file")
    good = form.validate()
    # A large file takes a while to read; meanwhile other requests must not wait for a lock.
    db.session().rollback()
    opened = None
    if posted is None or not posted.filename:
        add_error(form.file, "Elige el archivo de visitas.")
    else:
        try:
            opened = running.Upload.of(posted.stream.read(), posted.filename, form.source.data)
        except importing.Unreadable as fault:
            add_error(form.file, str(fault))
    if opened is None or not good:
        return _page(form, errors_of(form)), 422
    session = db.session()
    run = running.keep(session, session.get_one(Register, register_id), opened, user_id)
    session.commit()
    return redirect(url_for(".columns", code=code, env=env, run=run.id), 303)


@blueprint.route(f"{ROOT}/<int:run>/columnas", methods=["GET", "POST"])
def columns(code: str, env: str, run: int) -> Response | str | tuple[str, int]:
    """Ask which column holds what, and check the rows; change nothing in the register."""
    access.require("manage_register", this_entity())
    session, register_id, row = db.session(), this_production().id, _this_run(run)
    if row.state == "done":
        return redirect(url_for(".show_run", code=code, env=env, run=run), 303)
    form = _columns_form(row)
    if request.method != "POST":
        return _columns_page(form, row)
    if not form.validate():
        return _columns_page(form, row), 422
    source, chosen = row.source, {field.name: int(field.data) for field in form if field.data}
    try:
        export = running.read_again(session, row, chosen)
        with db.open_session(current_app.extensions["engine"], writes=False) as reading:
            report = _dry_run(reading, reading.get_one(Register, register_id), export, source)
    except importing.Unreadable as fault:
        session.rollback()
        return _columns_page(form, _this_run(run), str(fault)), 422
    running.checked(session, this_production(), _this_run(run), chosen, report)
    session.commit()
    return redirect(url_for(".show_run", code=code, env=env, run=run), 303)


def _columns_form(run: PastImport) -> Part:
    """Return a list of the file's columns for each cell; those that are known are chosen."""
    choices = [("", "No está en el archivo")] + [
        (str(place), f"Columna {place + 1}: {heading}")
        for place, heading in enumerate(run.summary["headings"])
        if heading
    ]
    fields = {
        cell: SelectOneField(label, choices, needed=headings.REQUIRED.get(cell, ""))
        for cell, label in headings.LABELS.items()
    }
    proposed = {cell: str(place) for cell, place in run.summary["columns"].items()}
    form: Part = type("ColumnsForm", (Part,), fields)(request.form, data=proposed)
    return form


def _columns_page(form: Part, run: PastImport, fault: str = "") -> str:
    return render_template(
        "register/import_columns.html",
        form=form,
        errors={"": fault} if fault else errors_of(form),
        run=run,
        name=db.session().get_one(FileUse, run.file_id).name,
    )


def _dry_run(session: Session, register: Register, export: importing.Export, source: str) -> Report:
    """Return the report on a file. Raises Unreadable for an empty or another entity's file."""
    report = applying.check(session, register, export, source=source, at=calendar.now())
    if not report.rows:
        raise importing.Unreadable("El archivo no tiene ninguna fila debajo de los encabezados.")
    if report.is_of_others:
        raise importing.Unreadable(
            f"El archivo es de otra entidad: ninguna fila dice «{register.entity.name}»."
        )
    return report


@blueprint.get(f"{ROOT}/<int:run>")
def show_run(code: str, env: str, run: int) -> Response | str:
    """Show the plan for each row, or its result; without one, ask for the columns."""
    row = _this_run(run)
    if row.state == "uploaded":
        return redirect(url_for(".columns", code=code, env=env, run=run))
    return _run_page(row)


@blueprint.post(f"{ROOT}/<int:run>/confirmar")
def confirm(code: str, env: str, run: int) -> Response | tuple[str, int]:
    """Import a file that was checked; once, however often it is sent."""
    user_id = access.require("manage_register", this_entity()).id
    session, register_id, row = db.session(), this_production().id, _this_run(run)
    done = False
    try:
        if row.state != "done":
            export = running.read_again(session, row)
            register = session.get_one(Register, register_id)
            done = running.confirm(session, register, run, user_id, export)
    except importing.Unreadable as fault:
        session.rollback()
        return _run_page(_this_run(run), str(fault)), 422
    if done:
        flash(_result(_this_run(run)), "success")
    else:
        flash("Este archivo ya se había importado: no se agregó nada más.", "message")
    session.commit()
    return redirect(url_for(".show_run", code=code, env=env, run=run), 303)


def _result(run: PastImport) -> str:
    before, after = run.summary["checked"]["outcomes"], run.summary["done"]["outcomes"]
    sentence = f"Importamos {formatting.plural(_visits(after), 'visita', 'visitas')}."
    changed = " El registro había cambiado desde la revisión." if before != after else ""
    return sentence + changed


@blueprint.get(f"{ROOT}/<int:run>/informe.csv")
def table(code: str, env: str, run: int) -> Response:
    """Return each row of the file as its number and outcome; no personal data."""
    use = db.session().get_one(FileUse, _this_run(run).summary["table"])
    return send(
        integrity.whole(use.file),
        mimetype="text/csv; charset=utf-8",
        as_attachment=True,
        download_name=f"informe-{run}.csv",
        max_age=0,
    )


def _this_run(number: int) -> PastImport:
    return running.run_of(db.session(), this_production(), number) or abort(404)


def _page(form: PastForm, errors: dict[str, str]) -> str:
    runs = running.runs(db.session(), this_production())
    return render_template(
        "register/import.html",
        form=form,
        errors=errors,
        runs=[
            {
                "row": run,
                "visits": _visits(_newest(run).get("outcomes", {})),
                "source": SOURCES[run.source],
            }
            for run in runs
        ],
    )


def _run_page(run: PastImport, fault: str = "") -> str:
    summary = _newest(run)
    before = run.summary["checked"]["outcomes"] if run.state == "done" else summary["outcomes"]
    return render_template(
        "register/import_run.html",
        errors={"": fault} if fault else {},
        run=run,
        name=db.session().get_one(FileUse, run.file_id).name,
        source=SOURCES[run.source],
        visits=_visits(summary["outcomes"]),
        rows=sum(summary["outcomes"].values()),
        summary=summary,
        remarks=_remarks(summary["codes"], sentences.REMARKS),
        refusals=_remarks(summary["codes"], sentences.REFUSALS),
        outcomes=sentences.DONE if run.state == "done" else sentences.OUTCOMES,
        shown=[
            {"number": number, "outcome": outcome, "sentence": sentences.text_of(codes)}
            for number, outcome, codes in summary["shown"]
        ],
        more=_more(summary),
        before=_visits(before) if before != summary["outcomes"] else None,
        namesakes=importing.namesakes(db.session(), this_entity()),
    )


def _newest(run: PastImport) -> dict[str, Any]:
    """Return the result of the import, before it of the dry run, before that nothing."""
    summary: dict[str, Any] = run.summary.get("done") or run.summary.get("checked") or {}
    return summary


def _visits(outcomes: Mapping[str, int]) -> int:
    return outcomes.get("taken", 0) + outcomes.get("remarked", 0)


def _more(summary: Mapping[str, Any]) -> int:
    """Return how many rows with remarks the page does not show."""
    outcomes: Mapping[str, int] = summary["outcomes"]
    said = sum(outcomes.values()) - outcomes.get("taken", 0)
    return max(0, said - len(summary["shown"]))


def _remarks(codes: Mapping[str, int], of: Mapping[str, str]) -> list[tuple[str, int]]:
    """Return sentences with the number of their rows, the most frequent first."""
    found = [(of[code], count) for code, count in codes.items() if code in of]
    return sorted(found, key=operator.itemgetter(1), reverse=True)
