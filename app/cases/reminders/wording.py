"""The Spanish texts of reminders: due dates, the reason for the mail, subjects."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from flask import current_app

from app.base import formatting
from app.base.models import Entity, Task, User
from app.base.urls import external_url
from app.cases.reminders.people import Recipient
from app.cases.reminders.subjects import Subject, name_of
from app.people import access

DAYS = ("día hábil", "días hábiles")
#: What is to be done with a question.
ANSWER = "La entidad espera la respuesta de la PCM."


def greeting(reader: User | None, entity: Entity) -> str:
    """Return the greeting; without an account the reader is the mesa de partes."""
    if reader is None:
        return f"Señoras y señores de la mesa de partes de {entity.name}:"
    return f"Hola, {reader.full_name}:"


#: The next reader of a mail to a mesa de partes, by step; for other steps `PREPARER`.
BEARERS = {
    "register_authority_change": "a la nueva autoridad, o a quien ella encargue registrar el cambio"
}
PREPARER = "a quien preparará la designación del administrador"


def opening(
    kind: str, reader: User | None, day: date, steps: Sequence[str], monday: date | None = None
) -> str:
    """Return the opening, one or two sentences: the steps (ids), or a week's summary."""
    if kind == "weekly":
        return f"Esto es lo que la PCM tiene por hacer en la semana del {formatting.day(monday)}."
    if kind == "reminder_now":
        return "Un coordinador de la PCM pide que no se olvide esto."
    if not steps:
        return "Esto ya no está pendiente."
    what = f"Esto está pendiente al {formatting.weekday(day)}."
    if reader is None:
        bearer = next((BEARERS[step] for step in steps if step in BEARERS), PREPARER)
        return f"{what} Entreguen este correo {bearer}."
    return f"{what} Lo más urgente va primero." if len(steps) > 1 else what


def closing(
    kind: str,
    reader: User | None,
    one: Recipient | None,
    *,
    may_answer: bool,
    for_authority: bool = False,
) -> str:
    """Return the contact and other information; `one` is the reason for a summary.

    `for_authority`: the office has a code for the new authority, not for the first designation.
    """
    help_desk = current_app.config["HELP_DESK"]
    if kind == "weekly":
        why = "firmas por el Despacho"
        if one is not None and one.on_behalf_of is not None:
            why = f"reemplazas a {one.on_behalf_of.full_name}"
        when = "el primer día hábil de la semana"
        return f"Recibes este resumen {when} porque {why}. Ayuda: {help_desk}"
    if reader is None and for_authority:
        return f"Si el código de activación se perdió o venció, escriban a {help_desk}."
    if reader is None:
        return (
            f"Si el código de activación se perdió o venció, escriban a {help_desk}. "
            f"Qué es y cómo sigue: {external_url('accounts.begin')}"
        )
    done = "Si ya respondiste, no tienes que hacer nada más. " if may_answer else ""
    return f"{done}Ayuda: {help_desk}"


def due(due_at: datetime, days_left: int, *, is_new: bool = False, came: str = "") -> str:
    """Return when a step is due, with the date; `days_left`: working days, negative when late.

    A new step says so, or how it came (`came`, without a full stop).
    """
    if is_new and came:
        return f"{came}. {due(due_at, days_left)}"
    day = formatting.last_day(due_at)
    amount = formatting.plural(abs(days_left), *DAYS)
    if days_left < 0:
        return f"Venció el {day}: {amount} de atraso."
    when = f"ence hoy, {day}." if days_left == 0 else f"ence el {day}, en {amount}."
    return f"Paso nuevo: v{when}" if is_new else f"V{when}"


def term(task: Subject) -> str:
    """Return whether the term is a legal one, with its basis."""
    if not isinstance(task, Task):
        return ""
    basis = task.due_basis.rstrip(".")
    if task.due_kind == "legal":
        return f"Plazo legal, que no se amplía ({basis})."
    return f"{basis}." if basis else ""


def moved(old: date, new: datetime, reason: str) -> str:
    """Return that a date moved, and why if known."""
    why = f" {reason.strip().rstrip('.')}." if reason.strip() else ""
    return f"La fecha cambió del {formatting.day(old)} al {formatting.last_day(new)}.{why}"


def gone_back(reader: User | None, about: Subject) -> str:
    """Return that a step went back, so that its reader need not answer it."""
    have = "tienes" if reader is not None else "tienen"
    return (
        f"El paso «{name_of(about)}» de {about.entity.name} volvió a como estaba: "
        f"ya no {have} que responderlo."
    )


def may_answer(reader: User | None, about: Subject) -> bool:
    """Return whether a reader may answer what a reminder is about."""
    if isinstance(about, Task):
        return access.may_answer(reader, about)
    return access.may(reader, "answer_question")


def why(task: Subject, one: Recipient, reader: User | None, days_left: int) -> str:
    """Return why a reader is reminded of a step, as a sentence; `reader` has their roles loaded."""
    if one.word == "mesa_de_partes":
        whose = "la nueva autoridad" if is_for_authority(task) else "la entidad"
        return (
            f"Lo reciben porque {whose} todavía no usó su código de activación y esta es la "
            "dirección de su mesa de partes."
        )
    late, what = "", "el paso" if isinstance(task, Task) else "la consulta"
    if days_left < 0:
        late = f" y {what} lleva {formatting.plural(-days_left, *DAYS)} de atraso"
    if one.word == "allows":
        return (
            "Lo recibes porque en la PCM no queda quien pueda decidirlo sin haber intervenido "
            "antes: puedes permitir que alguien lo haga."
        )
    reason = _reason(task, one, reader)
    if one.on_behalf_of is not None:
        reason = f"reemplazas a {one.on_behalf_of.full_name}"
    elif reason == HERS or not isinstance(task, Task):
        late = ""
    return f"Lo recibes porque {reason}{late}."


def is_for_authority(task: Subject) -> bool:
    """Return whether a step is the new authority's, who comes in with a code."""
    return isinstance(task, Task) and task.instance.process == "change_authority"


HERS = "te corresponde este paso"


def _reason(task: Subject, one: Recipient, reader: User | None) -> str:
    if isinstance(task, Task) and reader is not None and reader.id == task.assignee_id:
        return "tomaste este paso"
    if one.word == "lane" or (
        one.word in ("coordinator", "secretary") and may_answer(reader, task)
    ):
        return HERS if isinstance(task, Task) else "te corresponde responderla"
    return {
        "alternate": "eres el administrador alterno",
        "preparer": "eres responsable de la designación",
        "authority": "eres la máxima autoridad administrativa",
    }.get(one.word, "estás a cargo de la entidad")


#: The beginning of a subject if a step is the only news, by the kind of news.
COME = {"new": "Paso nuevo", "back": "Volvió un paso"}


class Step(NamedTuple):
    """A step for the subject: working days left, and its news.

    The news is "new" (it came), "back" (it came back), "moved" (only its date did), or "".
    """

    name: str
    days_left: int
    news: str = ""
    is_question: bool = False


def amount(steps: int, questions: int) -> str:
    """Return `3 pasos y 1 consulta`, without what is none."""
    counts = ((steps, "paso", "pasos"), (questions, "consulta", "consultas"))
    return formatting.listed([formatting.plural(*one) for one in counts if one[0]])


def subject(steps: Sequence[Step]) -> str:
    """Return the most important information about the listed steps."""
    news = steps[0].news if len({step.news for step in steps}) == 1 else ""
    if len(steps) == 1:
        return _subject_of_one(steps[0])
    questions = sum(step.is_question for step in steps)
    count = amount(len(steps) - questions, questions)
    if news == "moved":
        return f"Cambió la fecha de {count}"
    one, first, new = "uno", "el primero", "nuevos"
    if questions == len(steps):
        one, first, new = "una", "la primera", "nuevas"
    late = sum(step.days_left < 0 for step in steps)
    today = sum(step.days_left == 0 for step in steps)
    parts = []
    if late:
        parts.append(f"{one if late == 1 else formatting.number(late)} con atraso")
    if today:
        parts.append(f"{one} vence hoy" if today == 1 else f"{formatting.number(today)} vencen hoy")
    if not parts:
        parts = [f"{first} {formatting.due(min(step.days_left for step in steps))}"]
    return f"{count} {new if news == 'new' else 'por responder'}: {formatting.listed(parts)}"


def subject_of_back(names: Sequence[str]) -> str:
    """Return the same about nothing but steps that went back, by their names."""
    if len(names) == 1:
        return f"{names[0]}: volvió a como estaba"
    return f"{formatting.plural(len(names), 'paso volvió', 'pasos volvieron')} a como estaban"


def _subject_of_one(step: Step) -> str:
    if step.news == "moved":
        return f"{step.name}: cambió la fecha"
    if step.news in COME and step.days_left >= 0:
        return f"{COME[step.news]}: {step.name}, {formatting.due(step.days_left)}"
    return f"{step.name}: {formatting.due(step.days_left)}"
