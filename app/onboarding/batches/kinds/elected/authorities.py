"""The import of new authorities, for after an election.

A row starts the process `change_authority` (or completes the open one) with the form of its step,
so accounts and tasks move as they do after any answer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

import forms
from app.base import calendar, formatting
from app.base.models import Batch, Entity, ProcessInstance, Task
from app.cases import processes, records
from app.onboarding.batches.kind import Column, Data, Kind, Plan, Refused, Row
from app.onboarding.batches.kinds.persons import columns_of, person_in
from forms import StepForm
from forms.drafts import as_formdata, errors_of
from forms.fields import Part, TextField
from forms.fields.people import same_document

PROCESS = "change_authority"
STEP = "register_authority_change"
INACTIVE = "La entidad está desactivada en el catálogo."


class SourceForm(Part):
    """The source of the list."""

    source = TextField(
        "Documento del que sale la lista",
        hint="Por ejemplo: Resolución 0123-2026-JNE, acta de proclamación",
        needed="Escribe de qué documento sale la lista.",
        limit=200,
    )


@dataclass(frozen=True)
class Current:
    """The authority of an entity, and its open change of authority."""

    authority: Mapping[str, Any] | None
    row: ProcessInstance | None


COLUMNS = (
    *columns_of(example="Alcaldesa"),
    Column(
        "since_on",
        "Ejerce el cargo desde",
        ("desde", "desde cuando", "fecha de inicio", "inicio"),
        required=True,
        example="01/01/2027",
        help="Como día/mes/año; no puede ser una fecha futura.",
    ),
    Column(
        "ground",
        "Documento que lo acredita",
        ("documento", "credencial", "resolucion"),
        example="Credencial del JNE",
        help="Vacío: el documento del que sale la lista.",
    ),
)


def common_source(session: Session, form: Part) -> Data:
    """Return the document that the list comes from."""
    return {"source": form["source"].data}


def _read(cells: Mapping[str, str]) -> Data:
    """Return the new authority of a row, validated as the page of its step does. Raises Refused."""
    data: Data = person_in(cells) | {name: cells[name] for name in ("since_on", "ground")}
    form = _form(data, None)
    if not form.validate():
        raise Refused(_messages(form))
    return data | {"since_on": form["authority"].form["since_on"].iso}


def _judge(session: Session, batch: Batch, rows: Sequence[Row]) -> list[Plan]:
    """Plan the rows: which authority each replaces."""
    current = _current(session, [entity.id for entity, _ in rows])
    return [_plan(entity, data, current[entity.id]) for entity, data in rows]


def _do(session: Session, batch: Batch, entity: Entity, data: Data) -> str:
    """Start the change, or continue the open one, and answer its step."""
    row = _current(session, [entity.id])[entity.id].row
    actor_id, source = batch.confirmed_by_id, batch.data["source"]
    try:
        row = row or processes.start(session, entity, PROCESS, actor_id)
        task = session.scalars(_open_step(row.id)).one()
        form = _form(data | {"ground": data["ground"] or source}, _authority(session, entity))
        if not form.validate():
            raise Refused(_messages(form))
        processes.complete(
            session, task.id, forms.steps()[STEP], form, actor_id, imported_from=source
        )
    except (processes.AlreadyRunning, processes.TaskTaken, processes.TermLapsed):
        raise Refused("Otra persona lo registraba en este momento.") from None
    except processes.NotStartable as reason:
        raise Refused(str(reason)) from None
    return f"Se registró a {_who(data)}, desde el {formatting.day(data['since_on'])}."


def details(data: Data) -> list[str]:
    """Return who it is."""
    return [_who(data)] if "given_names" in data else []


def _who(data: Mapping[str, Any]) -> str:
    return f"{data['given_names']} {data['surnames']} ({data['post']})"


def _form(data: Data, before: Mapping[str, Any] | None) -> StepForm:
    """Return the form of the step, filled from a row."""
    form_class = forms.steps()[STEP].form
    values = {"authority": data, "ground": data["ground"]}
    given = {"authority": before, "today": calendar.today()}
    return form_class(MultiDict(as_formdata(form_class, values)), given=given)


def faults_of(person: Data, names: Collection[str]) -> str:
    """Return what the step would say of these fields of a person."""
    form = _form(person | {"since_on": "", "ground": ""}, None)
    form.validate()
    found = {f"authority-{name}" for name in names}
    return " ".join(fault for key, fault in errors_of(form).items() if key in found)


def _messages(form: StepForm) -> str:
    return " ".join(dict.fromkeys(errors_of(form).values()))


def _open_step(instance_id: int) -> Any:
    return select(Task).where(
        Task.instance_id == instance_id, Task.step == STEP, Task.state == "open"
    )


def _authority(session: Session, entity: Entity) -> Mapping[str, Any] | None:
    return records.of_entities(session, "authority", [entity.id]).get(entity.id)


def _current(session: Session, ids: Sequence[int]) -> dict[int, Current]:
    """Return the standing of these entities, in a constant number of statements."""
    authorities = records.of_entities(session, "authority", ids)
    rows = session.scalars(
        select(ProcessInstance).where(
            ProcessInstance.process == PROCESS, ProcessInstance.ended_at.is_(None)
        )
    )
    open_rows = {row.entity_id: row for row in rows}
    return {id_: Current(authorities.get(id_), open_rows.get(id_)) for id_ in ids}


def _plan(entity: Entity, data: Data, current: Current) -> Plan:
    if same_document(data, current.authority):
        return Plan("same", "Ya es la máxima autoridad registrada.")
    if not entity.active:
        return Plan("refused", INACTIVE)
    if current.authority is None:
        return Plan("refused", "Todavía no tiene una autoridad registrada: va en la designación.")
    if current.row is not None and current.row.status != "running":
        return Plan("refused", "Su cambio de autoridad está suspendido: reanúdalo primero.")
    before = current.authority
    since = before.get("since_on") or ""
    if since and date.fromisoformat(since) > date.fromisoformat(data["since_on"]):
        message = (
            f"La autoridad registrada ejerce desde una fecha posterior, el {formatting.day(since)}."
        )
        return Plan("refused", message)
    message = f"Reemplaza a {before['given_names']} {before['surnames']}."
    if current.row is not None:
        message = f"{message} Completa el cambio que ya estaba abierto."
    return Plan("do", message)


AUTHORITIES = Kind(
    id="authority",
    slug="autoridades",
    name="Cambio de autoridad",
    action="start_change_authority",
    fresh=True,
    verb="Vas a registrar la nueva autoridad de",
    summary="Las nuevas máximas autoridades de muchas entidades, después de una elección.",
    columns=COLUMNS,
    introduction=(
        "Sube la lista de las nuevas máximas autoridades, una fila por entidad. Primero la "
        "revisamos y te decimos, fila por fila, a quién reemplaza cada una. Nada cambia hasta que "
        "confirmes.",
        "Cada fila se registra por encargo de su entidad, como si respondiera el paso «Registrar "
        "el cambio de la máxima autoridad»: las cuentas y las tareas pasan a la nueva autoridad.",
    ),
    form=SourceForm,
    common=common_source,
    read=_read,
    judge=_judge,
    do=_do,
    details=details,
    forgets=frozenset({"document_type", "document_number", "email"}),
)
