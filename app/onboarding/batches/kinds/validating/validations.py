"""*Convalidar etapa* for many: from the list, or from a file with today's state of each entity.

A row starts the onboarding where there is none, then validates stage after stage as the page of one
entity does (`app.cases.processes.validate_stage`), with the forms and service tasks of the stage.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from werkzeug.datastructures import MultiDict
from wtforms import FileField
from wtforms.validators import StopValidation

from app.base import files, formatting
from app.base.db.membership import among
from app.base.definitions import definition_of, in_force
from app.base.files import Owner
from app.base.models import Batch, BatchRow, Entity, ProcessInstance, Record, Register, User
from app.cases import notices, processes, records
from app.cases.case import Case
from app.cases.entities import rucs
from app.cases.processes import case_admin
from app.cases.processes.case_admin import LEFT_BY
from app.onboarding.batches.kind import Choosing, Data, Kind, Plan, Refused, Row, Selection
from app.onboarding.batches.kinds.acts.tasks import SUSPENDED
from app.onboarding.batches.kinds.starting import INACTIVE, STARTED, lacks_people, newest
from app.onboarding.batches.kinds.validating import other_sheets, state_columns
from app.onboarding.batches.kinds.validating.filled import (
    MOST_SENTENCES,
    Read,
    filled,
    in_short,
    lacking,
)
from app.people import access
from app.register.baseline.evidence import evidence
from forms.fields import LongTextField, Part, SelectOneField
from forms.fields.documents import examine
from forms.fields.people import PersonPart
from workflows.definition import Definition

STAGES = tuple(LEFT_BY)
MISSING = "Falta o está mal:"


class PdfField(FileField):
    """An upload of a PDF that holds for every row."""

    def pre_validate(self, form: Any) -> None:
        """Refuse anything but a PDF."""
        if self.data is None or not getattr(self.data, "filename", ""):
            raise StopValidation("Sube el documento que sustenta la convalidación.")
        if fault := examine(self.data.stream).fault:
            raise StopValidation(fault)


class GroundForm(Part):
    """The reason, and the supporting document."""

    reason = LongTextField(
        "Motivo",
        hint="Queda en el historial de cada entidad.",
        needed="Escribe el motivo de la convalidación.",
        limit=1000,
    )
    document = PdfField(
        "Documento que lo sustenta",
        description="Un PDF de 10 MB como máximo; se adjunta a cada entidad.",
    )


class ManyForm(GroundForm):
    """The form for a selection: also the stage up to which is validated."""

    stage = SelectOneField(
        "Última etapa que se da por cumplida",
        hint="Las anteriores que falten se convalidan también.",
        needed="Elige la etapa.",
    )


def _prepare(session: Session, user: User, form: Part) -> None:
    definition = definition_of(in_force(session))
    stages = [(stage, definition.element_name(stage)) for stage in definition.stages]
    form["stage"].choices = [("", "Elige"), *stages]


def _of_selection(session: Session, form: Part) -> Data:
    return stored_ground(session, form) | {"stage": form["stage"].data}


def _with_evidence(session: Session, selection: Selection) -> list[Row]:
    """Return a row for each entity, with what proves that it publishes on the official platform."""
    entities = selection.distinct
    found = evidence(session, [entity.id for entity in entities])
    return [
        (one, {"reference": found[one.id].sentence} if one.id in found else {}) for one in entities
    ]


def stored_ground(session: Session, form: Part) -> Data:
    """Return reason and document of a valid form, for `Batch.data`. Store the file."""
    upload = form["document"].data
    content = upload.stream.read()
    return {
        "common_reason": form["reason"].data,
        "document": {
            "sha256": files.store(session, BytesIO(content), "application/pdf"),
        },
    }


@dataclass(frozen=True)
class Way:
    """The onboarding of an entity, and the stages to validate, in order."""

    definition: Definition
    row: ProcessInstance | None
    stages: Sequence[str]

    @property
    def ends(self) -> bool:
        """Whether the last stage is among them, which ends the process."""
        return bool(self.stages) and case_admin.ends(self.definition, self.stages[-1])

    def names(self) -> str:
        """Return the names of the stages as a phrase."""
        named = [self.definition.element_name(stage) for stage in self.stages]
        if len(named) < 3:
            return formatting.listed(named)
        return (
            f"{formatting.plural(len(named), 'etapa', 'etapas')}, de «{named[0]}» a «{named[-1]}»"
        )


def _judge(session: Session, batch: Batch, rows: Sequence[Row]) -> list[Plan]:
    """Plan the rows: which stages will be validated, and what is missing."""
    onboardings = newest(session, [entity for entity, _ in rows])
    people = lacks_people(session)
    definition = definition_of(in_force(session))
    known = _with_data(session, [entity.id for entity, _ in rows])
    holders = rucs.holders(session, {_ruc(data) for _, data in rows})

    def plan(entity: Entity, data: Data) -> Plan:
        row = onboardings.get(entity.id)
        row = None if row is not None and row.status == "cancelled" else row
        read = _reader(session, entity, row)
        if entity.id not in known:
            read = _of_catalogue(read)
        planned = _plan(entity, batch.data | data, row, definition, people, read)
        return _with_ruc(planned, holders.get(_ruc(data), {}), entity)

    return [plan(entity, data) for entity, data in rows]


def _do(session: Session, batch: Batch, entity: Entity, data: Data) -> str:
    """Validate stage after stage, in the transaction of the row."""
    data, actor_id = batch.data | data, batch.confirmed_by_id or 0
    row = newest(session, [entity]).get(entity.id)
    try:
        begun = row is None or row.ended_at is not None
        if row is None or row.ended_at is not None:
            row = processes.start(session, entity, "onboarding", actor_id)
        _admit(session, entity, data, actor_id, begun)
        proposer = session.get(User, data.get("proposer_id", 0))
        way = way_to(definition_of(row.deployment), row, data["stage"])
        names = way.names()
        document = files.use_again(
            session,
            data["document"]["sha256"],
            paper="validation_ground",
            owner=Owner(entity.id, row.id, None, actor_id),
        )
        for stage in way.stages:
            _validate(session, entity, row, stage, data, document.id, actor_id, proposer)
    except processes.AlreadyRunning:
        raise Refused(STARTED) from None
    except (processes.NotStartable, processes.Refused) as reason:
        raise Refused(str(reason)) from None
    return f"Se convalidó: {names}." if not begun else f"Se inició y se convalidó: {names}."


def way_to(definition: Definition, row: ProcessInstance | None, stage: str) -> Way:
    """Return the stages up to one that are still open."""
    stages = definition.stages
    first = stages.index(row.stage) if row is not None and row.stage else 0
    validated = row.validated if row is not None else {}
    ahead = stages[first : stages.index(stage) + 1]
    return Way(definition, row, [one for one in ahead if one not in validated])


def _plan(
    entity: Entity,
    data: Data,
    row: ProcessInstance | None,
    definition: Definition,
    people: str,
    read: Read,
) -> Plan:
    if row is not None and row.status == "ended":
        return Plan("same", "Su implementación ya terminó.")
    if row is not None and row.status == "suspended":
        return Plan("refused", SUSPENDED)
    way = way_to(definition_of(row.deployment) if row else definition, row, data["stage"])
    if not way.stages:
        return Plan("same", "Ya cumplió esa etapa.")
    if row is None and not entity.active:
        return Plan("refused", INACTIVE)
    if row is None and people:
        return Plan("refused", people)
    judged = list(filled(way.stages, read, _answers(data)))
    missing = [*filter(None, [_preparer_fault(data)]), *lacking(judged)]
    if missing:
        is_short = len(missing) <= MOST_SENTENCES
        return Plan("refused", f"{MISSING} {in_short(missing)}", "" if is_short else _all(missing))
    verb = "Se convalida" if row else "Se inicia y se convalida"
    more = " La implementación termina." if way.ends else ""
    return Plan("do", f"{verb}: {way.names()}.{more}")


def _ruc(data: Data) -> str:
    """Return the RUC of a row."""
    said = (data.get("said") or {}).get("designate_administrator") or {}
    return str((said.get("entity") or {}).get("ruc") or "")


def _with_ruc(plan: Plan, held: Mapping[int, str], entity: Entity) -> Plan:
    """Add to a plan that others have the row's RUC too."""
    others = [name for number, name in held.items() if number != entity.id]
    if plan.plan != "do" or not others:
        return plan
    shared = (
        f"Su RUC ya es de {formatting.listed(others)}: un coordinador confirma si lo comparten."
    )
    return replace(plan, message=f"{plan.message} {shared}")


def _all(missing: Sequence[str]) -> str:
    return " ".join((MISSING, *missing))


def _with_data(session: Session, ids: Sequence[int]) -> set[int]:
    """Return the entities with records or a register, so with more data than the catalogue has."""
    found: set[int] = set()
    for column in (Record.entity_id, Register.entity_id):
        found |= set(session.scalars(select(column).where(among(column, ids)).distinct()))
    return found


def _of_catalogue(read: Read) -> Read:
    """Return a reader for an entity that is only in the catalogue, as most are at first."""
    return lambda name: read(name) if name == "entity" else None


def _reader(session: Session, entity: Entity, row: ProcessInstance | None) -> Read:
    """Return a reader of the records of an entity, also before its onboarding starts."""
    # Never added to the session: it stands for an onboarding that has not started.
    instance = row or ProcessInstance(id=0, entity_id=entity.id, process="onboarding", stage="")
    case = Case(session, entity, instance)
    # The RUCs of other entities were read once for all rows.
    return lambda name: None if name == "other_rucs" else records.read(case, name)


def _answers(data: Data) -> dict[str, Data]:
    """Return the answers of a row, by step."""
    answers: dict[str, Data] = dict(data.get("said") or {})
    if data.get("roster"):
        answers |= {
            step: {"roster": data["roster"]} for step in ("list_personnel", "update_personnel")
        }
    if data.get("posts"):
        answers["define_decision_makers"] = {"posts": [], "pasted": data["posts"]}
    return answers


def _preparer(data: Data) -> Data | None:
    person: Data = data.get("preparer") or {}
    return person if person.get("document_number") else None


def _preparer_fault(data: Data) -> str:
    person = _preparer(data)
    if person is None:
        return ""
    part = PersonPart(MultiDict(person))
    if part.validate():
        return ""
    sentence = next(str(field.errors[0]) for field in part if field.errors)
    return f"Responsable de la designación: {sentence}"


def _admit(session: Session, entity: Entity, data: Data, actor_id: int, begun: bool) -> None:
    """Open an account for the preparer. Without one, a new onboarding gets an activation code."""
    person = _preparer(data)
    if person is not None:
        user = access.open_account(session, person, "preparer", entity, actor_id)
        notices.on_arrival(session, user, actor_id)
    elif begun:
        access.issue_activation_code(session, entity, actor_id)


def _validate(
    session: Session,
    entity: Entity,
    row: ProcessInstance,
    stage: str,
    data: Data,
    document_id: str,
    actor_id: int,
    proposer: User | None,
) -> None:
    judged = list(filled([stage], _reader(session, entity, row), _answers(data)))
    if missing := lacking(judged):
        raise Refused(_all(missing))
    reference = data.get("reference") or ""
    reason = data.get("reason") or data["common_reason"]
    processes.validate_stage(
        session,
        row.id,
        stage,
        reason=f"{reason} ({reference})" if reference else reason,
        document_id=document_id,
        answers={step: form for _, step, form in judged},
        actor_id=actor_id,
        proposer=proposer,
    )


def _lacks_people(session: Session, batch: Batch, people: Collection[User]) -> str:
    """Return which person is missing: of the secretariat that reviews a stage, or a second one."""
    roles = frozenset[str]().union(*map(access.roles_of, people))
    rows = session.scalars(
        select(BatchRow)
        .where(BatchRow.batch_id == batch.id, BatchRow.plan == "do")
        .options(joinedload(BatchRow.entity))
    ).all()
    entities = [row.entity for row in rows if row.entity]
    onboardings, definition = newest(session, entities), definition_of(in_force(session))
    ends = False
    for row in rows:
        case = onboardings.get(row.entity_id or 0)
        case = None if case is None or case.status == "cancelled" else case
        of_case = definition_of(case.deployment) if case else definition
        way = way_to(of_case, case, (batch.data | row.data)["stage"])
        if other := {access.reviewing_role(stage) for stage in way.stages} - roles:
            return (
                f"Hay etapas que revisa la {min(other).upper()}: lo confirma una persona de esa "
                "secretaría."
            )
        ends = ends or way.ends
    if ends and len(people) == 1:
        return "Hay implementaciones que terminan con este lote: lo confirma otra persona."
    return ""


VALIDATIONS = Kind(
    id="validation",
    slug="convalidacion",
    name="Convalidación de etapas",
    action="validate_stage",
    fresh=True,
    verb="Vas a convalidar etapas de",
    summary="Hasta qué etapa llegó cada entidad fuera de Zaguán, y qué dejaron esas etapas.",
    # The whole catalogue, with room. Each row fills up to four forms, which takes some 10 ms.
    most=3000,
    choosing=Choosing(
        label="Convalidar etapas",
        about=(
            "Las etapas se dan por cumplidas sin recorrerlas. Aquí se usa lo que Zaguán ya conoce "
            "de cada entidad. Si falta su administrador, su relación de personal o su día de "
            "salida en vivo, impórtalos con un archivo: en la lista de entidades, Lotes.",
        ),
        form=ManyForm,
        prepare=_prepare,
        common=_of_selection,
        rows=_with_evidence,
    ),
    columns=state_columns.COLUMNS,
    sheets=other_sheets.SHEETS,
    introduction=(
        "Para entidades que ya avanzaron fuera de Zaguán: di hasta qué etapa cumplió cada una y "
        "qué dejaron esas etapas. Si todavía no tiene implementación, se inicia. Primero "
        "revisamos el archivo y te decimos, fila por fila, qué se convalidará y qué falta.",
        "La relación de personal va en otra hoja del mismo libro, llamada «Personal», con el "
        "código de la entidad en cada fila. Para la última etapa, los sujetos con capacidad de "
        "decisión van en la hoja «Cargos».",
    ),
    form=GroundForm,
    common=stored_ground,
    read=state_columns.read,
    read_sheets=other_sheets.read,
    judge=_judge,
    do=_do,
    lacks_people=_lacks_people,
    facts=lambda data: [("Motivo", data.get("common_reason", ""))],
    details=lambda data: [data["reference"]] if data.get("reference") else [],
    forgets=frozenset({"said", "preparer", "roster", "posts"}),
)
