"""The rules of the pages of the catalogue, of all changes and of versions of the process."""

from __future__ import annotations

from collections.abc import Mapping

from app.people.access import PCM_ROLES

READERS = frozenset({"superuser", "auditor"})
SUPERUSER = frozenset({"superuser"})

RULES: Mapping[str, frozenset[str]] = {
    "GET /proceso": PCM_ROLES,
    "GET /proceso/versiones/{version}": PCM_ROLES,
    "GET /proceso/versiones/000000000000": frozenset(),
    "GET /proceso/versiones/{version}/diagramas/upkeep": frozenset(),
    "GET /proceso/versiones/{former}": PCM_ROLES,
    "GET /proceso/versiones/{former}/diagramas/designation": PCM_ROLES,
    "GET /proceso/versiones/{former}/archivos.zip": PCM_ROLES,
    "GET /proceso/versiones/000000000000/archivos.zip": frozenset(),
    "GET /proceso/subir": SUPERUSER,
    "POST /proceso/subir": SUPERUSER,
    "GET /proceso/versiones/{former}/vigor": SUPERUSER,
    "POST /proceso/versiones/{former}/vigor": SUPERUSER,
    "GET /propuestas/{proposal}": PCM_ROLES,
    "POST /propuestas/{proposal}": SUPERUSER,
    "GET /propuestas/999999": frozenset(),
    "GET /registro-de-cambios": READERS,
    "GET /catalogo": SUPERUSER,
    "GET /catalogo/E90001": SUPERUSER,
    "POST /catalogo/E90001": SUPERUSER,
    "GET /catalogo/E90001/duplicado": SUPERUSER,
    "POST /catalogo/E90001/duplicado": SUPERUSER,
}
