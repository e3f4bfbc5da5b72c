"""A coordinator's act on a case shows what follows before it is done, and is done once."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from app.base import formatting
from app.onboarding.tasks import consequences
from tests.app.confirming import STAMP
from tests.app.onboarding.tasks.lost_sign_ins import boxes, end_sign_ins, sign_in, token_of
from tests.app.walk import PARTS, Walk
from tests.pages import CheckingClient
from tests.statements import statements

WHY = "Lo pidió la entidad por oficio."


@pytest.fixture
def begun(walk: Walk) -> Walk:
    walk.begin()
    walk.answer("designate_administrator")
    return walk


def words(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def act(walk: Walk, what: str) -> str:
    return f"/entidades/E90001/procesos/{walk.id}/{what}"


def extend(walk: Walk) -> str:
    return f"/entidades/E90001/tareas/{walk.task('list_personnel').id}/ampliar"


def page_of(client: CheckingClient, address: str, **data: str) -> tuple[str, dict[str, str]]:
    """Post an act; return the text of the page that confirms it, and what that page sends."""
    answer = client.post(address, data={"reason": WHY} | data)
    assert answer.status_code == 200
    stamp = STAMP.search(answer.text)
    assert stamp is not None
    return words(answer.text), {"reason": WHY, **data, "_confirmado": stamp[1]}


@pytest.mark.nightly
@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("what", "data", "said"),
    [
        ("suspender", {}, "El proceso queda suspendido: no se responde nada ni corre ningún"),
        ("anular", {}, "Queda sin efecto: Elaborar la relación de personal (SIP-RVL-002)."),
        ("devolver", {"element": "designate_administrator"}, "Sigue: Designar al administrador"),
    ],
)
def test_an_act_shows_what_follows_and_changes_nothing_before_it_is_confirmed(
    begun: Walk, what: str, data: dict[str, Any], said: str
):
    client = begun.browser("sip")
    client.get("/pendientes")
    before = begun.row_counts()
    page, sends = page_of(client, act(begun, what), **data)
    assert said in page
    assert WHY in page
    assert begun.row_counts() == before
    assert client.post(act(begun, what), data=sends).status_code == 303
    assert begun.row_counts() != before


@pytest.mark.postgresql
def test_an_act_is_tried_in_the_order_of_locks_in_which_it_is_done(begun: Walk):
    """Otherwise an act that is tried and one that is confirmed could wait for each other."""
    engine, sip, before = begun.engine, begun.people["sip"], list[str]()
    with begun.app.app_context(), statements(engine) as sent:
        consequences.of_act(begun.id, sip, lambda _: before.extend(sent))
    locks = [one for one in before if "FROM process_instance" in one]
    assert len(locks) == 1, before
    assert engine.dialect.name == "sqlite" or "FOR UPDATE" in locks[0]


@pytest.mark.nightly
def test_a_resumed_case_says_how_many_days_are_added(begun: Walk):
    client = begun.browser("sip")
    client.post(act(begun, "suspender"), data=page_of(client, act(begun, "suspender"))[1])
    page, _ = page_of(client, act(begun, "reanudar"))
    assert "El proceso continúa. Estuvo suspendido 0 días hábiles" in page
    assert "Sigue abierto: Elaborar la relación de personal (SIP-RVL-002). Plazo de 10" in page


def test_an_extension_names_both_days_and_shows_the_mail(begun: Walk):
    due_at = begun.task("list_personnel").due_at
    assert due_at is not None
    page, _ = page_of(begun.browser("sip"), extend(begun), working_days="1")
    old = formatting.last_day(due_at)
    new = formatting.last_day(due_at + timedelta(days=1))
    assert f"vence el {new} y ya no el {old}." in page


@pytest.mark.nightly
def test_a_second_press_extends_nothing_more(begun: Walk):
    client = begun.browser("sip")
    _, sends = page_of(client, extend(begun), working_days="3")
    assert client.post(extend(begun), data=sends).status_code == 303
    again = client.post(extend(begun), data=sends)
    assert again.status_code == 200
    assert "El caso cambió mientras tanto" in again.text
    assert begun.task("list_personnel").added_days == 3


def test_what_was_typed_can_be_changed_and_is_looked_at_again_after_another_act(begun: Walk):
    client = begun.browser("sip")
    _, sends = page_of(client, act(begun, "suspender"))
    back = client.post(act(begun, "suspender"), data=sends | {"action": "change"})
    assert back.status_code == 200
    assert WHY in back.text
    assert 'name="_confirmado"' not in back.text
    assert begun.row().status == "running"
    begun.answer("list_personnel")
    again = client.post(act(begun, "suspender"), data=sends)
    assert "Sigue abierto" not in again.text
    assert "El caso cambió mientras tanto" in again.text
    assert begun.row().status == "running"


@pytest.mark.parametrize("stamp", ["", "x", "-1", "9" * 4000, "²"])
def test_an_odd_stamp_confirms_nothing(begun: Walk, stamp: str):
    data = {"reason": WHY, "_confirmado": stamp}
    assert begun.browser("sip").post(act(begun, "anular"), data=data).status_code == 200
    assert begun.row().status == "running"


@pytest.mark.nightly
def test_a_sign_in_that_ends_before_the_confirmation_gives_back_what_was_typed(begun: Walk):
    begun.app.config["WTF_CSRF_ENABLED"] = True
    client, address = begun.browser("sip"), act(begun, "suspender")
    said = {"reason": WHY, "csrf_token": token_of(client.get(address).text)}
    page = client.post(address, data=said).text
    assert STAMP.search(page) is not None
    end_sign_ins(begun)
    where = client.post(
        address, data=said | {"_confirmado": "1", "csrf_token": token_of(page)}
    ).location
    given = client.get(sign_in(client, where, PARTS["sip"][0]).location).text
    assert [text.strip() for text in boxes(given, "reason")] == [WHY]
    assert "ya no tiene un lugar" not in given
    assert begun.row().status == "running"


# Steps of the entity -----------------------------------------------------------------------------


@pytest.mark.nightly
def test_who_presents_sees_who_receives_it_until_when_and_no_mail_of_the_pcm(begun: Walk):
    begun.answer("list_personnel")
    task = begun.draft("file_designation")
    page = words(begun.browser("preparer").get(f"/tareas/{task}/revisar").text)
    assert "Sigue: Registrar la recepción en mesa de partes" in page
    assert "Secretaría de Integridad Pública" in page
    assert "Plazo de 3 días hábiles: vence el 5 de marzo de 2026" in page
    assert "No sale ningún correo" in page
    assert begun.open_steps() == ["file_designation"]
