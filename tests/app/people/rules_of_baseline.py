"""The access of each role to the pages of the official platform's export."""

from __future__ import annotations

from collections.abc import Mapping

RUNNING = frozenset({"sip", "sgtd", "superuser"})

RULES: Mapping[str, frozenset[str]] = {
    "GET /linea-base": RUNNING,
    "POST /linea-base": RUNNING,
    "GET /linea-base/{baseline}": RUNNING,
    "GET /linea-base/{baseline}/nombres/1": RUNNING,
    "POST /linea-base/{baseline}/nombres/1": RUNNING,
    "POST /linea-base/{baseline}/preparar": RUNNING,
    "GET /linea-base/propuestas": RUNNING,
    "GET /linea-base/propuestas.xlsx": RUNNING,
    "GET /linea-base/{baseline}/nombres/999999": frozenset(),
    "GET /linea-base/999999": frozenset(),
}
