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
    #: In the progress file: the column of its working days, and whose days they are.
    column: str = ""
    days: str = ""
    #: In the progress file, where that differs from `label`.
    in_file: str = ""

    @property
    def label(self) -> str:
        """The name at the start of a line."""
        return self.in_sentence[0].upper() + self.in_sentence[1:]


#: Party → names, in the order in which lists show them.
PARTY_NAMES: Mapping[str, PartyName] = {
    "entity": PartyName(
        in_sentence="la entidad",
        url_value="entidad",
        heading="Entidad",
        place="en manos de la entidad",
        column="dias_entidad",
        days="de la entidad",
    ),
    "sip": PartyName(
        in_sentence="la SIP",
        url_value="sip",
        heading="SIP",
        place="en manos de la SIP",
        column="dias_sip",
        days="de la SIP, con el Despacho de la Secretaría",
    ),
    "sgtd": PartyName(
        in_sentence="la SGTD",
        url_value="sgtd",
        heading="SGTD",
        place="en manos de la SGTD",
        column="dias_sgtd",
        days="de la SGTD",
    ),
    "secretary": PartyName(in_sentence="el Despacho de la Secretaría", url_value="despacho"),
    "both": PartyName(
        in_sentence="la entidad y la PCM",
        url_value="ambas",
        heading="Entidad y PCM",
        place="en manos de la entidad y la PCM a la vez",
        column="dias_entidad_y_pcm",
        days="de la entidad y la PCM a la vez",
    ),
    "date": PartyName(
        in_sentence="en espera de fecha",
        url_value="fecha",
        heading="En espera de fecha",
        place="en espera de una fecha",
        column="dias_espera",
        days="en espera de una fecha fijada",
    ),
    "mesa_de_partes": PartyName(
        in_sentence="en mesa de partes",
        url_value="mesa-de-partes",
        heading="Mesa de partes",
        place="en la mesa de partes",
        column="dias_mesa_de_partes",
        days="de la mesa de partes",
        in_file="La mesa de partes",
    ),
    "suspended": PartyName(
        in_sentence="suspendido",
        url_value="suspendido",
        heading="Suspendido",
        place="con el proceso suspendido",
        column="dias_suspendido",
        days="con el proceso suspendido",
        in_file="Nadie: suspendido",
    ),
}


def label_of(party: str) -> str:
    """Return the name of a party at the start of a line; "" for none (the case has ended)."""
    return PARTY_NAMES[party].label if party else ""
