"""The entities that publish, and what this register is."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, abort, render_template, request, url_for

from app.base import calendar, db
from app.base.paging import Paging, page_number
from app.register.facts.values import CATEGORIES, OBSERVATIONS, SOURCES
from app.register.public.shared import address
from app.register.registers import coverage, publishing, rules
from app.register.registers.coverage import Coverage
from app.register.search import unpublished
from app.register.search.query import LONGEST
from forms.fields.rules import has_control

blueprint = Blueprint("coverage", __name__)

PER_PAGE = 100

#: Orders of the list: URL value → label.
ORDERS = {"nombre": "Nombre", "ultima": "Última visita", "visitas": "Visitas de 30 días"}


@blueprint.get("/cobertura")
def show() -> str:
    """List the entities with a public register, with what each published."""
    typed = request.args.get("q", "").strip()
    if len(typed) > LONGEST or has_control(typed):
        typed = ""
    order = request.args.get("orden", "nombre")
    if order not in ORDERS:
        abort(404)
    place = request.args.get("publica", "")
    if place and (place not in publishing.PLACES or place == publishing.NOWHERE):
        abort(404)
    found = coverage.publishing(db.session(), typed, order)
    if place:
        source = publishing.PLACES[place].source  # as `publishing.counts` counts
        found = [one for one in found if one.recorded_in == source and one.entity.active]
    paging = Paging(len(found), page_number(), PER_PAGE)
    return render_template(
        "consult/coverage.html",
        private=False,
        unpublished=unpublished.meant(db.session(), typed) if not found else (),
        rows=found[paging.offset : paging.offset + PER_PAGE],
        paging=paging,
        typed=typed,
        orders=[
            (_address(typed, name, place), label, name == order) for name, label in ORDERS.items()
        ],
        place=place,
        places=_places(typed, order, place),
        order=order,
        totals=_totals(found),
        since=coverage.first_day(),
        now=calendar.now(),
    )


def _totals(found: Sequence[Coverage]) -> dict[str, int]:
    return {
        "entities": sum(one.publishes for one in found),
        "visits": sum(one.visits for one in found),
    }


def _address(typed: str, order: str, place: str = "") -> str:
    order = "" if order == "nombre" else order
    return address(url_for(".show"), {"q": typed, "orden": order, "publica": place})


def _places(typed: str, order: str, current: str) -> list[dict[str, object]]:
    """Return where the entities publish: each place, its count, and its address ("" for none)."""
    return [
        {
            "label": place.label,
            "count": count,
            "url": "" if value == publishing.NOWHERE else _address(typed, order, value),
            "current": value == current,
        }
        for value, count in publishing.counts(db.session(), typed).items()
        for place in (publishing.PLACES[value],)
    ]


@blueprint.get("/registro-de-visitas")
def what_it_is() -> str:
    """Show the purpose, the sources, the masked data and the terms of use of this register."""
    return render_template(
        "consult/what_it_is.html",
        private=False,
        categories=CATEGORIES,
        observations=OBSERVATIONS,
        sources=SOURCES,
        full=rules.documents_are_public(db.session()),
    )
