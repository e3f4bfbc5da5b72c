"""Many visits of invented people, written at once, and the results of a plain scan of all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Register, Visit
from app.register.registers import environments
from app.register.search.query import Query
from app.register.visits import writing
from tests.app import cast
from tests.app.visited import Visited

OTHER = "E90002"
SURNAMES = "Quispe Mamani Ñahui Huamán Peña Rojas Ccama Yupanqui".split()
GIVEN = "Ana María José Luz Rosa Óscar".split()
MOTIVES = (
    "Coordinación de un convenio",
    "50% de avance_físico",
    "Entrega de «bases» A.B.C.",
    "O'Higgins y Cía. S.A.C.",
    "Reunión (mesa de diálogo)",
)


def row(**changed: Any) -> dict[str, Any]:
    """Return a visit as `writing.add_all` takes it, of a moment ago."""
    at = changed.get("entry_at") or calendar.now()
    return {
        "audience": "public",
        "visit_on": calendar.lima_day(at),
        "entry_at": at,
        "exit_at": None,
        "exit_state": "unknown",
        "visitor_name": "Quispe Inventada Ana",
        "document_type": "DNI",
        "document_number": "00000501",
        "visitor_kind": "self",
        "visitor_entity": "",
        "visitor_entity_ruc": "",
        "official_id": None,
        "official_name": "Rojas Ejemplo Jorge",
        "official_unit": "Logística",
        "official_post": "Jefe",
        "category": "work",
        "motive": "Coordinación de un convenio",
        "site": "Sede central",
        "place": "",
        "observation": "",
        "interest": False,
        "norm_version": "Norma de la prueba",
        "group_code": "",
        "source": "zaguan",
        "submission": None,
    } | changed


def add(session: Session, register: Register, rows: Iterator[dict[str, Any]]) -> list[int]:
    """Write visits to a register. Return their ids."""
    return writing.add_all(session, register, rows, act="import", at=calendar.now(), by_id=None)


def some(random: Random, count: int) -> Iterator[dict[str, Any]]:
    """Return typical visits: names repeat, some minutes have several, some are annulled."""
    for _ in range(count):
        names = random.choices(SURNAMES, k=2) + random.choices(GIVEN, k=random.choice((1, 2)))
        number = f"0000{random.randrange(40):04}"
        category = random.choice(("work", "services", "interests", "other"))
        yield row(
            entry_at=calendar.now() - timedelta(minutes=random.randrange(90 * 24 * 60)),
            visitor_name=" ".join(names).upper(),
            document_number=number,
            visitor_entity=random.choice(("", "Consorcio Ñandú S.A.C.", "Municipalidad de Ica")),
            official_name=random.choice(("Gárate Ficticia Lucía", "Rojas Ejemplo Jorge")),
            motive=random.choice(MOTIVES),
            category=category,
            interest=category == "interests",
            audience=random.choices(("public", "reserved"), (20, 1))[0],
            state=random.choices(("standing", "annulled"), (9, 1))[0],
        )


def fill(visited: Visited, count: int) -> None:
    """Fill two entities and a demo with visits, the same on both databases."""
    random = Random(7)
    with visited.writing() as session:
        other = cast.entity(session, OTHER)
        registers = [
            visited.register(session),
            environments.open_register(session, other, "production", None),
        ]
        for register in registers:
            add(session, register, some(random, count // 2))
        demo = [made | {"audience": "demo"} for made in some(random, count // 10)]
        add(session, environments.find(session, other, "demo") or _demo(session, other), iter(demo))


def _demo(session: Session, entity: Any) -> Register:
    return environments.open_register(session, entity, "demo", None)


@dataclass(frozen=True)
class Plain:
    """All visits, read once, to be scanned one by one."""

    visits: Sequence[Visit]
    codes: dict[int, str]

    @classmethod
    def of(cls, session: Session) -> Plain:
        """Read all visits."""
        visits = session.scalars(select(Visit).order_by(Visit.rank.desc())).all()
        registers = session.scalars(select(Register)).all()
        return cls(visits, {register.id: register.entity.code for register in registers})

    def find(self, query: Query) -> list[str]:
        """Return the codes that match a query, newest first, by the definition of its words."""
        return [visit.code for visit in self.visits if self.has(visit, query)]

    def has(self, visit: Visit, query: Query) -> bool:
        """Return whether a visit matches."""
        return all(
            (
                visit.audience == "public",
                visit.state == query.state,
                all(word in visit.search_text for word in query.words),
                not query.entity or self.codes[visit.register_id] == query.entity,
                not query.from_on or visit.visit_on >= query.from_on,
                not query.to_on or visit.visit_on <= query.to_on,
                not query.category or visit.category == query.category,
                not query.interest or visit.interest,
                not query.visitor or visit.visitor_key == query.visitor,
            )
        )
