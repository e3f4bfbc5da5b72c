"""The access of each role to questions, notes and help texts (see `rules`)."""

from __future__ import annotations

from collections.abc import Mapping

ANY_USER = frozenset(
    "anonymous preparer foreign authority administrator alternate operator "
    "sip sgtd secretary auditor superuser".split()
)
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
    # Texts of the help
    "GET /ayuda/respuestas": ANY_USER,
    "GET /ayuda/respuestas/nueva/{answer}": COORDINATORS,
    "POST /ayuda/respuestas/nueva/{answer}": COORDINATORS,
    "GET /ayuda/respuestas/nueva/{asked}": frozenset(),
    "GET /textos-recurrentes": COORDINATORS,
    "GET /textos-recurrentes/{observation_text}": frozenset({"sip"}),
    "POST /textos-recurrentes/{observation_text}": frozenset({"sip"}),
    "POST /textos-recurrentes/{observation_text}/borrar": frozenset({"sip"}),
    "GET /textos-recurrentes/999999": frozenset(),
    "GET /ayuda/respuestas/{help_text}/editar": COORDINATORS,
    "POST /ayuda/respuestas/{help_text}/editar": COORDINATORS,
    "POST /ayuda/respuestas/{help_text}/retirar": COORDINATORS,
}
