"""Incidents of personal data: reported, notified in 48 hours, and who is concerned."""

from __future__ import annotations

import csv
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.administration.breaches import concerned
from app.base import calendar
from app.base.models import DataBreach, Entity, LogEntry, Mail, Record
from app.ops import worker
from app.ops.worker.turns import turn
from app.people import readings
from tests.app import cast
from tests.app.posted import refuses
from tests.app.register.desk.test_agenda import plan
from tests.app.register.interest_acts.acting import Acting, record
from tests.app.visited import Visited
from tests.conftest import Clock
from tests.pages import CheckingClient

LIST = "/incidentes-de-datos"
NEW = f"/entidades/E90001{LIST}/nuevo"
VISITS = "/registro/E90001/produccion/visitas"
#: The clock of the tests says 08:00 of 2 March 2026 in Lima.
FORM = {
    "submission": "token-of-the-form",
    "description": "Una persona entró con la cuenta de otra.",
    "from_on": "02/03/2026",
    "until_on": "02/03/2026",
    "known_at-date": "02/03/2026",
    "known_at-time": "07:00",
    "document": "40000014",
}
NOTIFIED = {
    "at-date": "02/03/2026",
    "at-time": "07:30",
    "to": "La autoridad, expediente EXP-2026-17",
}


@pytest.fixture
def place(app: Flask, clock: Clock) -> Visited:
    """Return an entity with a visit, which its operator has read, and a designation."""
    made = Visited(app)
    made.visit(name="Quispe Inventada Ana", document_number="00000501")
    read(made, "operator", VISITS)
    return made


def read(place: Visited, name: str, path: str) -> None:
    """Open a page to its end."""
    assert place.browser(name).get(path, buffered=True).status_code == 200


def report(client: CheckingClient, path: str = NEW, **changed: str) -> TestResponse:
    """Post the form of a report."""
    return client.post(path, data=FORM | changed)


def breaches(place: Visited) -> list[DataBreach]:
    """Return all incidents, detached."""
    return place.all(select(DataBreach).order_by(DataBreach.id))


def entries(place: Visited) -> list[LogEntry]:
    """Return the entries about incidents."""
    query = select(LogEntry).where(LogEntry.kind.like("breach.%")).order_by(LogEntry.id)
    return place.all(query)


@pytest.mark.guard("an incident goes its whole path")
@pytest.mark.postgresql
def test_an_administrator_reports_an_incident_and_follows_it_to_its_end(place: Visited):
    client = place.browser("administrator")
    answer = report(client)
    [row] = breaches(place)
    assert answer.headers["Location"] == f"{LIST}/{row.id}"
    assert (row.entity_id is not None, row.person_id) == (True, place.people["operator"])
    assert row.due_at - row.known_at == timedelta(hours=48)
    page = client.get(f"{LIST}/{row.id}").text
    assert "Comunícalo a la autoridad hasta el 4 de marzo de 2026, 07:00" in page
    assert "Una persona entró con la cuenta de otra." in page
    assert "Comunicar un incidente de datos personales" in client.get("/pendientes").text
    assert client.post(f"{LIST}/{row.id}", data=NOTIFIED).status_code == 303
    again = client.post(f"{LIST}/{row.id}", data=NOTIFIED)
    assert (again.status_code, "Ya se registró la comunicación" in again.text) == (422, True)
    assert NOTIFIED["to"] in client.get(f"{LIST}/{row.id}").text
    assert "Comunicar un incidente" not in client.get("/pendientes").text
    assert [one.kind for one in entries(place)] == ["breach.reported", "breach.notified"]
    assert "EXP-2026-17" in client.get("/entidades/E90001/historial").text


def test_a_report_that_cannot_be_or_names_two_accounts_is_refused(
    place: Visited, subtests: pytest.Subtests, app: Flask
):
    wrong = [
        ({"known_at-time": "23:59"}, "Ese momento todavía no llega."),
        ({"known_at-date": "01/03/2026"}, "Se supo antes de que ocurriera"),
        ({"until_on": "01/03/2026"}, "El último día va después del primero."),
        ({"until_on": "05/03/2026"}, "Ese día todavía no llega."),
        ({"document": "49999999"}, "No hay ninguna cuenta con ese número."),
        ({"description": "El DNI 40000014 es suyo"}, "ningún número de documento"),
    ]
    refuses(subtests, place.browser("administrator"), NEW, FORM, wrong)
    assert breaches(place) == []
    with place.writing() as session:
        entity_id = place.register(session).entity_id
        other = cast.person(session, "40000098", "operator", session.get_one(Entity, entity_id))
        other.document_type, other.document_number = "CE", FORM["document"]
    answer = report(place.browser("administrator"))
    assert (answer.status_code, "Hay más de una cuenta" in answer.text) == (422, True)


@pytest.mark.nightly
def test_a_notification_that_cannot_be_is_refused_and_a_term_that_ended_is_said_as_late(
    place: Visited, subtests: pytest.Subtests, app: Flask, clock: Clock
):
    client = place.browser("administrator")
    report(client)
    address = f"{LIST}/{breaches(place)[0].id}"
    wrong = [
        ({"at-time": "23:00"}, "Ese momento todavía no llega."),
        ({"at-time": "06:59"}, "Es antes de que se supiera del incidente."),
    ]
    refuses(subtests, client, address, NOTIFIED, wrong)
    clock.forward(hours=50)
    client = place.browser("administrator")
    assert "Las 48 horas terminaron el" in client.get(address).text
    assert "Venció el" in client.get("/pendientes").text
    superuser = place.browser("superuser")
    assert "incidente de datos personales por comunicar" in superuser.get("/hoy").text


def taken(client: CheckingClient, number: int) -> list[list[str]]:
    """Return the rows of the file of persons, without its head."""
    data = {"purpose": "Avisar a las personas afectadas"}
    answer = client.post(f"{LIST}/{number}/personas", data=data, buffered=True)
    assert answer.headers["Cache-Control"] == "no-store"
    lines = answer.get_data(as_text=True).removeprefix("\ufeff").splitlines()
    return list(csv.reader(lines))[1:]


@pytest.mark.nightly
def test_the_list_has_who_was_on_the_pages_that_were_read(place: Visited):
    client = place.browser("administrator")
    report(client)
    number = breaches(place)[0].id
    assert client.post(f"{LIST}/{number}/personas", data={"purpose": "ver"}).status_code == 422
    assert taken(client, number) == [
        [
            "Quispe Inventada Ana",
            "DNI 00000501",
            "Municipalidad Distrital de Ejemplo 1",
            "Registro de visitas",
        ]
    ]
    [*_, entry] = entries(place)
    assert entry.kind == "breach.list_taken"
    assert entry.data == {
        "breach": number,
        "purpose": "Avisar a las personas afectadas",
        "people": 1,
    }


def test_a_reading_of_staff_adds_the_people_of_the_entity_and_no_formula(
    app: Flask, place: Visited
):
    with place.writing() as session:
        register = place.register(session)
        data = {
            "holder": {
                "document_type": "DNI",
                "document_number": "40000099",
                "given_names": "Luis",
                "surnames": "=Mamani Muestra",
                "post": "Analista",
            }
        }
        entity_id = register.entity_id
        session.add(
            Record(
                entity_id=entity_id, name="administrator", data=data, at=calendar.now(), by_id=None
            )
        )
    reading = readings.Reading(place.people["operator"], entity_id, "roster", calendar.now())
    readings.write(app, reading)
    client = place.browser("administrator")
    report(client)
    rows = taken(client, breaches(place)[0].id)
    assert ["'=Mamani Muestra, Luis", "DNI 40000099"] in [row[:2] for row in rows]


@pytest.mark.nightly
@pytest.mark.postgresql
def test_the_list_has_persons_of_plans_and_of_acts_without_a_visit(app: Flask, clock: Clock):
    place = Acting(app)
    desk = place.browser("operator")
    record(desk, actor_name="Inventada Autora Rosa", document_number="00000502")
    assert plan(desk, surnames="Inventada Esperada", document_number="00000503") == 303
    place.visit(name="Quispe Inventada Ana", document_number="00000501")
    read(place, "operator", VISITS)
    client = place.browser("administrator")
    report(client)
    number = breaches(place)[0].id
    rows = [(name, document, where) for name, document, _, where in taken(client, number)]
    assert rows == [
        ("Inventada Autora Rosa", "DNI 00000502", "Actos de gestión de intereses"),
        ("Inventada Esperada Ana", "DNI 00000503", "Agenda de visitas"),
        ("Quispe Inventada Ana", "DNI 00000501", "Registro de visitas"),
    ]


@pytest.mark.nightly
def test_days_accounts_and_readings_that_do_not_count(
    place: Visited, monkeypatch: pytest.MonkeyPatch
):
    client = place.browser("administrator")
    report(client, document="")
    report(client, from_on="01/03/2026", until_on="01/03/2026", submission="another-form")
    report(client, document="40000012", submission="a-third-form")
    every, *others = [row.id for row in breaches(place)]
    assert [taken(client, number) for number in others] == [[], []]
    assert len(taken(client, every)) == 1  # this list is a reading too, of nobody else
    assert len(taken(client, every)) == 1
    read(place, "administrator", VISITS)
    for most, is_said in ((20, False), (1, True)):
        monkeypatch.setattr(concerned, "MOST_READINGS", most)
        assert ("cuentan solo las últimas" in client.get(f"{LIST}/{every}").text) is is_said


@pytest.mark.nightly
def test_the_gestor_reports_one_of_the_platform_and_sees_masked_documents(place: Visited):
    client = place.browser("superuser")
    assert report(client, f"{LIST}/nuevo").status_code == 303
    number = breaches(place)[0].id
    assert "La plataforma" in client.get(LIST).text
    assert taken(client, number)[0][1] == "DNI *****501"
    assert place.browser("administrator").get(f"{LIST}/{number}").status_code == 404
    assert "incidente" not in place.browser("auditor").get("/mas").text.lower()


@pytest.mark.nightly
def test_readings_of_the_pcm_concern_people_too(place: Visited):
    auditor = place.browser("auditor")
    purpose = {"purpose": "Verificar la designación"}
    assert auditor.post("/entidades/E90001/documentos", data=purpose).status_code == 200
    client = place.browser("administrator")
    report(client, document="40000024")
    assert {row[2] for row in taken(client, breaches(place)[0].id)} == {
        "Municipalidad Distrital de Ejemplo 1"
    }


@pytest.mark.nightly
@pytest.mark.postgresql
def test_one_mail_says_that_the_term_ends_unless_the_authority_was_notified(
    app: Flask, place: Visited, clock: Clock
):
    superuser, administrator = place.browser("superuser"), place.browser("administrator")
    report(administrator)
    report(administrator, submission="notified")
    administrator.post(f"{LIST}/{breaches(place)[1].id}", data=NOTIFIED)
    report(superuser, f"{LIST}/nuevo", submission="of-the-platform")
    query = select(Mail).where(Mail.kind == "data_breach").order_by(Mail.user_id)
    sent = []
    for hours in (40, 2, 7):
        clock.forward(hours=hours)
        turn(app, worker.JOBS["breaches"])
        sent.append(place.all(query))
    assert [len(one) for one in sent] == [0, 2, 2]
    assert "hasta el 4 de marzo de 2026, 07:00" in sent[1][0].subject
    assert {mail.user_id for mail in sent[2]} == {
        place.people["administrator"],
        place.people["superuser"],
    }
