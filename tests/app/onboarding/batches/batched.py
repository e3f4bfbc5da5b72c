"""Helpers for tests of batches: entities, files of contacts, uploads, confirmations."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from app.base.models import Batch, BatchRow, Entity
from app.onboarding import batches
from app.onboarding.batches import doing
from app.people import proposals
from tests.app import cast
from tests.app.uploads import with_file
from tests.app.walk import Walk
from tests.pages import CheckingClient

NEW = "/entidades/lotes/nuevo/contactos"
HEADINGS = ("Código", "Correo de mesa de partes", "Teléfono", "Máxima autoridad", "Fuente", "Fecha")
Row = Sequence[Any]


def codes(count: int, first: int = 1) -> list[str]:
    """Return codes of test entities. The first is the entity of the walk."""
    return [f"E9{number:04}" for number in range(first, first + count)]


def entities(walk: Walk, count: int, **values: Any) -> list[str]:
    """Add entities from E90002 on. Return the `count` codes, with the entity of the walk first."""
    with walk.writing() as session:
        for code in codes(count - 1, 2):
            cast.entity(session, code, **values)
    return codes(count)


def row(code: str, email: str = "", **values: str) -> list[str]:
    """Return a row of a file of contacts."""
    given = {"phone": "", "authority": "", "source": "Directorio", "on": "01/03/2026"} | values
    email = email or f"nuevo.{code.lower()}@example.pe"
    return [code, email, *(given[name] for name in ("phone", "authority", "source", "on"))]


def text(*rows: Row, headings: Row = HEADINGS, delimiter: str = ",") -> bytes:
    """Return a CSV in UTF-8."""
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=delimiter).writerows([headings, *rows])
    return target.getvalue().encode()


def bring(
    client: CheckingClient,
    content: bytes,
    name: str = "contactos.csv",
    address: str = NEW,
    **fields: Any,
) -> str:
    """Upload a file, of contacts by default, with form fields. Return the URL of its batch."""
    answer = client.post(address, data={"file": (io.BytesIO(content), name)} | fields)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def refused(client: CheckingClient, content: bytes, name: str = "contactos.csv") -> str:
    """Return the page that refuses a file."""
    answer = client.post(NEW, **with_file(content, name))
    assert answer.status_code == 422
    return answer.text


def confirm(client: CheckingClient, place: str, count: int) -> str:
    """Confirm a batch. Return its page."""
    assert client.post(f"{place}/confirmar", data={"cuantas": count}).status_code == 303
    return client.get(place).text


def confirm_by_two(walk: Walk, place: str, count: int) -> str:
    """Propose to confirm a batch, and confirm it as the other secretariat. Return its page."""
    confirm(walk.browser("sip"), place, count)
    number = int(re.findall(r"\d+", place)[-1])
    proposal = walk.read(proposals.waiting, "validation_batch", str(number))
    assert proposal is not None
    answer = walk.browser("sgtd").post(f"/propuestas/{proposal.id}", data={"answer": "confirm"})
    assert answer.status_code == 303, answer.text
    with walk.app.app_context():
        doing.work(walk.app.extensions["engine"], number)
    return walk.browser("sip").get(place).text


def rows_of(walk: Walk, place: str) -> list[BatchRow]:
    """Return the rows of the batch at a URL."""
    number = int(re.findall(r"\d+", place)[-1])
    query = select(BatchRow).where(BatchRow.batch_id == number).order_by(BatchRow.number)
    return walk.all(query)


def batch_of(walk: Walk, number: int) -> Batch:
    """Return a batch by its number."""
    return walk.get(Batch, number)


def entity_of(walk: Walk, code: str) -> Entity:
    """Return an entity by its code."""
    return walk.one(select(Entity).where(Entity.code == code))


def frozen(walk: Walk, wanted: Sequence[str]) -> int:
    """Store the dry run of a batch that starts these entities. Return its number."""
    with walk.writing() as session:
        query = select(Entity).where(Entity.code.in_(wanted)).order_by(Entity.code)
        chosen = session.scalars(query).all()
        return batches.from_list(session, batches.START, chosen, walk.people["sip"]).id


def confirmed(walk: Walk, wanted: Sequence[str]) -> int:
    """Store the same, confirmed, with no row done yet."""
    number = frozen(walk, wanted)
    assert walk.commit(batches.confirm, number, len(wanted), walk.people["sip"])
    return number


def plans_of(walk: Walk, place: str) -> list[tuple[str, str]]:
    """Return plan and sentence of each row."""
    return [(row.plan, row.message) for row in rows_of(walk, place)]
