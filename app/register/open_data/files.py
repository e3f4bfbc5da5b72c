"""The register as files: the same result as its page, by the ending of the address."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date

from flask import Blueprint, Response, abort, current_app, make_response, render_template, request

from app.base import calendar, db
from app.base.models import Entity, Register
from app.people import downloads
from app.people.access import this_entity
from app.register.export import tables, writers
from app.register.export.answers import OPEN, problem, table_file
from app.register.export.tables import SHAPES
from app.register.export.writers import Table
from app.register.interest_acts.query import Question
from app.register.registers import environments, evidence
from app.register.search import TooShort, published, unpublished
from app.register.search.query import Query

blueprint = Blueprint("open_data", __name__)

#: The shape of each ending, where the address names none.
SHAPE_OF: Mapping[str, str] = {"csv": "oficial", "xlsx": "oficial", "json": "abierto"}
SEVERAL = "Varias entidades se llaman así: pide una por su código. {}."
MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])", re.ASCII)


@blueprint.get("/visitas.<any(csv,json,xlsx):ending>")
def visits(ending: str) -> Response:
    """Return the visits of all entities, or the results of a search."""
    wanted = published.wanted(db.session(), request.args)
    if wanted.offered:
        names = "; ".join(f"{one.code}, {one.name}" for one in wanted.offered[: published.OFFERED])
        return refused(ending, {**wanted.query.faults, "entidad": SEVERAL.format(names)})
    return _visits(wanted.query, ending, ["visitas"])


@blueprint.get("/visitas/<code>.<any(csv,json,xlsx):ending>")
def visits_of_entity(code: str, ending: str) -> Response:
    """Return the visits of an entity, or the results of a search among them."""
    _register(code)
    return _visits(Query.of({**request.args, "entidad": code}), ending, ["visitas", code])


@blueprint.get("/visitas/<code>/<month>.<any(csv,json,xlsx):ending>")
def visits_of_month(code: str, month: str, ending: str) -> Response:
    """Return all visits of an entity in a month."""
    _register(code)
    first = month_of(month) or abort(404)
    last = first.replace(day=monthrange(first.year, first.month)[1])
    params = {"entidad": code, "desde": first.isoformat(), "hasta": last.isoformat()}
    return _visits(Query.of(params), ending, ["visitas", code, month])


@blueprint.get("/demo/<code>/visitas.<any(csv,json,xlsx):ending>")
def demo_visits(code: str, ending: str) -> Response:
    """Return the visits of an entity's demo, for its users and reviewers."""
    register = environments.find(db.session(), this_entity(), "demo") or abort(404)
    query = Query.of({**request.args, "entidad": ""}, register_id=register.id)
    response = _visits(query, ending, ["demo", "visitas", code])
    if response.status_code == 200 and request.method != "HEAD":
        try:
            evidence.note_use(register, "download")
        except BaseException:
            response.close()  # it ends the download, which would otherwise stop all others
            raise
    for name in OPEN:
        if name != "X-Robots-Tag":
            del response.headers[name]
    return response


class Unpublished(Exception):
    """The entity of an address is in the catalogue and publishes nothing here."""


def _register(code: str) -> Register:
    """Return the register that an entity publishes; 404 where there is none. Raises Unpublished."""
    register = published.register_of(db.session(), code)
    if register is None and unpublished.of_code(db.session(), code) is not None:
        raise Unpublished(code)
    return register or abort(404)


@blueprint.errorhandler(Unpublished)
def not_here(_: Unpublished) -> Response:
    """Answer 404, and why: a program reads the status, a person the sentence."""
    if (request.view_args or {}).get("ending") == "json":
        return problem(404, unpublished.SENTENCE)
    page = render_template("open_data/refused.html", faults={"entidad": unpublished.SENTENCE})
    return make_response(page, 404)


def month_of(text: str) -> date | None:
    """Return the first day of a month that has begun; None for any other text."""
    if not MONTH.fullmatch(text):
        return None
    first = date(int(text[:4]), int(text[5:]), 1)
    return first if first <= calendar.today() else None


def _visits(query: Query, ending: str, names: list[str]) -> Response:
    shape = request.args.get("forma", "") or SHAPE_OF[ending]
    faults = dict(query.faults)
    if shape not in SHAPES:
        faults["forma"] = "La forma es oficial o abierto."
    if faults:
        return refused(ending, faults)
    try:
        table = tables.visits(db.session(), query, shape)
    except TooShort:
        return refused(ending, {"q": "Escribe al menos una palabra de tres letras o más."})
    return _file(table, ending, _name(query, shape, names), bom=shape == "oficial")


def _name(query: Query, shape: str, names: list[str]) -> str:
    """Return the name of a file: without the words of the search, which may be a person's name."""
    narrowed = set(query.params) - {"entidad"} and not MONTH.fullmatch(names[-1])
    return "-".join([*names, *(["busqueda"] if narrowed else []), shape])


def _file(table: Table, ending: str, name: str, *, bom: bool = False) -> Response:
    downloads.begin()  # also before the rows of a workbook are counted
    if ending == "xlsx" and not writers.fits_workbook(current_app.extensions["engine"], table):
        return _too_many()
    return table_file(table, ending, name, bom=bom)


def refused(ending: str, faults: Mapping[str, str]) -> Response:
    """Answer which parameters are wrong, as sentences."""
    if ending == "json":
        return problem(400, " ".join(faults.values()), campos=dict(faults))
    page = render_template("open_data/refused.html", faults=faults)
    return make_response(page, 400)


def _too_many() -> Response:
    """Answer that a workbook does not take as many rows and a CSV does."""
    address = request.full_path.replace(".xlsx?", ".csv?").rstrip("?")
    page = render_template(
        "open_data/too_many.html", most=writers.MOST_IN_WORKBOOK, csv_address=address
    )
    return make_response(page, 422)


# Other than visits ---------------------------------------------------------------------


@blueprint.get("/actos.<any(csv,json,xlsx):ending>")
def acts(ending: str) -> Response:
    """Return the interest acts of all entities, or the results of a search."""
    return _acts(Question.of(request.args), ending, "actos")


@blueprint.get("/actos/<code>.<any(csv,json,xlsx):ending>")
def acts_of_entity(code: str, ending: str) -> Response:
    """Return interest acts of an entity."""
    entity = _register(code).entity
    question = Question.of({**request.args, "entidad": ""})
    return _acts(question, ending, f"actos-{code}", entity)


def _acts(question: Question, ending: str, name: str, entity: Entity | None = None) -> Response:
    if question.faults:
        return refused(ending, question.faults)
    return _file(tables.acts(db.session(), question, entity), ending, name)


@blueprint.get("/decisores.<any(csv,json,xlsx):ending>")
def decision_makers(ending: str) -> Response:
    """Return the rosters of all entities, or of the entities that match some words."""
    table = tables.decision_makers(db.session(), None, request.args.get("q", ""))
    return _file(table, ending, "decisores")


@blueprint.get("/decisores/<code>.<any(csv,json,xlsx):ending>")
def decision_makers_of(code: str, ending: str) -> Response:
    """Return the dated roster of an entity's decision-makers."""
    entity = _register(code).entity
    return _file(tables.decision_makers(db.session(), entity), ending, f"decisores-{code}")


@blueprint.get("/dias-sin-visitas.<any(csv,json,xlsx):ending>")
def days_without_visits(ending: str) -> Response:
    """Return the days that entities declared without visits."""
    table = tables.days_without_visits(request.args.get("q", ""))
    return _file(table, ending, "dias-sin-visitas")


@blueprint.get("/cobertura.<any(csv,json,xlsx):ending>")
def coverage(ending: str) -> Response:
    """Return the entities with an open register, and since when they publish."""
    return _file(tables.coverage(request.args.get("q", "")), ending, "cobertura")
