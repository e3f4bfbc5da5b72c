"""The two shapes of a visit in public, as columns that the database itself writes out.

*Oficial*: the 12 columns of the official platform, in its order and words. *Abierto*: one field
per fact. Pages, CSV, JSON, XLSX and mirrors all read these, so that what is masked in one is
masked in all. A select of either joins Visit, Register and Entity (`select_of`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, case, func, literal, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from app.models import Entity, Register, Visit
from app.visits.values import (
    CATEGORIES,
    OBSERVATIONS,
    ON_OWN_BEHALF,
    SOURCES,
    VISITOR_KINDS,
)

Expression = ColumnElement[Any]

#: Asterisks enough for the longest number; SQLite has no `repeat`.
STARS = "*" * 40


class short_day(GenericFunction[str]):  # noqa: N801  (a function of SQL)
    """A date as dd/mm/yyyy."""

    type = Text()
    inherit_cache = True


class lima_day(GenericFunction[str]):  # noqa: N801
    """The day of a moment in Lima, as dd/mm/yyyy."""

    type = Text()
    inherit_cache = True


class lima_hour(GenericFunction[str]):  # noqa: N801
    """The hour of a moment in Lima, as HH:MM."""

    type = Text()
    inherit_cache = True


class lima_iso(GenericFunction[str]):  # noqa: N801
    """A moment in Lima, as ISO 8601 with its offset."""

    type = Text()
    inherit_cache = True


#: Function → how PostgreSQL and SQLite write it. Lima is UTC-5 all year round.
WRITTEN: Mapping[type[GenericFunction[str]], tuple[str, str]] = {
    short_day: ("to_char({0}, 'DD/MM/YYYY')", "strftime('%d/%m/%Y', {0})"),
    lima_day: (
        "to_char({0} at time zone 'America/Lima', 'DD/MM/YYYY')",
        "strftime('%d/%m/%Y', {0}, '-5 hours')",
    ),
    lima_hour: (
        "to_char({0} at time zone 'America/Lima', 'HH24:MI')",
        "strftime('%H:%M', {0}, '-5 hours')",
    ),
    lima_iso: (
        "to_char({0} at time zone 'America/Lima', 'YYYY-MM-DD\"T\"HH24:MI:SS\"-05:00\"')",
        "strftime('%Y-%m-%dT%H:%M:%S-05:00', {0}, '-5 hours')",
    ),
}


def _write(function: type[GenericFunction[str]], dialect: str, template: str) -> None:
    def written(element: Any, compiler: Any, **options: Any) -> str:
        return template.format(compiler.process(element.clauses, **options))

    compiles(function, dialect)(written)


for _function, (_on_postgresql, _on_sqlite) in WRITTEN.items():
    _write(_function, "postgresql", _on_postgresql)
    _write(_function, "sqlite", _on_sqlite)


def part(text: Expression, *range_of: Any) -> Expression:
    """Some signs of a text: the first (from 1), and how many."""
    return func.substr(text, *range_of, type_=Text())


def words_of(column: Expression, words: Mapping[str, str]) -> Expression:
    """A closed list's value in Spanish; "" for another."""
    return case(
        *((column == value, literal(word)) for value, word in words.items()), else_=literal("")
    )


def masked(column: Expression) -> Expression:
    """A number as the public sees it: its last three signs (as `words.masked`)."""
    length = func.length(column)
    return case(
        (length > 3, part(literal(STARS), 1, length - 3) + part(column, length - 2)),
        else_=part(literal(STARS), 1, length),
    )


def number_shown(full: bool) -> Expression:
    """The visitor's number, by the rule in force (`rules.documents_are_public`)."""
    number: Expression = Visit.document_number.expression
    return number if full else masked(number)


def ruc_shown(full: bool) -> Expression:
    """The represented RUC; one that begins with 10 holds a DNI and is masked like one."""
    ruc: Expression = Visit.visitor_entity_ruc.expression
    return ruc if full else case((part(ruc, 1, 2) == "10", masked(ruc)), else_=ruc)


def joined(*parts: Expression) -> Expression:
    """Texts with " - " between those that are not empty."""
    text: Expression = literal("")
    for part in parts:
        text = case((part == "", text), (text == "", part), else_=text + " - " + part)
    return text


def safe(column: Expression) -> Expression:
    """A text that no spreadsheet takes for a formula (CWE-1236): such ones begin with '."""
    first = part(column, 1, 1)
    risky = first.in_(("=", "+", "-", "@", "\t", "\r"))
    return case((risky, literal("'") + column), else_=column)


def _document(full: bool) -> Expression:
    return case(
        (Visit.document_number == "", literal("")),
        else_=Visit.document_type + " " + number_shown(full),
    )


def _visitor_entity(_: bool) -> Expression:
    kind = words_of(Visit.visitor_kind.expression, VISITOR_KINDS)
    own = Visit.visitor_kind == "self"
    return joined(kind, case((own, literal(ON_OWN_BEHALF)), else_=Visit.visitor_entity))


def _official(_: bool) -> Expression:
    return joined(
        Visit.official_name.expression,
        Visit.official_unit.expression,
        Visit.official_post.expression,
    )


def _motive(_: bool) -> Expression:
    return joined(words_of(Visit.category.expression, CATEGORIES), Visit.motive.expression)


@dataclass(frozen=True)
class Column:
    """A column: its heading, its type in a table schema, what it means, and its expression.

    The expression is asked with whether whole document numbers are published.
    """

    name: str
    kind: str
    meaning: str
    expression: Callable[[bool], Expression]


def _text(name: str, meaning: str, expression: Expression) -> Column:
    return Column(name, "string", meaning, lambda _: expression)


OFFICIAL: tuple[Column, ...] = (
    _text("Fecha de Registro", "Día en que se registró", func.lima_day(Visit.recorded_at)),
    _text("Fecha de Visita", "Día de la visita", func.short_day(Visit.visit_on)),
    _text("Entidad visitada", "Nombre de la entidad", Entity.name.expression),
    _text("Visitante", "Apellidos y nombres", Visit.visitor_name.expression),
    Column("Documento del visitante", "string", "Tipo y número, por regla enmascarado", _document),
    Column("Entidad del visitante", "string", "A quién representa", _visitor_entity),
    Column("Funcionario visitado", "string", "Nombre - área - cargo", _official),
    _text("Hora Ingreso", "HH:MM", func.coalesce(func.lima_hour(Visit.entry_at), "")),
    _text("Hora Salida", "HH:MM", func.coalesce(func.lima_hour(Visit.exit_at), "")),
    Column("Motivo", "string", "Categoría - detalle", _motive),
    _text(
        "Lugar específico",
        "Sede y lugar",
        joined(Visit.site.expression, Visit.place.expression),
    ),
    _text(
        "Observación",
        "De la lista cerrada del registro",
        words_of(Visit.observation.expression, OBSERVATIONS),
    ),
)

STATES: Mapping[str, str] = {
    "standing": "vigente",
    "annulled": "anulada",
    "suppressed": "suprimida",
}
EXITS: Mapping[str, str] = {
    "inside": "no ha salido",
    "left": "registrada",
    "unknown": "no registrada",
}

OPEN: tuple[Column, ...] = (
    _text("codigo", "Código permanente de la visita", Visit.code.expression),
    _text("entidad_codigo", "Código de la entidad en el catálogo", Entity.code.expression),
    _text("entidad", "Nombre de la entidad visitada", Entity.name.expression),
    _text("entidad_ruc", "RUC de la entidad visitada", Entity.ruc.expression),
    _text("estado", "vigente, anulada o suprimida", words_of(Visit.state.expression, STATES)),
    _text("fuente", "De dónde viene el registro", words_of(Visit.source.expression, SOURCES)),
    Column("fecha_visita", "date", "Día de la visita", lambda _: Visit.visit_on.expression),
    Column("ingreso", "datetime", "Momento del ingreso", lambda _: func.lima_iso(Visit.entry_at)),
    Column("salida", "datetime", "Momento de la salida", lambda _: func.lima_iso(Visit.exit_at)),
    _text(
        "salida_estado",
        "registrada, no registrada o no ha salido",
        words_of(Visit.exit_state.expression, EXITS),
    ),
    Column(
        "registrado",
        "datetime",
        "Momento en que se registró y publicó",
        lambda _: func.lima_iso(Visit.recorded_at),
    ),
    Column(
        "modificado",
        "datetime",
        "Momento del último cambio",
        lambda _: func.lima_iso(Visit.changed_at),
    ),
    Column("versiones", "integer", "Cuántas versiones tiene", lambda _: Visit.versions.expression),
    _text("visitante", "Apellidos y nombres", Visit.visitor_name.expression),
    _text("documento_tipo", "DNI, CE, PASAPORTE u OTROS", Visit.document_type.expression),
    Column("documento_numero", "string", "Por regla enmascarado", number_shown),
    _text("visitante_clave", "Distingue homónimos sin su número", Visit.visitor_key.expression),
    _text(
        "visitante_tipo",
        "A nombre de quién viene",
        words_of(Visit.visitor_kind.expression, VISITOR_KINDS),
    ),
    _text("representado", "Entidad o persona a quien representa", Visit.visitor_entity.expression),
    Column("representado_ruc", "string", "Su RUC; el de una persona, enmascarado", ruc_shown),
    _text("funcionario", "Apellidos y nombres de quien recibe", Visit.official_name.expression),
    _text("funcionario_unidad", "Su unidad u oficina", Visit.official_unit.expression),
    _text("funcionario_cargo", "Su cargo", Visit.official_post.expression),
    _text("categoria", "Categoría del motivo", words_of(Visit.category.expression, CATEGORIES)),
    _text("motivo", "Detalle del motivo", Visit.motive.expression),
    _text("sede", "Sede", Visit.site.expression),
    _text("lugar", "Lugar específico", Visit.place.expression),
    _text(
        "observacion",
        "De la lista cerrada del registro",
        words_of(Visit.observation.expression, OBSERVATIONS),
    ),
    Column(
        "gestion_intereses",
        "boolean",
        "Si es o tiene un acto de gestión de intereses",
        lambda _: Visit.interest.expression,
    ),
    _text("grupo", "Común a quienes vinieron juntos", Visit.group_code.expression),
    _text("norma", "Norma con la que se registró", Visit.norm_version.expression),
)


def select_of(columns: tuple[Column, ...], full: bool, *, guarded: bool = False) -> Select[Any]:
    """A select of a shape's columns, in order and by their names.

    `full`: whether whole numbers are published today. `guarded`: texts made safe for
    spreadsheets, as *oficial* files are.
    """
    expressions = [
        (safe(column.expression(full)) if guarded else column.expression(full)).label(column.name)
        for column in columns
    ]
    return (
        select(*expressions)
        .select_from(Visit)
        .join(Register, Register.id == Visit.register_id)
        .join(Entity, Entity.id == Register.entity_id)
    )
