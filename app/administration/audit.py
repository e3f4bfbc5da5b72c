"""Every change on one page: who, when, what, old and new value; of the platform and of entities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Flask, abort, render_template, request
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased, joinedload

from app.base import calendar, db, queries
from app.base.formatting import plain
from app.base.models import Entity, LogEntry, User
from app.cases.history.catalogue import kinds_of
from app.cases.history.event import GROUPS, READINGS
from app.cases.history.lines import Line, describe_all

blueprint = Blueprint("audit", __name__)


def init_app(app: Flask) -> None:
    """Add the page."""
    app.register_blueprint(blueprint)


PER_PAGE = 50
#: People of one name that are looked for, at most.
MOST_PEOPLE = 200
#: Query parameters of the page; "antes" is the place in the list.
FIELDS = ("persona", "acto", "ambito", "desde", "hasta")
PLATFORM = "plataforma"


@dataclass(frozen=True)
class Filters:
    """Filters of the log, from a query string.

    `faults`: field → what is wrong with it, in Spanish; "" for unknown names.
    """

    person: str
    act: str
    since: date | None
    until: date | None
    platform: bool
    faults: Mapping[str, str]

    @classmethod
    def of(cls, args: Mapping[str, str]) -> Filters:
        """Read the filters of a query string."""
        faults = queries.at_fields(queries.faults(args, (*FIELDS, "antes")), FIELDS)
        act, where = args.get("acto", ""), args.get("ambito", "")
        if act and act not in GROUPS:
            act, faults["acto"] = "", "Elige de la lista qué cambió."
        if where not in ("", PLATFORM):
            faults["ambito"] = "Elige de la lista dónde."
        days: dict[str, date | None] = {}
        for name in ("desde", "hasta"):
            typed = args.get(name, "").strip()
            try:
                days[name] = date.fromisoformat(typed) if typed else None
            except ValueError:
                days[name], faults[name] = None, "Elige un día del calendario."
        return cls(
            person=args.get("persona", "").strip()[:100],
            act=act,
            since=days["desde"],
            until=days["hasta"],
            platform=where == PLATFORM,
            faults=faults,
        )

    def conditions(self, session: Session) -> list[ColumnElement[bool]]:
        """Return the conditions on LogEntry."""
        found: list[ColumnElement[bool]] = []
        if self.person:
            found.append(LogEntry.actor_id.in_(_people(session, self.person)))
        if self.act:
            found.append(LogEntry.kind.in_(kinds_of(self.act)))
        else:
            found.append(LogEntry.kind.not_in(kinds_of(READINGS)))
        if self.since:
            found.append(LogEntry.at >= calendar.midnight(self.since))
        if self.until:
            found.append(LogEntry.at < calendar.midnight(self.until + timedelta(days=1)))
        if self.platform:
            found.append(LogEntry.entity_id.is_(None))
        return found


@dataclass(frozen=True)
class Change:
    """An entry of the log as shown, and the entity that it is about, if any."""

    line: Line
    entity: Entity | None


def _people(session: Session, typed: str) -> list[int]:
    """Return the ids of those whose names hold these words."""
    words = plain(typed).split()
    rows = session.execute(select(User.id, User.given_names, User.surnames))
    named = ((row.id, plain(f"{row.given_names} {row.surnames}")) for row in rows)
    return [number for number, name in named if all(w in name for w in words)][:MOST_PEOPLE]


def changes(session: Session, filters: Filters, before: int | None) -> tuple[Sequence[Change], str]:
    """Return a page of changes, newest first, and the id where the next page begins, or ""."""
    entity = aliased(Entity)
    query = (
        select(LogEntry, entity)
        .outerjoin(entity, entity.id == LogEntry.entity_id)
        .options(joinedload(LogEntry.actor).lazyload(User.grants))
        .where(*filters.conditions(session))
    )
    if before is not None:
        query = query.where(LogEntry.id < before)
    rows = session.execute(query.order_by(LogEntry.id.desc()).limit(PER_PAGE + 1)).all()
    shown = rows[:PER_PAGE]
    further = str(shown[-1][0].id) if len(rows) > PER_PAGE else ""
    lines = describe_all(session, [entry for entry, _ in shown])
    return [Change(*two) for two in zip(lines, [place for _, place in shown], strict=True)], further


@blueprint.get("/registro-de-cambios")
def list_changes() -> str | tuple[str, int]:
    """Show who did what and when, by person, kind and days; 50 a page, the newest first."""
    filters = Filters.of(request.args)
    found: Sequence[Change] = ()
    further = ""
    if not filters.faults:
        found, further = changes(db.session(), filters, _place())
    page = render_template(
        "audit/changes.html",
        changes=found,
        filters=filters,
        typed=request.args,
        acts=[("", "Todo menos las lecturas"), *GROUPS.items()],
        first=_address({}) if "antes" in request.args else "",
        further=_address({"antes": further}) if further else "",
    )
    return (page, 400) if filters.faults else page


def _place() -> int | None:
    text = request.args.get("antes", "")
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        abort(404)
    return int(text)


def _address(more: Mapping[str, Any]) -> str:
    others = {name: value for name, value in request.args.items() if name != "antes" and value}
    return f"{request.path}?{urlencode({**others, **more})}"
