"""*Hoy* of the Gestor and of an auditor: each count equals the length of the list behind it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app.base import audit_log
from app.base.models import Entity, NonWorkingDay
from app.cases.processes import versions
from app.ops import worker
from app.ops.worker.turns import turn
from app.people import access
from tests.app import cast
from tests.app.onboarding.test_today import plainly, sections_of, titles
from tests.app.walk import Walk, texts
from tests.conftest import Clock
from tests.pages import CheckingClient

PURPOSE = "Verificar la resolución"


def user_of(walk: Walk, role: str) -> CheckingClient:
    cast.account(walk.app, "40000031", role)
    return cast.signed_in(walk.app, "40000031")


@pytest.mark.nightly
def test_the_gestor_sees_people_without_a_role(walk: Walk):
    gestor = user_of(walk, "superuser")
    assert "sin-funcion" not in titles(gestor)
    with walk.writing() as session:
        cast.person(session, "40000501")
        place = session.scalars(select(Entity).limit(1)).one()
        user = cast.person(session, "40000502", "operator", place)
        access.revoke(session, user, "operator", place, None)
    assert titles(gestor)["sin-funcion"] == "2 personas sin función"
    page = gestor.get(sections_of(gestor)["sin-funcion"][1]).text
    assert "Ejemplo 501" in page
    assert "Ejemplo 502" in page
    assert "Ejemplo 031" not in page.partition("<main")[2]


@pytest.mark.nightly
def test_the_gestor_sees_that_the_worker_stopped(walk: Walk, clock: Clock):
    gestor = user_of(walk, "superuser")
    turn(walk.app, worker.JOBS["tick"])
    assert "estado" not in titles(gestor)
    clock.forward(minutes=16)
    assert titles(gestor)["estado"].startswith("Nadie atiende los plazos desde el 2 de marzo")
    assert sections_of(gestor)["estado"][1] == "/estado"
    assert "estado" not in titles(walk.browser("sip"))


@pytest.mark.nightly
def test_a_proposed_version_waits_for_another_gestor(walk: Walk):
    gestor, author = user_of(walk, "superuser"), walk.person("40000051", "superuser")
    text = texts()["designation.bpmn"].replace("working_days(45)", "working_days(50)")
    changed = versions.checked(texts() | {"designation.bpmn": text})
    with walk.writing() as session:
        offered = versions.offer(session, changed, source="page")
        versions.propose(session, offered.id, reason="Más días.", actor_id=author)
    assert next(iter(titles(gestor))) == "propuestas"
    title, url = sections_of(gestor)["propuestas"]
    assert title == "1 propuesta espera a una segunda persona"
    assert "Poner en vigor la versión" in gestor.get("/hoy").text
    assert "Más días." in gestor.get(url).text
    assert "propuestas" not in titles(cast.signed_in(walk.app, "40000051"))
    # It touches steps of the SIP and the entity, and none of the Despacho.
    assert "propuestas" in titles(walk.browser("sip"))
    assert "propuestas" not in titles(walk.browser("secretary"))
    page = walk.browser("sip").get(url)
    assert "Más días." in page.text
    assert 'name="answer"' not in page.text


@pytest.mark.parametrize(("month", "shown"), [(10, False), (11, True)])
def test_the_gestor_is_reminded_of_the_next_calendar(
    walk: Walk, clock: Clock, month: int, shown: bool
):
    clock.set(datetime(2026, month, 3, 15, tzinfo=UTC))
    gestor = user_of(walk, "superuser")
    assert ("calendario" in titles(gestor)) is shown
    with walk.writing() as session:
        day = datetime(2027, 1, 2, tzinfo=UTC).date()
        session.add(NonWorkingDay(on=day, scope="national", norm="Decreto de ejemplo"))
    assert "calendario" not in titles(gestor)


@pytest.mark.nightly
def test_changes_of_the_catalogue_are_counted_for_a_week(walk: Walk, clock: Clock):
    gestor = user_of(walk, "superuser")
    assert "cambios" not in titles(gestor)
    with walk.writing() as session:
        place = session.scalars(select(Entity)).first()
        assert place is not None
        for _ in range(2):
            audit_log.write(session, "entity.answer_changed", actor_id=None, entity_id=place.id)
    title, url = sections_of(gestor)["cambios"]
    assert title == "2 cambios del catálogo en los últimos 7 días"
    assert gestor.get(url).text.count("Cambió lo que la entidad había respondido") == 2
    clock.forward(days=8)
    assert "cambios" not in titles(cast.signed_in(walk.app, "40000031"))


@pytest.mark.nightly
def test_an_auditor_sees_who_read_documents_and_what_changed(walk: Walk, clock: Clock):
    auditor = user_of(walk, "auditor")
    coordinator = walk.browser("sip")
    for number in (walk.people["preparer"], walk.people["sgtd"]):
        coordinator.post(f"/personas/{number}/documento", data={"purpose": PURPOSE})
    found = sections_of(auditor)
    assert found["documentos"][0] == (
        "2 consultas de documentos de identidad en los últimos 30 días"
    )
    assert plainly(auditor.get("/hoy").text).count(f"{PURPOSE} ·") == 2
    page = auditor.get(found["documentos"][1]).text
    assert page.count("Se consultaron números de documento") == 2
    assert re.match(r"\d+ cambios en los últimos 7 días", found["cambios"][0])
    assert "documentos" not in titles(coordinator)
    clock.forward(days=31)
    assert "documentos" not in titles(cast.signed_in(walk.app, "40000031"))


@pytest.mark.nightly
def test_an_auditor_sees_delays_by_party(walk: Walk, clock: Clock):
    auditor = user_of(walk, "auditor")
    walk.begin()
    assert "atrasos" not in titles(auditor)
    clock.forward(days=20)
    auditor = cast.signed_in(walk.app, "40000031")
    page = plainly(auditor.get("/hoy").text)
    assert "Atrasos por quien los tiene" in page
    assert "La entidad" in page
    assert "1 entidad" in page
    assert (
        "/entidades?estado=todos&amp;manos=entidad&amp;plazo=atrasado" in auditor.get("/hoy").text
    )
    assert "1 entidad" in plainly(auditor.get("/entidades?manos=entidad&plazo=atrasado").text)


@pytest.mark.nightly
def test_the_number_of_statements_does_not_grow(walk: Walk):
    auditor = user_of(walk, "auditor")
    sent = []
    for _ in range(2):
        auditor.get("/hoy")
        with walk.statements() as found:
            auditor.get("/hoy")
        sent.append(len(found))
        with walk.writing() as session:
            for number in range(4):
                user = walk.user(session, "sip")
                audit_log.write(
                    session, "document.searched", actor_id=user.id, purpose=PURPOSE, people=number
                )
    assert sent[1] <= sent[0] + 1
