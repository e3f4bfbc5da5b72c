"""An export of many entities in tests: its upload, its names, and the batch that imports it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select

from app.base.models import BaselineName, Entity, Register, Visit
from tests.app import cast
from tests.app.register.importing.past_files import official, row
from tests.app.walk import Walk
from tests.pages import CheckingClient

ROOT = "/linea-base"
#: Code → name of the entities that the tests add to the walk's.
CATALOGUE: Mapping[str, tuple[str, str]] = {
    "E90011": ("Ministerio de Ejemplos y Muestras", "MINEJEM"),
    "E90012": ("Superintendencia de Muestras", "SUMUE"),
    "E90013": ("Municipalidad Distrital de Repetida", ""),
    "E90014": ("Municipalidad Distrital de Repetida", ""),
}


def catalogue(walk: Walk) -> None:
    """Add the entities of CATALOGUE; the last two are namesakes of two regions."""
    with walk.writing() as session:
        for code, (name, acronym) in CATALOGUE.items():
            place = {"department": "Puno" if code == "E90014" else "Lima"}
            cast.entity(session, code, name=name, acronym=acronym, **place)


def visit(entity: str, visitor: str = "QUISPE INVENTADA ANA", **changed: Any) -> dict[str, Any]:
    """Return a row of the export."""
    return row(Entidad_visitada=entity, Visitante=visitor, **changed)


def upload(
    client: CheckingClient,
    content: bytes,
    name: str = "Reporte.xlsx",
    cut_off_on: str = "28/02/2026",
) -> Any:
    """Send an export. Return the answer."""
    data = {"file": (io.BytesIO(content), name), "cut_off_on": cut_off_on}
    return client.post(ROOT, data=data)


def read(client: CheckingClient, rows: Iterable[Mapping[str, Any]]) -> str:
    """Send the official platform's workbook with these rows. Return the address of its names."""
    answer = upload(client, official(rows))
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def bring_in(client: CheckingClient, place: str) -> str:
    """Prepare and confirm the import of an export. Return the page of the batch."""
    batch = str(client.post(f"{place}/preparar").location)
    count = re.search(r"Vas a importar las visitas de (\d+)", client.get(batch).text)
    assert count is not None
    answer = client.post(f"{batch}/confirmar", data={"cuantas": count[1]})
    assert answer.status_code == 303, answer.text
    return str(client.get(batch).text)


def names(walk: Walk) -> dict[str, BaselineName]:
    """Return the names of all exports; of a name that came twice, the newest."""
    query = select(BaselineName).order_by(BaselineName.baseline_id, BaselineName.number)
    return {one.name: one for one in walk.all(query)}


def visits(walk: Walk, code: str) -> list[Visit]:
    """Return the visits in the public register of an entity."""
    return walk.all(
        select(Visit)
        .join(Register, Register.id == Visit.register_id)
        .join(Entity, Entity.id == Register.entity_id)
        .where(Entity.code == code, Register.environment == "production")
        .order_by(Visit.rank)
    )


def number_of(walk: Walk, name: str) -> int:
    """Return the number of a name in its export."""
    return names(walk)[name].number
