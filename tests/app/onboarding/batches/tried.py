"""How each kind of batch that begins with a selection is tried, and the steps of such a test."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select, update

from app.base.models import Entity, ProcessInstance, Task
from app.cases import processes
from app.cases.entities.assignment import Choice, assign
from app.onboarding.batches import doing
from app.onboarding.batches.kinds import KINDS
from tests.app.onboarding.batches.batched import rows_of
from tests.app.onboarding.seats import publish
from tests.app.walk import Walk, sample_pdf

BAR = "/entidades/lotes/elegidas"
WHY = {"reason": "Por el feriado regional."}


def begun(walk: Walk, wanted: Sequence[str]) -> None:
    """Start the onboarding of entities."""
    for code in wanted:
        walk.begin(code=code)


def suspended(walk: Walk, wanted: Sequence[str]) -> None:
    """Start and suspend the onboarding of entities."""
    begun(walk, wanted)
    halted(walk, wanted)


def each_instance(walk: Walk, wanted: Sequence[str], act: Callable[..., Any]) -> None:
    """Act on the processes of entities, one by one."""
    with walk.writing() as session:
        query = select(ProcessInstance.id).join(Entity).where(Entity.code.in_(wanted))
        for number in session.scalars(query).all():
            act(session, number, "De uno en uno.", walk.people["sip"])


def halted(walk: Walk, wanted: Sequence[str]) -> None:
    """Suspend the processes of entities."""
    each_instance(walk, wanted, processes.suspend)


def cancelled(walk: Walk, wanted: Sequence[str]) -> None:
    """Cancel the processes of entities."""
    each_instance(walk, wanted, processes.cancel)


def choosing(walk: Walk, wanted: Sequence[str]) -> None:
    """Bring entities to the choice of their session, of which there are two."""
    for code in wanted:
        walk.begin_at("induction", code=code)
    with walk.writing() as session:
        for _ in range(2):
            publish(session, "thematic", seats=9)


def seated(walk: Walk, wanted: Sequence[str]) -> None:
    """Give entities seats in the first of two sessions."""
    choosing(walk, wanted)
    each_instance(
        walk, wanted, lambda session, number, _, by: processes.enrol(session, number, 1, by)
    )


def of_the_sip(walk: Walk, wanted: Sequence[str]) -> None:
    """Start the onboarding of entities, whose first task a coordinator of the SIP has to answer."""
    begun(walk, wanted)
    walk.people["colleague"] = walk.person("40000031", "sip")
    walk.execute(update(Task).where(Task.state == "open").values(role="sip"))


def trained(walk: Walk, wanted: Sequence[str]) -> None:
    """Bring entities to their training, with what earlier stages leave."""
    for code in wanted:
        walk.begin_at("training", code)


def assigned(walk: Walk, wanted: Sequence[str]) -> None:
    """Assign entities one by one."""
    with walk.writing() as session:
        user = walk.user(session, "sgtd")
        for entity in session.scalars(select(Entity).where(Entity.code.in_(wanted))):
            assign(session, entity, [Choice("sgtd", True, user)], walk.people["boss"])


def nothing(walk: Walk, wanted: Sequence[str]) -> None:
    """Leave the entities as they are."""


@dataclass(frozen=True)
class Act:
    """How a kind is tried: its entities, its fields, its entry in the log, a change since."""

    #: The log entry of a row that was done.
    entry: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    ready: Callable[[Walk, Sequence[str]], None] = begun
    #: Makes a row impossible or needless; None: no change of a case does.
    spoil: Callable[[Walk, Sequence[str]], None] | None = cancelled
    actor: str = "sip"
    #: Whether the fields have an uploaded paper.
    paper: bool = False


ACTS: Mapping[str, Act] = {
    "inicio": Act("process.started", ready=nothing, spoil=begun),
    "recordar": Act("reminders.sent_now"),
    "ampliar": Act("task.extended", WHY | {"working_days": "3"}),
    "suspender": Act("process.suspended", WHY),
    "reanudar": Act("process.resumed", WHY, ready=suspended),
    "nota": Act("note.written", {"text": "Llamar antes del cierre."}, spoil=None),
    "encargar": Act(
        "entity.coordinator_assigned", {"sip": "", "sgtd": "{sgtd}"}, spoil=assigned, actor="boss"
    ),
    "dar": Act("task.given", WHY | {"to": "{colleague}"}, ready=of_the_sip),
    "convalidacion": Act(
        "stage.validated", WHY | {"stage": "training"}, trained, halted, paper=True
    ),
    "inscribir": Act("task.completed", {"session": "1"}, ready=choosing),
    "mover-de-sesion": Act("session.moved", {"session": "2"}, ready=seated),
}
TRIED = [pytest.param(kind, ACTS[kind.slug], id=kind.id) for kind in KINDS if kind.slug in ACTS]


def posted(walk: Walk, act: Act, **more: Any) -> dict[str, Any]:
    """Return the fields of an act, with the ids of people."""
    fields = {
        name: value.format(**walk.people) if isinstance(value, str) else value
        for name, value in act.fields.items()
    }
    if act.paper:
        fields["document"] = (io.BytesIO(sample_pdf()), "sustento.pdf")
    return {"enviado": "1"} | fields | more


def choose(walk: Walk, kind: Any, act: Act, wanted: Sequence[str]) -> str:
    """Take a selection from the bar to its batch. Return the address of the batch."""
    client = walk.browser(act.actor)
    answer = client.post(BAR, data={"acto": kind.slug, "codigo": list(wanted)})
    if act.fields:
        assert answer.status_code == 200, answer.text
        (action,) = re.findall(rf'action="({BAR}/[^"]+)"', answer.text)
        assert answer.text.count('name="codigo"') == len(wanted)
        answer = client.post(action, data=posted(walk, act, codigo=list(wanted)))
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def number_of(place: str) -> int:
    """Return the number of the batch at an address."""
    return int(place.rsplit("/", 1)[1])


def work(walk: Walk, place: str) -> None:
    """Do the rows of a batch, as the worker does."""
    with walk.app.app_context():
        doing.work(walk.engine, number_of(place))


def done(walk: Walk, act: Act) -> int:
    """Return how often the act is in the log."""
    return len(walk.entries(act.entry))


def results(walk: Walk, place: str) -> list[str]:
    """Return the results of the rows of a batch."""
    return [row.result for row in rows_of(walk, place)]
