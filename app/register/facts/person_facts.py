"""The facts of a visit that say who came and who was visited (see `declared`)."""

from __future__ import annotations

from app.register.facts.fact import Fact, ImportColumn, OpenField, PageRow
from app.register.facts.values import VISITOR_KINDS

VISITOR: tuple[Fact, ...] = (
    Fact(
        "visitor_name",
        "text",
        label="Visitante",
        personal=True,
        limit=150,
        official="Visitante",
        open=OpenField("visitante", "Apellidos y nombres"),
        correctable=True,
        imported=ImportColumn(
            "visitor",
            "Visitante",
            public=True,
        ),
    ),
    Fact(
        "document_type",
        "text",
        label="Documento",
        personal=True,
        official="Documento del visitante",
        open=OpenField("documento_tipo", "DNI, CE, PASAPORTE u OTROS"),
        correctable=True,
        imported=ImportColumn(
            "document_type",
            "Tipo de documento",
        ),
    ),
    Fact(
        "document_number",
        "text",
        label="Documento",
        personal=True,
        masked=True,
        official="Documento del visitante",
        open=OpenField("documento_numero", "Por regla enmascarado"),
        correctable=True,
        imported=ImportColumn(
            "document_number",
            "Número de documento",
        ),
    ),
    Fact(
        "visitor_key",
        "text",
        personal=True,
        open=OpenField("visitante_clave", "Distingue homónimos sin su número"),
    ),
    Fact(
        "visitor_kind",
        "word",
        label="A nombre de quién viene",
        words=VISITOR_KINDS,
        official="Entidad del visitante",
        open=OpenField("visitante_tipo", "A nombre de quién viene"),
        correctable=True,
        imported=ImportColumn(
            "visitor_kind",
            "Tipo de visitante",
        ),
    ),
    Fact(
        "visitor_entity",
        "text",
        label="Entidad que representa",
        personal=True,
        free=True,
        limit=200,
        official="Entidad del visitante",
        open=OpenField("representado", "Entidad o persona a quien representa"),
        correctable=True,
        imported=ImportColumn(
            "visitor_entity",
            "Entidad del visitante",
            cut="La entidad del visitante",
        ),
    ),
    Fact(
        "visitor_entity_ruc",
        "text",
        label="RUC de la entidad",
        personal=True,
        masked=True,
        open=OpenField("representado_ruc", "Su RUC; el de una persona, enmascarado"),
        correctable=True,
        imported=ImportColumn(
            "visitor_entity_ruc",
            "RUC de la entidad del visitante",
        ),
    ),
)
VISITED_OFFICIAL: tuple[Fact, ...] = (
    Fact("official_id", "key", default=None, correctable=True),
    Fact(
        "official_name",
        "text",
        label="Funcionario visitado",
        limit=150,
        official="Funcionario visitado",
        open=OpenField("funcionario", "Apellidos y nombres de quien recibe"),
        page=PageRow("Funcionario visitado", "funcionario", ""),
        imported=ImportColumn(
            "official",
            "Funcionario visitado",
            public=True,
        ),
    ),
    Fact(
        "official_unit",
        "text",
        label="Funcionario visitado",
        limit=200,
        official="Funcionario visitado",
        open=OpenField("funcionario_unidad", "Su unidad u oficina"),
        page=PageRow("Unidad", "funcionario_unidad", "No consta"),
        imported=ImportColumn(
            "unit",
            "Oficina",
            public=True,
            cut="El área del funcionario",
        ),
    ),
    Fact(
        "official_post",
        "text",
        label="Funcionario visitado",
        limit=200,
        official="Funcionario visitado",
        open=OpenField("funcionario_cargo", "Su cargo"),
        page=PageRow("Cargo", "funcionario_cargo", "No consta"),
        imported=ImportColumn(
            "post",
            "Cargo",
            public=True,
            cut="El cargo del funcionario",
        ),
    ),
)
