"""Who reaches the pages of induction sessions: a part of `tests.app.people.rules`."""

from __future__ import annotations

from collections.abc import Mapping

COORDINATORS = frozenset({"sip", "sgtd"})
PCM = COORDINATORS | {"secretary", "auditor", "superuser"}

RULES: Mapping[str, frozenset[str]] = {
    "GET /sesiones": PCM,
    "GET /sesiones/nueva": COORDINATORS,
    "POST /sesiones/nueva": COORDINATORS,
    "GET /sesiones/{session}": PCM,
    "GET /sesiones/{session}/asistentes.csv": COORDINATORS,
    "GET /sesiones/{session}/cambiar": COORDINATORS,
    "POST /sesiones/{session}/cambiar": COORDINATORS,
    "POST /sesiones/{begun}/lista-de-espera/{waiting}": COORDINATORS,
    "POST /sesiones/{session}/cancelar": COORDINATORS,
    "GET /sesiones/{seated}/lista-de-asistencia": COORDINATORS,
    "GET /sesiones/{session}/lista-de-asistencia": frozenset(),
    "GET /sesiones/{begun}/asistencia": COORDINATORS,
    "POST /sesiones/{begun}/asistencia": COORDINATORS,
    "POST /sesiones/{begun}/asistencia/lista": COORDINATORS,
    "GET /sesiones/{cancelled}/asistencia": frozenset(),
    "POST /sesiones/{cancelled}/asistencia": frozenset(),
    "GET /sesiones/{begun}/asistencia/corregir": COORDINATORS,
    "POST /sesiones/{begun}/asistencia/corregir": COORDINATORS,
}
