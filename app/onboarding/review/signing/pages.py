"""*Firmar varios a la vez*: choose papers, download them, bring them back signed, register them."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from flask import (
    Blueprint,
    abort,
    flash,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from werkzeug.wrappers import Response

from app.base import db, private, queries
from app.base.files import places
from app.base.models import IssuedPaper, User
from app.base.urls import number_in
from app.cases.papers import stored_files
from app.onboarding.review.signing import (
    noticing,
    numbering,
    originals,
    recognising,
    registering,
    staging,
    waiting,
)
from app.onboarding.review.signing.recognising import Recognised
from app.onboarding.tasks import taking
from app.people import access
from forms.fields.foreign.bounds import Damaged, TooLarge

blueprint = Blueprint("signing", __name__)

NO_ZIP = "Elige el ZIP con los documentos firmados."
EMPTY = "El ZIP no trae ningún documento. Comprime la carpeta con los que firmaste."
DAMAGED = "El archivo no es un ZIP que se pueda abrir. Comprime otra vez la carpeta."
TOO_LARGE = "El ZIP trae demasiado: hasta 200 archivos, de 10 MB cada uno y 200 MB en total."
NONE_CHOSEN = "Elige al menos un documento."
TAKEN = "Otra persona lo cambió mientras tanto. Súbelo otra vez."
TWICE = "Este número está en dos de los documentos elegidos."
GONE = "Ya no espera tu firma."
HERE = "Ya lo habías subido."


@dataclass(frozen=True)
class Outcome:
    """The result for a file or a paper: its name, its entity, and a sentence.

    `is_spare`: a file that was not needed, with which nothing is wrong.
    """

    name: str
    entity: str
    text: str
    is_done: bool = False
    is_spare: bool = False


def _status(outcomes: Iterable[Outcome]) -> int:
    return 200 if all(one.is_done or one.is_spare for one in outcomes) else 422


@blueprint.get("/firmas")
def show() -> str:
    """Show the papers that wait for the user's signature, and those whose signed file came."""
    queries.must_know(())
    return _page()


@blueprint.post("/firmas/originales")
def number() -> Response | tuple[str, int]:
    """Put the typed numbers and dates on the chosen oficios, then send the papers as one ZIP.

    A paper whose signed file is there stays as it was signed.
    """
    session, user = db.session(), _me()
    papers = waiting.of_user(session, user, _numbers(request.form.getlist("t")))
    if not papers:
        flash(NONE_CHOSEN, "warning")
        return redirect(url_for(".show"), 303)
    signed, chosen = staging.signed_of(session, papers), [one.task.id for one in papers]
    typed = numbering.typed([one for one in papers if one.task.id not in signed], request.form)
    if errors := numbering.faults(typed):
        return _page(errors=errors), 422
    session.rollback()
    for one in typed:
        _number(one, user.id)
    return redirect(url_for(".send_originals", t=chosen), 303)


def _number(one: numbering.Typed, user_id: int) -> None:
    """Number an oficio in a separate transaction; leave out one that was closed meanwhile."""
    session = db.session()
    try:
        numbering.renew(session, session.get_one(User, user_id), one)
    except LookupError:
        session.rollback()
    else:
        session.commit()


@blueprint.get("/firmas/originales.zip")
def send_originals() -> Response:
    """Send the chosen papers as one ZIP."""
    if set(request.args) - {"t"}:  # it may stand there many times
        queries.must_know(("t",))
    session, user = db.session(), _me()
    papers = waiting.of_user(session, user, _numbers(request.args.getlist("t")))
    if not papers:
        flash(NONE_CHOSEN, "warning")
        return redirect(url_for(".show"), 303)
    target = originals.pack(papers)
    uses = (one.paper.file for one in papers if one.paper.file is not None)
    stored_files.log_readings(uses, user)
    return send_file(target, "application/zip", as_attachment=True, download_name="por-firmar.zip")


@blueprint.post("/firmas")
def take() -> tuple[str, int]:
    """Take a ZIP of signed papers: each goes into the draft of its step, or is refused."""
    user_id = _me().id
    db.session().rollback()  # files are read while no other request waits
    upload = request.files.get("firmados")
    if upload is None or not upload.filename:
        return _page(errors={"firmados": NO_ZIP}), 422
    folder = places.here().near
    private.make_folder(folder)
    with tempfile.TemporaryDirectory(dir=folder) as unpacked:
        try:
            arrived = recognising.arrive(upload.stream, Path(unpacked))
        except Damaged:
            return _page(errors={"firmados": DAMAGED}), 422
        except TooLarge:
            return _page(errors={"firmados": TOO_LARGE}), 422
        if not arrived:
            return _page(errors={"firmados": EMPTY}), 422
        with db.reading() as session:
            user = session.get_one(User, user_id)
            found = recognising.recognise(session, arrived, waiting.of_user(session, user))
            known = [(one, one.waiting.paper.code) for one in found if one.waiting is not None]
            codes = {id(one): code for one, code in known}
            outcomes = [_taken(one, codes.get(id(one), "")) for one in found]
    return _page(outcomes=outcomes), _status(outcomes)


def _taken(one: Recognised, code: str) -> Outcome:
    """Take a file in a separate transaction."""
    name, entity = one.arrived.name, one.waiting.task.entity.name if one.waiting else ""
    if one.text or one.waiting is None:
        return Outcome(name, entity, one.text, is_spare=one.is_spare)
    session, user = db.session(), _me()
    papers = waiting.of_user(session, user, [one.waiting.task.id])
    if not papers or papers[0].paper.code != code:
        session.rollback()
        return Outcome(name, entity, GONE)
    title = papers[0].title
    try:
        is_new = staging.stage(session, user, papers[0], one.arrived)
    except taking.Overtaken:
        session.rollback()
        return Outcome(name, entity, TAKEN)
    session.commit()
    return Outcome(name, entity, title if is_new else f"{title}. {HERE}", is_done=True)


@blueprint.post("/firmas/registrar")
def register() -> Response | tuple[str, int]:
    """Register the signatures of the chosen papers, each in a separate transaction."""
    chosen = _numbers(request.form.getlist("t"))
    if not chosen:
        flash(NONE_CHOSEN, "warning")
        return redirect(url_for(".show"), 303)
    twice = _twice(chosen[: waiting.MOST])
    outcomes = [_registered(task_id, twice) for task_id in chosen[: waiting.MOST]]
    return _page(outcomes=outcomes, is_registered=True), _status(outcomes)


@blueprint.post("/firmas/devolver")
def give_back() -> Response | tuple[str, int]:
    """Return one paper with a reason, instead of signing it."""
    (task_id, *_) = (*_numbers(request.form.getlist("t")), 0)
    session, user = db.session(), _me()
    papers = [one for one in waiting.of_user(session, user, [task_id]) if one.can_be_returned]
    if not papers:
        return _not_returned(task_id, GONE)
    (one,) = papers
    title, entity = one.title, one.task.entity.name
    shown = session.get(IssuedPaper, request.form.get(f"paper-{task_id}", ""))
    if not one.is_version_of(shown):
        return _not_returned(task_id, f"{entity}: {registering.CHANGED}")
    why = request.form.get(f"why-{task_id}", "").strip()
    if fault := registering.give_back(session, user, one, why):
        return _not_returned(task_id, f"{entity}: {fault}")
    session.commit()
    flash(f"Devolviste: {title}, {entity}.", "success")
    return redirect(url_for(".show"), 303)


def _not_returned(task_id: int, text: str) -> tuple[str, int]:
    """Show the error of a return: at its reason, if its paper still waits."""
    session = db.session()
    session.rollback()
    papers = waiting.of_user(session, _me(), [task_id])
    at = f"why-{task_id}" if any(one.can_be_returned for one in papers) else ""
    return _page(errors={at: text}), 422


def _twice(chosen: Sequence[int]) -> set[int]:
    """Return the tasks whose typed number another chosen paper of the kind has too."""
    session = db.session()
    typed = {
        one.task.id: (one.paper.kind, text)
        for one in waiting.of_user(session, _me(), chosen)
        if (text := _typed(one.task.id)["number"])
    }
    session.rollback()
    uses = Counter(typed.values())
    return {task_id for task_id, key in typed.items() if uses[key] > 1}


def _typed(task_id: int) -> dict[str, str]:
    """Return the number and the day that were typed for a paper."""
    return {
        name: request.form.get(f"{name}-{task_id}", "").strip()[:80]
        for name in sorted(noticing.TYPED)
    }


def _registered(task_id: int, twice: Collection[int]) -> Outcome:
    session, user = db.session(), _me()
    papers = waiting.of_user(session, user, [task_id])
    if not papers:
        session.rollback()
        return Outcome("", "", GONE)
    title, entity = papers[0].title, papers[0].task.entity.name
    seen = request.form.get(f"seen-{task_id}", "")
    fault = (
        TWICE
        if task_id in twice
        else registering.register(session, user, papers[0], _typed(task_id), seen)
    )
    if fault:
        session.rollback()
        return Outcome(title, entity, fault)
    session.commit()
    return Outcome(title, entity, "Firma registrada.", is_done=True)


def _page(
    outcomes: Sequence[Outcome] = (),
    errors: dict[str, str] | None = None,
    *,
    is_registered: bool = False,
) -> str:
    session, user = db.session(), _me()
    papers = waiting.of_user(session, user)
    ready = staging.ready(session, user, papers, request.form)
    signed = {one.waiting.task.id for one in ready}
    return render_template(
        "signing/show.html",
        to_sign=[one for one in papers if one.task.id not in signed],
        ready=ready,
        outcomes=outcomes,
        is_registered=is_registered,
        errors=errors or {},
        most=waiting.MOST,
        left_out=waiting.left_out(session, user),
    )


def _me() -> User:
    return access.me() or abort(404)


def _numbers(texts: Iterable[str]) -> list[int]:
    """Return the numbers of rows among some texts, each once."""
    found = (number_in(text) for text in texts)
    return list(dict.fromkeys(number for number in found if number is not None))
