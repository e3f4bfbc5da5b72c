"""Descriptions of the data, made from the columns: table schemas, a data package, a catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.register.export import other_shapes
from app.register.facts import shapes
from app.register.facts.columns import Field

TITLE = "Registro de visitas"
ABOUT = (
    "Visitas que reciben los funcionarios de las entidades públicas del Perú, tal como las "
    "registra cada entidad, con sus actos de gestión de intereses y sus decisores."
)


@dataclass(frozen=True)
class Licence:
    """The licence under which an installation publishes its data."""

    name: str
    title: str
    path: str


#: Values of the setting ZAGUAN_DATA_LICENCE.
LICENCES: Mapping[str, Licence] = {
    licence.name: licence
    for licence in (
        Licence(
            "ODC-By-1.0",
            "Open Data Commons Attribution License 1.0",
            "https://opendatacommons.org/licenses/by/1-0/",
        ),
        Licence(
            "CC-BY-4.0",
            "Creative Commons Atribución 4.0 Internacional",
            "https://creativecommons.org/licenses/by/4.0/deed.es",
        ),
        Licence(
            "CC0-1.0",
            "Creative Commons CC0 1.0 Universal",
            "https://creativecommons.org/publicdomain/zero/1.0/deed.es",
        ),
    )
}


@dataclass(frozen=True)
class Resource:
    """A file of open data (CSV): its content, its address, and its columns."""

    name: str
    title: str
    about: str
    path: str
    columns: tuple[Field, ...]
    #: The fields that identify a row.
    key: tuple[str, ...] = ()
    #: Other addresses of the same rows.
    also: tuple[str, ...] = ()
    #: The resource of which it is another form.
    form_of: str = ""


#: The feed that mirrors follow.
FEED = "/datos/cambios.json"
#: The file that is made once a day (`app.register.export.daily`).
DAILY = "/datos/implementacion.csv"
VISITS = Resource(
    "visitas",
    "Visitas, forma abierto",
    "Todas las visitas públicas vigentes, un campo por dato.",
    "/visitas.csv?forma=abierto",
    shapes.OPEN,
    key=("codigo",),
    also=("/visitas.json", FEED),
)
RESOURCES: tuple[Resource, ...] = (
    VISITS,
    Resource(
        "visitas-oficial",
        "Visitas, forma oficial",
        "Las mismas visitas con las 12 columnas de la plataforma oficial, en su orden.",
        "/visitas.csv",
        shapes.OFFICIAL,
        also=("/visitas.xlsx",),
        form_of="visitas",
    ),
    Resource(
        "actos",
        "Actos de gestión de intereses",
        "La última versión de cada acto vigente.",
        "/actos.csv",
        other_shapes.ACTS,
        key=("codigo",),
        also=("/actos.json", "/actos.xlsx"),
    ),
    Resource(
        "decisores",
        "Funcionarios con capacidad de decisión pública",
        "Cargos y sus titulares, con desde y hasta.",
        "/decisores.csv",
        other_shapes.DECISION_MAKERS,
        also=("/decisores.json", "/decisores.xlsx"),
    ),
    Resource(
        "cobertura",
        "Cobertura",
        "Las entidades con su registro abierto, o con visitas importadas de la plataforma oficial: "
        "desde cuándo publica cada una, si ya lo hace, y hasta cuándo hay visitas.",
        "/cobertura.csv",
        other_shapes.COVERAGE,
        key=("entidad_codigo",),
        also=("/cobertura.json", "/cobertura.xlsx"),
    ),
    Resource(
        "dias-sin-visitas",
        "Días declarados sin visitas",
        "Los días en que una entidad declaró que no tuvo visitas. Si después registra una, el "
        "día sale de aquí.",
        "/dias-sin-visitas.csv",
        other_shapes.DAYS_WITHOUT_VISITS,
        key=("entidad_codigo", "dia"),
        also=("/dias-sin-visitas.json", "/dias-sin-visitas.xlsx"),
    ),
)


def table_schema(resource: Resource) -> dict[str, Any]:
    """Return a table schema (Frictionless) of a resource."""
    said: dict[str, Any] = {
        "fields": [_field(column, (column.name,) == resource.key) for column in resource.columns],
        "missingValues": [""],
    }
    if resource.key:
        said["primaryKey"] = list(resource.key)
    return said


def _field(column: Field, is_key: bool) -> dict[str, Any]:
    constraints: dict[str, Any] = {}
    if column.needed:
        constraints["required"] = True
    if is_key:
        constraints["unique"] = True
    if column.values:
        constraints["enum"] = list(column.values)
    field: dict[str, Any] = {
        "name": column.name,
        "type": column.kind,
        "title": column.name,
        "description": column.meaning,
    }
    if column.format:
        field["format"] = column.format
    return field | ({"constraints": constraints} if constraints else {})


def data_package(
    resources: Sequence[Resource],
    base: str,
    licence: Licence,
    version: str,
    closing: str,
) -> dict[str, Any]:
    """Return a data package (Frictionless) of resources at their absolute addresses.

    `closing`: number and hash of the newest closing of the chain, which a reader may note.
    """
    return {
        "profile": "data-package",
        "name": "registro-de-visitas",
        "id": f"{base}/datos/datapackage.json",
        "title": TITLE,
        "description": ABOUT,
        "homepage": f"{base}/datos",
        "version": version,
        "licenses": [{"name": licence.name, "title": licence.title, "path": licence.path}],
        "cadena": closing,
        "resources": [_resource(resource, base) for resource in resources],
    }


def _resource(resource: Resource, base: str) -> dict[str, Any]:
    return {
        "profile": "tabular-data-resource",
        "name": resource.name,
        "title": resource.title,
        "description": resource.about,
        "path": base + resource.path,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": table_schema(resource),
        "dialect": {
            "delimiter": ",",
            "lineTerminator": "\n",
            "quoteChar": '"',
            "doubleQuote": True,
            "header": True,
        },
    }


MEDIA = "https://www.iana.org/assignments/media-types/"
AUTHORITY = "http://publications.europa.eu/resource/authority"
MEDIA_TYPES: Mapping[str, str] = {
    "csv": "text/csv",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def catalogue(
    resources: Sequence[Resource], base: str, licence: Licence, publisher: Mapping[str, str]
) -> dict[str, Any]:
    """Return a catalogue (DCAT 3, JSON-LD): data sets, each with all its files as distributions.

    `publisher`: name and e-mail of the organisation that publishes it.
    """
    agent = {
        "@type": "foaf:Agent",
        "foaf:name": publisher["name"],
        "foaf:mbox": {"@id": f"mailto:{publisher['email']}"},
    }
    return {
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "foaf": "http://xmlns.com/foaf/0.1/",
        },
        "@id": f"{base}/datos/catalogo.jsonld",
        "@type": "dcat:Catalog",
        "dct:title": _spanish(TITLE),
        "dct:description": _spanish(ABOUT),
        "dct:language": SPANISH,
        "dct:license": {"@id": licence.path},
        "dct:publisher": agent,
        "foaf:homepage": {"@id": f"{base}/datos"},
        "dcat:dataset": [
            _dataset(
                resource,
                [one for one in resources if resource.name in (one.name, one.form_of)],
                base,
                licence,
                agent,
            )
            for resource in resources
            if not resource.form_of
        ],
    }


def _spanish(text: str) -> dict[str, str]:
    return {"@value": text, "@language": "es"}


SPANISH = {"@id": f"{AUTHORITY}/language/SPA"}


def _dataset(
    resource: Resource,
    forms: Sequence[Resource],
    base: str,
    licence: Licence,
    agent: Mapping[str, Any],
) -> dict[str, Any]:
    return {
        "@id": f"{base}/datos#{resource.name}",
        "@type": "dcat:Dataset",
        "dct:identifier": resource.name,
        "dct:title": _spanish(resource.title),
        "dct:description": _spanish(resource.about),
        "dct:language": SPANISH,
        "dct:license": {"@id": licence.path},
        "dct:publisher": agent,
        "dct:spatial": {"@id": f"{AUTHORITY}/country/PER"},
        "dcat:landingPage": {"@id": f"{base}/datos"},
        "dcat:distribution": [
            _distribution(form, path, base, licence)
            for form in forms
            for path in (form.path, *form.also)
        ],
    }


def _distribution(form: Resource, path: str, base: str, licence: Licence) -> dict[str, Any]:
    address = base + path
    ending = path.partition("?")[0].rpartition(".")[2]
    said: dict[str, Any] = {
        "@id": address,
        "@type": "dcat:Distribution",
        "dct:title": _spanish("Cambios, para seguir" if path == FEED else form.title),
        "dcat:accessURL": {"@id": address},
        "dcat:downloadURL": {"@id": address},
        "dcat:mediaType": {"@id": MEDIA + MEDIA_TYPES[ending]},
        "dct:format": {"@id": f"{AUTHORITY}/file-type/{ending.upper()}"},
        "dct:license": {"@id": licence.path},
    }
    if path != FEED:  # whose pages hold rows, and are none
        said["dct:conformsTo"] = {"@id": f"{base}/datos/esquema/{form.name}.json"}
    return said
