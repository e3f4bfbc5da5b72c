"""Why a date is what it is, as a sentence that its reader can check with a calendar in hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from itertools import groupby

from app.base import formatting
from app.base.calendar.clock import last_day, lima_day
from app.base.calendar.terms import due_at
from app.base.calendar.working_days import Calendar, national_holidays
from app.base.models import Task

#: The event that starts a term, by `Task.counted_from`.
STARTS: Mapping[str, str] = {
    "arrival": "la llegada del paso",
    "first_arrival": "la primera llegada del paso",
    "presenting": "la llegada del paso en que se presenta",
    "correcting": "la llegada del paso desde el que se volvió a corregir",
    "notification": "la notificación",
    "reception": "la recepción en mesa de partes",
    "session": "la sesión",
    "go_live": "la salida en vivo",
    "resumed": "que el plazo volvió a correr",
}
#: The article of a norm, by the first word of its name.
ARTICLES: Mapping[str, str] = dict.fromkeys(
    ("DS", "DU", "DL", "Decreto", "Acuerdo", "Oficio", "Reglamento"), "el "
) | dict.fromkeys(
    ("RM", "RS", "RD", "RJ", "OR", "OM", "Ley", "Ordenanza", "Resolución", "Directiva"), "la "
)
#: The same for a step that came back and keeps its term.
FIRST_ARRIVAL = "first_arrival"
HOLIDAY = "feriado"
SATURDAY = 5


def explain(
    task: Task,
    working: Calendar,
    decreed: Mapping[date, str],
    *,
    began_at: datetime | None = None,
    extended: int = 0,
    caught_up: int = 0,
    away: int = 0,
    keeps_term: bool = False,
    suspended: bool = False,
) -> str:
    """Return the explanation of a task's due date; "" if its origin is not known.

    `decreed` are the days of `working` with their norms. `began_at` is the moment of the
    notification or reception, which may have been on a day off. The added days are: `extended`,
    given by a coordinator; `caught_up`, from past suspensions; `away`, when the step was not open;
    all other added days come from a changed calendar. `keeps_term`: the step came back and keeps
    its term. `suspended`: the process is suspended now.
    """
    if task.term_days is None:
        return ""
    if task.paused_days is not None:
        return _standing_still(task.paused_days, late=task.paused_days < 0)
    days = _working_days(task.term_days)
    if task.counted_on is None:
        not_yet = f"el plazo todavía no corre, porque {_not_notified(task)}"
        return _with_basis(task, f"{days} desde la notificación, que no cuenta; {not_yet}")
    if task.due_at is None:
        return ""
    what = FIRST_ARRIVAL if keeps_term and task.counted_from == "arrival" else task.counted_from
    start = _start(what, task.counted_on, began_at, working, decreed)
    added = _added(task.added_days, extended, caught_up, away)
    keeps = "El paso volvió y conserva su plazo: " if keeps_term else ""
    why = f"{keeps}{days} desde {start}{added}" + _until(task, task.counted_on, working, decreed)
    if suspended:
        why = (
            "El proceso está suspendido y el plazo no corre; al reanudarse se agregan los días "
            f"hábiles que haya durado. Hasta ahora: {why}"
        )
    return _with_basis(task, why)


def notice_said(task: Task, at: datetime) -> str:
    """Return sentences about the mail that notifies of a step whose term does not run.

    "" where it is not notified by mail.
    """
    if task.notice_at is None:
        return ""
    year = lima_day(at).year
    if task.notice_sent_at is not None:
        sent_on = _day(lima_day(task.notice_sent_at), year)
        return f"Enviado el {sent_on}. Todavía no consta que lo recibieran; el plazo no corre."
    when = f"se envía el {_day(lima_day(task.notice_at), year)}" if task.notice_at > at else ""
    return f"El correo que notifica {when or 'todavía no sale'}; el plazo no corre."


def _not_notified(task: Task) -> str:
    """Return why a legal term does not run, after "porque"."""
    if task.notice_at is None:
        return "falta notificar"
    if task.notice_sent_at is None:
        return "el correo que notifica todavía no sale"
    sent_on = formatting.day(task.notice_sent_at)
    return (
        f"no consta que recibieran el correo del {sent_on}: corre desde que alguien de la entidad "
        "lo confirme o abra el paso, o desde la notificación en papel"
    )


def _standing_still(days: int, *, late: bool) -> str:
    still = "El plazo está detenido mientras se designa a otro administrador"
    if days > 0:
        return f"{still}; {'queda' if days == 1 else 'quedan'} {_working_days(days)}."
    was = "ya había vencido" if late else "vencía ese día"
    return f"{still}; {was} y, cuando vuelva a correr, quedará {_working_days(1)}."


def _start(
    what: str,
    on: date,
    began_at: datetime | None,
    working: Calendar,
    decreed: Mapping[date, str],
) -> str:
    """Return what starts the term, and its day, which does not count."""
    what = STARTS.get(what, STARTS["arrival"])
    came = lima_day(began_at) if began_at else on
    if began_at is not None and came != on:
        hour = f" a las {formatting.hour(began_at)}" if working.works(came) else ""
        counts_as = f"{formatting.WEEKDAYS[on.weekday()]} {_day(on, came.year)}"
        return (
            f"{what} del {formatting.weekday(came)}{hour}, que se tiene por hecha el {counts_as}, "
            "día que no cuenta"
        )
    if on.weekday() >= SATURDAY:
        return f"{what}, el {formatting.weekday(on)}, que no es hábil y no cuenta"
    note = "" if working.works(on) else f", {_why_off(on, decreed)}"
    return f"{what}, el {formatting.day(on)}{note}, que no cuenta"


def _until(task: Task, on: date, working: Calendar, decreed: Mapping[date, str]) -> str:
    """Return the days that do not count, and the last one.

    A closed task's date is not computed again when the calendar changes: its days off cannot be
    derived from today's calendar any more.
    """
    last = last_day(task.due_at) if task.due_at else on
    if due_at(task, working) == task.due_at:
        why = _days_off(on, last, working, decreed)
    else:
        why = "con el calendario de entonces"
    return f"{'; ' + why if why else ''}: vence el {_day(last, on.year)}"


def _added(days: int, extended: int, caught_up: int, away: int) -> str:
    """Return the days that were added to a term since it began."""
    extended = min(extended, days)
    caught_up = min(caught_up, days - extended)
    away = min(away, days - extended - caught_up)
    parts = [
        f"{formatting.number(count)} {why}"
        for count, why in (
            (extended, "por ampliación"),
            (caught_up, "por suspensión"),
            (away, "mientras no estuvo abierto"),
            (days - extended - caught_up - away, "por un cambio del calendario"),
        )
        if count
    ]
    return f", más {formatting.listed(parts)}" if parts else ""


def _days_off(first: date, last: date, working: Calendar, decreed: Mapping[date, str]) -> str:
    """Return the days after the first, up to the last, that are off and no Saturday or Sunday."""
    span = (first + timedelta(days=n) for n in range(1, (last - first).days + 1))
    off = [day for day in span if day.weekday() < SATURDAY and not working.works(day)]
    if not off:
        return ""
    by_reason: dict[str, list[date]] = {HOLIDAY: []}
    for day in off:
        by_reason.setdefault(_why_off(day, decreed), []).append(day)
    of_one_month = {(day.year, day.month) for day in off} == {(first.year, first.month)}
    return formatting.listed(
        [
            f"{_days(days, first.year, bare=of_one_month)} "
            + (f"es {reason}" if len(days) == 1 else f"son {_plural(reason)}")
            for reason, days in by_reason.items()
            if days
        ]
    )


def _why_off(day: date, decreed: Mapping[date, str]) -> str:
    if day in national_holidays(day.year):
        return HOLIDAY
    norm = " ".join(decreed.get(day, "").split())
    article = ARTICLES.get(norm.partition(" ")[0].replace(".", ""), "")
    return f"no laborable por {article}{norm}" if norm else "no laborable"


def _plural(reason: str) -> str:
    if reason == HOLIDAY:
        return "feriados"
    return reason.replace("no laborable", "no laborables", 1)


def _days(days: list[date], year: int, *, bare: bool) -> str:
    """Return `23, 28 y 29`, or by month: `el 28 y 29 de julio y el 6 de agosto`."""
    if bare:
        numbers = formatting.listed([str(day.day) for day in days])
        return f"el {numbers}" if len(days) == 1 else numbers
    parts = []
    for _, of_month in groupby(days, lambda day: (day.year, day.month)):
        *others, last = of_month
        parts.append(
            "el " + formatting.listed([*(str(day.day) for day in others), _day(last, year)])
        )
    return formatting.listed(parts)


def _day(day: date, year: int) -> str:
    """Return `4 de agosto`, with its year if that differs from the year named before."""
    return formatting.day(day) if day.year != year else formatting.day(day).rpartition(" de ")[0]


def _working_days(count: int) -> str:
    return formatting.plural(count, "día hábil", "días hábiles")


def _with_basis(task: Task, why: str) -> str:
    """Return the sentence with its legal basis."""
    basis = task.due_basis.strip().rstrip(".")
    if task.due_kind == "legal":
        ground = "Es un plazo legal y no se amplía"
        return f"{why}. {ground}: {basis}." if basis else f"{why}. {ground}."
    return f"{why}. {basis}." if basis else f"{why}."
