"""Reminders as pages show them: their rung, the recipient's role, and the outcome."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import request, url_for
from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlalchemy.orm import Session, joinedload

from app.base import calendar, formatting
from app.base.models import Entity, Mail, ProcessInstance, Question, Reminder, Task, User
from app.base.models.entities import matching
from app.cases import reminders
from app.cases.reminders import subjects
from app.people import access

#: Outcome of a row of the reminder log, or (after a dash) of the mail that it went into.
FATES: Mapping[str, str] = {
    "waiting": "Saldrá en el próximo resumen",
    "mailed": "En un correo",
    "answered": "No salió: el paso ya estaba respondido o cambió de fecha",
    "muted": "No salió: la persona está silenciada",
    "unsubscribed": "No salió: la persona pidió no recibir resúmenes",
    "no_address": "No salió: no hay dirección",
    "dead_address": "No salió: la dirección no existe",
    "mailed-waiting": "Por enviar",
    "mailed-sent": "Entregado al servidor",
    "mailed-shown": "Solo en esta página",
    "mailed-dropped": "No salió",
    "mailed-failed": "No salió: el servidor lo rechazó",
    "mailed-bounced": "Rebotó",
}
#: The states of Mail of a row whose mail did not arrive.
LOST = ("failed", "bounced", "dropped")
#: How many reminders that did not arrive the first page of the list shows, newest first.
MOST_LOST = 5
#: How far ahead that page counts the ends of terms, in working days.
SOON = 5
#: The filter of the list: its value in the address, its words, and its condition (rows are joined
#: with their mails).
FILTERS: Mapping[str, tuple[str, ColumnElement[bool]]] = {
    "": ("Todos", true()),
    "por-atender": (
        "No llegaron, y el paso sigue abierto",
        and_(
            or_(
                Reminder.state.in_(("no_address", "dead_address")),
                Mail.state.in_(("failed", "bounced")),
            ),
            or_(Task.state == "open", Question.state == "waiting"),
        ),
    ),
    "por-salir": (
        "Por salir",
        or_(Reminder.state == "waiting", Mail.state == "waiting"),
    ),
    "enviados": ("Enviados", Mail.state.in_(("sent", "shown"))),
    "rebotaron": ("Rebotaron o no se entregaron", Mail.state.in_(("failed", "bounced"))),
    "sin-salir": (
        "No salieron",
        or_(Reminder.state.not_in(("waiting", "mailed")), Mail.state.in_(LOST)),
    ),
}


def rung(name: str) -> str:
    """Return a rung of the ladder in words."""
    if name == "arrival":
        return "al llegar el paso"
    kind, _, rest = name.partition(" ")
    if kind == "moved":
        return f"cambió la fecha (antes, el {formatting.day(rest.split()[0])})"
    if kind == "back":
        return "el paso volvió a como estaba"
    if kind == "week":
        return f"resumen de la semana del {formatting.day(rest)}"
    if kind == "now":
        return "enviado a mano"
    days = int(name)
    if days == 0:
        return "el día que vence"
    amount = formatting.plural(abs(days), "día hábil", "días hábiles")
    return f"{amount} antes de vencer" if days > 0 else f"{amount} de atraso"


#: Endpoint of a list of reminders → its label.
LISTS: Mapping[str, str] = {
    "ledger.list_reminders": "Enviados",
    "ledger.list_planned": "Previstos",
    "ledger.list_holds": "Retenidos",
}


def tabs() -> list[dict[str, Any]]:
    """Return the lists of reminders as tabs; the one of this request is the current."""
    return [
        {
            "label": label,
            "url": url_for(endpoint),
            "current": endpoint == request.endpoint,
            "count": None,
        }
        for endpoint, label in LISTS.items()
    ]


@dataclass(frozen=True)
class Line:
    """A reminder as its row of the list says it; `mail_id` is null while it is in no mail."""

    who: str
    recipient_role: str
    entity: Entity
    step: str
    due_on: date
    rung: str
    fate: str
    detail: str
    at: datetime
    mail_id: int | None
    #: The page on which its person is silenced; "" without a person.
    mute_url: str


@dataclass(frozen=True)
class Tally:
    """What needs a person or is ahead: its words, how many, and the list of them."""

    label: str
    count: int
    url: str


def ahead(session: Session) -> list[Tally]:
    """Return what needs a person and what is ahead, without zeros."""

    def entries(state: str) -> int:
        found = entered({"estado": state}).with_only_columns(func.count())
        return session.scalars(found).one()

    def listed(state: str) -> str:
        return url_for("ledger.list_reminders", estado=state)

    holds = len(reminders.holds.listing(session))
    found = (
        Tally("No llegaron", entries("por-atender"), listed("por-atender")),
        Tally("Retenidos", holds, url_for("ledger.list_holds")),
        Tally("Por salir", entries("por-salir"), listed("por-salir")),
    )
    return [one for one in found if one.count]


def lost(session: Session) -> list[Line]:
    """Return the newest reminders that did not arrive, of what is still open."""
    query = entered({"estado": "por-atender"}).order_by(Reminder.id.desc())
    return lines(session, query.limit(MOST_LOST))


def ending_soon(session: Session) -> list[tuple[date, int]]:
    """Return how many open steps and questions end on each of the next working days, from today.

    Days without any are left out. Suspended cases do not count.
    """
    today = calendar.today()
    end = calendar.calendar_of(session, None).add(today - timedelta(days=1), SOON)
    window = calendar.end_of(today - timedelta(days=1)), calendar.end_of(end)
    tasks = select(Task.due_at).join(Task.instance)
    tasks = tasks.where(Task.state == "open", ProcessInstance.status == "running")
    questions = select(Question.due_at).where(Question.state == "waiting")
    found: dict[date, int] = defaultdict(int)
    for query, due_at in ((tasks, Task.due_at), (questions, Question.due_at)):
        counted = query.where(due_at > window[0], due_at <= window[1]).group_by(due_at)
        for at, count in session.execute(counted.add_columns(func.count())):
            found[calendar.last_day(at)] += count
    return sorted(found.items())


def entered(filters: Mapping[str, str]) -> Select[Any]:
    """Return the reminder log, newest first, filtered by `estado`, `q` (entity) and `persona`."""
    query = subjects.joined(select(Reminder)).outerjoin(Mail, Mail.id == Reminder.mail_id)
    query = query.where(FILTERS[filters.get("estado", "")][1])
    if text := filters.get("q", ""):
        query = query.where(matching(text))
    if person := filters.get("persona", ""):
        query = query.outerjoin(User, User.id == Reminder.user_id).where(_is_person(person))
    return query


def _is_person(text: str) -> ColumnElement[bool]:
    return or_(
        Reminder.address.icontains(text, autoescape=True),
        (User.given_names + " " + User.surnames).icontains(text, autoescape=True),
    )


def lines(session: Session, query: Select[Reminder]) -> list[Line]:
    """Return the rows of the list, in a constant number of statements."""
    rows = session.scalars(
        query.options(
            *subjects.loaded(),
            joinedload(Reminder.user).lazyload(User.grants),
            joinedload(Reminder.mail),
        )
    ).all()
    return [_line(row) for row in rows]


def _line(row: Reminder) -> Line:
    mail: Mail | None = row.mail
    fate = FATES[f"mailed-{mail.state}"] if mail and row.state == "mailed" else FATES[row.state]
    return Line(
        who=row.user.full_name if row.user else row.address or "Nadie",
        recipient_role=reminders.CAPACITIES[row.recipient],
        entity=row.about.entity,
        step=subjects.name_of(row.about),
        due_on=row.due_on,
        rung=rung(row.rung),
        fate=fate,
        detail=mail.error if mail and mail.state in LOST else "",
        at=(mail.sent_at or row.created_at) if mail else row.created_at,
        mail_id=row.mail_id,
        mute_url=url_for("ledger.mute", reminder_id=row.id) if row.person else "",
    )


# What will be sent ----------------------------------------------------------------------------


@dataclass
class Day:
    """A day of the forecast: how many people get a mail, about how many steps."""

    on: date
    people: int
    steps: int
    lines: Sequence[Mapping[str, Any]] = ()


def days(planned: Sequence[reminders.Planned]) -> list[Day]:
    """Return the forecast by day."""
    people: dict[date, set[str]] = defaultdict(set)
    steps: dict[date, set[tuple[int | None, int | None]]] = defaultdict(set)
    for one in planned:
        if one.state != "waiting":  # known already to reach nobody
            people.setdefault(one.day, set())
            continue
        people[one.day].add(one.person)
        steps[one.day].add((one.task_id, one.question_id))
    return [Day(day, len(people[day]), len(steps[day])) for day in sorted(people)]


def planned_lines(
    session: Session, planned: Sequence[reminders.Planned]
) -> list[Mapping[str, Any]]:
    """Return the planned reminders of a day, by entity and person, in four statements."""
    tasks = select(Task).where(Task.id.in_({one.task_id for one in planned if one.task_id}))
    numbers = {one.question_id for one in planned if one.question_id}
    questions = select(Question).where(Question.id.in_(numbers))
    found: dict[tuple[str, int], subjects.Subject] = {
        subjects.key_of(one): one
        for one in (
            *session.scalars(tasks.options(joinedload(Task.entity))),
            *session.scalars(questions.options(joinedload(Question.entity))),
        )
    }
    ids = {int(one.person[1:]) for one in planned if is_user(one.person)}
    query = select(User).where(User.id.in_(ids)).options(joinedload(User.grants, innerjoin=False))
    names = {f"u{user.id}": user.full_name for user in session.scalars(query).unique()}
    rows = [
        {
            "who": names.get(one.person, one.person) or "Nadie",
            "recipient_role": reminders.CAPACITIES[one.recipient],
            "entity": found[one.about].entity,
            "step": subjects.name_of(found[one.about]),
            "due_on": one.due_on,
            "rung": rung(one.rung),
            "fate": "" if one.state == "waiting" else FATES[one.state],
        }
        for one in planned
        if one.about in found
    ]
    return sorted(rows, key=lambda line: (line["entity"].name, line["step"], line["who"]))


def is_user(person: str) -> bool:
    """Return whether a person of the reminder log has an account: "u12"."""
    return person[:1] == "u" and person[1:].isdigit()


def may_hold() -> bool:
    """Return whether the reader may hold reminders back, or send one."""
    return access.may(access.me(), "manage_reminders")
