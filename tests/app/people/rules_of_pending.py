"""The access of each role to *Mis pendientes*, its views, and who has a task (see `rules`)."""

from __future__ import annotations

from collections.abc import Mapping

COORDINATORS = frozenset({"sip", "sgtd"})

RULES: Mapping[str, frozenset[str]] = {
    "GET /tareas/{sip_task}/siguiente": frozenset({"sip"}),
    "GET /tareas/{authority_task}/siguiente": frozenset({"authority", "preparer"}),
    "GET /pendientes/guardar": COORDINATORS,
    "POST /pendientes/guardar": COORDINATORS,
    "GET /pendientes/vistas": COORDINATORS,
    "POST /pendientes/vistas/{saved_view}/abrir": frozenset({"sip"}),
    "POST /pendientes/vistas/{saved_view}/borrar": frozenset({"sip"}),
    "POST /pendientes/vistas/todas": COORDINATORS,
    "GET /tareas/{sip_task}/dar": frozenset({"sip"}),
    "POST /tareas/{sip_task}/dar": frozenset({"sip"}),
    "GET /tareas/{authority_task}/dar": frozenset(),
}
