"""The names of the parties that can hold a case, in every form that pages and files use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class PartyName:
    """The Spanish texts for one party."""

    #: Within a sentence: «Lo tiene la entidad».
    in_sentence: str
    #: Value of the filter `manos` in an address.
    url_value: str
    #: Heading of a column of working days; "" for the Despacho, whose days are the SIP's.
    heading: str = ""
    #: Where the working days were, within a sentence.
    place: str = ""
    #: In the progress file, where that differs from `label`.
    in_file: str = ""

    @property
    def label(self) -> str:
        """The name at the start of a line."""
        return self.in_sentence[0].upper() + self.in_sentence[1:]


#: Party → names, in the order in which lists show them.
PARTY_NAMES: Mapping[str, PartyName] = {
    "entity": PartyName("la entidad", "entidad", "Entidad", "en manos de la entidad"),
    "sip": PartyName("la SIP", "sip", "SIP", "en manos de la SIP"),
    "sgtd": PartyName("la SGTD", "sgtd", "SGTD", "en manos de la SGTD"),
    "secretary": PartyName("el Despacho de la Secretaría", "despacho"),
    "both": PartyName(
        "la entidad y la PCM", "ambas", "Entidad y PCM", "en manos de la entidad y la PCM a la vez"
    ),
    "date": PartyName(
        "en espera de fecha", "fecha", "En espera de fecha", "en espera de una fecha"
    ),
    "mesa_de_partes": PartyName(
        "en mesa de partes",
        "mesa-de-partes",
        "Mesa de partes",
        "en la mesa de partes",
        "La mesa de partes",
    ),
    "suspended": PartyName(
        "suspendido", "suspendido", "Suspendido", "con el proceso suspendido", "Nadie: suspendido"
    ),
}


def label_of(party: str) -> str:
    """Return the name of a party at the start of a line; "" for none (the case has ended)."""
    return PARTY_NAMES[party].label if party else ""
