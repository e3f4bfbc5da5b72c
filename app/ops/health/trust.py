"""What signatures of papers are checked against, for *Estado* and for `zaguan status`.

Without any setting of it, nothing is asked of the helper.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import current_app

from app.cases.papers.preflight import reading
from app.cases.papers.preflight.facts import TrustState

SETTINGS = ("TRUST_ROOTS", "TRUST_LIST", "REVOCATION")
#: Why the State's list is not used, by its state.
NOT_USED: Mapping[str, str] = {
    "missing": "no hay un archivo en ese lugar",
    "unreadable": "el archivo no es una lista que se pueda leer",
    "unsigned": "no la firma un certificado de confianza",
    "expired": "ya venció",
}


def is_set() -> bool:
    """Return whether there is a setting of it."""
    return any(current_app.config[name] for name in SETTINGS)


def read() -> TrustState | None:
    """Return what there is; None if nothing is set, or if the helper is busy."""
    return reading.trust_state() if is_set() else None


def not_used(state: TrustState | None) -> str:
    """Return why the State's list is not used, in Spanish; "" if it is or is not set."""
    return NOT_USED.get(state["list_state"], "") if state else ""


def line(state: TrustState) -> str:
    """Return the line of `zaguan status`."""
    until = f" until {state['list_until'][:10]}" if state["list_until"] else ""
    return (
        f"Signatures: {state['roots']} roots, list {state['list_state']}{until} "
        f"({state['listed']} authorities), {state['revocation_lists']} revocation lists"
    )
