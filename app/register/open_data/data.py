"""The pages of open data, its descriptions, and the files that are made once a day."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, current_app, render_template, request, url_for

from app.base import calendar, db, formatting
from app.base.db import chain
from app.register.export import package, withheld, writers
from app.register.export.answers import OPEN, TYPES, document
from app.register.export.daily import StoredFile, daily_source
from app.register.export.package import LICENCES, RESOURCES, VISITS, Licence, Resource
from app.register.open_data import feed
from app.register.open_data.dumps import listed

blueprint = Blueprint("data", __name__)

#: Version of the shapes and addresses; docs/open-data.md says what it promises.
VERSION = "1.0.0"
#: Seconds for which a daily file may be cached: today's keeps the same address.
CACHE_SECONDS = 300
#: Days of the daily file that the page names.
DAYS_NAMED = 3
#: Finished files that the page lists: the whole register and the months of a year.
FILES_LISTED = 13


def resources() -> tuple[Resource, ...]:
    """Return every described file: the files of the registers, and the daily file."""
    return (*RESOURCES, daily_source().resource)


@blueprint.get("/datos")
def show() -> str:
    """Show the data, its shapes, its licence, and our commitments."""
    today = calendar.today()
    days = daily_source().days(db.session(), DAYS_NAMED)
    finished = withheld.published(db.session())
    return render_template(
        "open_data/data.html",
        private=False,
        licence=licence(),
        most_in_workbook=writers.MOST_IN_WORKBOOK,
        month=f"{today:%Y-%m}",
        finished=listed(finished, FILES_LISTED),
        as_of=finished.as_of,
        earlier=[
            (formatting.short_day(day), url_for(".implementation_of", day=day))
            for day in days
            if day < today
        ],
    )


@blueprint.get("/datos/diccionario")
def dictionary() -> str:
    """Show every field of every file: its type and meaning."""
    return render_template(
        "open_data/dictionary.html", private=False, resources=resources(), kinds=KINDS
    )


#: Types of a table schema in Spanish.
KINDS = {
    "string": "texto",
    "date": "fecha",
    "time": "hora",
    "datetime": "momento",
    "integer": "número",
    "boolean": "sí o no",
}


def licence() -> Licence:
    """Return the licence that this installation declares."""
    return LICENCES[current_app.config["DATA_LICENCE"]]


def _base() -> str:
    return str(current_app.config["PUBLIC_URL"])


@blueprint.get("/datos/datapackage.json")
def data_package() -> Response:
    """Return the data package (Frictionless)."""
    closing = chain.read(db.session()).noted
    return document(package.data_package(resources(), _base(), licence(), VERSION, closing))


@blueprint.get("/datos/esquema.json")
def schema() -> Response:
    """Return the table schema of visits."""
    return document(package.table_schema(VISITS))


@blueprint.get("/datos/esquema/<name>.json")
def schema_of(name: str) -> Response:
    """Return the table schema of a file."""
    found = next((resource for resource in resources() if resource.name == name), None)
    return document(package.table_schema(found or abort(404)))


@blueprint.get("/datos/catalogo.jsonld")
def catalogue() -> Response:
    """Return the catalogue (DCAT, JSON-LD)."""
    publisher = {
        "name": f"Zaguán, {urlsplit(_base()).netloc}",
        "email": current_app.config["HELP_DESK"],
    }
    said = package.catalogue(resources(), _base(), licence(), publisher)
    return document(said, "application/ld+json")


@blueprint.get("/datos/cambios.json")
def changes() -> Response:
    """Return the changes for a mirror."""
    return feed.answer(db.session())


@blueprint.get("/datos/implementacion.csv")
def implementation_today() -> Response:
    """Return how far each entity is, as of today; made now if the nightly run has not made it."""
    today = calendar.today()
    source = daily_source()
    found = source.stored(db.session(), today)
    if found is None:
        db.session().close()
        source.make(current_app.extensions["engine"])
        found = source.stored(db.session(), today)
    return _daily(found)


@blueprint.get("/datos/implementacion/<day>.csv")
def implementation_of(day: str) -> Response:
    """Return the file of a past day."""
    try:
        on = date.fromisoformat(day)
    except ValueError:
        abort(404)
    return _daily(daily_source().stored(db.session(), on))


def _daily(found: StoredFile | None) -> Response:
    if found is None:
        abort(404)
    name = f"implementacion-{found.on.isoformat()}.csv"
    response = Response(found.body, content_type=TYPES["csv"], headers=OPEN)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.last_modified = found.made_at
    response.cache_control.public = True
    response.cache_control.max_age = CACHE_SECONDS
    response.add_etag()
    response.make_conditional(request)
    return response
