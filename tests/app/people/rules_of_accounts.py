"""The access of each role to the pages of an account, and to calendars."""

from __future__ import annotations

from collections.abc import Mapping

ANY_USER = frozenset(
    "anonymous preparer foreign authority administrator alternate operator "
    "sip sgtd secretary auditor superuser".split()
)
SIGNED_IN = ANY_USER - {"anonymous"}

RULES: Mapping[str, frozenset[str]] = {
    "GET /cuenta": SIGNED_IN,
    "POST /cuenta/clave": SIGNED_IN,
    "POST /cuenta/contacto": SIGNED_IN,
    "POST /cuenta/avisos": SIGNED_IN,
    "POST /cuenta/teclas": SIGNED_IN,
    "POST /cuenta/sesiones/{sign_in_of_another}": frozenset(),
    "POST /cuenta/sesiones/{own_sign_in}": SIGNED_IN,
    "POST /cuenta/sesiones": SIGNED_IN,
    # Calendars: the page that makes an address, an unknown address, the public one
    "GET /cuenta/calendario": SIGNED_IN,
    "POST /cuenta/calendario": SIGNED_IN,
    "POST /cuenta/calendario/anular": SIGNED_IN,
    "GET /calendario/unknown.ics": frozenset(),
    "GET /calendario/sesiones.ics": ANY_USER,
}
