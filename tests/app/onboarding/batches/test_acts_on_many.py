"""Acts on a selection: from the bar to the batch, and what no kind may do twice or halfway."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, select

from app.base.models import Grant, Task
from app.cases.reminders import holds
from app.onboarding.batches import doing
from app.onboarding.batches.kinds import KINDS
from tests.app.onboarding.batches.batched import confirm, entities, rows_of
from tests.app.onboarding.batches.tried import (
    ACTS,
    BAR,
    TRIED,
    WHY,
    Act,
    begun,
    choose,
    done,
    number_of,
    posted,
    results,
    work,
)
from tests.app.together import killed, together
from tests.app.walk import Walk


def test_every_kind_of_a_selection_is_tried_here():
    assert {kind.slug for kind in KINDS if kind.choosing} == set(ACTS)


@pytest.fixture(autouse=True)
def boss(walk: Walk) -> None:
    """Add a Gestor de la plataforma."""
    walk.people["boss"] = walk.person("40000081", "superuser")


@pytest.mark.nightly
@pytest.mark.postgresql
@pytest.mark.parametrize(("kind", "act"), TRIED)
def test_an_act_on_many_is_done_once_for_each(walk: Walk, kind: Any, act: Act):
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


@pytest.mark.nightly
@pytest.mark.parametrize("when", ["before_commit", "after_commit"])
@pytest.mark.parametrize(("kind", "act"), TRIED)
def test_a_killed_worker_leaves_each_row_done_or_untouched(
    walk: Walk, kind: Any, act: Act, when: str
):
    wanted = entities(walk, 3)
    act.ready(walk, wanted)
    before, place = done(walk, act), choose(walk, kind, act, wanted)
    assert walk.commit(doing.confirm, number_of(place), 3, walk.people[act.actor])
    assert killed(walk.app, lambda: work(walk, place), when, 2)
    assert done(walk, act) - before == results(walk, place).count("done") < 3
    work(walk, place)
    assert results(walk, place) == ["done"] * 3
    assert done(walk, act) - before == 3


@pytest.mark.nightly
@pytest.mark.parametrize(("kind", "act"), TRIED)
def test_who_lost_the_right_since_the_confirmation_acts_no_more(walk: Walk, kind: Any, act: Act):
    wanted = entities(walk, 2)
    act.ready(walk, wanted)
    before, place = done(walk, act), choose(walk, kind, act, wanted)
    with walk.writing() as session:
        assert doing.confirm(session, number_of(place), 2, walk.people[act.actor])
        session.execute(delete(Grant).where(Grant.user_id == walk.people[act.actor]))
    work(walk, place)
    assert results(walk, place) == ["refused", "refused"]
    assert {row.message for row in rows_of(walk, place)} == {doing.MAY_NO_MORE}
    assert done(walk, act) == before


@pytest.mark.nightly
@pytest.mark.parametrize(("kind", "act"), TRIED)
def test_who_may_not_do_it_finds_no_page_and_confirms_nothing(walk: Walk, kind: Any, act: Act):
    """Not by its address, not from the bar, and not the batch of a colleague."""
    wanted = entities(walk, 1)
    act.ready(walk, wanted)
    before, place = done(walk, act), choose(walk, kind, act, wanted)
    walk.people["auditor"] = walk.person("40000091", "auditor")
    for role in ("auditor", "secretary", "administrator"):
        client = walk.browser(role)
        for address in (BAR, f"{BAR}/{kind.slug}", f"{BAR}/{kind.slug}/todas"):
            answer = client.post(address, data=posted(walk, act, acto=kind.slug, codigo=wanted))
            assert answer.status_code == 404, (role, address)
        assert client.post(f"{place}/confirmar", data={"cuantas": "1"}).status_code == 404, role
    assert results(walk, place) == [""]
    assert done(walk, act) == before


#: Acts whose dry run reads what it needs of all rows at once.
READ_AT_ONCE = [one for one in TRIED if one.id in ("remind", "extend", "give", "suspend", "assign")]


@pytest.mark.nightly
@pytest.mark.parametrize(("kind", "act"), READ_AT_ONCE)
def test_a_dry_run_of_many_sends_as_many_statements_as_of_one(walk: Walk, kind: Any, act: Act):
    wanted = entities(walk, 6)
    act.ready(walk, wanted)
    counts = []
    for some in (wanted[:2], wanted):
        with walk.statements() as sent:
            place = choose(walk, kind, act, some)
        assert [row.plan for row in rows_of(walk, place)] == ["do"] * len(some)
        counts.append(len(sent))
    assert counts[0] == counts[1]


@pytest.mark.nightly
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
    given = select(Task).where(Task.assignee_id == walk.people["another"])
    assert len(walk.all(given)) == of_sip


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


def test_what_cannot_be_chosen_is_not_found_or_leads_back(walk: Walk):
    client = walk.browser("sip")
    for act, status, chosen in (
        ("nota", 404, {"codigo": ["E90001", "E99999"]}),
        ("dar", 404, {"tarea": ["999999"]}),
        ("dar", 404, {"tarea": ["uno"]}),
        ("nota", 303, {}),
        ("otra-cosa", 303, {"codigo": "E90001"}),
        ("inicio", 303, {"tarea": ["1"]}),
        ("encargar", 303, {"codigo": "E90001"}),
    ):
        assert client.post(BAR, data={"acto": act} | chosen).status_code == status
    assert client.post(f"{BAR}/anular", data={"codigo": "E90001"}).status_code == 404


def test_the_text_of_a_note_is_shown_to_those_who_read_notes(walk: Walk):
    text = "Llamar antes del cierre."
    data = {"enviado": "1", "codigo": "E90001", "text": text}
    place = walk.browser("sip").post(f"{BAR}/nota", data=data).location
    assert text in walk.browser("sip").get(place).text
    page = walk.browser("boss").get(place)
    assert page.status_code == 200
    assert text not in page.text


@pytest.mark.nightly
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
