"""Who may reach what of the registers (see `rules`), written from the rules of the house."""

from __future__ import annotations

from collections.abc import Mapping

ANY_USER = frozenset(
    "anonymous preparer foreign authority administrator alternate operator "
    "sip sgtd secretary auditor superuser".split()
)
#: Those who record visits in the entity.
DESK = frozenset({"operator", "administrator", "alternate"})
MANAGERS = frozenset({"administrator", "alternate"})
#: Who sees an entity's demo: its own people, and those who review it.
INSIDE = frozenset(
    {"preparer", "authority", "administrator", "alternate", "operator", "sip", "sgtd", "auditor"}
)
COORDINATORS = frozenset({"sip", "sgtd"})
SUPERUSER = frozenset({"superuser"})
PCM = frozenset({"sip", "sgtd", "secretary", "auditor", "superuser"})

#: `things_of_registers` says what stands in braces.
RULES: Mapping[str, frozenset[str]] = {
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
    "GET /registro/E90002/produccion/importar/{past_import}": frozenset(),
    "GET /registro/E90001/demo/importar/{past_import}": frozenset(),
    "GET /registro/E90001/produccion/importar/{past_import}/informe.csv": MANAGERS,
    "POST /registro/E90001/produccion/importar/{past_import}/confirmar": MANAGERS,
    # What norms set
    "GET /reglas": SUPERUSER,
    "POST /reglas": SUPERUSER,
    "GET /reglas/1/corregir": SUPERUSER,
    "POST /reglas/1/corregir": SUPERUSER,
    "GET /mandatos": PCM,
    "GET /mandatos/plan": COORDINATORS,
    "POST /mandatos/plan": COORDINATORS,
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
    "POST /registro/E90001/produccion/salidas/{demo_visit}": frozenset(),
    "GET /registro/E90001/produccion/funcionarios": DESK,
    "POST /registro/E90001/produccion/visitante": DESK,
    "GET /registro/E90001/produccion/cierre": DESK,
    "POST /registro/E90001/produccion/cierre": DESK,
    "GET /registro/E90001/demo/cierre": DESK,
    # Next to the desk
    "GET /registro/E90001/produccion/visitas": INSIDE,
    "GET /registro/E90001/produccion/visitas/{visit}": INSIDE,
    "GET /registro/E90001/produccion/visitas/{demo_visit}": frozenset(),
    "GET /registro/E90001/demo/visitas/{demo_visit}": INSIDE,
    "GET /registro/E90001/produccion/visitas/{visit}/documento": COORDINATORS | {"auditor"},
    "GET /registro/E90001/produccion/visitas/{visit}/corregir": DESK,
    "GET /registro/E90001/produccion/visitas/{visit}/anular": DESK,
    "GET /registro/E90001/produccion/visitas/{visit}/reservar": MANAGERS,
    "GET /registro/E90001/produccion/visitas/{visit}/levantar": MANAGERS,
    "GET /registro/E90001/produccion/reservada": MANAGERS,
    "GET /registro/E90001/produccion/cortes/{outage}/terminar": DESK,
    "GET /registro/E90001/produccion/cortes/{outage}/retirar": DESK,
    "GET /registro/E90001/produccion/cortes/{demo_outage}/terminar": frozenset(),
    "GET /registro/E90001/produccion/dias-sin-visitas/{empty_day}/retirar": DESK,
    "GET /registro/E90001/produccion/cortes": INSIDE,
    "GET /registro/E90001/produccion/no-registrables": INSIDE,
    "GET /registro/E90001/produccion/dias-sin-visitas": INSIDE,
    "POST /registro/E90001/produccion/visitas/{visit}/documento": COORDINATORS | {"auditor"},
    "POST /registro/E90001/produccion/visitas/{visit}/corregir": DESK,
    "POST /registro/E90001/produccion/visitas/{visit}/anular": DESK,
    "POST /registro/E90001/produccion/visitas/{visit}/reservar": MANAGERS,
    "POST /registro/E90001/produccion/visitas/{visit}/levantar": MANAGERS,
    "POST /registro/E90001/produccion/reservada": MANAGERS,
    "POST /registro/E90001/produccion/cortes/{outage}/terminar": DESK,
    "POST /registro/E90001/produccion/cortes/{outage}/retirar": DESK,
    "POST /registro/E90001/produccion/cortes/{demo_outage}/terminar": frozenset(),
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
    "GET /registro/E90001/produccion/actos/{demo_act}": frozenset(),
    "GET /registro/E90001/demo/actos/{demo_act}": DESK,
    "GET /registro/E90001/produccion/actos/{act}/corregir": DESK,
    "POST /registro/E90001/produccion/actos/{act}/corregir": DESK,
    "POST /registro/E90001/produccion/actos/{demo_act}/corregir": frozenset(),
    "GET /registro/E90001/produccion/actos/{act}/anular": DESK,
    "POST /registro/E90001/produccion/actos/{act}/anular": DESK,
    "POST /registro/E90001/produccion/actos/{demo_act}/anular": frozenset(),
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
    # Interest acts and decision-makers for everyone
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
    "GET /datos/implementacion.csv": ANY_USER,
    "GET /datos/implementacion/{today}.csv": ANY_USER,
}
