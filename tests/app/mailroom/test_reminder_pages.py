"""The pages of reminders: sent, forecast and held ones."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import Address, Mail, Reminder, ReminderHold
from app.cases import processes, reminders
from tests.app.posted import refuses
from tests.app.walk import CODE, Walk
from tests.conftest import Clock

pytestmark = pytest.mark.usefixtures("clock")


def remind(walk: Walk) -> None:
    """Run the job of the reminders once."""
    with walk.app.app_context():
        reminders.run(walk.engine)


def text_of(walk: Walk, path: str, role: str = "sip") -> str:
    answer = walk.browser(role).get(path)
    assert answer.status_code == 200
    words = re.sub(r"<[^>]+>", " ", answer.text)
    return " ".join(words.replace("\N{NO-BREAK SPACE}", " ").split())


def test_the_list_shows_recipient_step_and_outcome(walk: Walk):
    walk.begin()
    remind(walk)
    text = text_of(walk, "/recordatorios")
    assert "1 recordatorio" in text
    assert "A quien le corresponde" in text
    assert "Designar al administrador (SIP-RVL-001)" in text
    assert "Al llegar el paso" in text
    assert "Por enviar" in text
    assert "2 de marzo de 2026" in text
    assert "Retener recordatorios" not in text_of(walk, "/recordatorios/retenidos", "secretary")
    assert "Silenciar" not in text_of(walk, "/recordatorios", "secretary")


@pytest.mark.nightly
def test_what_reaches_nobody_says_why(walk: Walk):
    walk.begin()
    with walk.writing() as session:
        address = walk.user(session, "preparer").email
        session.add(Address(address=address.casefold(), dead_at=calendar.now()))
    remind(walk)
    assert "la dirección no existe" in text_of(walk, "/recordatorios")
    assert "1 recordatorio" in text_of(walk, "/recordatorios?estado=sin-salir")
    assert "Ningún recordatorio" in text_of(walk, "/recordatorios?estado=enviados")


@pytest.mark.nightly
def test_what_needs_a_person_and_what_is_ahead_comes_first(walk: Walk):
    assert "Por atender" not in text_of(walk, "/recordatorios")
    walk.begin()
    remind(walk)
    assert "Por atender y por salir Por salir 1 por salir" in text_of(walk, "/recordatorios")
    with walk.writing() as session:
        session.scalars(select(Mail)).one().state = "bounced"
    assert hold(walk, scope="region", region="Lima")[0] == 303
    text = text_of(walk, "/recordatorios")
    assert "No llegaron 1 no llegaron" in text
    (mail,) = walk.all(select(Mail))
    first = walk.browser("sip").get("/recordatorios").text.partition("Todos los recordatorios")[0]
    assert f'href="/correos/{mail.id}"' in first, "each that did not arrive has its link"
    assert "Retenidos 1 retenidos" in text
    assert "1 recordatorio" in text_of(walk, "/recordatorios?estado=por-atender")
    assert "Por atender y por salir" not in text_of(walk, "/recordatorios?estado=rebotaron")
    walk.act(processes.cancel, "Lo pidió la entidad")
    assert "No llegaron" not in text_of(walk, "/recordatorios").partition("Todos")[0]


@pytest.mark.nightly
def test_the_list_begins_with_what_ends_in_the_next_days(walk: Walk, clock: Clock):
    walk.begin()  # due on 16 March
    for on, is_soon in ((date(2026, 3, 9), False), (date(2026, 3, 10), True)):
        clock.set(calendar.at_hour(on, calendar.SENDING_HOURS[0]))
        first = text_of(walk, "/recordatorios").partition("Todos los recordatorios")[0]
        assert ("lunes 16 de marzo de 2026 1 Se escribe" in first) == is_soon
    clock.set(calendar.at_hour(date(2026, 3, 16), calendar.SENDING_HOURS[1]))
    assert "lunes 16 de marzo de 2026 1" in text_of(walk, "/recordatorios")
    assert "lunes 16 de marzo" not in text_of(walk, "/recordatorios?persona=nadie")
    walk.act(processes.cancel, "Lo pidió la entidad")
    assert "lunes 16 de marzo" not in text_of(walk, "/recordatorios")


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("state", "filters"),
    [
        ("waiting", {"por-salir"}),
        ("sent", {"enviados"}),
        ("shown", {"enviados"}),
        ("bounced", {"por-atender", "rebotaron", "sin-salir"}),
        ("failed", {"por-atender", "rebotaron", "sin-salir"}),
        ("dropped", {"sin-salir"}),
    ],
)
def test_what_became_of_its_mail_is_found(walk: Walk, state: str, filters: set[str]):
    walk.begin()
    remind(walk)
    with walk.writing() as session:
        session.scalars(select(Mail)).one().state = state
    for name in ("por-atender", "por-salir", "enviados", "rebotaron", "sin-salir"):
        found = "1 recordatorio" in text_of(walk, f"/recordatorios?estado={name}")
        assert found == (name in filters), name


@pytest.mark.nightly
def test_the_list_is_narrowed_by_entity_and_person(walk: Walk):
    walk.begin()
    walk.begin(code="E90002")
    remind(walk)
    assert "1 recordatorio" in text_of(walk, "/recordatorios?persona=persona.011")
    assert "Ningún recordatorio" in text_of(walk, "/recordatorios?persona=nadie")
    assert "Ningún recordatorio" in text_of(walk, "/recordatorios?q=nada%20parecido")
    assert walk.browser("sip").get("/recordatorios?pagina=9").status_code == 404


def test_the_forecast_says_what_will_be_sent_day_by_day_also_of_one_entity(walk: Walk):
    walk.begin()  # due on 16 March
    remind(walk)
    text = text_of(walk, "/recordatorios/previstos")
    assert "jueves 12 de marzo de 2026 1 1" in text
    assert "lunes 16 de marzo de 2026 1 1" in text
    chosen = text_of(walk, "/recordatorios/previstos?dia=2026-03-12")
    assert "2 días hábiles antes de vencer" in chosen
    assert walk.browser("sip").get("/recordatorios/previstos?dia=2026-03-14").status_code == 404
    assert "16 de marzo" in text_of(walk, f"/recordatorios/previstos?entidad={CODE.lower()}")
    assert "No hay recordatorios" in text_of(walk, "/recordatorios/previstos?entidad=E99999")


def hold(walk: Walk, **fields: str) -> tuple[int, str]:
    answer = walk.browser("sip").post(
        "/recordatorios/retenidos", data={"reason": "La entidad se está mudando.", **fields}
    )
    return answer.status_code, answer.text


@pytest.mark.nightly
@pytest.mark.parametrize(
    "fields",
    [
        {"scope": "entity", "entity": CODE.lower()},
        {"scope": "stage", "stage": "designation"},
        {"scope": "day", "day": "12/03/2026"},
    ],
    ids=lambda fields: fields["scope"],
)
def test_what_is_held_is_listed_and_not_sent_until_it_is_let_go(
    walk: Walk, clock: Clock, fields: dict[str, str]
):
    walk.begin()
    remind(walk)
    assert hold(walk, **fields)[0] == 303
    assert "La entidad se está mudando." in text_of(walk, "/recordatorios/retenidos")
    clock.set(calendar.at_hour(date(2026, 3, 12), calendar.SENDING_HOURS[0]))
    remind(walk)
    assert rungs(walk) == ["arrival"]
    (held,) = walk.all(select(ReminderHold))
    path, browser = f"/recordatorios/retenidos/{held.id}/soltar", walk.browser("sgtd")
    assert browser.post(path).status_code == 303
    remind(walk)
    assert rungs(walk) == ["arrival", "2"]
    assert "Lo que estuvo retenido" in text_of(walk, "/recordatorios/retenidos")
    again = browser.post(path, follow_redirects=True).text
    assert "ya no está retenido" in again.replace("\n", " ")


def rungs(walk: Walk) -> list[str]:
    return walk.all(select(Reminder.rung).order_by(Reminder.id))


@pytest.mark.nightly
def test_what_cannot_be_held_is_said_and_nothing_is(walk: Walk, subtests: pytest.Subtests):
    data = {"scope": "entity", "entity": CODE, "reason": "La entidad se está mudando."}
    wrong = [
        ({"entity": "E99999"}, "revisa "),
        ({"entity": ""}, "Escribe el código"),
        ({"scope": "stage"}, "etapa"),
        ({"scope": "region"}, "región"),
        ({"scope": "day", "day": "01/03/2026"}, "día"),
        ({"until_on": "01/03/2026"}, "Ese día ya pasó"),
        ({"reason": "corto"}, "10"),
    ]
    refuses(subtests, walk.browser("sip"), "/recordatorios/retenidos", data, wrong)
    assert walk.all(select(ReminderHold)) == []


def test_the_same_is_not_held_twice(walk: Walk):
    assert hold(walk, scope="stage", stage="training")[0] == 303
    status, text = hold(walk, scope="stage", stage="training")
    assert (status, "ya está retenido" in text) == (422, True)


@pytest.mark.nightly
def test_a_person_is_silenced_from_a_reminder_with_a_reason(walk: Walk, clock: Clock):
    walk.begin()
    remind(walk)
    (reminder,) = walk.all(select(Reminder))
    path, browser = f"/recordatorios/{reminder.id}/silenciar", walk.browser("sip")
    assert path in browser.get("/recordatorios").text
    assert browser.post(path, data={"reason": ""}).status_code == 422
    assert browser.post(path, data={"reason": "Está de licencia este mes."}).status_code == 303
    clock.set(calendar.at_hour(date(2026, 3, 12), calendar.SENDING_HOURS[0]))
    remind(walk)
    assert "la persona está silenciada" in text_of(walk, "/recordatorios")


def test_a_step_is_reminded_by_hand_at_most_every_four_hours_until_it_is_answered(
    walk: Walk, clock: Clock
):
    walk.begin()
    browser = walk.browser("sip")
    path = f"/recordatorios/tareas/{walk.task('designate_administrator').id}/enviar"
    assert path in browser.get(f"/entidades/{CODE}/tareas").text
    assert "El recordatorio sale ahora." in browser.post(path, follow_redirects=True).text
    clock.forward(hours=3, minutes=59)
    assert "Ya se envió" in browser.post(path, follow_redirects=True).text
    clock.forward(minutes=1)
    browser.post(path)
    assert len(walk.mails("reminder_now")) == 2
    assert "enviado a mano" in text_of(walk, "/recordatorios").lower()
    task_id = walk.answer("designate_administrator")
    assert browser.post(f"/recordatorios/tareas/{task_id}/enviar").status_code == 404


@pytest.mark.nightly
def test_the_list_asks_the_database_as_often_for_many_as_for_one(walk: Walk):
    walk.begin()
    remind(walk)
    text_of(walk, "/recordatorios")
    with walk.statements() as few:
        text_of(walk, "/recordatorios")
    for number in range(2, 8):
        walk.begin(code=f"E9000{number}")
        walk.person(f"4100000{number}", "preparer", f"E9000{number}")
    remind(walk)
    with walk.statements() as many:
        assert "7 recordatorios" in text_of(walk, "/recordatorios")
    assert len(many) == len(few)
