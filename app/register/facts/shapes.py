"""The two public shapes of a visit, as columns that the database itself writes.

*Oficial*: the 12 columns of the official platform, in its order and words. *Abierto*: one field per
fact. Pages, CSV, JSON, XLSX and mirrors all use them, so that what is masked in one is masked in
all. A select of either joins Visit, Register and Entity (`select_of`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Select, and_, case, func, literal, select

from app.base import calendar
from app.base.models import Entity, Register, Visit
from app.register.facts.columns import (
    Column,
    labelled,
    moment_of,
    number_shown,
    ruc_shown,
    text_of,
    value_of,
    word_of,
)
from app.register.facts.declared import BY_NAME, DECLARED
from app.register.facts.fact import Fact, OpenField
from app.register.facts.sql_texts import Expression, joined, words_of
from app.register.facts.values import (
    CATEGORIES,
    OBSERVATIONS,
    ON_OWN_BEHALF,
    VISITOR_KINDS,
)


def _document(full: bool) -> Expression:
    return case(
        (Visit.document_number == "", literal("")),
        else_=Visit.document_type + " " + number_shown(Visit.document_number, full),
    )


_REPRESENTED = joined(
    words_of(Visit.visitor_kind.expression, VISITOR_KINDS),
    case((Visit.visitor_kind == "self", literal(ON_OWN_BEHALF)), else_=Visit.visitor_entity),
)
_MOTIVE = joined(words_of(Visit.category.expression, CATEGORIES), Visit.motive.expression)


def _after(column: Expression, words: Mapping[str, str], text: Any) -> Expression:
    """Return the start of a text that follows a word: "", which is harmless, after a word."""
    return case((column.in_(tuple(words)), literal("")), else_=text)


def _day(name: str, meaning: str, expression: Expression) -> Column:
    return Column(name, "date", meaning, lambda _: expression, format="%d/%m/%Y", needed=True)


def _hour(name: str, meaning: str, expression: Expression) -> Column:
    return Column(name, "time", meaning, lambda _: func.coalesce(expression, ""), format="%H:%M")


OFFICIAL: tuple[Column, ...] = (
    _day("Fecha de Registro", "Día, según su fuente", func.lima_day(Visit.recorded_at)),
    _day("Fecha de Visita", "Día de la visita", func.short_day(Visit.visit_on)),
    text_of("Entidad visitada", "Nombre de la entidad", Entity.name.expression),
    text_of("Visitante", "Apellidos y nombres", Visit.visitor_name.expression),
    Column(
        "Documento del visitante",
        "string",
        "Tipo y número, por regla enmascarado",
        _document,
        begins=Visit.document_type.expression,
    ),
    text_of(
        "Entidad del visitante",
        "A quién representa",
        _REPRESENTED,
        begins=_after(Visit.visitor_kind.expression, VISITOR_KINDS, Visit.visitor_entity),
    ),
    text_of(
        "Funcionario visitado",
        "Nombre - área - cargo",
        joined(
            Visit.official_name.expression,
            Visit.official_unit.expression,
            Visit.official_post.expression,
        ),
        begins=Visit.official_name + Visit.official_unit + Visit.official_post,
    ),
    _hour("Hora Ingreso", "Hora en Lima, HH:MM", func.lima_hour(Visit.entry_at)),
    _hour("Hora Salida", "Hora en Lima, HH:MM", func.lima_hour(Visit.exit_at)),
    text_of(
        "Motivo",
        "Categoría - detalle",
        _MOTIVE,
        begins=_after(Visit.category.expression, CATEGORIES, Visit.motive),
    ),
    text_of(
        "Lugar específico",
        "Sede y lugar",
        joined(Visit.site.expression, Visit.place.expression),
        begins=Visit.site + Visit.place,
    ),
    word_of(
        "Observación",
        "De la lista cerrada del registro",
        Visit.observation.expression,
        OBSERVATIONS,
    ),
)

EXITS: Mapping[str, str] = {
    "inside": "no ha salido",
    "left": "registrada",
    "unknown": "no registrada",
}


def _exit_known() -> Expression:
    """Return the status of an exit. A visitor of a past day never counts as still inside."""
    past = and_(Visit.exit_state == "inside", Visit.visit_on < calendar.today())
    known = words_of(Visit.exit_state.expression, EXITS)
    return case((past, literal(EXITS["unknown"])), else_=known)


def _open_column(fact: Fact, open_field: OpenField) -> Column:
    """Return the column of the shape *abierto* that a fact declares."""
    column = getattr(Visit, fact.name)
    name, meaning = open_field.name, open_field.meaning
    if fact.name in SPECIAL:
        kind, expression = SPECIAL[fact.name]
        return Column(name, kind, meaning, expression, values=VALUES.get(fact.name, ()))
    if fact.kind == "moment":
        return moment_of(name, meaning, column.expression)
    if fact.kind == "word":
        return word_of(name, meaning, column.expression, fact.words)
    if fact.kind == "text":
        return text_of(name, meaning, column.expression)
    kind = {"date": "date", "flag": "boolean"}[fact.kind]
    return value_of(name, kind, meaning, column.expression, needed=not open_field.optional)


#: Facts with a special expression: name → (type, expression).
SPECIAL: Mapping[str, tuple[str, Callable[[bool], Expression]]] = {
    "exit_state": ("string", lambda _: _exit_known()),
    "document_number": ("string", lambda full: number_shown(Visit.document_number, full)),
    "visitor_entity_ruc": ("string", lambda full: ruc_shown(Visit.visitor_entity_ruc, full)),
}
VALUES: Mapping[str, tuple[str, ...]] = {"exit_state": tuple(EXITS.values())}
#: Facts that come before the moments of the row.
FIRST = ("state", "source", "visit_on", "entry_at", "exit_at", "exit_state")


def _open_columns(facts: Iterable[Fact]) -> tuple[Column, ...]:
    return tuple(_open_column(fact, fact.open) for fact in facts if fact.open)


OPEN: tuple[Column, ...] = (
    value_of(
        "codigo",
        "string",
        "Código permanente de la visita: su dirección es /visita/<codigo>",
        Visit.code.expression,
    ),
    text_of("entidad_codigo", "Código de la entidad en el catálogo", Entity.code.expression),
    text_of("entidad", "Nombre de la entidad visitada", Entity.name.expression),
    text_of("entidad_ruc", "RUC de la entidad visitada", Entity.ruc.expression),
    *_open_columns(BY_NAME[name] for name in FIRST),
    moment_of(
        "registrado",
        "Momento en que se registró, según su fuente: en las de Zaguán también se publicó "
        "entonces; en las importadas son las 00:00 si la fuente da solo el día, y el momento de "
        "la importación si no da ninguno",
        Visit.recorded_at.expression,
        needed=True,
    ),
    moment_of(
        "modificado",
        "Momento del último cambio aquí; en las importadas, el primero es su importación",
        Visit.changed_at.expression,
        needed=True,
    ),
    value_of("versiones", "integer", "Cuántas versiones tiene", Visit.versions.expression),
    *_open_columns(fact for fact in DECLARED if fact.name not in FIRST),
)


def select_of(columns: tuple[Column, ...], full: bool, *, guarded: bool = False) -> Select[Any]:
    """Return a select of the columns of a shape (see `labelled`), in order and by name."""
    return (
        select(*labelled(columns, full, guarded=guarded))
        .select_from(Visit)
        .join(Register, Register.id == Visit.register_id)
        .join(Entity, Entity.id == Register.entity_id)
    )
