"""The pages of questions: ask, read, answer, close, reopen; and the list of coordinators."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.base import calendar, db, queries
from app.base.models import Incoming, Question, Task, User
from app.base.urls import number_in
from app.cases.questions import attached, by_mail, listing, marks, threads
from app.cases.questions.threads import Said
from app.onboarding.questions import presenters
from app.onboarding.questions.forms import HANDS_HINT, AskForm, DifferForm, WriteForm
from app.people import access
from app.people.access import this_entity

blueprint = Blueprint("questions", __name__)
queries.only(blueprint, {"ask": ("paso",), "list_waiting": ("lista",)})

#: The owner of a mail's message → the text shown after the choice.
TAKEN = {
    "entity": "Agregamos el correo como mensaje de la entidad.",
    "pcm": "Agregamos el correo como respuesta de la PCM.",
    "nobody": "El correo no forma parte de la consulta. Queda en los correos recibidos.",
}
Answer = Response | str | tuple[str, int]


def task_of_address() -> Task | None:
    """Return the step that the address names (`paso`); 404 unless it is one of this entity."""
    named = request.args.get("paso", "")
    if not named:
        return None
    number = number_in(named)
    task = None if number is None else db.session().get(Task, number)
    ours = task is not None and task.entity_id == this_entity().id
    if task is None or not ours or task.role not in access.ENTITY_ROLES:
        abort(404)
    return task


@blueprint.route("/entidades/<code>/consultas/nueva", methods=["GET", "POST"])
def ask(code: str) -> Answer:
    """Send a question to the PCM, about a step or about no step."""
    access.require("ask_question", this_entity())
    attached.examine()
    session, entity = db.session(), this_entity()
    user, task = access.require("ask_question", entity), task_of_address()
    form = AskForm()
    _offer_mark(form, task)
    fault = attached.fault(form.paper) if form.is_submitted() else ""
    if form.validate_on_submit() and not fault:
        said = _said(session, form, user, task)
        question = threads.ask(session, entity, task, form.subject.data, said, user)
        number = question.id
        session.commit()
        flash("Enviamos tu consulta. La respuesta te llegará por correo y estará aquí.", "success")
        return redirect(url_for(".show", code=code, number=number), 303)
    page = render_template(
        "questions/ask.html",
        entity=entity,
        task=task,
        form=form,
        errors=presenters.errors(form, fault),
        legal=marks.legal_day(task),
        others=listing.open_of_task(session, task.id) if task else [],
    )
    return (page, 422) if form.is_submitted() else page


def _offer_mark(form: AskForm | WriteForm, task: Task | None) -> None:
    """Offer the mark only for a step that can have it, and say what it changes there."""
    if not marks.can_block(task):
        del form.blocks
    elif not marks.has_clocks(task):
        form.blocks.description = HANDS_HINT


def _said(session: Session, form: Any, user: User, task: Task | None) -> Said:
    """Return the message of a valid form."""
    return Said(
        form.text.data,
        form.once.key_of(user.id),
        blocks="blocks" in form and bool(form.blocks.data),
        paper=lambda: attached.keep(session, form.paper, this_entity(), task, user),
    )


@blueprint.get("/entidades/<code>/consultas")
def list_of_entity(code: str) -> str:
    """Show the questions of the entity."""
    session, user, entity = db.session(), access.me(), this_entity()
    return render_template(
        "questions/of_entity.html",
        entity=entity,
        rows=listing.of_entity(session, entity),
        may_ask=threads.may_ask(user, entity),
    )


@blueprint.route("/entidades/<code>/consultas/<int:number>", methods=["GET", "POST"])
def show(code: str, number: int) -> Answer:
    """Show a question; the POST adds a text of the entity, or an answer of the PCM."""
    if request.method == "POST":
        _writer()
        attached.examine()
    session, user, entity = db.session(), access.me(), this_entity()
    question = this_question(number)
    asks, answers = presenters.sides(user, entity)
    form = WriteForm()
    _offer_mark(form, question.task if asks else None)
    if answers:
        form.text.label.text = "Tu respuesta"
    if request.method == "POST":
        user = _writer()
    fault = attached.fault(form.paper) if form.is_submitted() else ""
    if form.validate_on_submit() and not fault and user is not None:
        said = _said(session, form, user, question.task)
        write = threads.write if asks else threads.answer
        write(session, question, said, user)
        session.commit()
        flash("Enviamos tu mensaje." if asks else "Enviamos la respuesta a la entidad.", "success")
        return redirect(url_for(".show", code=code, number=number), 303)
    page = render_template(
        "questions/question.html",
        entity=entity,
        form=form,
        errors=presenters.errors(form, fault),
        legal=marks.legal_day(question.task),
        **presenters.thread(session, question, user),
    )
    return (page, 422) if form.is_submitted() else page


def _writer() -> User:
    """Return the signed-in user, who may write in questions of this entity; 404 for any other."""
    user, entity = access.me(), this_entity()
    if user is None or not any(presenters.sides(user, entity)):
        abort(404)
    return user


def this_question(number: int) -> Question:
    """Return a question of the entity that the address names; 404 for any other."""
    question = db.session().get(Question, number)
    if question is None or question.entity_id != this_entity().id:
        abort(404)
    return question


@blueprint.post("/entidades/<code>/consultas/<int:number>/cerrar")
def close(code: str, number: int) -> Response:
    """Close a question: a coordinator, or the entity that no longer needs the answer."""
    user, question = _writer(), this_question(number)
    done = threads.close(db.session(), question, user)
    db.session().commit()
    if done:
        flash("La consulta quedó cerrada.", "success")
    else:
        flash("La consulta ya estaba cerrada.", "message")
    return redirect(url_for(".show", code=code, number=number), 303)


@blueprint.post("/entidades/<code>/consultas/<int:number>/reabrir")
def reopen(code: str, number: int) -> Response:
    """Reopen a closed question for the PCM."""
    user, question = access.require("answer_question"), this_question(number)
    done = threads.reopen(db.session(), question, user)
    db.session().commit()
    if done:
        flash("La consulta quedó abierta.", "success")
    else:
        flash("La consulta ya estaba abierta.", "message")
    return redirect(url_for(".show", code=code, number=number), 303)


@blueprint.route("/entidades/<code>/consultas/<int:number>/puede-seguir", methods=["GET", "POST"])
def differ(code: str, number: int) -> Answer:
    """Say, with a reason, that the step can go on without the answer."""
    session, user, question = db.session(), access.require("answer_question"), this_question(number)
    form = DifferForm()
    if form.validate_on_submit():
        said = Said(form.text.data, form.once.key_of(user.id), kind="differs")
        done = threads.differ(session, question, said, user)
        session.commit()
        if done:
            flash("Avisamos a la entidad de que puede seguir.", "success")
        else:
            flash("La consulta ya no detiene el paso.", "message")
        return redirect(url_for(".show", code=code, number=number), 303)
    page = render_template(
        "questions/differ.html",
        entity=this_entity(),
        form=form,
        errors=presenters.errors(form),
        row=listing.row_of(session, question, calendar.now()),
    )
    return (page, 422) if form.is_submitted() else page


@blueprint.post("/entidades/<code>/consultas/<int:number>/correos/<int:letter>")
def take_mail(code: str, number: int, letter: int) -> Response:
    """Assign a waiting mail: to the entity, to the PCM, or to neither."""
    session, user, question = db.session(), access.require("answer_question"), this_question(number)
    row = session.get(Incoming, letter)
    whose = request.form.get("whose", "")
    if row is None or row.question_id != question.id or whose not in TAKEN:
        abort(404)
    if whose == "nobody":
        done = by_mail.discard(session, question, row, user)
    else:
        done = by_mail.accept(session, question, row, user, whose)
    session.commit()
    flash(*((TAKEN[whose], "success") if done else ("Ese correo ya no espera.", "message")))
    return redirect(url_for(".show", code=code, number=number), 303)


@blueprint.get("/consultas")
def list_waiting() -> str:
    """Show the waiting questions of the reader, or of the reader's whole party."""
    session, user = db.session(), access.me()
    answers = access.may(user, "answer_question")
    whole = queries.chosen("lista", ("todas",)) == "todas" or not answers
    rows = (listing.of_party if whole else listing.of_coordinator)(session, user)
    return render_template(
        "questions/waiting.html",
        rows=rows,
        late=listing.late(rows),
        whole=whole,
        answers=answers,
    )
