"""The access of each role to questions and notes (see `rules`)."""

from __future__ import annotations

from collections.abc import Mapping

#: People who prepare and answer for the entity ask; people of another entity see nothing.
STAFF = frozenset({"preparer", "authority", "administrator", "alternate"})
COORDINATORS = frozenset({"sip", "sgtd"})
READERS = STAFF | COORDINATORS | {"secretary", "auditor"}
HERE = "/entidades/E90001"

RULES: Mapping[str, frozenset[str]] = {
    "GET /consultas": COORDINATORS | {"secretary", "auditor"},
    f"GET {HERE}/consultas": READERS,
    f"GET {HERE}/consultas/nueva": STAFF,
    f"POST {HERE}/consultas/nueva": STAFF,
    f"GET {HERE}/consultas/{{question}}": READERS,
    f"POST {HERE}/consultas/{{question}}": STAFF | COORDINATORS,
    f"GET {HERE}/consultas/999999": frozenset(),
    f"POST {HERE}/consultas/{{question}}/cerrar": STAFF | COORDINATORS,
    f"POST {HERE}/consultas/{{question}}/reabrir": COORDINATORS,
    f"GET {HERE}/consultas/{{question}}/puede-seguir": COORDINATORS,
    f"POST {HERE}/consultas/{{question}}/puede-seguir": COORDINATORS,
    f"POST {HERE}/consultas/{{question}}/correos/{{incoming}}": frozenset(),
    # Notes: never for an entity
    f"GET {HERE}/notas": COORDINATORS | {"auditor"},
    f"POST {HERE}/notas": COORDINATORS,
}
