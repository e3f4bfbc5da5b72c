"""Acts on many entities: a dry run, one confirmation, each row done once, even after a crash."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from app.base.models import Batch, ProcessInstance
from app.onboarding import batches
from app.onboarding.batches import doing
from app.onboarding.batches.kinds import KINDS
from app.ops.worker.jobs import JOBS
from app.ops.worker.turns import turn
from app.people.access.rules import ACTIONS
from tests.app import cast
from tests.app.onboarding.batches.batched import (
    batch_of,
    confirm,
    confirmed,
    entities,
    frozen,
    rows_of,
)
from tests.app.together import exit_code, forked, killed, together
from tests.app.walk import Walk
from tests.conftest import Clock


def started(walk: Walk) -> list[int]:
    """Return the ids of the entities whose onboarding began."""
    return walk.all(select(ProcessInstance.entity_id))


def results(walk: Walk, number: int) -> list[str]:
    """Return the result of each row."""
    return [row.result for row in rows_of(walk, f"/entidades/lotes/{number}")]


# Starting many ---------------------------------------------------------------------------------


@pytest.mark.nightly
def test_the_dry_run_says_what_will_be_done_with_each_row(walk: Walk):
    wanted = entities(walk, 4, contact_email="")
    walk.begin()
    client = walk.browser("sip")
    answer = client.post("/entidades/lotes/elegidas/inicio", data={"codigo": wanted})
    assert answer.status_code == 303
    page = client.get(answer.location).text
    assert "Vas a iniciar la implementación de 3\xa0entidades." in page
    assert "<dt>Entidades</dt><dd>Elegidas una por una</dd>" in page
    assert page.count("No tiene correo: su código va en una carta.") == 3
    assert page.count("Ya está en curso.") == 1
    assert len(started(walk)) == 1
    page = confirm(client, answer.location, 3)
    assert page.count("Se inició.") == 3
    assert [row.result for row in rows_of(walk, answer.location)] == [
        "same", "done", "done", "done"
    ]  # fmt: skip
    assert len(started(walk)) == 4


def test_all_that_match_the_list_are_frozen(walk: Walk):
    entities(walk, 4)
    client = walk.browser("sip")
    answer = client.post("/entidades/lotes/elegidas/inicio/todas?q=ejemplo&estado=sin-iniciar")
    said = "<dt>Entidades</dt><dd>Texto: «ejemplo» · Estado: Sin iniciar</dd>"
    assert said in client.get(answer.location).text
    place = answer.location
    assert len(rows_of(walk, place)) == 4
    walk.commit(cast.entity, "E95000")
    assert "Vas a iniciar la implementación de 4\xa0entidades." in client.get(place).text
    answer = client.post("/entidades/lotes/elegidas/inicio/todas?q=nada+que+exista")
    assert answer.location == "/entidades?q=nada+que+exista&estado=en-marcha"


def test_an_unknown_filter_starts_no_entity(walk: Walk):
    entities(walk, 3)
    client = walk.browser("sip")
    answer = client.post("/entidades/lotes/elegidas/inicio/todas?nivel=galactico")
    assert answer.location == "/entidades?estado=en-marcha"
    assert "Elige un nivel de la lista." in client.get("/entidades").text
    assert "Todavía no hay lotes" in client.get("/entidades/lotes").text


@pytest.mark.nightly
def test_the_confirmed_number_must_be_the_number_shown(walk: Walk):
    number = frozen(walk, entities(walk, 12))
    place, client = f"/entidades/lotes/{number}", walk.browser("sip")
    assert 'id="cuantas"' in client.get(place).text
    for typed in ("", "11", "13", "doce", "-12", "1" * 30, "１２"):
        answer = client.post(f"{place}/confirmar", data={"cuantas": typed})
        assert answer.status_code == 422
        assert "Escribe 12, la cantidad" in answer.text
    assert started(walk) == []
    assert "El lote terminó" in confirm(client, place, 12)
    assert len(started(walk)) == 12


@pytest.mark.nightly
@pytest.mark.postgresql
def test_a_repeated_confirmation_counts_once(walk: Walk):
    number = frozen(walk, entities(walk, 5))
    place = f"/entidades/lotes/{number}/confirmar"
    clients = [walk.browser("sip"), walk.browser("sip"), walk.browser("sgtd")]
    answers = together(*(lambda c=c: c.post(place, data={"cuantas": "5"}) for c in clients))
    assert [answer.status_code for answer in answers] == [303] * 3, answers
    assert clients[0].post(place, data={"cuantas": "5"}).status_code == 303
    assert "ya se había confirmado" in clients[0].get(f"/entidades/lotes/{number}").text
    doing.work(walk.engine, number)
    assert len(started(walk)) == len(set(started(walk))) == 5
    assert len(walk.mails("activation")) == 5
    assert len(walk.entries("batch.confirmed")) == 1
    assert batch_of(walk, number).state == "done"


def test_a_row_that_changed_since_the_dry_run_is_not_done(walk: Walk):
    wanted = entities(walk, 3)
    number = frozen(walk, wanted)
    walk.begin(code=wanted[1])
    page = confirm(walk.browser("sip"), f"/entidades/lotes/{number}", 3)
    assert results(walk, number) == ["done", "same", "done"]
    assert "Ya está en curso." in page
    assert len(started(walk)) == 3


@pytest.mark.nightly
def test_a_failed_row_is_rolled_back_alone(walk: Walk, monkeypatch: pytest.MonkeyPatch):
    from app.people import access

    wanted = entities(walk, 3)
    issue = access.issue_activation_code

    def fail(session, entity, actor_id=None):
        if entity.code == wanted[1]:
            raise RuntimeError("of a test")
        return issue(session, entity, actor_id)

    monkeypatch.setattr(access, "issue_activation_code", fail)
    number = frozen(walk, wanted)
    page = confirm(walk.browser("sip"), f"/entidades/lotes/{number}", 3)
    assert results(walk, number) == ["done", "refused", "done"]
    assert "No se pudo por una falla del sistema." in page
    assert len(started(walk)) == 2
    assert len(walk.entries("process.started")) == 2


def test_a_discarded_batch_does_nothing_and_cannot_be_confirmed(walk: Walk):
    number = frozen(walk, entities(walk, 2))
    place, client = f"/entidades/lotes/{number}", walk.browser("sip")
    assert f'formaction="{place}/descartar"' in client.get(place).text
    assert client.post(f"{place}/descartar", data={"cuantas": "2"}).status_code == 303
    client.post(f"{place}/confirmar", data={"cuantas": "2"})
    assert "ya se había confirmado o descartado" in client.get(place).text
    assert batch_of(walk, number).state == "discarded"
    assert started(walk) == []


def test_only_users_who_may_act_can_confirm(walk: Walk):
    number = frozen(walk, entities(walk, 2))
    client = walk.browser_of(walk.person("40000091", "auditor"))
    assert "Confirmar" not in client.get(f"/entidades/lotes/{number}").text
    for act in ("confirmar", "descartar", "seguir"):
        answer = client.post(f"/entidades/lotes/{number}/{act}", data={"cuantas": "2"})
        assert answer.status_code == 404


# The worker, and those that die ----------------------------------------------------------------


@pytest.mark.nightly
def test_the_worker_does_the_rows_left_by_a_request(walk: Walk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doing, "AT_ONCE", 0.0)
    number = frozen(walk, entities(walk, 4))
    client = walk.browser("sip")
    page = confirm(client, f"/entidades/lotes/{number}", 4)
    assert "faltan 4\xa0filas" in page
    assert "Seguir ahora" in page
    assert '<progress id="avance" max="4" value="0">' in page
    with walk.app.app_context():
        doing.work(walk.engine, number, stop=iter([False, True]).__next__)
    answer = client.get(f"/entidades/lotes/{number}")
    assert "Van 1 de 4 filas." in answer.text
    assert "Refresh" not in answer.headers, "nobody asked for it"
    assert f'href="/entidades/lotes/{number}?seguir=1">verlo avanzar</a>' in answer.text
    auditor = walk.browser_of(walk.person("40000091", "auditor"))
    for reader in (client, auditor):
        answer = reader.get(f"/entidades/lotes/{number}?seguir=1")
        assert answer.headers["Refresh"] == "5"
        assert "Van 1 de 4 filas." in answer.text
    assert "Detener el lote" not in answer.text, "the auditor changes nothing"
    turn(walk.app, JOBS["batches"])
    assert results(walk, number) == ["done"] * 4
    assert batch_of(walk, number).state == "done"
    answer = client.get(f"/entidades/lotes/{number}?seguir=1")
    assert "Seguir ahora" not in answer.text
    assert "Refresh" not in answer.headers


def test_the_button_continues_a_batch(walk: Walk):
    number = confirmed(walk, entities(walk, 3))
    client = walk.browser("sip")
    assert client.post(f"/entidades/lotes/{number}/seguir").status_code == 303
    assert results(walk, number) == ["done"] * 3
    assert client.post(f"/entidades/lotes/{number}/seguir").status_code == 303


@pytest.mark.nightly
@pytest.mark.parametrize("when", ["before_commit", "after_commit", "after_flush"])
@pytest.mark.parametrize("number", [1, 2, 5])
def test_a_process_that_is_killed_leaves_each_row_done_or_untouched(
    walk: Walk, when: str, number: int
):
    batch = confirmed(walk, entities(walk, 6))
    engine = walk.engine

    def job() -> None:
        with walk.app.app_context():
            doing.work(engine, batch)

    assert killed(walk.app, job, when, number)
    before = results(walk, batch)
    assert before.count("done") == len(started(walk)) == len(walk.mails("activation"))
    assert before.count("done") < 6
    turn(walk.app, JOBS["batches"])
    assert results(walk, batch) == ["done"] * 6
    assert len(started(walk)) == len(set(started(walk))) == 6
    assert len(walk.mails("activation")) == 6


@pytest.mark.nightly
def test_two_workers_share_a_batch(walk: Walk):
    batch = confirmed(walk, entities(walk, 8))
    engine = walk.engine

    def job() -> None:
        with walk.app.app_context():
            doing.work(engine, batch)
            doing.work(engine, batch)

    children = [forked(walk.app, job) for _ in range(2)]
    for child in children:
        assert exit_code(child) == 3
    assert results(walk, batch) == ["done"] * 8
    assert len(started(walk)) == 8
    assert batch_of(walk, batch).state == "done"


def test_a_stopping_worker_finishes_its_row(walk: Walk):
    batch = confirmed(walk, entities(walk, 4))
    with walk.app.app_context():
        counts = batches.run(walk.engine, lambda: len(started(walk)) == 2)
    assert counts == {"rows": 2}
    assert results(walk, batch) == ["done", "done", "", ""]


def test_an_unconfirmed_batch_is_discarded_after_a_month(walk: Walk, clock: Clock):
    number = frozen(walk, entities(walk, 2))
    clock.forward(days=29)
    turn(walk.app, JOBS["batches"])
    assert batch_of(walk, number).state == "checked"
    clock.forward(days=2)
    turn(walk.app, JOBS["batches"])
    assert batch_of(walk, number).state == "discarded"


# Pages -----------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_the_list_shows_who_did_what_and_when(walk: Walk):
    number = confirmed(walk, entities(walk, 3))
    turn(walk.app, JOBS["batches"])
    page = walk.browser("sgtd").get("/entidades/lotes").text
    assert f"Inicio de la implementación {number}" in page
    assert "3\xa0hechas" in page
    assert "2 de marzo de 2026, 08:00" in page


@pytest.mark.nightly
def test_rows_are_shown_fifty_a_page_in_a_constant_number_of_statements(walk: Walk):
    few = frozen(walk, entities(walk, 3))
    with walk.writing() as session:
        for count in range(100, 170):
            cast.entity(session, f"E9{count:04}")
    client = walk.browser("sip")
    address = "/entidades/lotes/elegidas/inicio/todas?estado=todos&q=ejemplo"
    many = int(client.post(address).location.split("/")[-1])
    counted = []
    for number in (few, many):
        with walk.statements() as sent:
            page = client.get(f"/entidades/lotes/{number}").text
        counted.append(len(sent))
    assert counted[0] == counted[1]
    assert page.count('class="row-number"') == 50
    assert client.get(f"/entidades/lotes/{many}?pagina=3").status_code == 404
    assert client.get(f"/entidades/lotes/{many}?filas=rechazadas").status_code == 200
    assert client.get(f"/entidades/lotes/{many}?filas=nada").status_code == 400
    assert walk.one(select(func.count()).select_from(Batch)) == 2


def test_every_entry_to_a_new_batch_says_its_purpose(walk: Walk):
    page = walk.browser("sip").get("/entidades/lotes").text
    linked = sum(kind.has_link and "sip" in ACTIONS[kind.action] for kind in KINDS)
    assert page.count("ways-in__what") == page.count("ways-in__about") == linked > 6
