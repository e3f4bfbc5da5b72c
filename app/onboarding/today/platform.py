"""The sections of *Hoy* for the Gestor and the auditor: the platform, and what others did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from urllib.parse import urlencode

from flask import url_for
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from app.base import calendar, formatting
from app.base.models import Entity, JobRun, LogEntry, NonWorkingDay, User
from app.cases.custody import PARTY_NAMES
from app.cases.history.catalogue import EVENTS, kinds_of
from app.cases.history.event import GROUPS, READINGS
from app.onboarding.entity_list.query import EntityQuery
from app.onboarding.today.parts import Line, Reader, Section
from app.people import breaches
from app.people.access.vacancies import without_role

#: The number of lines of a section.
MOST = 5
#: Changes of this many days are counted, among this many of the newest.
LATELY, NEWEST = timedelta(days=7), 5_000
#: Consultations of documents of this many days are counted.
READ_LATELY = timedelta(days=30)
#: From this month on the next year needs its non-working days.
LAST_MONTHS = 11
#: The groups of the log that are changes of the catalogue and of the platform's people.
OF_CATALOGUE = "datos"

#: The worker counts as stopped after this time without a sign of life, by a clock that is not fast.
SILENT = timedelta(minutes=15)


def of_gestor(reader: Reader) -> list[Section | None]:
    """Return what the Gestor looks after: worker, incidents, process, accounts, calendar."""
    return [
        stopped(reader),
        data_breaches(reader),
        people_without_role(reader),
        next_calendar(reader),
        changes(reader, (OF_CATALOGUE,)),
    ]


def of_auditor(reader: Reader) -> list[Section | None]:
    """Return what the auditor looks at: delays by party, consultations of documents, changes."""
    return [late_by_party(reader), documents_read(reader), changes(reader)]


def no_worker() -> ColumnElement[bool]:
    """Return the condition on JobRun: the worker that ran the timers has stopped."""
    silent = SILENT * max(calendar.pace_from_environment(), 1)
    return (JobRun.name == "tick") & (JobRun.seen_at < calendar.now() - silent)


def stopped(reader: Reader) -> Section | None:
    """Return since when no worker runs the timers, if it has stopped."""
    seen_at = reader.session.scalar(select(JobRun.seen_at).where(no_worker()))
    if seen_at is None:
        return None
    return Section(
        id="estado",
        title=f"Nadie atiende los plazos desde el {formatting.moment(seen_at)}",
        lines=(),
        url=url_for("health.show"),
        way="Ver el estado de la plataforma",
    )


def data_breaches(reader: Reader) -> Section | None:
    """Return how many incidents of personal data have to be notified to the authority."""
    found = breaches.waiting(reader.session, reader.user)
    if not found:
        return None
    count = formatting.plural(
        len(found), "incidente de datos personales", "incidentes de datos personales"
    )
    return Section(
        id="incidentes-de-datos",
        title=f"{count} por comunicar, hasta el {formatting.moment(found[0].due_at)}",
        lines=(),
        url=url_for("breaches.list_all"),
        way="Ver los incidentes",
    )


def people_without_role(reader: Reader) -> Section | None:
    """Return how many people can sign in and have no role."""
    count = reader.session.scalar(select(func.count()).select_from(User).where(without_role()))
    if not count:
        return None
    return Section(
        id="sin-funcion",
        title=f"{formatting.plural(count, 'persona', 'personas')} sin función",
        lines=(),
        url=url_for("people.list_people", cuenta="sin-funcion"),
        way="Ver las cuentas",
    )


def next_calendar(reader: Reader) -> Section | None:
    """Return that the next year has no decreed non-working days, in the last months of a year."""
    today = calendar.today()
    year = today.year + 1
    if today.month < LAST_MONTHS or year not in calendar.YEARS:
        return None
    first = today.replace(year=year, month=1, day=1)
    count = reader.session.scalar(
        select(func.count()).select_from(NonWorkingDay).where(NonWorkingDay.on >= first)
    )
    if count:
        return None
    return Section(
        id="calendario",
        title=f"El calendario de {year} todavía no tiene días decretados",
        lines=(),
        url=url_for("days.show_year", anio=year),
        way="Ver el calendario",
    )


def changes(reader: Reader, groups: Iterable[str] = ()) -> Section | None:
    """Return how much changed in the last days by group of the log, the largest first.

    `groups`: only these; all without them. At most the newest entries are counted; readings are no
    changes.
    """
    since = calendar.today() - LATELY
    acts = select(LogEntry.kind, LogEntry.at).where(LogEntry.kind.not_in(kinds_of(READINGS)))
    rows = acts.order_by(LogEntry.id.desc()).limit(NEWEST).subquery()
    counted = reader.session.execute(
        select(rows.c.kind, func.count().label("entries"))
        .where(rows.c.at >= calendar.midnight(since))
        .group_by(rows.c.kind)
    ).all()
    by_group = _by_group({row.kind: row.entries for row in counted})
    found = {name: by_group[name] for name in (set(groups) or by_group) if name in by_group}
    total = sum(found.values())
    if not total:
        return None
    day = since.isoformat()
    lines = [
        Line(GROUPS[name], _changes_url(acto=name, desde=day), formatting.number(count))
        for name, count in sorted(found.items(), key=lambda one: -one[1])
    ]
    of = "del catálogo" if groups else ""
    more = "Más de " if sum(by_group.values()) >= NEWEST else ""
    title = f"{more}{formatting.plural(total, 'cambio', 'cambios')} {of}".strip()
    return Section(
        id="cambios",
        title=f"{title} en los últimos {LATELY.days} días",
        lines=lines[:MOST] if not groups else (),
        url=lines[0].url if groups else _changes_url(desde=day),
        way="Ver los cambios",
    )


def _by_group(kinds: Mapping[str, int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for kind, count in kinds.items():
        if event := EVENTS.get(kind):
            found[event.group] = found.get(event.group, 0) + count
    return found


def documents_read(reader: Reader) -> Section | None:
    """Return who read or searched document numbers lately, and for which purpose."""
    since = calendar.today() - READ_LATELY
    rows = reader.session.execute(
        select(LogEntry, func.count().over())
        .where(
            LogEntry.kind.in_(("document.unmasked", "document.searched")),
            LogEntry.at >= calendar.midnight(since),
        )
        .options(joinedload(LogEntry.actor).lazyload(User.grants))
        .order_by(LogEntry.id.desc())
        .limit(MOST)
    ).all()
    if not rows:
        return None
    url = _changes_url(acto="consultas", desde=since.isoformat())
    lines = [
        Line(
            row.actor.full_name if row.actor else "",
            url,
            f"{row.data.get('purpose', '')} · {formatting.moment(row.at)}",
        )
        for row, _ in rows
    ]
    text = formatting.plural(rows[0][1], "consulta", "consultas")
    return Section(
        id="documentos",
        title=f"{text} de documentos de identidad en los últimos {READ_LATELY.days} días",
        lines=lines,
        url=url,
        way="Ver todas",
    )


def late_by_party(reader: Reader) -> Section | None:
    """Return how many entities have a late step, by the party that has it in hand."""
    session = reader.session
    queries = {
        name.label: EntityQuery({"plazo": "atrasado", "manos": name.url_value})
        for name in PARTY_NAMES.values()
    }
    counts = [
        select(func.count()).select_from(Entity).where(query.condition(session)).scalar_subquery()
        for query in queries.values()
    ]
    row = session.execute(select(*counts)).one()
    lines = [
        Line(label, query.address(), formatting.plural(count, "entidad", "entidades"))
        for (label, query), count in zip(queries.items(), row, strict=True)
        if count
    ]
    if not lines:
        return None
    return Section(
        id="atrasos",
        title="Atrasos por quien los tiene",
        lines=lines,
        url=EntityQuery({"plazo": "atrasado"}).address(),
        way="Ver todas las entidades con atraso",
    )


def _changes_url(**filters: str) -> str:
    return f"{url_for('audit.list_changes')}?{urlencode(filters)}"
