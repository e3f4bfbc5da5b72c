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
            "visitante, nombre visitante, nombres visitante, apellidos nombres visitante, nombres "
            "apellidos visitante, nombre apellidos visitante, nombre completo visitante, datos "
            "visitante, persona visitante, apellidos nombres, nombres apellidos, nombre "
            "apellidos, nombre completo, administrado, ciudadano, nombre ciudadano, nombres "
            "apellidos ciudadano, usuario visitante, visita",
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
            "tipo documento, tipo documento visitante, documento tipo, tipo documento identidad, "
            "clase documento",
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
            "numero documento, numero documento identidad, documento numero, numero documento "
            "visitante, numero identidad, numero identificacion",
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
            "visitante tipo, tipo visitante, tipo entidad, tipo entidad visitante, tipo persona",
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
            "entidad visitante, institucion visitante, institucion, empresa, entidad procedencia, "
            "procedencia, empresa institucion, institucion empresa, organizacion, entidad "
            "representa, representacion, razon social, representado, institucion representa, "
            "institucion procedencia, entidad empresa, empresa entidad, empresa procedencia, "
            "entidad institucion, institucion entidad, entidad representada, entidad proviene, "
            "empresa institucion representa, empresa representa, empresa visitante, organizacion "
            "visitante, institucion pertenece, entidad pertenece",
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
            "representado ruc, ruc visitante, ruc entidad visitante, ruc empresa",
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
            "funcionario visitado, funcionario, empleado publico, empleado publico visitado, "
            "nombre funcionario, nombres funcionario, servidor visitado, servidor publico, "
            "servidor, trabajador, nombre trabajador, trabajador visitado, persona visitada, "
            "visitado, empleado, empleado visitado, nombre empleado, nombre servidor, funcionario "
            "publico, personal visitado, quien visita, persona visita, nombre persona visitada, "
            "autoridad visitada, servidor civil, servidor publico visitado, funcionario servidor, "
            "funcionario servidor publico, nombre funcionario visitado, nombre empleado publico, "
            "nombre servidor publico, anfitrion, apellidos nombres funcionario, nombres apellidos "
            "funcionario, persona quien visita, nombre trabajador visitado, funcionario empleado "
            "publico, apellidos nombres trabajador, nombre apellidos trabajador, nombre visitado, "
            "servidor funcionario, visita quien",
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
            "oficina, unidad, area, dependencia, unidad organica, oficina visitada, area "
            "visitada, dependencia visitada, organo, gerencia, funcionario unidad, oficina "
            "funcionario, unidad organizacional, oficina area, area oficina, gerencia oficina, "
            "oficina cargo, area cargo, cargo oficina, unidad oficina, area trabajador, oficina "
            "trabajador, unidad visitada, unidad organica visitada, gerencia area, dependencia "
            "oficina, area unidad",
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
            "cargo, cargo funcionario, puesto, funcionario cargo, cargo trabajador, cargo "
            "servidor, cargo visitado, cargo empleado, cargo empleado publico, cargo servidor "
            "publico",
            public=True,
            cut="El cargo del funcionario",
        ),
    ),
)
