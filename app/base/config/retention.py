"""What is stored for how long: one table, which jobs, pages and operations.md read.

Nothing public is in it: visits, interest acts, papers and the log stay. No norm fixes these
lengths; they are a proposal for the responsible body, under the principle of quality of Ley 29733
(article 8: no longer than the purpose needs) and its regulation (DS 016-2024-JUS). `basis` says
what a length was taken from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

PROPOSAL = "Propuesta"
OFFENCES = (
    "Propuesta: las infracciones prescriben a los cuatro años (TUO de la Ley 27444, art. 252)"
)


@dataclass(frozen=True)
class Rule:
    """How long something is stored: its name on screen, the days, and since when they count."""

    what: str
    days: int
    since: str
    #: The norm that a proposal follows, on screen.
    basis: str = PROPOSAL

    @property
    def age(self) -> timedelta:
        """The days as an age."""
        return timedelta(days=self.days)


RULES: Mapping[str, Rule] = {
    "attempts": Rule("Intentos de ingresar o de usar un código", 1, "el intento"),
    "challenges": Rule("Retos de una llave de acceso que nadie usó", 1, "su envío"),
    "links": Rule("Códigos y enlaces de acceso", 365, "su uso o su vencimiento"),
    "sign_ins": Rule("Ingresos de cada persona", 365, "su fin"),
    "received_mails": Rule("Correos recibidos: remitente, asunto y texto", 365, "su llegada"),
    "drafts": Rule("Borradores de los pasos", 365, "el fin de su proceso"),
    "former_states": Rule(
        "Estado anterior de un proceso que pasó a otra versión de los diagramas", 1, "el paso"
    ),
    "visit_files": Rule(
        "Archivos que se subieron para importar visitas o actuar sobre muchas entidades",
        30,
        "su uso",
    ),
    "baseline_rows": Rule(
        "Filas de la plataforma oficial que no se importaron", 365, "la lectura de su archivo"
    ),
    "left_rosters": Rule(
        "Relación de personal: filas de quienes ya no están en ella",
        1460,
        "la versión que los dejó fuera",
        OFFENCES,
    ),
    "planned_visits": Rule(
        "Agenda: datos de quienes se esperaban y no vinieron", 30, "el día en que se esperaban"
    ),
    "demo_visits": Rule(
        "Visitas del ambiente demo, cuando la entidad ya registra en producción",
        180,
        "su registro o el inicio en producción",
    ),
    "rights_requests": Rule("Pedidos de personas sobre sus datos", 730, "su respuesta"),
    "rights_mails": Rule("Correos a quienes pidieron sobre sus datos", 730, "su envío"),
    "breaches": Rule(
        "Incidentes de datos personales: lo que se contó",
        1460,
        "su comunicación",
        OFFENCES,
    ),
}
