"""Measure of the search in the head, over all entities and twenty thousand people."""

from __future__ import annotations

from urllib.parse import urlencode

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Filing, User
from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.bench.measures_of_pages import measured_pages

#: People with an account; some of them are added for this measure.
PEOPLE = 20_000
GIVEN = ("María", "José Luis", "Ana", "Rosa", "Íñigo", "Carmen", "Jorge", "Lucía", "Zoila", "Óscar")
FIRST = (
    "Quispe",
    "Huamán",
    "Pérez",
    "Mamani",
    "Ñahui",
    "Rojas",
    "Flores",
    "Gárate",
    "Inga",
    "Sulca",
)
SECOND = ("Ejemplo", "Muestra", "Ficticia", "Inventada", "Prueba", "Modelo", "Ensayo", "Demo")
#: What is searched: names and parts of names, codes, numbers, and words that nothing has.
TEXTS = (
    "municipalidad san",
    "E00275",
    "quispe ejemplo",
    "maria",
    "zoila nahui prueba",
    "inexistente zzz",
    "2026-00",
    "0001",
    "example.pe",
    "7K2M9QXT04",
    "7K2M-9QXT-04BD-3F5H",
)


def head_search(bench: Bench) -> Figure:
    """Measure the page of results of the search in the head."""
    with bench.session(writes=True) as session:
        add_people(session)
        if not session.scalar(select(func.count()).select_from(Filing)):
            raise RuntimeError("there are no presentations to search")
        session.commit()
    paths = [f"/buscar?{urlencode({'q': text})}" for text in TEXTS]
    return measured_pages("head_search", bench, paths)


def add_people(session: Session) -> None:
    """Add accounts of invented people up to PEOPLE."""
    known = session.scalar(select(func.count()).select_from(User)) or 0
    rows = [
        {
            "document_type": "PASAPORTE",
            "document_number": f"X{number:07d}",
            "given_names": GIVEN[number % len(GIVEN)],
            "surnames": f"{FIRST[number // 10 % len(FIRST)]} {SECOND[number // 100 % len(SECOND)]}",
            "email": f"persona.{number}@example.pe",
            "created_at": calendar.now(),
        }
        for number in range(max(PEOPLE - known, 0))
    ]
    if rows:
        session.execute(insert(User), rows)
