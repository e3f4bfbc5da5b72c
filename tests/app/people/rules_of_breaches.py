"""The access of each role to incidents of personal data (see `rules`)."""

from __future__ import annotations

from collections.abc import Mapping

SUPERUSER = frozenset({"superuser"})
#: Who answers for the register of the entity, and the Gestor.
REPORTERS = frozenset({"administrator", "alternate"}) | SUPERUSER
LIST = "/incidentes-de-datos"

RULES: Mapping[str, frozenset[str]] = {
    f"GET {LIST}": REPORTERS,
    f"GET {LIST}/nuevo": SUPERUSER,
    f"POST {LIST}/nuevo": SUPERUSER,
    f"GET /entidades/E90001{LIST}/nuevo": REPORTERS,
    f"POST /entidades/E90001{LIST}/nuevo": REPORTERS,
    f"GET /entidades/E90002{LIST}/nuevo": SUPERUSER,
    f"GET {LIST}/0": frozenset(),
    **{
        f"{method} {LIST}/{{{breach}}}{page}": people
        for breach, people in (("breach", REPORTERS), ("platform_breach", SUPERUSER))
        for method, page in (
            ("GET", ""),
            ("POST", ""),
            ("POST", "/personas"),
        )
    },
}
