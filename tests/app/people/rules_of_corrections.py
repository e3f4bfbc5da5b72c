"""The access of each role to what an entity corrects itself (see `rules`)."""

from __future__ import annotations

from collections.abc import Mapping

#: Those who present the designation.
PRESENTING = frozenset({"authority", "preparer"})
#: Those who choose a session.
CHOOSING = frozenset({"administrator", "alternate"})
COORDINATORS = frozenset({"sip", "sgtd"})
HERE = "/entidades/E90001"

RULES: Mapping[str, frozenset[str]] = {
    f"GET {HERE}/tareas/{{filing_task}}/corregir": PRESENTING,
    f"POST {HERE}/tareas/{{filing_task}}/corregir": PRESENTING,
    f"GET {HERE}/tareas/{{authority_task}}/corregir": frozenset(),
    f"GET {HERE}/tareas/{{held_task}}/version-corregida": PRESENTING,
    f"POST {HERE}/tareas/{{held_task}}/version-corregida": PRESENTING,
    f"GET {HERE}/tareas/{{held_task}}/constancia": PRESENTING,
    f"POST {HERE}/tareas/{{held_task}}/constancia": PRESENTING,
    f"GET {HERE}/tareas/{{sgtd_task}}/constancia": frozenset(),
    f"GET {HERE}/tareas/{{held_task}}/pedir-devolucion": PRESENTING,
    f"POST {HERE}/tareas/{{held_task}}/pedir-devolucion": PRESENTING,
    f"GET {HERE}/devoluciones/{{return_asked}}": COORDINATORS,
    f"POST {HERE}/devoluciones/{{return_asked}}": COORDINATORS,
    f"GET {HERE}/procesos/{{instance}}/otra-sesion/thematic": CHOOSING,
    f"POST {HERE}/procesos/{{instance}}/otra-sesion/thematic": CHOOSING,
    f"GET {HERE}/procesos/{{instance}}/otra-sesion/other": frozenset(),
    f"GET {HERE}/lista-de-espera": CHOOSING,
    f"POST {HERE}/lista-de-espera": CHOOSING,
    f"POST {HERE}/lista-de-espera/salir": CHOOSING,
    # Materials of stages
    "GET /materiales": frozenset({"preparer", "authority", "administrator", "alternate", "foreign"})
    | COORDINATORS
    | {"operator", "secretary", "auditor", "superuser"},
    "GET /materiales/nuevo": COORDINATORS,
    "POST /materiales/nuevo": COORDINATORS,
    "GET /materiales/{material}/archivo": frozenset(),
    "POST /materiales/{material}/retirar": COORDINATORS,
}
