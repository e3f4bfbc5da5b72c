"""The reminders of the next working days by the ladder in force and by that of another version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, abort, render_template

from app.administration.process_versions import reading
from app.base import db, formatting
from app.base.definitions import definition_of, in_force
from app.base.models import Deployment
from app.cases import reminders

blueprint = Blueprint("ladders", __name__)

#: The table of the terms, which open steps keep until their case moves to another version.
TERMS = "deadlines.dmn"
#: Kinds of mail of reminders, as columns have them.
KINDS: Mapping[str, str] = {
    "task_arrived": "Llega el paso",
    "task_due_soon": "Por vencer",
    "task_due_today": "Vence ese día",
    "task_late": "Con atraso",
    "task_moved": "Cambió la fecha",
    "reminder_now": "Enviado a mano",
    "weekly": "Resumen de la semana",
}


@dataclass(frozen=True)
class Cell:
    """A count by the ladder in force, and by the other one."""

    now: int
    then: int


@dataclass(frozen=True)
class Line:
    """The counts of a day, or of all (`day` is None)."""

    day: date | None
    mails: Cell
    reminders: Cell
    kinds: Sequence[Cell]
    capacities: Sequence[Cell]


@blueprint.get("/proceso/versiones/<hash_>/recordatorios")
def compare(hash_: str) -> str:
    """Show what both ladders would send on each of the next 30 working days."""
    session = db.session()
    version = reading.find(session, hash_) or abort(404)
    stored, current = session.get_one(Deployment, version.id), in_force(session)
    definition = definition_of(stored)
    is_same = reminders.is_same(session, definition)
    both = None if is_same else reminders.compare(session, definition)
    kinds = _names(both, "kinds", KINDS) if both else {}
    capacities = _names(both, "capacities", reminders.CAPACITIES) if both else {}
    return render_template(
        "process/ladders.html",
        version=version,
        current=reading.find(session, current.hash),
        both=both,
        ahead=reminders.AHEAD,
        sentences=sentences(both) if both else [],
        other_terms=stored.texts.get(TERMS) != current.texts.get(TERMS),
        kinds=kinds,
        capacities=capacities,
        lines=_lines(both, kinds, capacities) if both else [],
    )


def _names(both: reminders.Comparison, part: str, names: Mapping[str, str]) -> Mapping[str, str]:
    """Return the names of the columns that have a count, in their order."""
    found = {*getattr(both.now.total, part), *getattr(both.then.total, part)}
    return {key: name for key, name in names.items() if key in found}


def _lines(
    both: reminders.Comparison, kinds: Mapping[str, str], capacities: Mapping[str, str]
) -> list[Line]:
    """Return the counts of each day and, last, of all."""
    days = [(day, both.now.days[day], both.then.days[day]) for day in both.days]
    return [
        Line(
            day=day,
            mails=Cell(now.mails, then.mails),
            reminders=Cell(now.reminders, then.reminders),
            kinds=[Cell(now.kinds[one], then.kinds[one]) for one in kinds],
            capacities=[Cell(now.capacities[one], then.capacities[one]) for one in capacities],
        )
        for day, now, then in (*days, (None, both.now.total, both.then.total))
    ]


def sentences(both: reminders.Comparison) -> list[str]:
    """Return the differences in words: in all, of the first day, at most, by entity."""
    now, then, first = both.now, both.then, both.days[0]
    ahead = formatting.plural(len(both.days), "día hábil", "días hábiles")
    return [
        f"En {ahead} habría {_instead(now.total.mails, then.total.mails, 'correo')}, con "
        f"{_instead(now.total.reminders, then.total.reminders, 'recordatorio')}.",
        f"El primer día, el {formatting.weekday(first)}, habría "
        f"{_instead(now.days[first].mails, then.days[first].mails, 'correo')}. "
        + _caught_up(now.caught_up, then.caught_up),
        f"El día con más correos sería el {_fullest(then)}; hoy es el {_fullest(now)}.",
        f"Cada persona recibe como máximo un correo al día, que tendría hasta "
        f"{_instead(now.most_of_person, then.most_of_person, 'recordatorio')}. Sobre una misma "
        f"entidad habría en un día hasta "
        f"{_instead(now.most_of_entity, then.most_of_entity, 'recordatorio')}.",
        *_of_entities(both),
        *_unreached(now.total.unreached, then.total.unreached),
    ]


def _instead(now: int, then: int, noun: str) -> str:
    """Return `340 correos en vez de 120`."""
    count = formatting.plural(then, noun, f"{noun}s")
    return f"{count}, igual que hoy" if now == then else f"{count} en vez de {_number(now)}"


def _number(count: int) -> str:
    return formatting.number(count) if count else "ninguno"


def _caught_up(now: int, then: int) -> str:
    """Return what the next mails have of days before them."""
    if not now and not then:
        return "No habría ninguno de días que ya pasaron."
    return (
        f"En el próximo correo de cada persona habría {_instead(now, then, 'recordatorio')} de "
        "días que ya pasaron: de cada paso, solo el último."
    )


def _fullest(outlook: reminders.Outlook) -> str:
    day = outlook.fullest
    mails = formatting.plural(outlook.days[day].mails, "correo", "correos")
    return f"{formatting.weekday(day)}, con {mails}"


def _unreached(now: int, then: int) -> list[str]:
    """Return how many reminders reach no person, and why."""
    if not now and not then:
        return []
    amount = _instead(now, then, "recordatorio")
    return [
        f"Habría {amount} que no llegan a nadie: la persona está silenciada, no quiere resúmenes o "
        "no tiene una dirección que funcione."
    ]


def _of_entities(both: reminders.Comparison) -> list[str]:
    """Return how many entities get more reminders, and how many get fewer."""
    found = []
    for count, verb, edge, words in (
        (both.more, "más", both.begin, "hoy no recibirían ninguno"),
        (both.fewer, "menos", both.cease, "ya no recibirían ninguno"),
    ):
        if count:
            one = "recibiría" if count == 1 else "recibirían"
            amount = formatting.plural(count, "entidad", "entidades")
            rest = f"; de ellas, {_number(edge)} {words}" if edge else ""
            found.append(f"{amount} {one} {verb} recordatorios que hoy{rest}.")
    return found or ["Ninguna entidad recibiría más ni menos recordatorios que hoy."]
