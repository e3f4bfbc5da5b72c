"""The same internal note on many entities."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.base.models import Batch, Entity
from app.cases.questions import notes
from app.onboarding.batches.kind import Choosing, Data, Kind, Plan, Refused, Row
from app.people import access
from forms.fields import LongTextField, Part


class NoteForm(Part):
    """The text of the note."""

    text = LongTextField(
        "Nota",
        hint="La leen los coordinadores y auditores, no la entidad. Puede pedirse por acceso a la "
        "información.",
        needed="Escribe la nota.",
        limit=4000,
    )


def _common(session: Session, form: Part) -> Data:
    return {"text": form["text"].data}


def _judge(session: Session, batch: Batch, rows: Sequence[Row]) -> list[Plan]:
    return [Plan("do", "Se escribe la nota.") for _ in rows]


def _do(session: Session, batch: Batch, entity: Entity, data: Data) -> str:
    writer = batch.confirmed_by
    if writer is None:
        raise LookupError(f"batch {batch.id} was not confirmed")
    key = f"batch-{batch.id}-{entity.id}"
    if not notes.write(session, entity, batch.data["text"], (), key, writer):
        raise Refused("La nota ya estaba escrita.")
    return "La nota quedó escrita."


def _facts(data: Data) -> list[tuple[str, str]]:
    """Return the text to those who read notes."""
    may_read = access.may(access.me(), "read_notes")
    return [("Nota", data["text"])] if may_read and "text" in data else []


NOTE = Kind(
    id="note",
    slug="nota",
    name="Notas internas",
    action="write_note",
    fresh=False,
    verb="Vas a escribir la nota en la página de",
    summary="Escribe la misma nota interna en muchas entidades.",
    choosing=Choosing(label="Escribir una nota interna", form=NoteForm, common=_common),
    judge=_judge,
    do=_do,
    facts=_facts,
)
