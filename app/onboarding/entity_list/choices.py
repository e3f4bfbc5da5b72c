"""What can be chosen in the filters of the list of entities, and a question in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

import forms
from app.base import formatting
from app.base.definitions import definition_of, in_force
from app.base.models import Entity, Grant, User
from app.base.models.catalogue import plain
from app.cases.entities import sector_name
from app.cases.status import AWAITED
from app.onboarding.entity_list.filters import (
    DUE,
    HANDS,
    LEVEL_NAMES,
    NONE,
    STATE_NAMES,
    WITHOUT_COORDINATOR,
    Asked,
)

Options = Mapping[str, str]

#: How each parameter is called, in the order in which a question is told.
LABELS: Mapping[str, str] = {
    "q": "Texto",
    "etapa": "Etapa",
    "estado": "Estado",
    "manos": "En manos de",
    "plazo": "Plazo",
    "coordinador": "A cargo de",
    "nivel": "Nivel",
    "region": "Región",
    "sector": "Sector",
    "paso": "Paso abierto",
    "espera": "Se espera",
    "convalidada": "Etapa convalidada",
    "terminada": "Terminada en la semana del",
}
#: Those that are chosen from a list on the page, with the words for all of them.
CHOSEN: Mapping[str, str] = {
    "etapa": "Todas",
    "estado": "Todos",
    "manos": "Cualquiera",
    "plazo": "Cualquiera",
    "coordinador": "Cualquiera",
    "nivel": "Todos",
    "region": "Todas",
    "sector": "Todos",
}


@dataclass(frozen=True)
class Choices:
    """Parameter of the address → what it can be, with its name on screen."""

    options: Mapping[str, Options]

    @classmethod
    def read(cls, session: Session) -> Choices:
        """As the diagrams in force, the catalogue and the people are now."""
        definition = definition_of(in_force(session))
        places = session.execute(select(Entity.department, Entity.sector).distinct()).all()
        regions = sorted({row.department for row in places if row.department}, key=plain)
        sectors = sorted({row.sector for row in places if row.sector}, key=plain)
        stages = {stage: definition.element_name(stage) for stage in definition.stages}
        return cls(
            {
                "etapa": stages,
                "estado": STATE_NAMES,
                "manos": {word: name for word, (_, name) in HANDS.items()},
                "plazo": DUE,
                "coordinador": {**_coordinators(session), **WITHOUT_COORDINATOR},
                "nivel": LEVEL_NAMES,
                "region": {**{name: name for name in regions}, NONE: "Sin región"},
                "sector": {**{name: sector_name(name) for name in sectors}, NONE: "Sin sector"},
                "convalidada": stages,
            }
        )

    def held_against(self, asked: Asked) -> Asked:
        """The same question; what nobody can choose is a fault of it."""
        for name in CHOSEN:
            value = asked.params.get(name)
            if value and value not in self.options[name]:
                asked = asked.at_fault(name)
        return asked

    def words(self, asked: Asked) -> str:
        """`Etapa: Inducción temática y técnica · Región: Cusco`; "" where nothing is asked."""
        said = [
            f"{label}: {self._name(name, asked.params[name])}"
            for name, label in LABELS.items()
            if name in asked.params
        ]
        return " · ".join(said)

    def _name(self, name: str, value: str) -> str:
        if name == "q":
            return f"«{value}»"
        if name == "paso":
            return forms.steps()[value].form.heading or value
        if name == "espera":
            return AWAITED[value]
        if name == "terminada":
            return formatting.day(value)
        return self.options[name].get(value, value)

    def selects(self, asked: Asked) -> Sequence[dict[str, Any]]:
        """The lists that drop down above the entities."""
        return [
            {
                "name": name,
                "label": LABELS[name],
                "value": asked.params.get(name, ""),
                "options": [("", for_all), *self.options[name].items()],
            }
            for name, for_all in CHOSEN.items()
        ]


def _coordinators(session: Session) -> dict[str, str]:
    """Who is in charge of an entity, or could be: id → name, by surnames."""
    role = select(Grant.user_id).where(
        Grant.role.in_(("sip", "sgtd")), Grant.until_at.is_(None), Grant.entity_id.is_(None)
    )
    rows = session.execute(
        select(User.id, User.given_names, User.surnames)
        .where(
            or_(
                User.id.in_(role),
                User.id.in_(select(Entity.sip_coordinator_id).distinct()),
                User.id.in_(select(Entity.sgtd_coordinator_id).distinct()),
            )
        )
        .order_by(User.surnames, User.given_names, User.id)
    )
    return {str(row.id): f"{row.given_names} {row.surnames}".strip() for row in rows}
