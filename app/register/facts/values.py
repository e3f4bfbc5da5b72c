"""The closed lists of the register, and the entries of the desk."""

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

#: Observations that a user may choose. Only a declared outage leads to the outage's observation.
CHOSEN: Mapping[str, str] = {"late": OBSERVATIONS["late"]}

STATES: Mapping[str, str] = {
    "standing": "vigente",
    "annulled": "anulada",
    "suppressed": "suprimida",
}
#: On whose behalf the visitor comes.
VISITOR_KINDS: Mapping[str, str] = {
    "public": "Entidad pública",
    "private": "Entidad privada",
    "self": "Persona natural",
}
#: The official platform's text after the kind of a visitor who represents no entity, without its
#: accent. The twelve columns keep it, so that files can be compared; pages write it with the
#: accent.
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
#: Environment in a URL → environment.
PATHS: Mapping[str, str] = {"produccion": "production", "demo": "demo"}


@dataclass(frozen=True)
class Visitor:
    """The visitor; `name` with the surnames first, as the public table writes it.

    `entity` and `entity_ruc` are the represented entity; "" for `self`.
    """

    name: str
    document_type: str
    document_number: str
    kind: str = "self"
    entity: str = ""
    entity_ruc: str = ""


@dataclass(frozen=True)
class Entry:
    """A visit as the desk enters it. Moments are aware; `exit_at` is for a visit recorded
    afterwards.

    `observation` is "" unless the desk chose one. `recording` finds what a declared outage or the
    norm in force requires.
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
    #: Facts without an attribute here, by name.
    others: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """Return the value of a fact that the desk enters as a text or a word."""
        return str(self.others.get(name, "") or getattr(self, name, ""))


class Refused(Exception):
    """The register refuses a value: `field` names it, `sentence` says why in Spanish."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


def is_invented(document_type: str, number: str) -> bool:
    """Return whether a document is invented, as the script of the demo test uses them.

    DNI and CE that begin with 0000, passports and others that begin with DEMO.
    """
    if document_type in ("DNI", "CE"):
        return number.startswith("0000")
    return number.upper().startswith("DEMO")
