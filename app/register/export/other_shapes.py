"""Open data besides visits, as columns (see `shapes`): always *abierto*."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import case, func, literal, select

from app.base.models import Entity, InterestAct, NoVisitDay, PostHolder, Register, Visit
from app.register.facts.columns import (
    Column,
    moment_of,
    number_shown,
    ruc_shown,
    text_of,
    value_of,
    word_of,
)
from app.register.facts.sql_texts import Expression
from app.register.facts.values import SOURCES
from app.register.interest_acts.acts import INTERESTS
from app.register.registers import coverage
from app.register.registers.roster import GROUND_NAMES
from forms.shapes.decision_makers import ACTING, TITULAR

ENTITY: tuple[Column, ...] = (
    value_of(
        "entidad_codigo", "string", "Código de la entidad en el catálogo", Entity.code.expression
    ),
    text_of("entidad", "Nombre de la entidad", Entity.name.expression),
    text_of("entidad_ruc", "RUC de la entidad", Entity.ruc.expression),
)


_STATE = case((InterestAct.act == "annulment", literal("anulado")), else_=literal("vigente"))
_VISIT_CODE = select(Visit.code).where(Visit.id == InterestAct.visit_id).scalar_subquery()

ACTS: tuple[Column, ...] = (
    value_of(
        "codigo",
        "string",
        "Código permanente del acto: su dirección es /acto/<codigo>",
        InterestAct.code.expression,
    ),
    *ENTITY,
    Column(
        "estado",
        "string",
        "Si el acto sigue vigente",
        lambda _: _STATE,
        values=("vigente", "anulado"),
    ),
    value_of("fecha", "date", "Día del acto", InterestAct.held_on.expression),
    moment_of("momento", "Momento del acto, si se sabe", InterestAct.held_at.expression),
    value_of(
        "visita_codigo",
        "string",
        "La visita en la que fue, si fue en una",
        func.coalesce(_VISIT_CODE, ""),
        needed=False,
    ),
    text_of("funcionario", "Quien decide", InterestAct.holder_name.expression),
    text_of("funcionario_cargo", "Su cargo en ese momento", InterestAct.holder_post.expression),
    text_of("funcionario_unidad", "Su unidad en ese momento", InterestAct.holder_unit.expression),
    text_of("gestor", "Quien gestiona: apellidos y nombres", InterestAct.actor_name.expression),
    text_of("documento_tipo", "Tipo de su documento", InterestAct.document_type.expression),
    Column(
        "documento_numero",
        "string",
        "Por regla enmascarado",
        lambda full: number_shown(InterestAct.document_number, full),
    ),
    text_of(
        "visitante_clave", "Distingue homónimos sin su número", InterestAct.visitor_key.expression
    ),
    word_of("interes_de", "En interés de quién", InterestAct.interest_of.expression, INTERESTS),
    text_of("tercero", "El tercero, si lo hay", InterestAct.third_name.expression),
    Column(
        "tercero_ruc",
        "string",
        "Su RUC; el de una persona, enmascarado",
        lambda full: ruc_shown(InterestAct.third_ruc, full),
    ),
    text_of("decision", "La decisión que se busca", InterestAct.decision_sought.expression),
    text_of("materia", "De qué trató", InterestAct.matter.expression),
    text_of("documentos", "Documentos que entregó", InterestAct.documents.expression),
    text_of("lugar", "Lugar", InterestAct.place.expression),
    value_of(
        "declarado",
        "boolean",
        "Si lo declaró el visitante; si no, el funcionario registró la omisión",
        InterestAct.declared.expression,
    ),
    value_of("versiones", "integer", "Cuántas versiones tiene", InterestAct.number.expression),
    moment_of(
        "modificado",
        "Momento de la última versión",
        InterestAct.recorded_at.expression,
        needed=True,
    ),
    text_of("norma", "Norma con la que se registró", InterestAct.norm_version.expression),
)


_HOLDER = func.trim(PostHolder.surnames + " " + PostHolder.given_names)

DECISION_MAKERS: tuple[Column, ...] = (
    *ENTITY,
    text_of("cargo", "Cargo con capacidad de decisión", PostHolder.post.expression),
    text_of("unidad", "Unidad u oficina", PostHolder.unit.expression),
    word_of("sustento", "Ley 28024, artículo 5", PostHolder.ground.expression, GROUND_NAMES),
    text_of("norma", "Norma que lo determina, si la hay", PostHolder.norm.expression),
    value_of("titular", "string", "Quien lo ocupa: apellidos y nombres", _HOLDER, needed=False),
    value_of("desde", "date", "Primer día", PostHolder.from_on.expression),
    value_of(
        "hasta", "date", "Último día; vacío si sigue", PostHolder.to_on.expression, needed=False
    ),
    word_of(
        "condicion",
        "Si lo ocupa como titular o como encargado",
        PostHolder.capacity.expression,
        {TITULAR: "titular", ACTING: "encargado"},
    ),
    text_of("resolucion", "Resolución del encargo, si lo es", PostHolder.resolution.expression),
    text_of(
        "cargo_clave",
        "Identifica el cargo, sea quien sea quien lo ocupa: su dirección es "
        "/decisores/<entidad_codigo>/<cargo_clave>",
        PostHolder.post_key.expression,
    ),
)


def _without_visits(what: Expression) -> Expression:
    standing = NoVisitDay.withdrawn_at.is_(None)
    return select(what).where(NoVisitDay.register_id == Register.id, standing).scalar_subquery()


def _recent(place: int) -> Callable[[bool], Expression]:
    """Return one of the figures of the last thirty days, as the coverage page shows them."""

    def expression(_: bool) -> Expression:
        figure = coverage.figures(coverage.first_day())[place].subquery()
        of_register, count = figure.c
        found = select(count).where(of_register == Register.id).scalar_subquery()
        return func.coalesce(found, 0)

    return expression


RECENT: tuple[Column, ...] = tuple(
    Column(name, "integer", f"{what}, en los últimos {coverage.DAYS} días", _recent(place))
    for place, (name, what) in enumerate(
        (
            ("visitas_recientes", "Visitas públicas"),
            ("sin_visitas_recientes", "Días que declaró sin visitas"),
            ("reservadas_recientes", "Visitas reservadas, que no se muestran"),
            ("no_registradas_recientes", "Personas que no se registran (orientación, pagos)"),
        )
    )
)

DAYS_WITHOUT_VISITS: tuple[Column, ...] = (
    *ENTITY,
    value_of("dia", "date", "Día sin visitas", NoVisitDay.on.expression),
    moment_of(
        "declarado", "Cuándo lo declaró la entidad", NoVisitDay.declared_at.expression, needed=True
    ),
)


def _published_since() -> Expression:
    """Return the start of the day of going live in Lima, as ISO text."""
    live = coverage.went_live() + literal("T00:00:00-05:00")
    return func.coalesce(live, func.lima_iso(Register.opened_at))


COVERAGE: tuple[Column, ...] = (
    *ENTITY,
    text_of("nivel", "Nivel de gobierno", Entity.level.expression),
    text_of("region", "Departamento", Entity.department.expression),
    word_of("fuente", "Dónde registra sus visitas", Register.source.expression, SOURCES),
    moment_of(
        "abierto_desde",
        "Desde cuándo está abierto su registro; si solo tiene visitas importadas, el día de la "
        "primera",
        Register.opened_at.expression,
        needed=True,
    ),
    Column(
        "publica_desde",
        "datetime",
        "Desde cuándo publica: las 00:00 del día de su salida en vivo o, si no consta, el momento "
        "en que se abrió su registro; vacío si todavía no publicó nada",
        lambda _: case((coverage.has_published(), _published_since())),
    ),
    moment_of(
        "actos_desde",
        "Desde cuándo registra actos de gestión de intereses",
        Register.interest_acts_at.expression,
    ),
    *(
        value_of(name, "date", what, coverage.edge(newest=newest), needed=False)
        for name, what, newest in (
            ("primera_visita", "Día de la primera visita", False),
            ("ultima_visita", "Día de la última visita", True),
        )
    ),
    value_of(
        "dias_sin_visitas",
        "integer",
        "Días que declaró sin visitas",
        _without_visits(func.count()),
    ),
    value_of(
        "ultimo_dia_sin_visitas",
        "date",
        "El último día que declaró sin visitas",
        _without_visits(func.max(NoVisitDay.on)),
        needed=False,
    ),
    *RECENT,
)
