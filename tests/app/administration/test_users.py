"""The superuser's pages: people, their roles, and the coordinators in charge."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar, db
from app.base.models import (
    Deployment,
    Entity,
    Grant,
    Mail,
    ProcessInstance,
    Task,
    User,
)
from app.people import access
from tests.app.cast import (
    NEW_PASSWORD,
    account,
    all_of,
    entity,
    kinds,
    last_entry,
    link,
    person,
    sign_in,
    signed_in,
)
from tests.app.posted import refused
from tests.pages import CheckingClient


@pytest.fixture
def superuser(app: Flask) -> CheckingClient:
    """Return the superuser's browser."""
    account(app, "40000001", "superuser")
    return signed_in(app, "40000001")


def invitation(**values: str) -> dict[str, str]:
    """Return a good answer to the form that invites."""
    return {
        "document_type": "DNI",
        "document_number": "40000002",
        "given_names": "Luis Persona",
        "surnames": "Mamani Muestra",
        "email": "luis@example.pe",
        "role": "sip",
        "entity_code": "",
    } | values


def places(app: Flask, count: int = 1) -> None:
    """Return codes of entities of the tests: E90001, E90002 …"""
    with app.app_context():
        for number in range(1, count + 1):
            entity(db.session(), f"E9000{number}")
        db.session().commit()


def test_a_coordinator_is_invited_opens_the_account_and_signs_in(app, superuser):
    answer = superuser.post("/personas/nueva", data=invitation())
    assert answer.status_code == 303
    page = superuser.get(answer.headers["Location"]).text
    assert "Coordinador de la SIP" in page
    assert "DNI *****002" in page
    assert "40000002" not in page
    app.test_client().post(link(app, "invitation"), data={"new_password": NEW_PASSWORD})
    assert sign_in(app.test_client(), "40000002", NEW_PASSWORD).status_code == 303
    assert kinds(app)[-3:] == ["person.role_granted", "person.invited", "person.password_set"]


def test_a_person_is_invited_to_a_role_in_an_entity(app, superuser):
    places(app)
    assert 'value="E90001"' in superuser.get("/personas/nueva?entidad=E90001").text
    data = invitation(role="operator", entity_code="e90001")
    assert superuser.post("/personas/nueva", data=data).status_code == 303
    (held,) = all_of(app, select(Grant).where(Grant.role == "operator"))
    assert held.entity_id is not None


def test_a_bad_invitation_names_its_field_and_invites_nobody(app, superuser, subtests):
    places(app)
    wrong = [
        ("entity_code", {"role": "operator"}),
        ("entity_code", {"role": "operator", "entity_code": "E99999"}),
        ("entity_code", {"role": "sip", "entity_code": "E90001"}),
        ("document_number", {"document_number": "1"}),
        ("email", {"email": "luis"}),
        ("surnames", {"surnames": "123"}),
    ]
    for field, values in wrong:
        with subtests.test(field, values=values):
            answer = superuser.post("/personas/nueva", data=invitation(**values))
            assert list(refused(answer)) == [field]
    assert len(all_of(app, select(User))) == 1
    account(app, "40000002", "auditor")
    answer = superuser.post("/personas/nueva", data=invitation())
    assert answer.status_code == 422
    assert "ya tiene una cuenta con otro correo" in answer.text


def test_people_are_found_by_name_and_never_by_number(app, superuser):
    account(app, "40000002", surnames="Ñahui Córdova")
    assert "Ñahui Córdova" in superuser.get("/personas?q=cordova+nahui").text
    assert "Ñahui Córdova" in superuser.get("/personas?q=persona.002@example").text
    assert "Nadie coincide" in superuser.get("/personas?q=40000002").text
    assert superuser.get("/personas/999999").status_code == 404
    assert superuser.post("/personas/999999/desactivar").status_code == 404


def test_a_deactivated_person_is_signed_out_and_comes_back_reactivated(app, superuser):
    number = account(app, "40000002", "auditor")
    theirs = signed_in(app, "40000002")
    assert superuser.post(f"/personas/{number}/desactivar").status_code == 303
    assert theirs.get("/cuenta").status_code == 303
    assert sign_in(theirs, "40000002").status_code == 422
    assert superuser.post(f"/personas/{number}/reactivar").status_code == 303
    assert sign_in(theirs, "40000002").status_code == 303
    assert kinds(app)[-2:] == ["person.deactivated", "person.reactivated"]


def test_the_last_superuser_stays(app, superuser):
    (own,) = all_of(app, select(Grant))
    for path in ("desactivar", f"funciones/{own.id}/quitar"):
        superuser.post(f"/personas/{own.user_id}/{path}")
        assert superuser.get("/personas").status_code == 200


def test_a_role_is_given_taken_and_given_again_and_nothing_is_erased(app, superuser):
    places(app)
    number = account(app, "40000002")
    data = {"role": "preparer", "entity_code": "E90001"}
    for _ in range(2):
        assert superuser.post(f"/personas/{number}/funciones", data=data).status_code == 303
    (held,) = all_of(app, select(Grant).where(Grant.role == "preparer"))
    assert all_of(app, select(Mail.kind))[0] == "new_role"
    path = f"/personas/{number}/funciones/{held.id}/quitar"
    assert superuser.post(path).status_code == 303
    assert superuser.post(path).status_code == 404
    superuser.post(f"/personas/{number}/funciones", data=data)
    ends = all_of(app, select(Grant.until_at).where(Grant.role == "preparer"))
    assert sorted(end is None for end in ends) == [False, True]


def test_another_address_opens_the_account_anew_from_there(app, superuser):
    number = account(app, "40000002")
    theirs = signed_in(app, "40000002")
    path = f"/personas/{number}/correo"
    assert superuser.post(path, data={"email": "nada"}).status_code == 422
    assert superuser.post(path, data={"email": "nuevo@example.org"}).status_code == 303
    assert theirs.get("/cuenta").status_code == 303
    assert sign_in(theirs, "40000002").status_code == 422
    posted = [(one.kind, one.to) for one in all_of(app, select(Mail).order_by(Mail.id))]
    former = ("address_changed", "persona.002@example.pe")
    assert posted == [former, ("invitation", "nuevo@example.org")]
    assert theirs.get(link(app, "invitation")).status_code == 200


def test_an_invitation_is_sent_again(app, superuser):
    superuser.post("/personas/nueva", data=invitation())
    earlier = link(app, "invitation")
    number = all_of(app, select(User.id).order_by(User.id))[-1]
    superuser.post(f"/personas/{number}/invitacion")
    assert link(app, "invitation") != earlier
    assert app.test_client().get(earlier).status_code == 410


# Coordinators in charge -----------------------------------------------------------------------


def in_charge(app: Flask) -> dict[str, tuple[int | None, int | None]]:
    """Return entity code → the coordinators in charge, for SIP and SGTD."""
    rows = all_of(app, select(Entity))
    return {row.code: (row.sip_coordinator_id, row.sgtd_coordinator_id) for row in rows}


def test_coordinators_and_nobody_else_are_put_in_charge_one_by_one(app, superuser):
    places(app, 2)
    sip, sgtd = account(app, "40000002", "sip"), account(app, "40000003", "sgtd")
    for value in (str(sgtd), "999", "x"):
        answer = superuser.post("/coordinadores", data={"sip": value, "entidad": ["E90001"]})
        assert answer.status_code == 400
    assert superuser.post("/coordinadores", data={"sip": ""}).status_code == 303
    assert in_charge(app) == {"E90001": (None, None), "E90002": (None, None)}
    data = {"sip": sip, "sgtd": sgtd, "entidad": ["E90001"], "a": "marcadas"}
    assert superuser.post("/coordinadores", data=data).status_code == 303
    assert in_charge(app) == {"E90001": (sip, sgtd), "E90002": (None, None)}
    assert last_entry(app).kind == "entity.coordinator_assigned"
    history = superuser.get("/entidades/E90001/historial").text
    assert "Coordinador de la SGTD a cargo: nadie → Persona Ejemplo 003" in history
    assert "Persona Ejemplo 002" in superuser.get("/coordinadores").text
    left = superuser.get("/coordinadores?sin=1").text
    assert "E90002" in left
    assert "E90001" not in left
    superuser.post("/coordinadores", data={"sip": "0", "entidad": ["E90001"]})
    assert in_charge(app)["E90001"] == (None, sgtd)


def test_coordinators_are_put_in_charge_of_all_that_a_filter_finds(app, superuser):
    places(app, 3)
    with app.app_context():
        entity(db.session(), "E90009", department="Cusco")
        db.session().commit()
    sip = account(app, "40000002", "sip")
    data = {"sip": sip, "a": "todas", "region": "Lima"}
    query = superuser.post("/coordinadores", data=data)
    assert query.status_code == 200
    count = re.search(r'name="cuantas" value="(\d+)"', query.text)
    assert count
    assert "Región: Lima" in query.text
    answer = superuser.post("/coordinadores", data={**data, "cuantas": "99"})
    assert (answer.status_code, "El número cambió" in answer.text) == (409, True)
    answer = superuser.post("/coordinadores", data={**data, "cuantas": count[1]})
    assert answer.headers["Location"] == "/coordinadores?region=Lima"
    found = in_charge(app)
    assert found.pop("E90009") == (None, None)
    assert set(found.values()) == {(sip, None)}


# Recipients of a task's mails, and users who may answer it ------------------------------------


def a_task(session: Session, place: Entity, role: str) -> Task:
    """Return an open task of a lane; those of an entity have one instance."""
    now = calendar.now()
    deployment = session.scalar(select(Deployment)) or Deployment(hash="of the test", texts={})
    of_place = select(ProcessInstance).where(ProcessInstance.entity == place)
    instance = session.scalar(of_place) or ProcessInstance(
        entity=place, deployment=deployment, process="onboarding", state=b"", started_at=now
    )
    task = Task(
        instance=instance,
        entity=place,
        engine_id=f"{place.code} {role}",
        step="sign_letter",
        name="Firmar",
        role=role,
        process="designation",
        opened_at=now,
    )
    session.add_all([deployment, instance, task])
    session.flush()
    return task


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """Yield a session of an application."""
    with app.app_context():
        yield db.session()


def test_mails_of_a_task_go_to_its_lanes_people_in_its_entity(session):
    here, there = entity(session), entity(session, "E90002")
    people = {
        role: person(session, f"4100000{n}", role, here)
        for n, role in enumerate(("authority", "preparer", "alternate", "operator"))
    }
    person(session, "42000001", "administrator", there)
    task = a_task(session, here, "administrator")
    assert access.recipients(session, task.role, task.entity) == [people["alternate"]]
    administrator = person(session, "41000009", "administrator", here)
    assert access.recipients(session, task.role, task.entity) == [administrator]
    administrator.active = False
    assert access.recipients(session, task.role, task.entity) == [people["alternate"]]
    task.role = "authority"
    assert access.recipients(session, task.role, task.entity) == [
        people["preparer"],
        people["authority"],
    ]


def test_mails_of_the_pcm_go_to_the_coordinator_in_charge_else_to_all(session):
    here = entity(session)
    one, other = person(session, "41000001", "sip"), person(session, "41000002", "sip")
    task = a_task(session, here, "sip")
    assert access.recipients(session, task.role, task.entity) == [one, other]
    here.sip_coordinator = other
    session.flush()
    assert access.recipients(session, task.role, task.entity) == [other]
    access.revoke(session, other, "sip", None, None)
    assert access.recipients(session, task.role, task.entity) == [one]


def test_one_may_answer_the_steps_of_ones_lane_in_ones_entity(session):
    lanes = {
        "authority": {"authority"},
        "preparer": {"authority"},
        "administrator": {"administrator"},
        "alternate": {"administrator"},
        "operator": set(),
        "sip": {"sip"},
        "sgtd": {"sgtd"},
        "secretary": {"secretary"},
        "auditor": set(),
        "superuser": set(),
    }
    here, there = entity(session), entity(session, "E90002")
    tasks = [
        a_task(session, here, lane)
        for lane in ("authority", "administrator", "sip", "sgtd", "secretary")
    ]
    elsewhere = a_task(session, there, "administrator")
    people = {
        role: person(session, f"4100001{n}", role, here if role in access.ENTITY_ROLES else None)
        for n, role in enumerate(lanes)
    }
    for role, user in people.items():
        mine = set(session.scalars(select(Task).where(access.answerable(user))))
        assert {task.role for task in mine} == lanes[role]
        assert elsewhere not in mine
        assert mine == {task for task in [*tasks, elsewhere] if access.may_answer(user, task)}
    for task in tasks:
        task.state = "completed"
    session.flush()
    for user in people.values():
        assert not session.scalars(select(Task).where(access.answerable(user))).all()
        user.active = False
        assert not access.roles_of(user, here)


def test_a_new_role_of_the_pcm_is_mailed_to_all_who_manage_users(app, superuser):
    account(app, "40000003", "superuser")
    places(app)
    superuser.post("/personas/nueva", data=invitation())
    superuser.post("/personas/nueva", data=invitation(role="operator", entity_code="E90001"))
    (one, other) = all_of(app, select(Mail).where(Mail.kind == "staff_role").order_by(Mail.to))
    assert [one.to, other.to] == ["persona.001@example.pe", "persona.003@example.pe"]
    assert "dio a Luis Persona Mamani Muestra la función «Coordinador de la SIP»" in one.body


def test_a_role_of_an_entity_cannot_be_had_in_the_pcm_nor_the_other_way_round(session):
    here, user = entity(session), person(session, "41000001")
    for role, place in (("preparer", None), ("sip", here), ("emperor", None)):
        with pytest.raises(ValueError, match="no such role here"):
            access.grant(session, user, role, place, None)
    assert access.revoke(session, user, "sip", None, None) is False


def test_entities_of_a_sector_are_put_in_charge_together(app, superuser):
    with app.app_context():
        session = db.session()
        for code, sector in (("E90011", "Salud"), ("E90012", "Salud"), ("E90013", "Educación")):
            entity(session, code, sector=sector)
        sip = str(person(session, "40000071", "sip").id)
        session.commit()
    data = {"sip": sip, "a": "todas", "sector": "Salud"}
    assert "¿Encargar 2\xa0entidades?" in superuser.post("/coordinadores", data=data).text
    answer = superuser.post("/coordinadores", data={**data, "cuantas": "2"})
    assert (answer.status_code, answer.location) == (303, "/coordinadores?sector=Salud")
    chosen = select(Entity.code).where(Entity.sip_coordinator_id == int(sip))
    assert all_of(app, chosen.order_by(Entity.code)) == ["E90011", "E90012"]
