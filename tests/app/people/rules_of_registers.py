"""The access of each role to the registers (see `rules`), written from the rules of the house."""

from __future__ import annotations

from collections.abc import Mapping

from tests.app.people import rules_of_breaches, rules_of_rehearsals

ANY_USER = frozenset(
    "anonymous preparer foreign authority administrator alternate operator "
    "sip sgtd secretary auditor superuser".split()
)
#: Roles that record visits in the entity.
DESK = frozenset({"operator", "administrator", "alternate"})
MANAGERS = frozenset({"administrator", "alternate"})
#: Roles that see an entity's demo: its people, and its reviewers.
INSIDE = frozenset(
    {"preparer", "authority", "administrator", "alternate", "operator", "sip", "sgtd", "auditor"}
)
COORDINATORS = frozenset({"sip", "sgtd"})
SUPERUSER = frozenset({"superuser"})
PCM = frozenset({"sip", "sgtd", "secretary", "auditor", "superuser"})

#: `things_of_registers` gives the values of the names in braces.
RULES: Mapping[str, frozenset[str]] = {
    **rules_of_breaches.RULES,
    **rules_of_rehearsals.RULES,
    "GET /registro/E90001/produccion/ajustes": MANAGERS,
    "POST /registro/E90001/produccion/ajustes": MANAGERS,
    "GET /registro/E90001/demo/ajustes": MANAGERS,
    "POST /registro/E90001/demo/ajustes": MANAGERS,
    "GET /registro/E90001/produccion/constatacion": COORDINATORS,
    "POST /registro/E90001/produccion/constatacion": COORDINATORS,
    "GET /registro/E90001/demo/constatacion": COORDINATORS,
    "GET /registro/E90001/demo/cartilla": INSIDE,
    # Past visits
    "GET /registro/E90001/produccion/importar": MANAGERS,
    "POST /registro/E90001/produccion/importar": MANAGERS,
    "GET /registro/E90001/demo/importar": frozenset(),
    "GET /registro/E90001/produccion/importar/{past_import}": MANAGERS,
    "GET /registro/E90001/demo/importar/{past_import}": frozenset(),
    "GET /registro/E90001/produccion/importar/{past_import}/columnas": MANAGERS,
    "POST /registro/E90001/produccion/importar/{past_import}/columnas": MANAGERS,
    "GET /registro/E90001/produccion/importar/{past_import}/informe.csv": MANAGERS,
    "POST /registro/E90001/produccion/importar/{past_import}/confirmar": MANAGERS,
    # Values set by norms
    "GET /reglas": SUPERUSER,
    "POST /reglas": SUPERUSER,
    "GET /reglas/1/corregir": SUPERUSER,
    "POST /reglas/1/corregir": SUPERUSER,
    "GET /mandatos": PCM,
    "GET /mandatos/plan": COORDINATORS,
    "POST /mandatos/plan": COORDINATORS,
    "GET /entidades/E90001/ficha-de-transferencia.pdf": frozenset(),  # no mandate ends soon
    "GET /mandatos/nuevo": SUPERUSER,
    "POST /mandatos/nuevo": SUPERUSER,
    "GET /mandatos/{mandate}/corregir": SUPERUSER,
    "POST /mandatos/{mandate}/corregir": SUPERUSER,
    "POST /mandatos/{mandate}/quitar": SUPERUSER,
    # The desk
    "GET /registro/E90001/produccion": DESK,
    "POST /registro/E90001/produccion": DESK,
    "GET /registro/E90001/demo": DESK,
    "POST /registro/E90001/demo": DESK,
    "GET /registro/E90001/otro": frozenset(),
    "GET /registro/E90002/produccion": frozenset(),
    "POST /registro/E90002/produccion": frozenset(),
    "POST /registro/E90001/produccion/salidas/{visit}": DESK,
    "POST /registro/E90001/demo/salidas/{demo_visit}": DESK,
    "POST /registro/E90001/demo/salidas/{visit}": frozenset(),
    "GET /registro/E90001/produccion/funcionarios": DESK,
    "POST /registro/E90001/produccion/visitante": DESK,
    "GET /registro/E90001/produccion/cierre": DESK,
    "POST /registro/E90001/produccion/cierre": DESK,
    "GET /registro/E90001/demo/cierre": DESK,
    # Requests of persons
    "GET /registro/E90001/produccion/pedidos": MANAGERS,
    "GET /registro/E90001/produccion/pedidos/{rights_request}": MANAGERS,
    "POST /registro/E90001/produccion/pedidos/{rights_request}": MANAGERS,
    "GET /registro/E90001/demo/pedidos/{rights_request}": frozenset(),
    # Pages near the desk
    "GET /registro/E90001/produccion/visitas": INSIDE,
    "GET /registro/E90001/produccion/visitas/{visit}": INSIDE,
    "GET /registro/E90001/demo/visitas/{demo_visit}": INSIDE,
    "GET /registro/E90001/produccion/visitas/{visit}/documento": COORDINATORS | {"auditor"},
    "GET /registro/E90001/produccion/visitas/{visit}/corregir": DESK,
    "GET /registro/E90001/produccion/visitas/{visit}/anular": DESK,
    "GET /registro/E90001/produccion/visitas/{visit}/reservar": MANAGERS,
    "GET /registro/E90001/produccion/visitas/{visit}/levantar": MANAGERS,
    "GET /registro/E90001/produccion/visitas/{visit}/ocultar": MANAGERS,
    "GET /registro/E90001/produccion/visitas/{visit}/decidir": MANAGERS,
    "GET /registro/E90001/produccion/reservada": MANAGERS,
    "GET /registro/E90001/produccion/cortes/{outage}/terminar": DESK,
    "GET /registro/E90001/produccion/cortes/{outage}/retirar": DESK,
    "GET /registro/E90001/produccion/dias-sin-visitas/{empty_day}/retirar": DESK,
    "GET /registro/E90001/produccion/cortes": INSIDE,
    "GET /registro/E90001/produccion/no-registrables": INSIDE,
    "GET /registro/E90001/produccion/dias-sin-visitas": INSIDE,
    "POST /registro/E90001/produccion/visitas/{visit}/documento": COORDINATORS | {"auditor"},
    "POST /registro/E90001/produccion/visitas/{visit}/corregir": DESK,
    "POST /registro/E90001/produccion/visitas/{visit}/anular": DESK,
    "POST /registro/E90001/produccion/visitas/{visit}/reservar": MANAGERS,
    "POST /registro/E90001/produccion/visitas/{visit}/levantar": MANAGERS,
    "POST /registro/E90001/produccion/visitas/{visit}/ocultar": MANAGERS,
    "POST /registro/E90001/produccion/visitas/{visit}/decidir": MANAGERS,
    "POST /registro/E90001/produccion/reservada": MANAGERS,
    "POST /registro/E90001/produccion/cortes/{outage}/terminar": DESK,
    "POST /registro/E90001/produccion/cortes/{outage}/retirar": DESK,
    "POST /registro/E90001/produccion/dias-sin-visitas/{empty_day}/retirar": DESK,
    "POST /registro/E90001/produccion/cortes": DESK,
    "POST /registro/E90001/produccion/no-registrables": DESK,
    "POST /registro/E90001/produccion/dias-sin-visitas": DESK,
    "GET /registro/E90001/produccion/cortes/hoja": DESK,
    # The agenda
    "GET /registro/E90001/produccion/agenda": DESK,
    "GET /registro/E90001/produccion/agenda/nueva": DESK,
    "POST /registro/E90001/produccion/agenda/nueva": DESK,
    "GET /registro/E90001/produccion/agenda/{planned}/llegada": DESK,
    "POST /registro/E90001/produccion/agenda/{planned}/llegada": DESK,
    "POST /registro/E90001/produccion/agenda/{planned}/cancelar": DESK,
    "GET /registro/E90001/demo/agenda/{demo_planned}/llegada": DESK,
    "GET /registro/E90001/demo/agenda/{planned}/llegada": frozenset(),
    "POST /registro/E90001/demo/agenda/{planned}/cancelar": frozenset(),
    # Interest acts
    "GET /registro/E90001/produccion/actos": DESK,
    "GET /registro/E90001/produccion/actos/nuevo": DESK,
    "POST /registro/E90001/produccion/actos/nuevo": DESK,
    "GET /registro/E90001/produccion/actos/{act}": DESK,
    "GET /registro/E90001/demo/actos/{demo_act}": DESK,
    "GET /registro/E90001/produccion/actos/{act}/corregir": DESK,
    "POST /registro/E90001/produccion/actos/{act}/corregir": DESK,
    "GET /registro/E90001/produccion/actos/{act}/anular": DESK,
    "POST /registro/E90001/produccion/actos/{act}/anular": DESK,
    # Visits for everyone
    "GET /visitas": ANY_USER,
    "GET /visitas/E90001": ANY_USER,
    "GET /visitas/documento": ANY_USER,
    "POST /visitas/documento": ANY_USER,
    "GET /visita/{visit}": ANY_USER,
    "GET /demo/E90001/visitas": INSIDE,
    "GET /demo/E90001/visita/{demo_visit}": INSIDE,
    "GET /demo/E90001/visita/{visit}": frozenset(),
    "GET /cobertura": ANY_USER,
    "GET /registro-de-visitas": ANY_USER,
    "GET /correcciones": ANY_USER,
    "GET /representados": ANY_USER,
    "POST /representados": ANY_USER,
    "GET /representados/20999990011": ANY_USER,
    "GET /seguir": ANY_USER,
    "GET /visitas/E90001.atom": ANY_USER,
    "GET /representados/20999990011.atom": ANY_USER,
    "GET /decisores/E90001/alcalde--alcaldia.atom": ANY_USER,
    "GET /correcciones.atom": ANY_USER,
    # Interest acts and decision-makers for everyone
    "GET /derechos": ANY_USER,
    "GET /derechos/pedir": ANY_USER,
    "POST /derechos/pedir": ANY_USER,
    "GET /actos": ANY_USER,
    "GET /actos/E90001": ANY_USER,
    "GET /acto/{act}": ANY_USER,
    "GET /decisores": ANY_USER,
    "GET /decisores/E90001": ANY_USER,
    "GET /decisores/E90001/alcalde--alcaldia": ANY_USER,
    # Open data
    "GET /visitas.csv": ANY_USER,
    "GET /visitas.json": ANY_USER,
    "GET /visitas/E90001.xlsx": ANY_USER,
    "GET /visitas/E90001/{month}.csv": ANY_USER,
    "GET /demo/E90001/visitas.csv": INSIDE,
    "GET /actos.csv": ANY_USER,
    "GET /actos/E90001.json": ANY_USER,
    "GET /decisores.csv": ANY_USER,
    "GET /decisores/E90001.json": ANY_USER,
    "GET /cobertura.csv": ANY_USER,
    "GET /dias-sin-visitas.csv": ANY_USER,
    "GET /datos": ANY_USER,
    "GET /datos/diccionario": ANY_USER,
    "GET /datos/datapackage.json": ANY_USER,
    "GET /datos/esquema.json": ANY_USER,
    "GET /datos/esquema/visitas.json": ANY_USER,
    "GET /datos/catalogo.jsonld": ANY_USER,
    "GET /datos/cambios.json": ANY_USER,
    "GET /datos/archivos.json": ANY_USER,
    "GET /datos/archivos/visitas.parquet": ANY_USER,
    "GET /datos/implementacion.csv": ANY_USER,
    "GET /datos/implementacion/{today}.csv": ANY_USER,
}
