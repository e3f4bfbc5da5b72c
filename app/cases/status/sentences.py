"""A case as text: where it is, what is missing, who holds it since when, and until when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

import forms
from app.base import calendar, formatting
from app.base.models import Task
from app.cases import arrivals
from app.cases.custody import PARTY_NAMES, PCM, RECEPTION, WHOLE, holder_of, pair_of
from app.cases.status.facts import Facts, Wait
from app.cases.status.states import due, is_to_be_notified
from forms.shapes.filing_review import GROUNDS
from workflows.drawing import ENTRY

NOT_BEGUN = "Todavía no empieza la implementación."

PROCESS_NAMES: Mapping[str, str] = {
    "onboarding": "Implementación",
    "redesignation": "Nueva designación del administrador",
    "change_authority": "Cambio de autoridad",
    "change_personnel": "Cambios del personal",
    "upkeep": "Actualización periódica",
    "register_follow_up": "Seguimiento del registro",
}
#: The texts of the set days, by the name of the day in the diagrams.
DAYS = {
    "thematic_session": "la sesión de inducción temática",
    "technical_session": "la sesión de inducción técnica",
    "training": "la última capacitación",
    "production": "el día de salida en vivo",
    "call": "el día que se acordó por teléfono",
}
#: The days that the path itself waits for.
AWAITED = {name: text for name, text in DAYS.items() if name != "call"}
#: The text of an end, by the id of its event; `on` is the date.
ENDS = {
    "onboarding_done": "La implementación concluyó el {on}.",
    "onboarding_out_of_scope": "Terminó el {on}: no corresponde que la entidad implemente el "
    "registro.",
    "redesignation_done": "La nueva designación terminó el {on}: hay un nuevo administrador en "
    "funciones.",
    "change_authority_done": "El cambio de autoridad quedó registrado el {on}.",
    "change_authority_lapsed": "El cambio de autoridad terminó el {on} sin registrar: nadie lo "
    "registró en el plazo.",
    "change_personnel_done": "Los cambios del personal quedaron registrados el {on}.",
    "change_personnel_lapsed": "El registro de cambios del personal terminó el {on} sin cambios: "
    "nadie los envió en el plazo.",
    "upkeep_done": "La actualización periódica terminó el {on}: el registro quedó confirmado.",
    "upkeep_lapsed": "La actualización periódica terminó el {on} sin confirmar: nadie la "
    "respondió en el plazo.",
    "register_follow_up_done": "El seguimiento del registro se cerró el {on}.",
}
REPORTED = "Seguimiento: se hizo el comunicado al órgano de control, después de tres oficios."
#: The text of an open side process, by process.
SIDE_TEXTS = {
    "redesignation": "Está en curso una nueva designación del administrador: mientras tanto, los "
    "pasos del administrador esperan y sus plazos no corren.",
    "change_authority": "Está en curso un cambio de autoridad.",
    "change_personnel": "Se están registrando cambios del personal.",
    "upkeep": "Está en curso la actualización periódica del registro.",
    "register_follow_up": "Está en curso el seguimiento del registro, por sus cifras del mes.",
    "onboarding": "La implementación está en curso.",
}
#: The text of a suspended process, by process.
SUSPENDED_TEXTS = {
    "redesignation": "Está suspendida una nueva designación del administrador.",
    "change_authority": "Está suspendido un cambio de autoridad.",
    "change_personnel": "Está suspendido un registro de cambios del personal.",
    "upkeep": "Está suspendida la actualización periódica del registro.",
    "register_follow_up": "Está suspendido el seguimiento del registro.",
    "onboarding": "La implementación está suspendida.",
}
#: The texts for several branches, by their number.
COUNTED = {2: "dos", 3: "tres", 4: "cuatro"}


def text(facts: Facts) -> str:
    """Return a case as text, with its side processes."""
    parts = [of_end(facts)] if facts.row.ended_at else list(_under_way(facts))
    for other in facts.others:
        if other.row.status == "suspended":
            parts.append(SUSPENDED_TEXTS[other.row.process])
        else:
            parts += [SIDE_TEXTS[other.row.process], *_tasks(other)]
    return " ".join(parts)


def of_entity(cases: Sequence[Facts]) -> str:
    """Return the status of an entity as text, from the cases that give it."""
    parts = [text(facts) for facts in cases]
    if not any(facts.row.process == ENTRY for facts in cases):
        parts = [NOT_BEGUN, *parts]
    return " ".join(parts)


def of_end(facts: Facts) -> str:
    """Return the text of a case that ended."""
    row = facts.row
    on = day(calendar.lima_day(row.ended_at), facts.now) if row.ended_at else ""
    if row.status == "cancelled":
        return f"El proceso se anuló el {on}."
    sentence = ENDS.get(row.end, f"{row.end_name or 'El proceso terminó'}, el {{on}}.").format(
        on=on
    )
    if row.end == "onboarding_out_of_scope":
        filing = facts.filing("designation")
        ground = dict(GROUNDS).get(filing.ground, "") if filing else ""
        return f"{sentence} Causal: {ground[:1].lower()}{ground[1:]}." if ground else sentence
    if row.end != "onboarding_done":
        return sentence
    signed = facts.newest.get("sign_certificate")
    if signed is not None and signed.outcome == "signed":
        return f"{sentence} La constancia está firmada."
    return f"{sentence} Su última etapa se convalidó."


def _under_way(facts: Facts) -> Iterator[str]:
    row, definition = facts.row, facts.definition
    if row.stage and row.process == ENTRY:
        number = definition.stages.index(row.stage) + 1
        yield f"Etapa {number} de {len(definition.stages)}. {definition.element_name(row.stage)}."
    if row.status == "suspended":
        since = calendar.lima_day(row.suspended_at) if row.suspended_at else None
        when = f" desde el {day(since, facts.now)}" if since else ""
        yield f"El proceso está suspendido{when}: no se responde nada ni corre ningún plazo."
    else:
        yield from _tasks(facts)
        yield from _incidents(facts)
        yield from _follow_up(facts)
    if row.validated:
        which = [str(n) for n, stage in enumerate(definition.stages, 1) if stage in row.validated]
        yield (
            f"Se convalidó la etapa {which[0]}."
            if len(which) == 1
            else f"Se convalidaron las etapas {formatting.listed(which)}."
        )


def _tasks(facts: Facts) -> Iterator[str]:
    """Yield what is missing, and the set days that the case waits for; several with branches."""
    parts = [of_task(facts, task) for task in facts.open_tasks]
    parts += [of_wait(facts, wait) for wait in facts.waits if wait.day != "call"]
    if len(parts) > 1:
        yield f"Avanzan {COUNTED.get(len(parts), len(parts))} pasos a la vez."
    yield from parts


def of_wait(facts: Facts, wait: Wait) -> str:
    """Return the text of a set day that the case waits for."""
    what = DAYS.get(wait.day, "una fecha")
    if wait.at is None:
        return f"Se espera {what}."
    return f"Se espera {what}: {day(calendar.lima_day(wait.at), facts.now)}."


def of_task(facts: Facts, task: Task) -> str:
    """Return what is missing, who has it since when, and until when: one or two sentences."""
    step = forms.steps().get(task.step)
    lacks = step.lacks if step else f"Falta: {task.name}"
    came = arrivals.of(task.came_as).brief
    return f"{lacks}.{f' {came}.' if came else ''} {_holder(facts, task)}{_term(facts, task)}."


def _holder(facts: Facts, task: Task) -> str:
    """Return who has a step, and since when.

    A single step is the place of the case: its party has held the case for as long as the clocks
    say. Of several steps, each says for how long it is open if that is a different time.
    """
    row = facts.row
    counted = facts.held is not None and task in facts.open_tasks
    opened = task.paper_since_at or task.question_since_at or task.opened_at
    days, role = facts.working.ended_between(opened, facts.now), pair_of(task)[1]
    if counted and facts.open_tasks == [task] and holder_of([pair_of(task)]) == row.holder:
        opened, days = row.holder_since_at or opened, facts.held or 0
    since = f"desde hace {formatting.plural(days, 'día hábil', 'días hábiles')}"
    if not days:
        since = f"desde el {day(calendar.lima_day(opened), facts.now)}"
    if task.step in RECEPTION:
        return f"Está en la mesa de partes {since}"
    who = PARTY_NAMES[role if role in PCM else "entity"].in_sentence
    if task.paper_since_at is not None:
        who += ", que lo notifica en papel,"
    elif task.question_since_at is not None:
        who += ", que debe responder una consulta,"
    differs = counted and days != facts.held
    return f"Lo tiene {who}{' y está abierto' if differs else ''} {since}"


def _term(facts: Facts, task: Task) -> str:
    """Return until when a step is due, and whether it is late."""
    if task.paused_days is not None:
        return "; su plazo está detenido"
    if is_to_be_notified(task):
        if notice := calendar.notice_said(task, facts.now):
            return f". {notice.removesuffix('.')}"
        return "; su plazo legal corre desde que se notifique, que todavía falta"
    left, last = due(task, facts.working, facts.now)
    if left is None or last is None:
        return ""
    legal = ", plazo legal" if task.due_kind == "legal" else ""
    what = "; registrarlo " if task.step in RECEPTION else "; "
    if left < 0:
        return f"{what}venció el {day(last, facts.now)}{legal}: {formatting.due(left)}"
    return f"{what}vence {'hoy' if left == 0 else f'el {day(last, facts.now)}'}{legal}"


def _incidents(facts: Facts) -> Iterator[str]:
    for one in facts.incidents:
        what = (
            "El proceso no puede continuar"
            if one.element == WHOLE
            else (f"Falló una tarea del sistema («{one.name}»)")
        )
        since = day(calendar.lima_day(one.happened_at), facts.now)
        yield f"{what} desde el {since}: la SGTD lo resuelve y lo respondido se conserva."


def _follow_up(facts: Facts) -> Iterator[str]:
    tasks = facts.follow_up
    if not tasks:
        return
    if facts.is_reported:
        yield REPORTED
        return
    yield "La etapa dura más de lo previsto y tiene seguimiento."
    yield from (of_task(facts, task) for task in tasks if task.state == "open")
    yield from (of_wait(facts, wait) for wait in facts.waits if wait.day == "call")


def day(on: date | datetime | None, now: datetime) -> str:
    """Return a date as `12 de mayo`, with the year if it is not the current one."""
    label = formatting.day(on)
    return label.removesuffix(f" de {calendar.lima_day(now).year}")
