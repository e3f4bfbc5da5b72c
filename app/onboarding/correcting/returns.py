"""*Pedir la devolución para corregir*: the request of an entity, and its coordinator's answer."""

from __future__ import annotations

from flask import abort
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms.validators import Length

from app.base import db
from app.base.models import Notice, Task
from app.cases.processes.returns import requests
from app.onboarding.case_admin.acts import Do, carry_out, this_task
from app.onboarding.correcting.blueprint import CORRECT, blueprint, too_late
from app.onboarding.tasks.showing import Answer
from app.people import access
from app.people.access import this_entity
from app.register.facts import open_texts
from forms.fields import ChoiceField, LongTextField, SelectOneField


class RequestForm(FlaskForm):
    """What is to be corrected, and why."""

    element = SelectOneField(
        "Paso que quieres corregir", needed="Elige el paso que quieres corregir."
    )
    reason = LongTextField(
        "¿Qué hay que corregir, y por qué?",
        hint="Lo lee el coordinador y queda en el historial de la entidad.",
        needed="Escribe qué hay que corregir, y por qué.",
        limit=1000,
        rules=(Length(10, message="El motivo tiene entre 10 y 1000 caracteres."),),
    )


#: What the answer does, above its form.
LEAD = (
    "Lo que respondas queda en el historial de la entidad. Si lo devuelves, lo que viene después "
    "de ese paso se responde otra vez."
)


class AnswerForm(FlaskForm):
    """The answer of the coordinator."""

    answer = ChoiceField(
        "¿Qué respondes?",
        (("grant", "Devolver para corregir"), ("refuse", "No devolver")),
        needed="Elige qué respondes.",
    )
    element = SelectOneField(
        "Paso al que vuelve",
        hint="Si lo devuelves.",
        needed="Elige a qué paso vuelve.",
        when=("answer", "grant"),
    )
    comment = LongTextField(
        "Comentario",
        hint="Lo lee quien lo pidió, y queda en el historial. Hace falta si no lo devuelves.",
        needed="Escribe por qué no se devuelve.",
        when=("answer", "refuse"),
        limit=1000,
        rules=(Length(10, message="El comentario tiene entre 10 y 1000 caracteres."),),
    )


@blueprint.route("/entidades/<code>/tareas/<int:task_id>/pedir-devolucion", methods=["GET", "POST"])
def ask_return(code: str, task_id: int) -> Answer:
    """Ask the coordinator in charge to give a step back."""
    user, session, task = access.require(CORRECT, this_entity()), db.session(), this_task(task_id)
    places = [one for one in requests.places(session, task) if access.may_answer(user, one)]
    if not places:
        abort(404)
    if task.instance.status != "running" or not requests.is_current(session, task):
        return too_late(task)
    form = RequestForm()
    form.element.choices = _choices(places)
    return carry_out(
        form,
        "Pide la devolución para corregir",
        _where(task),
        "Enviar el pedido",
        lambda session: requests.ask(
            session, task_id, form.element.data, form.reason.data or "", user
        ),
        "Enviamos tu pedido. Te avisaremos por correo cuando respondan.",
        template="correcting/ask_return.html",
        people=requests.in_charge(session, task),
        request_made=requests.newest(session, task),
        waits=any(requests.is_open(session, one) for one in requests.of_tasks(session, [task])),
    )


def _where(task: Task) -> str:
    """Return where the case is, and what a request does."""
    if task.role in access.ENTITY_ROLES:
        here, goes_on = f"Ya enviaste «{task.name}», y ahora toca esperar", "el proceso sigue"
    else:
        here, goes_on = f"Está en manos de la PCM: «{task.name}»", "la revisión sigue"
    return (
        f"{here}. Si ves un error, pide que te lo devuelvan. El coordinador lo devuelve, o dice "
        f"por qué no; mientras tanto, {goes_on}."
    )


def _choices(places: list[Task]) -> list[tuple[str, str]]:
    return [("", "Elige un paso"), *((one.step, one.name) for one in reversed(places))]


@blueprint.route("/entidades/<code>/devoluciones/<int:number>", methods=["GET", "POST"])
def resolve(code: str, number: int) -> Answer:
    """Give a step back as requested, once that is confirmed, or refuse."""
    user, session = access.require("send_back", this_entity()), db.session()
    notice = session.get(Notice, number)
    if notice is None or notice.kind != requests.NOTICE or notice.entity_id != this_entity().id:
        abort(404)
    form = AnswerForm(data={"element": notice.data["element"]})
    form.element.choices = _choices(requests.places(session, notice.task) if notice.task else [])
    grants = form.answer.data == "grant"
    done = "El proceso volvió al paso elegido" if grants else "El proceso sigue"
    waits = requests.is_open(session, notice)
    return carry_out(
        form,
        "Pedido de devolución",
        LEAD if waits else "",
        "Devolver para corregir" if grants else "Responder el pedido",
        _answer_of(form, number, user.id),
        f"{done}, y avisaremos a quien lo pidió.",
        on=notice.task.instance if grants and notice.task else None,
        template="correcting/resolve.html",
        request_made=notice,
        reason=open_texts.masked(notice.data["reason"]),
        comment=open_texts.masked(notice.data.get("comment", "")),
        waits=waits,
    )


def _answer_of(form: AnswerForm, number: int, actor_id: int) -> Do:
    """Return the act by which a coordinator answers a request, as the form says."""

    def answer(session: Session) -> None:
        comment = form.comment.data or ""
        if form.answer.data == "grant":
            requests.grant(session, number, form.element.data, comment, actor_id)
        else:
            requests.refuse(session, number, comment, actor_id)

    return answer
