"""The query of the public register and its parameters: words, days, entity, category."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import cast

from sqlalchemy import ColumnElement, literal_column, select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.formatting import plain
from app.base.models import Entity, Register, Visit
from app.register.facts import keys
from app.register.facts.values import CATEGORIES
from app.register.facts.visibility import public_visits
from app.register.registers import environments
from forms.fields.rules import has_control

#: The longest search text (characters), and the most words.
LONGEST = 200
MOST_WORDS = 8
TOO_MANY_WORDS = "Busca con ocho palabras o menos."
#: A text that may be a person's document: addresses are stored in many places, so it is refused.
NUMBER = re.compile(r"(dni|ce|ruc)?[.:]?[0-9]{7,}")
BY_NUMBER = (
    "Un número de documento no se busca aquí, porque quedaría en la dirección de la página. "
    "Usa «Buscar por número de documento» (/visitas/documento)."
)
#: Characters around a word that are not part of it.
AROUND = "\"'“”‘’«»()[]¿?¡!,;:."
#: Years that a query accepts.
YEARS = range(1900, 2100)
CODE = re.compile(r"[A-Za-z0-9]{1,20}")
VISITOR = re.compile(r"[a-z2-7]{16}")
#: URL value → state. Annulled visits must be chosen explicitly.
STATES_BY_WORD: Mapping[str, str] = {"vigentes": "standing", "anuladas": "annulled"}


@dataclass(frozen=True)
class Query:
    """A query of the register. Only pages set `register_id`: for a demo, or for one entity.

    `faults`: wrong parameters by name, each with a sentence.
    """

    words: tuple[str, ...] = ()
    typed: str = ""
    from_on: date | None = None
    to_on: date | None = None
    entity: str = ""
    category: str = ""
    interest: bool = False
    visitor: str = ""
    state: str = "standing"
    register_id: int | None = None
    faults: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, args: Mapping[str, str], *, register_id: int | None = None) -> Query:
        """Read q, desde, hasta, entidad, categoria, intereses, visitante, estado."""
        faults: dict[str, str] = {}
        from_on = _day(args, "desde", faults)
        to_on = _day(args, "hasta", faults)
        if from_on and to_on and to_on < from_on:
            faults["hasta"] = "El último día no puede ser antes del primero."
        typed = words_typed(args.get("q", "").strip(), faults)
        state = args.get("estado", "") or "vigentes"
        if state not in STATES_BY_WORD:
            faults["estado"] = "Elige vigentes o anuladas."
        return cls(
            words=words_of(typed),
            typed=typed,
            from_on=from_on,
            to_on=to_on,
            entity=_matching(
                CODE, args, "entidad", "No hay ninguna entidad con ese código.", faults
            ),
            category=_category(args, faults),
            interest=args.get("intereses", "") == "1",
            visitor=_matching(
                VISITOR, args, "visitante", "Ningún visitante tiene esa clave.", faults
            ),
            state=STATES_BY_WORD.get(state, "standing"),
            register_id=register_id,
            faults=faults,
        )

    @property
    def params(self) -> dict[str, str]:
        """Return the parameters for an address, without empty ones."""
        words = {value: word for word, value in STATES_BY_WORD.items()}
        said = {
            "q": self.typed,
            "desde": self.from_on.isoformat() if self.from_on else "",
            "hasta": self.to_on.isoformat() if self.to_on else "",
            "entidad": self.entity,
            "categoria": self.category,
            "intereses": "1" if self.interest else "",
            "visitante": self.visitor,
            "estado": "" if self.state == "standing" else words.get(self.state, ""),
        }
        return {name: value for name, value in said.items() if value}

    @property
    def ranks(self) -> tuple[int | None, int | None]:
        """The range of its days among all visits: the first place, and the first place after it."""
        after = self.to_on + timedelta(days=1) if self.to_on else None
        return (
            keys.first_rank(calendar.midnight(self.from_on)) if self.from_on else None,
            keys.first_rank(calendar.midnight(after)) if after else None,
        )


def words_of(typed: str) -> tuple[str, ...]:
    """Return the words of a search, each without surrounding characters, if it has others."""
    words = (word.strip(AROUND) or word for word in plain(typed).split())
    return tuple(dict.fromkeys(words))


def words_typed(text: str, faults: dict[str, str]) -> str:
    """Return the search text; "" for a wrong one. Too many words is a fault, and keeps the text."""
    words = words_of(text) if len(text) <= LONGEST else ()
    if len(text) > LONGEST:
        faults["q"] = f"Busca con {LONGEST} letras o menos."
    elif has_control(text):
        faults["q"] = "Escribe otra vez lo que buscas: tiene caracteres que no son texto."
    elif any(NUMBER.fullmatch(word) for word in words):
        faults["q"] = BY_NUMBER
    else:
        if len(words) > MOST_WORDS:
            faults["q"] = TOO_MANY_WORDS
        return text
    return ""


def _category(args: Mapping[str, str], faults: dict[str, str]) -> str:
    category = args.get("categoria", "")
    if category and category not in CATEGORIES:
        faults["categoria"] = "Elige una categoría de la lista."
        return ""
    return category


def _matching(
    pattern: re.Pattern[str],
    args: Mapping[str, str],
    name: str,
    sentence: str,
    faults: dict[str, str],
) -> str:
    text = args.get(name, "").strip()
    if not text or pattern.fullmatch(text):
        return text
    faults[name] = sentence
    return ""


def _day(args: Mapping[str, str], name: str, faults: dict[str, str]) -> date | None:
    text = args.get(name, "").strip()
    if not text:
        return None
    try:
        on = date.fromisoformat(text)
    except ValueError:
        faults[name] = f"{name.capitalize()}: escribe un día que exista, como 2026-03-02."
        return None
    if on.year in YEARS:
        return on
    faults[name] = f"{name.capitalize()}: escribe un día de {YEARS[0]} a {YEARS[-1]}."
    return None


def conditions(session: Session, query: Query) -> list[ColumnElement[bool]]:
    """Return the conditions on Visit, except its words.

    Without `register_id` a query finds public visits; with a demo's id, the visits of the demo.
    """
    if query.register_id is None:
        found = public_visits(query.state)
    else:
        found = [
            Visit.register_id == query.register_id,
            Visit.audience != "reserved",
            Visit.state == query.state,
        ]
    if query.entity:
        of_entity = (
            select(Register.id)
            .join(Entity, Entity.id == Register.entity_id)
            .where(Entity.code == query.entity, environments.is_public())
        )
        found.append(Visit.register_id == (session.scalar(of_entity) or 0))
    first, after = query.ranks
    if first is not None:
        found.append(Visit.rank >= first)
    if after is not None:
        found.append(Visit.rank < after)
    if query.category:
        found.append(Visit.category == query.category)
    if query.interest:
        # Written as in its index.
        found.append(cast("ColumnElement[bool]", literal_column("visit.interest")))
    if query.visitor:
        found.append(Visit.visitor_key == query.visitor)
    return found
