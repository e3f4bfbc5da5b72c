"""A constancia that is annulled, and the signed copy of the one that replaces it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request
from werkzeug.datastructures import MultiDict

from app.base import calendar, db, files
from app.base.files import Owner, uploads
from app.base.models import FileUse, IssuedPaper, ProcessInstance
from app.cases import processes, records
from app.cases.case import Case
from app.cases.papers.issued import annulment, series
from app.cases.papers.preflight import examining
from app.cases.reminders import announcements
from app.onboarding.case_admin.acts import ReasonForm, carry_out, this_instance
from app.onboarding.tasks.loading import info_of
from app.people import access
from app.people.access import this_entity
from forms import FileInfo, Page
from forms.drafts import Pair, errors_of, merge
from forms.fields import PaperNumberField
from forms.fields.documents import verdict_of
from forms.shapes.signed_papers import CertificateForm

blueprint = Blueprint("certificates", __name__)

#: The beginnings of the actions that only change the file.
CHANGES_FILE = ("upload:", "drop:")


class AnnulForm(ReasonForm):
    """The reason and, where no series gives it, the number of the next constancia."""

    number = PaperNumberField(
        "Número de la constancia nueva",
        hint="Se imprime en ella.",
        needed="Escribe el número que tendrá la constancia nueva.",
    )


@blueprint.route(
    "/entidades/<code>/procesos/<int:instance_id>/constancia/anular", methods=["GET", "POST"]
)
def annul(code: str, instance_id: int) -> Any:
    """Make a constancia void; another one is issued."""
    user, row = access.require("annul_certificate", this_entity()), this_instance(instance_id)
    paper = annulment.of_case(_case(row, user.id)) or abort(404)
    form, actor_id = AnnulForm(), user.id
    if current_app.config["CONSTANCIA_SERIES"]:
        del form.number
    typed = (form.number.data or "") if "number" in form else ""
    shown = request.form.get("about", "")
    number = f" N.º {paper.number}" if paper.number else ""
    return carry_out(
        form,
        f"Anular la constancia{number}",
        "Queda como anulada, y quien la verifica lo ve. Se emite otra con otro número, que "
        "el Despacho firma. No se puede deshacer.",
        "Anular",
        lambda session: processes.annul_certificate(
            session, instance_id, shown, typed, form.reason.data or "", actor_id
        ),
        "La constancia quedó anulada. La nueva está por firmar.",
        about=paper.code,
    )


class SignedForm(CertificateForm):
    """The signed copy, its date and, on a blank line, its number."""

    heading = "Registrar la constancia firmada"
    absent = "La constancia ya no está por firmar."
    pages = (Page("firma", heading, ("document", "as_is_document", "number", "signed_on")),)


@blueprint.route(
    "/entidades/<code>/procesos/<int:instance_id>/constancia/firmada", methods=["GET", "POST"]
)
def sign(code: str, instance_id: int) -> Any:
    """Register the signed copy of a constancia that waits for it after the end."""
    user = access.require("sign_certificate_again", this_entity())
    case, paper = _waiting(instance_id, user.id)
    page = SignedForm.screens()[0]
    if request.method != "POST":
        return _page(paper, _form(case, paper, _held(case, paper)), {})
    if uploads.examine(SignedForm(), page.fields, examining.read):
        case, paper = _waiting(instance_id, user.id)
    db.locked(case.session, ProcessInstance, instance_id)
    case.session.expire(paper)
    case, paper = _waiting(instance_id, user.id)
    held, sent, faults = _held(case, paper), uploads.of_request(), dict[str, str]()
    pairs = merge(SignedForm, page, held, request.form, sent, _keeper(case), faults)
    form = _form(case, paper, pairs)
    for use in annulment.uploads_of(case, paper):
        if use.id != form["document"].data:
            use.void_at = case.at
    changes_file = request.form.get("action", "").startswith(CHANGES_FILE)
    if not changes_file and form.validate() and not faults:
        use = case.session.get_one(FileUse, form["document"].data)
        number = paper.number or form["number"].data
        try:
            annulment.sign(case, paper, number, form["signed_on"].data, use, form.as_they_are())
        except series.NumberTaken:
            faults["number"] = f"El número {number} ya es de otra constancia."
        else:
            announcements.certificate_signed(case, number, use.id)
            case.session.commit()
            flash("La constancia firmada quedó registrada.", "success")
            return redirect(this_entity().url, 303)
    case.session.commit()
    errors = errors_of(form, None, faults)
    return _page(paper, form, errors), 422 if errors else 200


def _keeper(case: Case) -> Callable[[Any, str], FileInfo]:
    """Return a function that stores the signed copy, with what was found in it."""

    def keep(upload: Any, kind: str) -> FileInfo:
        upload.stream.seek(0)
        verdict = verdict_of(upload)
        use = files.keep(
            case.session,
            upload.stream,
            paper=kind,
            media_type="application/pdf",
            owner=Owner(case.entity.id, case.instance.id, None, case.actor_id),
            pages=verdict.pages,
        )
        examining.note(case, use, verdict.facts)
        case.log("file.uploaded", name=files.title_of(use), file=use.id)
        return info_of(use)

    return keep


def _held(case: Case, paper: IssuedPaper) -> list[Pair]:
    """Return the pair of the newest signed copy that was uploaded and is not registered yet."""
    return [("document", use.id) for use in annulment.uploads_of(case, paper)[:1]]


def _form(case: Case, paper: IssuedPaper, pairs: list[Pair]) -> SignedForm:
    stored = {use.id: info_of(use) for use in annulment.uploads_of(case, paper)}
    made = records.read(case, "papers")
    given = {"papers": made, "today": calendar.today()}
    return SignedForm(MultiDict(pairs), given=given, files=stored)


def _case(row: ProcessInstance, actor_id: int) -> Case:
    return Case(db.session(), row.entity, row, actor_id)


def _waiting(instance_id: int, actor_id: int) -> tuple[Case, IssuedPaper]:
    """Return the case and its constancia that waits for a signature; 404 for any other."""
    case = _case(this_instance(instance_id), actor_id)
    return case, annulment.waits_for_signature(case) or abort(404)


def _page(paper: IssuedPaper, form: SignedForm, errors: dict[str, str]) -> str:
    return render_template(
        "entities/signed_certificate.html",
        entity=this_entity(),
        title=SignedForm.heading,
        lead="Todavía nadie la firmó.",
        button="Registrar la firma",
        form=form,
        paper=paper,
        file=files.describe(paper.file) if paper.file else None,
        errors=errors,
    )
