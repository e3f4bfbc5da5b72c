"""Import of past visits: a file is checked, its report is read, and it is imported or left."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask import send_file as send
from werkzeug.datastructures import FileStorage
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
from app.register.importing import applying, reporting, running, sentences
from forms.fields import ChoiceField, Part, add_error

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
def check(code: str, env: str) -> Response | tuple[str, int]:
    """Check a file, and change nothing in the register."""
    user_id, register_id = access.require("manage_register", this_entity()).id, this_production().id
    form = PastForm(request.form)
    upload = request.files.get("file")
    good = form.validate()
    if upload is None or not upload.filename:
        add_error(form.file, "Elige el archivo de visitas.")
    if upload is None or not upload.filename or not good:
        return _page(form, errors_of(form)), 422
    # A large file takes a while to read; meanwhile other requests must not wait for a lock.
    db.session().rollback()
    try:
        opened, report = _checked(upload, form.source.data, register_id)
    except importing.Unreadable as fault:
        add_error(form.file, str(fault))
        return _page(form, errors_of(form)), 422
    session = db.session()
    run = running.keep(session, session.get_one(Register, register_id), opened, report, user_id)
    session.commit()
    return redirect(url_for(".show_run", code=code, env=env, run=run.id), 303)


def _checked(
    upload: FileStorage, chosen: str, register_id: int
) -> tuple[running.Upload, reporting.Report]:
    """Return a file and its dry run. Raises Unreadable, also for another entity's file."""
    opened = running.Upload.of(upload.stream.read(), upload.filename or "", chosen)
    with db.open_session(current_app.extensions["engine"], writes=False) as session:
        register = session.get_one(Register, register_id)
        report = applying.check(
            session, register, opened.export, source=opened.source, at=calendar.now()
        )
        if not report.rows:
            raise importing.Unreadable(
                "El archivo no tiene ninguna fila debajo de los encabezados."
            )
        if report.is_of_others:
            raise importing.Unreadable(
                f"El archivo es de otra entidad: ninguna fila dice «{register.entity.name}»."
            )
    return opened, report


@blueprint.get(f"{ROOT}/<int:run>")
def show_run(code: str, env: str, run: int) -> str:
    """Show the plan for each row, or its result."""
    return _run_page(_this_run(run))


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
            {"row": run, "visits": _visits(_newest(run)["outcomes"]), "source": SOURCES[run.source]}
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
    """Return the result of the import or, before it, of the dry run."""
    summary: dict[str, Any] = run.summary.get("done") or run.summary["checked"]
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
