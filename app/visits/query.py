"""What somebody asks of the public register: words, days, entity, category; as addresses say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app import calendar
from app.models import Entity, Register, Visit
from app.models.catalogue import plain
from app.visits import keys
from app.visits.values import CATEGORIES

#: Words of a search that are heard, and the shortest that an index finds.
MOST_WORDS = 8
SHORTEST = 3
#: Value in an address → state. Annulled visits are asked for by name.
STATES_BY_WORD: Mapping[str, str] = {"vigentes": "standing", "anuladas": "annulled"}


@dataclass(frozen=True)
class Query:
    """A question to the register. `register_id` is set by pages alone: of a demo, or of one entity.

    `faults`: what the address said that cannot be, by its name, as a sentence.
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
        """From an address: q, desde, hasta, entidad, categoria, intereses, visitante, estado."""
        faults: dict[str, str] = {}
        typed = args.get("q", "").strip()[:200]
        from_on = _day(args, "desde", faults)
        to_on = _day(args, "hasta", faults)
        if from_on and to_on and to_on < from_on:
            faults["hasta"] = "El último día no puede ser antes del primero."
        category = args.get("categoria", "")
        if category and category not in CATEGORIES:
            faults["categoria"] = "Elige una categoría de la lista."
        state = args.get("estado", "") or "vigentes"
        if state not in STATES_BY_WORD:
            faults["estado"] = "Elige vigentes o anuladas."
        return cls(
            words=tuple(plain(typed).split()[:MOST_WORDS]),
            typed=typed,
            from_on=from_on,
            to_on=to_on,
            entity=args.get("entidad", "").strip()[:20],
            category=category,
            interest=args.get("intereses", "") == "1",
            visitor=args.get("visitante", "").strip()[:40],
            state=STATES_BY_WORD.get(state, "standing"),
            register_id=register_id,
            faults=faults,
        )

    @property
    def params(self) -> dict[str, str]:
        """As an address says it, without what it leaves open."""
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


def _day(args: Mapping[str, str], name: str, faults: dict[str, str]) -> date | None:
    text = args.get(name, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        faults[name] = "Escribe el día como año-mes-día."
        return None


def conditions(session: Session, query: Query) -> list[ColumnElement[bool]]:
    """The conditions on Visit, but for its words.

    Without a register of its own, a query sees what is public; that of a demo sees the demo.
    """
    found: list[ColumnElement[bool]] = [Visit.state == query.state]
    if query.register_id is None:
        found.append(Visit.audience == "public")
    else:
        found += [Visit.register_id == query.register_id, Visit.audience != "reserved"]
    if query.entity:
        of_entity = (
            select(Register.id)
            .join(Entity, Entity.id == Register.entity_id)
            .where(Entity.code == query.entity, Register.environment == "production")
        )
        found.append(Visit.register_id == (session.scalar(of_entity) or 0))
    if query.from_on:
        found.append(Visit.rank >= keys.first_rank(calendar.midnight(query.from_on)))
    if query.to_on:
        after = calendar.midnight(query.to_on + timedelta(days=1))
        found.append(Visit.rank < keys.first_rank(after))
    if query.category:
        found.append(Visit.category == query.category)
    if query.interest:
        found.append(Visit.interest.is_(True))
    if query.visitor:
        found.append(Visit.visitor_key == query.visitor)
    return found


def every_word(query: Query) -> list[ColumnElement[bool]]:
    """The conditions that every word stands somewhere in what is searched, in any order."""
    return [Visit.search_text.contains(word, autoescape=True) for word in query.words]
