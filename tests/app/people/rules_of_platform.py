"""The rules of the pages of the catalogue, of all changes and of versions of the process."""

from __future__ import annotations

from collections.abc import Mapping

READERS = frozenset({"superuser", "auditor"})
SUPERUSER = frozenset({"superuser"})

RULES: Mapping[str, frozenset[str]] = {
    "GET /proceso": READERS,
    "GET /proceso/versiones/{version}": READERS,
    "GET /proceso/versiones/000000000000": frozenset(),
    "GET /proceso/versiones/{version}/diagramas/upkeep": frozenset(),
    "GET /proceso/versiones/{former}": READERS,
    "GET /proceso/versiones/{former}/diagramas/designation": READERS,
    "GET /proceso/versiones/{former}/archivos.zip": READERS,
    "GET /proceso/versiones/000000000000/archivos.zip": frozenset(),
    "GET /proceso/subir": SUPERUSER,
    "POST /proceso/subir": SUPERUSER,
    "GET /proceso/versiones/{former}/vigor": SUPERUSER,
    "POST /proceso/versiones/{former}/vigor": SUPERUSER,
    "GET /proceso/propuestas/{proposal}/retirar": SUPERUSER,
    "POST /proceso/propuestas/{proposal}/retirar": SUPERUSER,
    "POST /proceso/propuestas/{proposal}/confirmar": SUPERUSER,
    "GET /registro-de-cambios": READERS,
    "GET /catalogo": SUPERUSER,
    "GET /catalogo/E90001": SUPERUSER,
    "POST /catalogo/E90001": SUPERUSER,
    "GET /catalogo/E90001/duplicado": SUPERUSER,
    "POST /catalogo/E90001/duplicado": SUPERUSER,
}
