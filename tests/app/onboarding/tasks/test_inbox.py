"""*Mis pendientes* of a coordinator: filters, groups, orders, and the task that follows."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import lxml.html
import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Holding, Question, Task
from app.cases import processes
from app.onboarding.tasks.queue.filters import FILTERS
from app.onboarding.tasks.queue.query import TaskQuery
from tests.app.walk import Walk
from tests.pages import CheckingClient

STEPS = ("designate_administrator", "list_personnel", "file_designation")
OTHER = "E90002"
REASON = "Atiendo otra región esta semana."


@pytest.fixture
def filed(walk: Walk) -> Walk:
    """Return two cases: the first waits for a review, the second, in Cusco, for its reception."""
    walk.begin()
    second = walk.begin(code=OTHER)
    first_preparer = walk.people["preparer"]
    for instance in (walk.id, second):
        for step in STEPS:
            walk.answer(step, instance=instance)
        walk.people["preparer"] = (
            walk.person("40000042", "preparer", OTHER) if (instance == walk.id) else first_preparer
        )
    walk.answer("record_reception")
    with walk.writing() as session:
        place = session.get_one(Task, walk.task("record_reception", second).id).entity
        place.department = "Cusco"
    walk.people["other"] = walk.person("40000024", "sip")
    return walk


def second(walk: Walk) -> Task:
    return walk.task("record_reception", walk.id + 1)


def listed(walk: Walk, client: CheckingClient, params: str) -> list[str]:
    """Return which tasks a query lists, in order: review, reception."""
    page = client.get(f"/pendientes?{params}")
    assert page.status_code == 200, page.text
    ids = {walk.task("review_designation").id: "review", second(walk).id: "reception"}
    return [ids[int(found)] for found in re.findall(r'strong" href="/tareas/(\d+)', page.text)]


def left_the_entity(session: Session, task: Task, at: datetime) -> None:
    """Say when the case of a task came into the PCM's hands; the task may have opened later."""
    session.execute(delete(Holding).where(Holding.instance_id == task.instance_id))
    hands = {
        "entity": at - timedelta(days=30),
        "mesa_de_partes": at,
        "sip": at + timedelta(hours=1),
    }
    parties, moments = list(hands), [*hands.values(), at + timedelta(hours=2)]
    for party, since_at, until_at in zip(parties, moments, moments[1:], strict=False):
        row = {"party": party, "since_at": since_at, "until_at": until_at}
        session.add(Holding(instance_id=task.instance_id, **row))
    task.instance.holder, task.instance.holder_since_at = "sgtd", moments[-1]


#: Filter → the tasks that it lists, in order.
LISTED = {
    "": ["reception", "review"],
    "tipo=review_designation": ["review"],
    "etapa=designation": ["reception", "review"],
    "etapa=training": [],
    "region=Cusco": ["reception"],
    "region=Lima&tipo=record_reception": [],
    "plazo=atrasado": ["reception"],
    "plazo=hoy": [],
    "plazo=semana": ["review"],
    "lista=bandeja": ["reception", "review"],
    "lista=mias": [],
    "lista=colegas": [],
    "espera=pcm": ["reception"],
    "espera=entidad": [],
    "orden=espera": ["review", "reception"],
}


@pytest.mark.guard("each filter and order is asked")
@pytest.mark.postgresql
def test_each_filter_lists_what_it_says_and_an_order_puts_it_first(filed: Walk):
    now, today = calendar.now(), calendar.today()
    with filed.writing() as session:
        review = session.get_one(Task, filed.task("review_designation").id)
        reception = session.get_one(Task, second(filed).id)
        review.due_at = calendar.end_of(today + timedelta(days=3))
        left_the_entity(session, review, now - timedelta(days=9))
        left_the_entity(session, reception, now - timedelta(days=1))
        reception.due_at = calendar.midnight(today - timedelta(days=3))
        question = {"role": "sip", "subject": "¿Cuándo?", "term_days": 3, "counted_on": today}
        session.add(
            Question(
                entity_id=reception.entity_id,
                author_id=filed.people["preparer"],
                opened_at=now,
                waiting_since_at=now,
                **question,
            )
        )
    client = filed.browser("sip")
    assert {params: listed(filed, client, params) for params in LISTED} == LISTED


@pytest.mark.nightly
def test_the_tasks_that_one_has_and_gave_are_found_and_say_who_gave_them(filed: Walk):
    with filed.writing() as session:
        task = session.get_one(Task, second(filed).id)
        to, by = (filed.user(session, one) for one in ("other", "sip"))
        processes.give(session, task, to, REASON, by)
    giver, receiver = filed.browser("sip"), filed.browser("other")
    assert listed(filed, giver, "lista=dadas") == ["reception"]
    assert listed(filed, giver, "lista=colegas") == ["reception"]
    assert listed(filed, receiver, "lista=mias") == ["reception"]
    assert listed(filed, receiver, "lista=dadas") == []
    assert f"Se la diste: {REASON}" in giver.get("/pendientes").text
    assert f"Te la dio Persona Ejemplo 021: {REASON}" in receiver.get("/pendientes").text
    receiver.post(f"/tareas/{second(filed).id}/asignar", data={"para": "todos"})
    assert listed(filed, giver, "lista=dadas") == []


def test_groups_name_each_kind_with_its_number_and_boxes_have_a_column(filed: Walk):
    page = filed.browser("sip").get("/pendientes?grupo=tipo").text
    kinds = re.findall(r'scope="rowgroup"[^>]*>([^<]+) <span[^>]*>(\d+)', page)
    assert [count for _, count in kinds] == ["1", "1"]
    assert kinds[0][0] < kinds[1][0] or len({name for name, _ in kinds}) == 2
    tree = lxml.html.fromstring(page)
    heads = len(tree.findall(".//thead//th"))
    for row in tree.xpath("//tbody/tr"):
        assert sum(int(cell.get("colspan", 1)) for cell in row) == heads
    assert len(tree.xpath("//tbody//td[@class='picks']/input")) == 2


#: A query with a fault → the sentence about it.
FAULTS = {
    "tipo=nada": "Elige un tipo de tarea de la lista.",
    "etapa=x": "Elige una etapa de la lista.",
    "region=Atlantis": "Elige una región de la lista.",
    "plazo=nunca": "Elige un plazo de la lista.",
    "lista=nada": "Elige de la lista quién la tiene.",
    "espera=x": "Elige de la lista qué consulta tiene la entidad.",
    "orden=x": "Elige un orden de la lista.",
    "grupo=x": "Elige cómo agrupar.",
    "zz=1": "No existe el filtro «zz».",
    "vista=99": "Esa vista no existe, o ya no se comparte contigo.",
    "tipo=review_designation&tipo=record_reception": "está más de una vez",
}


@pytest.mark.nightly
def test_an_invalid_value_is_a_sentence_at_its_field(walk: Walk):
    client = walk.browser("sip")
    for params, said in FAULTS.items():
        page = client.get(f"/pendientes?{params}")
        assert (page.status_code, said in page.text) == (400, True), params


@pytest.mark.nightly
def test_who_waits_longest_is_the_entity_not_the_task(filed: Walk):
    """The older task is second; of a case that left the PCM's hands, the task itself counts."""
    now = calendar.now()
    with filed.writing() as session:
        review = session.get_one(Task, filed.task("review_designation").id)
        reception = session.get_one(Task, second(filed).id)
        review.opened_at, reception.opened_at = now - timedelta(days=8), now - timedelta(days=1)
        left_the_entity(session, review, now - timedelta(days=9))
        left_the_entity(session, reception, now - timedelta(days=10))
    client = filed.browser("sip")
    assert listed(filed, client, "orden=espera") == ["reception", "review"]
    with filed.writing() as session:
        session.get_one(Task, second(filed).id).instance.holder = "entity"
    assert listed(filed, client, "orden=espera") == ["review", "reception"]


@pytest.mark.nightly
@pytest.mark.parametrize("role", ["preparer", "administrator", "secretary"])
def test_the_list_of_others_stays_simple(begun: Walk, role: str):
    """None of a coordinator's filters, orders, groups, views or acts on many is there for them."""
    with begun.writing() as session:
        lane = {"preparer": "authority"}.get(role, role)
        begun.find(session, "designate_administrator").role = lane
    client = begun.browser(role)
    page = client.get("/pendientes").text
    assert "/tareas/" in page
    for name in (*(one.name for one in FILTERS), "orden", "grupo", "acto", "tarea"):
        assert f'name="{name}"' not in page
    assert "Vistas" not in page
    for name in (*(one.name for one in FILTERS if one.name != "lista"), "orden", "grupo", "vista"):
        assert client.get(f"/pendientes?{name}=1").status_code == 400, name
    assert client.get("/pendientes?lista=mias").status_code == 200
    for path in ("/pendientes/vistas", "/pendientes/guardar?orden=espera"):
        assert client.get(path).status_code == 404


# Siguiente -------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_a_step_leads_to_the_next_of_the_same_list_without_going_back(filed: Walk):
    client = filed.browser("sip")
    review, reception = filed.task("review_designation").id, second(filed).id
    page = client.get("/pendientes?orden=espera&etapa=designation").text
    (address,) = re.findall(rf'href="(/tareas/{reception}\?[^"]+)"', page)
    step = client.get(address.replace("&amp;", "&"), follow_redirects=True)
    (following,) = re.findall(rf'href="(/tareas/{reception}/siguiente\?[^"]+)"', step.text)
    answer = client.get(following.replace("&amp;", "&"))
    assert answer.location.startswith(f"/tareas/{review}?cola=")
    # After the last comes the first.
    again = client.get(f"/tareas/{review}/siguiente?cola=orden%3Despera")
    assert again.location.startswith(f"/tareas/{reception}?cola=")


@pytest.mark.nightly
def test_the_answer_of_the_last_one_leads_back_to_the_list(filed: Walk):
    client, reception = filed.browser("sip"), second(filed).id
    filed.draft("record_reception", "not_filed", instance=filed.id + 1)
    queue = "cola=tipo%3Drecord_reception"
    address = f"/tareas/{reception}/revisar?{queue}"
    answer = client.post(address, data={"action": "submit"})
    assert answer.location == f"/tareas/{reception}/listo?{queue}"
    page = client.get(answer.location, follow_redirects=True)
    assert page.request.full_path == "/pendientes?tipo=record_reception"
    assert "Registramos tu respuesta" in page.text
    assert "No queda otra tarea en esta lista." in page.text


@pytest.mark.nightly
def test_an_answer_leads_to_the_next_of_the_list(filed: Walk):
    client, reception = filed.browser("sip"), second(filed).id
    filed.draft("record_reception", "not_filed", instance=filed.id + 1)
    address = f"/tareas/{reception}/revisar?cola=etapa%3Ddesignation"
    answer = client.post(address, data={"action": "submit"})
    following = client.get(answer.location).location
    assert client.get(following).location.startswith(
        f"/tareas/{filed.task('review_designation').id}?cola="
    )


@pytest.mark.nightly
def test_what_follows_is_neither_suspended_nor_a_colleagues(filed: Walk):
    def following(params: str = "") -> tuple[int | None, int]:
        with filed.reading() as session:
            user = filed.user(session, "sip")
            query = TaskQuery.of_text(session, user, params)
            return query.following(session, filed.task("review_designation"))

    assert following() == (second(filed).id, 1)
    filed.change(Task, second(filed).id, assignee_id=filed.people["other"])
    assert following() == (None, 0)
    assert following("lista=colegas") == (second(filed).id, 1)
    with filed.writing() as session:
        session.get_one(Task, second(filed).id).assignee_id = None
        processes.suspend(session, filed.id + 1, "Por una prueba.", filed.people["sip"])
    assert following() == (None, 0)
