"""Every fact of a visit, declared once.

The code that writes versions, shows histories, reads files, builds forms and writes open data uses
these declarations. `tests/app/register/facts/test_declared.py` checks both sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from app.register.facts.fact import Fact, ImportColumn, Input, OpenField, PageRow
from app.register.facts.person_facts import VISITED_OFFICIAL, VISITOR
from app.register.facts.values import (
    CATEGORIES,
    OBSERVATIONS,
    SOURCES,
    STATES,
    Entry,
)

#: All facts, in the order of a history and, except the first ones, of the shape *abierto*.
DECLARED: tuple[Fact, ...] = (
    Fact(
        "state",
        "word",
        label="Estado",
        default="standing",
        words=STATES,
        open=OpenField("estado", "Si la visita sigue vigente"),
    ),
    Fact("audience", "word", label="Quién la ve", default="public"),
    Fact(
        "visit_on",
        "date",
        label="Ingreso",
        default=None,
        official="Fecha de Visita",
        open=OpenField("fecha_visita", "Día de la visita"),
        imported=ImportColumn(
            "visit_on",
            "Fecha de Visita",
        ),
    ),
    Fact(
        "entry_at",
        "moment",
        label="Ingreso",
        default=None,
        official="Hora Ingreso",
        open=OpenField("ingreso", "Momento del ingreso"),
        correctable=True,
        imported=ImportColumn(
            "entry",
            "Hora Ingreso",
        ),
    ),
    Fact(
        "exit_at",
        "moment",
        label="Salida",
        default=None,
        official="Hora Salida",
        open=OpenField("salida", "Momento de la salida"),
        correctable=True,
        imported=ImportColumn(
            "exit",
            "Hora Salida",
        ),
    ),
    Fact(
        "exit_state",
        "word",
        label="Salida",
        default="unknown",
        open=OpenField(
            "salida_estado",
            "Qué se sabe de la salida; «no ha salido» solo se dice en el día de la visita",
        ),
        correctable=True,
    ),
    *VISITOR,
    *VISITED_OFFICIAL,
    Fact(
        "category",
        "word",
        label="Categoría del motivo",
        words=CATEGORIES,
        official="Motivo",
        open=OpenField("categoria", "Categoría del motivo"),
        correctable=True,
        entered=Input("Motivo", "Elige el motivo de la visita."),
        corrected=Input("Categoría del motivo", "Elige la categoría."),
        imported=ImportColumn(
            "category",
            "Categoría del motivo",
        ),
    ),
    Fact(
        "motive",
        "text",
        label="Motivo",
        personal=True,
        free=True,
        limit=300,
        official="Motivo",
        open=OpenField("motivo", "Detalle del motivo"),
        page=PageRow("Motivo", "Motivo", ""),
        correctable=True,
        entered=Input("Detalle del motivo", "Escribe el detalle del motivo."),
        corrected=Input("Motivo", "Escribe el motivo."),
        imported=ImportColumn(
            "motive",
            "Motivo",
            public=True,
            cut="El motivo",
        ),
    ),
    Fact(
        "site",
        "text",
        label="Sede",
        limit=150,
        official="Lugar específico",
        open=OpenField("sede", "Sede"),
        correctable=True,
        entered=Input("Sede"),
        imported=ImportColumn(
            "site",
            "Sede",
        ),
    ),
    Fact(
        "place",
        "text",
        label="Lugar",
        personal=True,
        free=True,
        limit=150,
        official="Lugar específico",
        open=OpenField("lugar", "Lugar específico"),
        page=PageRow("Lugar específico", "Lugar específico", "No consta"),
        correctable=True,
        entered=Input("Lugar (opcional)"),
        corrected=Input("Lugar específico (opcional)"),
        imported=ImportColumn(
            "place",
            "Lugar específico",
            public=True,
            cut="El lugar",
            as_text=True,
        ),
    ),
    Fact(
        "observation",
        "word",
        label="Observación",
        words=OBSERVATIONS,
        official="Observación",
        open=OpenField("observacion", "De la lista cerrada del registro"),
        page=PageRow("Observación", "Observación", "Ninguna"),
        desk_row="Observación",
        correctable=True,
        imported=ImportColumn(
            "observation",
            "Observación",
        ),
    ),
    Fact(
        "interest",
        "flag",
        default=False,
        open=OpenField("gestion_intereses", "Si es o tiene un acto de gestión de intereses"),
    ),
    Fact(
        "group_code",
        "text",
        open=OpenField("grupo", "Común a quienes vinieron juntos"),
    ),
    Fact(
        "source",
        "word",
        label="Fuente",
        words=SOURCES,
        open=OpenField("fuente", "De dónde viene el registro"),
    ),
    Fact(
        "cut_off_on",
        "date",
        default=None,
        open=OpenField(
            "fuente_corte",
            "De una visita importada de la plataforma oficial: hasta qué día llega el archivo",
            optional=True,
        ),
    ),
    Fact(
        "norm_version",
        "text",
        label="Norma",
        open=OpenField("norma", "Norma con la que se registró"),
    ),
)

BY_NAME: Mapping[str, Fact] = {fact.name: fact for fact in DECLARED}
#: Facts of a version that may have to be suppressed: persons, and free text about them.
SUBJECT = tuple(fact.name for fact in DECLARED if fact.personal)
#: Facts that a version keeps forever.
FACTS = tuple(fact.name for fact in DECLARED if not fact.personal)
#: Value of a fact in versions that are older than the fact.
DEFAULTS: Mapping[str, Any] = {fact.name: fact.default for fact in DECLARED}
#: The longest texts (characters), at the desk and in an import.
LIMITS: Mapping[str, int] = {fact.name: fact.limit for fact in DECLARED if fact.limit}
#: Facts that a correction may change.
CORRECTABLE = tuple(fact.name for fact in DECLARED if fact.correctable)
#: Facts that a user writes as free text, for everyone to read.
FREE_TEXTS = tuple(fact.name for fact in DECLARED if fact.free)
#: Facts that the desk enters as a text or a word (`Entry.value`).
ENTERED = tuple(fact for fact in DECLARED if fact.entered)
#: The facts that are in `Entry.others`.
OTHERS = tuple({fact.name for fact in ENTERED} - {one.name for one in fields(Entry)})
#: The columns of a file of past visits that hold facts.
IMPORTED = tuple(fact.imported for fact in DECLARED if fact.imported)
