"""Acts on a selection: from the bar to the batch, and what no kind may do twice or halfway."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select

from app.base.models import Entity, Grant, ProcessInstance, Task, WaitingSeat
from app.cases import processes
from app.cases.reminders import holds
from app.onboarding.batches import doing
from app.onboarding.batches.kinds import KINDS
from tests.app.onboarding.batches.batched import at_once, confirm, entities, rows_of
from tests.app.onboarding.seats import publish
from tests.app.together import killed, together
from tests.app.walk import Walk

__all__ = ["at_once"]  # a fixture

BAR = "/entidades/lotes/elegidas"
WHY = {"reason": "Por el feriado regional."}


def begun(walk: Walk, wanted: Sequence[str]) -> None:
    """Start the onboarding of entities."""
    for code in wanted:
        walk.begin(code=code)


def suspended(walk: Walk, wanted: Sequence[str]) -> None:
    """Start and suspend the onboarding of entities."""
    begun(walk, wanted)
    each_instance(walk, wanted, processes.suspend)


def each_instance(walk: Walk, wanted: Sequence[str], act: Callable[..., Any]) -> None:
    """Act on the processes of entities, one by one."""
    with walk.writing() as session:
        query = select(ProcessInstance.id).join(Entity).where(Entity.code.in_(wanted))
        for number in session.scalars(query).all():
            act(session, number, "De uno en uno.", walk.people["sip"])


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
    with walk.writing() as session:
        for row in session.scalars(select(WaitingSeat)).all():
            processes.accept_seat(session, row.id, walk.people["administrator"])


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
        "entity.coordinator_assigned", {"sip": "", "sgtd": "{sgtd}"}, spoil=None, actor="boss"
    ),
    "inscribir": Act("session.offered", {"session": "1"}, ready=choosing),
    "mover-de-sesion": Act("session.moved", {"session": "2"}, ready=seated),
}
#: Kinds that other modules test in all this.
ELSEWHERE = {"convalidacion", "conformidad", "dar"}
TRIED = [pytest.param(kind, ACTS[kind.slug], id=kind.id) for kind in KINDS if kind.slug in ACTS]


def test_every_kind_of_a_selection_is_tried_here():
    assert {kind.slug for kind in KINDS if kind.choosing} == set(ACTS) | ELSEWHERE


@pytest.fixture
def boss(walk: Walk) -> None:
    """Add a Gestor de la plataforma."""
    walk.people["boss"] = walk.person("40000081", "superuser")


def posted(walk: Walk, act: Act, **more: Any) -> dict[str, Any]:
    """Return the fields of an act, with the ids of people."""
    fields = {
        name: value.format(**walk.people) if isinstance(value, str) else value
        for name, value in act.fields.items()
    }
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
        doing.work(walk.app.extensions["engine"], number_of(place))


def done(walk: Walk, act: Act) -> int:
    """Return how often the act is in the log."""
    return len(walk.entries(act.entry))


def results(walk: Walk, place: str) -> list[str]:
    """Return the results of the rows of a batch."""
    return [row.result for row in rows_of(walk, place)]


@pytest.mark.parametrize(("kind", "act"), TRIED)
def test_an_act_on_many_is_done_once_for_each(walk: Walk, boss: None, kind: Any, act: Act):
    """Half of the set changed since, two confirm at once, and the list shows it to the actor."""
    wanted = entities(walk, 4)
    act.ready(walk, wanted)
    before = done(walk, act)
    place = choose(walk, kind, act, wanted)
    assert [row.plan for row in rows_of(walk, place)] == ["do"] * 4, place
    assert done(walk, act) == before, "a dry run does nothing"
    spoilt = 2 if act.spoil else 0
    if act.spoil:
        act.spoil(walk, wanted[:2])
    between = done(walk, act)
    clients = [walk.browser(act.actor), walk.browser(act.actor)]
    answers = together(
        *(lambda c=c: c.post(f"{place}/confirmar", data={"cuantas": "4"}) for c in clients)
    )
    assert [answer.status_code for answer in answers] == [303, 303], answers
    work(walk, place)
    assert results(walk, place).count("done") == 4 - spoilt
    assert "" not in results(walk, place)
    assert done(walk, act) - between == 4 - spoilt
    again = choose(walk, kind, act, wanted)
    assert {row.plan for row in rows_of(walk, again)} <= {"same", "refused", "do"}


@pytest.mark.parametrize("when", ["before_commit", "after_commit"])
@pytest.mark.parametrize(("kind", "act"), TRIED)
def test_a_killed_worker_leaves_each_row_done_or_untouched(
    walk: Walk, boss: None, kind: Any, act: Act, when: str
):
    wanted = entities(walk, 3)
    act.ready(walk, wanted)
    before, place = done(walk, act), choose(walk, kind, act, wanted)
    with walk.writing() as session:
        assert doing.confirm(session, number_of(place), 3, walk.people[act.actor])
    assert killed(walk.app, lambda: work(walk, place), when, 2)
    assert done(walk, act) - before == results(walk, place).count("done") < 3
    work(walk, place)
    assert results(walk, place) == ["done"] * 3
    assert done(walk, act) - before == 3


@pytest.mark.parametrize(("kind", "act"), TRIED)
def test_who_lost_the_right_since_the_confirmation_acts_no_more(
    walk: Walk, boss: None, kind: Any, act: Act
):
    wanted = entities(walk, 2)
    act.ready(walk, wanted)
    before, place = done(walk, act), choose(walk, kind, act, wanted)
    with walk.writing() as session:
        assert doing.confirm(session, number_of(place), 2, walk.people[act.actor])
        for grant in session.scalars(
            select(Grant).where(Grant.user_id == walk.people[act.actor])
        ).all():
            session.delete(grant)
    work(walk, place)
    assert results(walk, place) == ["refused", "refused"]
    assert {row.message for row in rows_of(walk, place)} == {doing.MAY_NO_MORE}
    assert done(walk, act) == before


def test_tasks_are_given_to_a_colleague_except_those_of_others(walk: Walk):
    """Of three tasks, that of the other secretariat is refused."""
    begun(walk, entities(walk, 3))
    walk.people["another"] = walk.person("40000031", "sip")
    with walk.writing() as session:
        open_tasks = session.scalars(select(Task).where(Task.state == "open").order_by(Task.id))
        ids, of_sip = [], 2
        for task, role in zip(open_tasks.all(), ("sip", "sip", "sgtd"), strict=True):
            task.role = role
            ids.append(task.id)
    client, fields = walk.browser("sip"), {"to": walk.people["another"], "enviado": "1"} | WHY
    page = client.get("/pendientes").text
    assert f'name="tarea" value="{ids[0]}"' in page
    assert '<option value="dar">Dar a un colega</option>' in page
    page = client.post(BAR, data={"acto": "dar", "tarea": ids}).text
    assert page.count('name="tarea"') == len(ids)
    place = client.post(f"{BAR}/dar", data=fields | {"tarea": ids}).location
    plans = [row.plan for row in rows_of(walk, place)]
    assert (plans.count("do"), plans.count("refused")) == (of_sip, len(ids) - of_sip)
    confirm(client, place, of_sip)
    assert len(walk.entries("task.given")) == of_sip
    assert walk.mails("task_given")
    with walk.reading() as session:
        given = select(Task).where(Task.assignee_id == walk.people["another"])
        assert len(session.scalars(given).all()) == of_sip


def test_a_legal_term_is_left_out_and_named(walk: Walk):
    walk.begin()
    with walk.writing() as session:
        task = session.scalars(select(Task).where(Task.state == "open")).one()
        task.due_kind, name = "legal", task.name
    client = walk.browser("sip")
    fields = {"enviado": "1", "codigo": "E90001", "working_days": "3"} | WHY
    place = client.post(f"{BAR}/ampliar", data=fields).location
    ((plan, message),) = [(row.plan, row.message) for row in rows_of(walk, place)]
    assert plan == "refused"
    assert message == f"«{name}» tiene un plazo legal: no se amplía."


def test_reminders_on_hold_are_left_out(walk: Walk):
    walk.begin()
    with walk.writing() as session:
        by_id = walk.people["sip"]
        holds.hold(session, "entity", "E90001", until_on=None, reason="Pidió pausa.", by_id=by_id)
    data = {"acto": "recordar", "codigo": "E90001"}
    place = walk.browser("sip").post(BAR, data=data).location
    assert [row.plan for row in rows_of(walk, place)] == ["refused"]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"acto": "nota", "codigo": ["E90001", "E99999"]}, 404),
        ({"acto": "dar", "tarea": ["999999"]}, 404),
        ({"acto": "dar", "tarea": ["uno"]}, 404),
        ({"acto": "nota"}, 303),
        ({"acto": "otra-cosa", "codigo": "E90001"}, 303),
        ({"acto": "inicio", "tarea": ["1"]}, 303),
        ({"acto": "encargar", "codigo": "E90001"}, 303),
    ],
)
def test_what_cannot_be_chosen_is_not_found_or_leads_back(
    walk: Walk, data: dict[str, Any], status: int
):
    answer = walk.browser("sip").post(BAR, data=data)
    assert answer.status_code == status
    assert walk.browser("sip").post(f"{BAR}/anular", data={"codigo": "E90001"}).status_code == 404


def test_the_text_of_a_note_is_shown_to_those_who_read_notes(walk: Walk, boss: None):
    text = "Llamar antes del cierre."
    data = {"enviado": "1", "codigo": "E90001", "text": text}
    place = walk.browser("sip").post(f"{BAR}/nota", data=data).location
    assert text in walk.browser("sip").get(place).text
    page = walk.browser("boss").get(place)
    assert page.status_code == 200
    assert text not in page.text


def test_numbers_of_persons_in_the_reason_of_a_given_task_are_masked(walk: Walk):
    walk.begin()
    walk.people["another"] = walk.person("40000031", "sip")
    with walk.writing() as session:
        task = session.scalars(select(Task).where(Task.state == "open")).one()
        task.role, task.name, ids = "sip", "Revisar al DNI 40000099", [task.id]
    client = walk.browser("sip")
    data = {"to": walk.people["another"], "enviado": "1", "tarea": ids}
    place = client.post(f"{BAR}/dar", data=data | {"reason": "Lo pidió el DNI 40000099."}).location
    assert "40000099" not in client.get(place).text
    confirm(client, place, 1)
    (mail,) = walk.mails("task_given")
    shown = "Lo pidió el DNI *****099."
    assert shown in mail.body
    for person in ("sip", "another"):
        assert shown in walk.browser(person).get("/pendientes").text


def test_a_selection_of_nothing_leads_back_to_its_list(walk: Walk):
    walk.begin()
    with walk.writing() as session:
        session.scalars(select(Task).where(Task.state == "open")).one().role = "sip"
    client = walk.browser("sip")
    page = client.get("/pendientes?orden=espera").text
    assert f'action="{BAR}?orden=espera"' in page
    answer = client.post(f"{BAR}?orden=espera", data={"acto": "dar", "de": "tareas"})
    assert answer.location == "/pendientes?orden=espera"
    answer = client.post(f"{BAR}/convalidacion", data={"de": "propuestas"})
    assert answer.location == "/linea-base/propuestas"
