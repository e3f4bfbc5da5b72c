"""The acts of the Gestor: upload a version, put it into force or propose it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse
from wtforms.validators import Length

from app.administration.process_versions import comparing, faults, reading
from app.administration.process_versions.pages import blueprint, found_version
from app.administration.process_versions.reading import Version
from app.base import db
from app.base.definitions import definition_of, in_force
from app.base.models import Deployment
from app.cases.processes import versions
from app.cases.processes.case_admin import Refused
from app.people import access
from forms.fields import LongTextField, Part
from workflows.contract import InvalidDiagram

Answer = AnyResponse | str | tuple[str, int]

REFUSED = "No se puede usar esta versión: mira abajo qué hay que corregir."
PROPOSED = "Propusiste la versión. Ahora la confirma otra persona."
PUT = "La versión está en vigor: con ella empieza todo trámite nuevo."


class Reason(Part):
    """Why a version is put into force."""

    reason = LongTextField(
        "Motivo",
        hint="Queda en el historial. Por ejemplo: la norma que cambió, o lo que pidió la SIP.",
        needed="Escribe el motivo.",
        limit=500,
        rules=(Length(10, message="Explica el motivo con al menos 10 caracteres."),),
        render_kw={"rows": 4},
    )


@blueprint.route("/proceso/subir", methods=["GET", "POST"])
def upload() -> Answer:
    """Take the files of a version, several or one .zip; store it as offered if nothing is wrong."""
    user, session = access.require("manage_process"), db.session()
    if request.method != "POST":
        return render_template("process/upload.html", errors={}, faults=[])
    user_id = user.id
    session.rollback()  # nothing foreign is read within a transaction
    files = [(one.filename or "", one.stream) for one in request.files.getlist("files")]
    try:
        version = versions.read_files([one for one in files if one[0]])
    except versions.BadFiles as why:
        return _upload_page({"files": str(why)}, [])
    except InvalidDiagram as invalid:
        return _upload_page({"files": REFUSED}, faults.in_spanish(invalid.faults))
    known = reading.find(session, version.hash)
    deployment = versions.offer(session, version, source="page", by_id=user_id)
    name = versions.name_of(deployment)
    session.commit()
    if known is None:
        flash("La versión está guardada y no está en vigor. Mira qué cambia.", "success")
    else:
        flash(f"Esos archivos ya estaban guardados: son la {known.name.lower()}.", "warning")
    return redirect(url_for(".show", hash_=name), 303)


def _upload_page(errors: dict[str, str], found: list[faults.Line]) -> tuple[str, int]:
    return render_template("process/upload.html", errors=errors, faults=found), 422


@blueprint.get("/proceso/versiones/<hash_>/archivos.zip")
def download(hash_: str) -> Response:
    """Send the files of a version, each byte for byte as it came in."""
    session = db.session()
    version = found_version(session, hash_)
    content = versions.write_archive(session.get_one(Deployment, version.id))
    name = f"proceso-{version.short}.zip"
    return Response(
        content,
        mimetype="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@blueprint.route("/proceso/versiones/<hash_>/vigor", methods=["GET", "POST"])
def put_into_force(hash_: str) -> Answer:
    """Put a version into force, or propose it where a second person is needed; with a reason."""
    user, session = access.require("manage_process"), db.session()
    version, form = found_version(session, hash_), Reason(request.form)
    row = session.get_one(Deployment, version.id)
    two = version.situation != "in_force" and versions.needs_two(session, row)
    if request.method != "POST":
        return _reason_page(session, version, form, two)
    if not form.validate():
        return _reason_page(session, version, form, two), 422
    compared = request.form.get("base", type=int)
    reason, actor, proposes = form.reason.data, user.id, request.form.get("act") == "propose"

    def act() -> None:
        do = versions.propose if proposes else versions.put_into_force
        do(session, version.id, reason=reason, actor_id=actor, base_id=compared)

    try:
        return _done(version, act, PROPOSED if proposes else PUT)
    except versions.Replaced as why:
        session.rollback()
        version = found_version(session, hash_)
        two = versions.needs_two(session, session.get_one(Deployment, version.id))
        return _reason_page(session, version, form, two, str(why)), 422


def _reason_page(
    session: Session, version: Version, form: Reason, two: bool, fault: str = ""
) -> str:
    """Return the page that asks for the reason, with what the act changes."""
    base = in_force(session)
    before = definition_of(base)
    after = definition_of(session.get_one(Deployment, version.id))
    return render_template(
        "process/reason.html",
        version=version,
        form=form,
        errors={"": fault} if fault else _errors(form),
        two=two,
        base=base,
        waiting=versions.waiting(session),
        differences=comparing.compare(before, after),
        changed=comparing.processes(before, after),
    )


def _errors(form: Reason) -> dict[str, str]:
    return {field.id: str(field.errors[0]) for field in form if field.errors}


def _done(version: Version, act: Callable[[], Any], said: str) -> AnyResponse:
    """Do an act and commit it; return to the version's page with what was done, or why not.

    Raise Replaced if the user decided about other differences than those of now.
    """
    session = db.session()
    try:
        act()
        session.commit()
    except versions.Replaced:
        raise
    except Refused as why:
        session.rollback()
        flash(str(why), "warning")
    except InvalidDiagram:
        session.rollback()
        flash(
            "La versión ya no se puede poner en vigor: le falta algo de lo que se revisa.",
            "warning",
        )
    else:
        flash(said, "success")
    return redirect(url_for(".show", hash_=version.short), 303)
