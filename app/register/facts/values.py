"""The words of the register: what a visit says, and how its closed lists are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

#: The four motive categories of the official register.
CATEGORIES: Mapping[str, str] = {
    "work": "Reunión de trabajo",
    "services": "Provisión de servicios",
    "interests": "Gestión de intereses",
    "other": "Otros",
}

#: The closed list of observations of the official register.
OBSERVATIONS: Mapping[str, str] = {
    "late": "Registro extemporáneo",
    "outage_external": ("Registro retroactivo por interrupción del sistema por factor externo"),
    "outage_internal": ("Registro retroactivo por interrupción del sistema por factor interno"),
}

#: What of it people may choose: that of an outage follows from a declared one alone.
CHOSEN: Mapping[str, str] = {"late": OBSERVATIONS["late"]}

STATES: Mapping[str, str] = {
    "standing": "vigente",
    "annulled": "anulada",
    "suppressed": "suprimida",
}
#: On whose behalf somebody comes.
VISITOR_KINDS: Mapping[str, str] = {
    "public": "Entidad pública",
    "private": "Entidad privada",
    "self": "Persona natural",
}
#: What the official platform writes after the kind of a visitor who represents nobody, without its
#: accent: the twelve columns keep it, so that files compare; pages write it as it is spelled.
ON_OWN_BEHALF = "a titulo personal"
SPELLED: Mapping[str, str] = {
    f"{VISITOR_KINDS['self']} - {ON_OWN_BEHALF}": f"{VISITOR_KINDS['self']} - a título personal"
}

SOURCES: Mapping[str, str] = {
    "zaguan": "Zaguán",
    "official_platform": "Plataforma oficial",
    "own_system": "Sistema propio de la entidad",
    "imported": "Importado",
}

ENVIRONMENTS: Mapping[str, str] = {"demo": "Ambiente demo", "production": "Producción"}
#: How addresses say an environment.
PATHS: Mapping[str, str] = {"produccion": "production", "demo": "demo"}

#: Document types: code in the data, how the public table writes it (older data knows more).
DOCUMENTS: Mapping[str, str] = {
    "DNI": "DNI",
    "CE": "CE",
    "PASAPORTE": "PASAPORTE",
    "OTROS": "OTROS",
}


@dataclass(frozen=True)
class Visitor:
    """Who comes; `name` with the surnames first, as the public table writes it.

    `entity` and `entity_ruc` are whom they represent; "" for `self`.
    """

    name: str
    document_type: str
    document_number: str
    kind: str = "self"
    entity: str = ""
    entity_ruc: str = ""


@dataclass(frozen=True)
class Entry:
    """What the desk says of a visit. Moments are aware; `exit_at` is for one made up later.

    `observation` is "" unless the desk chose one: what a declared outage or the norm in force
    asks is found out by `recording`.
    """

    visitor: Visitor
    official_id: int
    category: str
    motive: str
    site: str
    place: str
    entry_at: datetime
    exit_at: datetime | None = None
    observation: str = ""
    #: Facts that have no attribute of their own here, by name.
    others: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """Return the value of a fact that the desk enters as a text or a word."""
        return str(self.others.get(name, "") or getattr(self, name, ""))


class Refused(Exception):
    """The register does not take this: which field, and a sentence in Spanish that says why."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


def is_invented(document_type: str, number: str) -> bool:
    """Whether a document is one that nobody has, as the script of the demo test uses them.

    DNI and CE that begin with 0000, passports and others that begin with DEMO.
    """
    if document_type in ("DNI", "CE"):
        return number.startswith("0000")
    return number.upper().startswith("DEMO")
