"""What is stored for how long: one table, which jobs, pages and operations.md read.

Nothing public is in it: visits, interest acts, papers and the log stay. The lengths are a proposal
for the responsible body, under the principle of quality of Ley 29733 (article 8: no longer than the
purpose needs) and its regulation (DS 016-2024-JUS).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Rule:
    """How long something is stored: its name on screen, the days, and since when they count."""

    what: str
    days: int
    since: str

    @property
    def age(self) -> timedelta:
        """The days as an age."""
        return timedelta(days=self.days)


RULES: Mapping[str, Rule] = {
    "attempts": Rule("Intentos de ingresar o de usar un código", 1, "el intento"),
    "links": Rule("Códigos y enlaces de acceso", 365, "su uso o su vencimiento"),
    "sign_ins": Rule("Ingresos de cada persona", 365, "su fin"),
    "subscriber_mails": Rule("Correos a quienes se suscribieron", 30, "su envío"),
    "received_mails": Rule("Correos recibidos: remitente, asunto y texto", 365, "su llegada"),
    "drafts": Rule("Borradores de los pasos", 365, "el fin de su proceso"),
    "visit_files": Rule("Archivos de visitas y de lotes que se subieron", 30, "su uso"),
    "rights_requests": Rule("Pedidos de personas sobre sus datos", 730, "su respuesta"),
}
