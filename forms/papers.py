"""The papers that entities and the PCM upload or sign, under their official names.

Pages, mails and downloads name a file after its paper, never after the file name on the uploader's
computer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Official:
    """A paper: its title, the word for a signed copy, and the stem of its file name.

    `signed` agrees with the title in gender and number; "" for a paper that is not signed here.
    """

    title: str
    stem: str
    signed: str = ""

    @property
    def ending(self) -> str:
        """The letter that a participle about the paper ends in: «emitida», «emitido»."""
        return "a" if self.title.startswith(("Carta", "Comunicación", "Constancia")) else "o"


OFFICIAL: Mapping[str, Official] = {
    "oficio_designacion": Official("Oficio de designación", "oficio-de-designacion", "firmado"),
    "sip_rvl_001": Official("Formato SIP-RVL-001", "sip-rvl-001", "firmado"),
    "sip_rvl_002": Official("Formato SIP-RVL-002", "sip-rvl-002", "firmado"),
    "carta_presentacion": Official("Carta de presentación", "carta-de-presentacion", "firmada"),
    "oficio_reiteracion": Official("Oficio de reiteración", "oficio-de-reiteracion", "firmado"),
    "comunicacion_control": Official(
        "Comunicación al órgano de control", "comunicacion-al-organo-de-control", "firmada"
    ),
    "constancia": Official(
        "Constancia de implementación", "constancia-de-implementacion", "firmada"
    ),
    "attendance_lists": Official(
        "Listas de asistencia a la capacitación", "listas-de-asistencia", "firmadas"
    ),
    "decision_makers_lists": Official(
        "Listas de asistencia de los sujetos con capacidad de decisión pública",
        "listas-de-asistencia-de-sujetos",
        "firmadas",
    ),
    "demo_report": Official(
        "Informe de la prueba en el ambiente demo", "informe-de-la-prueba", "firmado"
    ),
    "authority_ground": Official("Documento que acredita a la autoridad", "acredita-autoridad"),
    "decision_makers_approval": Official(
        "Aprobación de los sujetos con capacidad de decisión pública",
        "aprobacion-de-sujetos",
        "firmada",
    ),
    "ficha_entrega": Official("Ficha de entrega", "ficha-de-entrega"),
    "question_paper": Official("Documento de una consulta", "documento-de-consulta"),
    "personnel_ground": Official(
        "Documento que sustenta un cambio de cargos", "sustento-de-cambio-de-cargos"
    ),
    "validation_ground": Official("Sustento de convalidación", "sustento-de-convalidacion"),
    "carta_activacion": Official("Carta con código de activación", "carta-de-activacion"),
}
#: Papers that the application makes: their files are unsigned, or signed copies.
MADE = frozenset({*list(OFFICIAL)[:7], "demo_report"})
#: The name of a file of no official paper.
UNKNOWN = Official("Documento", "documento")


def title_of(paper: str, *, is_signed: bool) -> str:
    """Return the title of a file: `Formato SIP-RVL-001, firmado`."""
    official = OFFICIAL.get(paper, UNKNOWN)
    if is_signed:
        return f"{official.title}, {official.signed}" if official.signed else official.title
    return f"{official.title}, sin firmar" if paper in MADE else official.title


def stem_of(paper: str, *, is_signed: bool) -> str:
    """Return the stem of a file's name: `sip-rvl-001-firmado`."""
    official = OFFICIAL.get(paper, UNKNOWN)
    return f"{official.stem}-{official.signed}" if is_signed and official.signed else official.stem
