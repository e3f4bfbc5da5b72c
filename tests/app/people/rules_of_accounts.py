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
    "POST /cuenta/ingresos": SIGNED_IN,
    "POST /cuenta/teclas": SIGNED_IN,
    "POST /cuenta/sesiones/{sign_in_of_another}": frozenset(),
    "POST /cuenta/sesiones/{own_sign_in}": SIGNED_IN,
    "POST /cuenta/sesiones": SIGNED_IN,
    # The second factor: off in this installation; tests/app/people/test_second_factor.py has it on
    "GET /ingresar/codigo": frozenset(),
    "POST /ingresar/codigo": frozenset(),
    "GET /cuenta/confirmar": frozenset(),
    "POST /cuenta/confirmar": frozenset(),
    "GET /segundo-factor": frozenset(),
    "POST /segundo-factor": frozenset(),
    "POST /segundo-factor/codigos": frozenset(),
    "POST /segundo-factor/quitar": frozenset(),
    "POST /segundo-factor/llave/reto": frozenset(),
    "GET /segundo-factor/llave": frozenset(),
    "POST /segundo-factor/llave": frozenset(),
    "GET /segundo-factor/llaves/1": frozenset(),
    "POST /segundo-factor/llaves/1": frozenset(),
    "POST /segundo-factor/llaves/1/quitar": frozenset(),
    "GET /personas/{staff}/segundo-factor": frozenset(),
    "POST /personas/{staff}/segundo-factor": frozenset(),
    # The provider: off in this installation; tests/app/people/provider has it on
    "GET /ingresar/proveedor": frozenset(),
    "GET /ingresar/proveedor/regreso": frozenset(),
    "GET /cuenta/confirmar/proveedor": frozenset(),
    # Calendars: the page that makes an address, an unknown address
    "GET /cuenta/calendario": SIGNED_IN,
    "POST /cuenta/calendario": SIGNED_IN,
    "POST /cuenta/calendario/anular": SIGNED_IN,
    "GET /calendario/unknown.ics": frozenset(),
}
