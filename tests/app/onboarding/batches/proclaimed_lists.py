"""Lists of proclaimed authorities in tests: their files, and two districts whose mandate ends."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

import openpyxl
from sqlalchemy import select

from app.base.models import BatchRow
from app.cases import records
from app.onboarding.batches import PROCLAIMED, checking
from tests.app import cast
from tests.app.onboarding.batches.batched import text
from tests.app.onboarding.mandates.ended import OTHER, Ended
from tests.app.walk import CODE

NEW = "/entidades/lotes/nuevo/proclamados"
SOURCE = "Lista de ejemplo del 15/12/2026"
#: The layout of the electoral authority's open data, with columns that are not read.
HEADINGS = (
    "NOMBRES",
    "APELLIDOPATERNO",
    "APELLIDOMATERNO",
    "ORGANIZACIONPOLITICA",
    "POSICION",
    "CARGO",
    "REGION",
    "PROVINCIA",
    "DISTRITO",
    "FEINICIOVIGENCIA",
    "FEFINVIGENCIA",
    "UBIGEO",
)
#: The districts of the two entities: RENIEC's code, INEI's code, name.
MIRAFLORES = ("140115", "150122", "MIRAFLORES")
SAN_ISIDRO = ("140124", "150131", "SAN ISIDRO")


def row(place: tuple[str, str, str] = MIRAFLORES, /, **changed: Any) -> list[Any]:
    """Return a row of a list: the mayor of a district."""
    cells = {
        "given": "ROSA PERSONA",
        "first": "DE LA CRUZ",
        "second": "EJEMPLO",
        "party": "PARTIDO DE EJEMPLO",
        "position": "1",
        "post": "ALCALDE DISTRITAL",
        "region": "LIMA",
        "province": "LIMA",
        "district": place[2],
        "from": "01/01/2027",
        "to": "31/12/2030",
        "ubigeo": place[0],
    } | changed
    return list(cells.values())


def listed(*rows: list[Any]) -> bytes:
    """Return a list as CSV."""
    return text(*rows, headings=HEADINGS)


def workbook(*rows: list[Any], headings: tuple[str, ...] = HEADINGS) -> bytes:
    """Return a list as a workbook."""
    book, target = openpyxl.Workbook(), io.BytesIO()
    for cells in (headings, *rows):
        book.active.append(cells)
    book.save(target)
    return target.getvalue()


def place_districts(ended: Ended) -> None:
    """Give the two entities their districts."""
    with ended.writing() as session:
        one, other = ended.entities(session, [CODE, OTHER])
        one.ubigeo, other.ubigeo = MIRAFLORES[1], SAN_ISIDRO[1]


def check(ended: Ended, content: bytes, name: str = "lista.csv") -> int:
    """Store the dry run of a file; return the number of its batch."""
    with ended.writing() as session:
        upload = checking.Upload.of(PROCLAIMED, content, name)
        by = ended.people["sip"]
        dry_run = checking.check_file(session, PROCLAIMED, upload, by, {"source": SOURCE})
        return checking.store(session, dry_run).id


def rows_of(ended: Ended, number: int) -> list[BatchRow]:
    """Return the rows of a batch."""
    query = select(BatchRow).where(BatchRow.batch_id == number).order_by(BatchRow.number)
    return ended.all(query)


def plans(ended: Ended, *rows: list[Any]) -> list[tuple[str, str]]:
    """Return plan and message of each row of a list."""
    found = rows_of(ended, check(ended, listed(*rows)))
    return [(one.plan, one.message) for one in found]


def authority_of(ended: Ended) -> dict[str, str]:
    """Return the recorded authority of the first entity."""
    with ended.reading() as session:
        entity = cast.entity_of(session)
        found: dict[str, str] = records.of_entities(session, "authority", [entity.id])[entity.id]
        return found


def name_of(authority: dict[str, str]) -> dict[str, str]:
    """Return the cells of a list that name a recorded authority."""
    first, _, second = authority["surnames"].partition(" ")
    return {
        "given": authority["given_names"].upper(),
        "first": first.upper(),
        "second": second.upper(),
    }


def midnight(day: date) -> datetime:
    """Return a day as a workbook stores it."""
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a workbook has no time zones
