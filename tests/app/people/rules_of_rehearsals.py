"""The access of each role to rehearsals of migrations (see `rules`)."""

from __future__ import annotations

from collections.abc import Mapping

from app.people.access import PCM_ROLES

SUPERUSER = frozenset({"superuser"})
ROOT = "/proceso/versiones/{former}/ensayo"

RULES: Mapping[str, frozenset[str]] = {
    f"GET {ROOT}": PCM_ROLES,
    f"POST {ROOT}": SUPERUSER,
    "GET /proceso/versiones/000000000000/ensayo": frozenset(),
    f"GET {ROOT}/{{rehearsal}}/casos": PCM_ROLES,
    f"GET {ROOT}/{{rehearsal}}/informe.csv": PCM_ROLES,
    f"GET {ROOT}/999999/casos": frozenset(),
    f"POST {ROOT}/{{rehearsal}}/decisiones": SUPERUSER,
    f"GET {ROOT}/{{rehearsal}}/lotes/nuevo": SUPERUSER,
    f"POST {ROOT}/{{rehearsal}}/lotes/nuevo": SUPERUSER,
    f"POST {ROOT}/{{rehearsal}}/lotes/1/detener": SUPERUSER,
    f"POST {ROOT}/{{rehearsal}}/lotes/1/volver": SUPERUSER,
    f"POST {ROOT}/{{rehearsal}}/lotes/2/volver": frozenset(),
    f"POST {ROOT}/{{rehearsal}}/cerrar": SUPERUSER,
}
