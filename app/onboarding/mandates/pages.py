"""The coordinator's page of a day on which mandates end: who is concerned, and the plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.base import db, formatting, queries
from app.base.models import Batch, Entity
from app.base.paging import Paging, page_number
from app.onboarding import batches
from app.onboarding.batches.kinds import mandates as kind
from app.onboarding.mandates import concerned
from app.onboarding.mandates import sheet as made
from app.people import access
from app.register.registers.mandates import LEVELS, Mandates

blueprint = Blueprint("mandate_plan", __name__)

PER_PAGE = 50
#: A plan's act for an entity: value in the URL → plan and label.
OUTCOMES = {
    "por-hacer": ("do", "Se hará"),
    "iguales": ("same", "No hace falta"),
    "fuera": ("refused", "Quedan fuera"),
}


@dataclass(frozen=True)
class Filters:
    """Which of the entities concerned are shown and planned."""

    day: date
    level: str = ""
    department: str = ""

    @property
    def params(self) -> dict[str, Any]:
        """The parameters of their page."""
        found = {"dia": self.day.isoformat(), "tipo": self.level, "region": self.department}
        return {name: value for name, value in found.items() if value}

    def of(self, everyone: Sequence[Entity]) -> list[Entity]:
        """Return those of the concerned entities that the filters keep."""
        return [
            entity
            for entity in everyone
            if self.level in ("", entity.kind) and self.department in ("", entity.department)
        ]

    def words(self) -> str:
        """Return the selection in words, for the page of the batch."""
        parts = [f"Su mandato termina el {formatting.day(self.day)}"]
        parts += [LEVELS[self.level]] if self.level else []
        parts += [self.department] if self.department else []
        return " · ".join(parts)


def _filters(session: Session) -> Filters | None:
    """Return the filters of the request; None while no mandate is near its end."""
    queries.must_know(("dia", "tipo", "region", "filas", "pagina"))
    days = [day.isoformat() for day in Mandates.read(session).days()]
    queries.chosen("dia", days)
    queries.chosen("tipo", LEVELS)
    queries.chosen("filas", OUTCOMES)
    typed = request.args.get("dia", "")
    day = date.fromisoformat(typed) if typed else concerned.next_end(session)
    if day is None:
        return None
    return Filters(day, request.args.get("tipo", ""), request.args.get("region", "")[:50])


@blueprint.get("/mandatos/plan")
def show() -> str:
    """Show the entities whose mandate ends on a day, and the plan's act for each."""
    session = db.session()
    filters = _filters(session)
    if filters is None:
        return render_template("mandates/no_plan.html")
    everyone = concerned.of_day(session, filters.day)
    entities = filters.of(everyone)
    known = kind.Known.of(session, entities, filters.day)
    plans = [(entity, kind.plan_of(entity, known, filters.day)) for entity in entities]
    current = request.args.get("filas", "")
    shown = [row for row in plans if not current or row[1].plan == OUTCOMES[current][0]]
    paging = Paging(len(shown), page_number(), PER_PAGE)
    return render_template(
        "mandates/plan.html",
        day=filters.day,
        begins=filters.day + timedelta(days=1),
        filters=filters,
        levels=LEVELS,
        departments=sorted({one.department for one in everyone if one.department}),
        rows=shown[paging.offset : paging.offset + paging.size],
        counts=(counts := Counter(plan.plan for _, plan in plans)),
        tabs=_tabs(filters, counts, current),
        plans=_confirmed(session, filters.day),
        page=paging,
    )


def _tabs(filters: Filters, counts: Counter[str], current: str) -> list[dict[str, Any]]:
    def tab(label: str, value: str, count: int) -> dict[str, Any]:
        extra: dict[str, Any] = {"filas": value} if value else {}
        return {
            "label": label,
            "count": count,
            "url": url_for(".show", **filters.params, **extra),
            "current": current == value,
        }

    found = [tab(label, value, counts[plan]) for value, (plan, label) in OUTCOMES.items()]
    return [tab("Todas", "", counts.total()), *found]


def _confirmed(session: Session, day: date) -> Sequence[Batch]:
    """Return the plans of a day that were not discarded, the newest first."""
    rows = session.scalars(
        select(Batch)
        .where(Batch.kind == batches.MANDATES.id, Batch.state != "discarded")
        .order_by(Batch.id.desc())
    )
    return [row for row in rows if row.data.get("ends_on") == day.isoformat()]


@blueprint.get("/entidades/<code>/ficha-de-transferencia.pdf")
def sheet(code: str) -> Response:
    """Send the sheet of an entity whose mandate ends soon, or ended lately; 404 for others."""
    entity, session = access.this_entity(), db.session()
    day = concerned.ending_soon(session, entity) or abort(404)
    name = f"ficha-de-transferencia-{code}.pdf"
    return Response(
        made.content(session, entity, day),
        mimetype="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


@blueprint.post("/mandatos/plan")
def freeze() -> Response:
    """Freeze the entities of the filters as a batch, which a coordinator then confirms."""
    user, session = access.require(batches.MANDATES.action), db.session()
    filters = _filters(session) or abort(404)
    entities = filters.of(concerned.of_day(session, filters.day))
    if not entities:
        flash("Con esos filtros no hay ninguna entidad.", "warning")
        return redirect(url_for(".show", **filters.params), 303)
    data = {
        "ends_on": filters.day.isoformat(),
        "filter": filters.params,
        "chosen": filters.words(),
    }
    batch = batches.from_list(session, batches.MANDATES, entities, user.id, data)
    session.commit()
    return redirect(url_for("batches.show", batch=batch.id), 303)
