"""The calendar of a person: its address, secret and void when replaced, and what is in it."""

from __future__ import annotations

import logging
import re
from datetime import timedelta

import icalendar
import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import CalendarAddress, Entity, InductionSession, LogEntry, Task
from app.cases import processes
from app.people.accounts.links import set_password
from tests.app import cast
from tests.app.walk import CODE, Walk
from tests.conftest import Clock
from tests.pages import CheckingClient

PAGE = "/cuenta/calendario"


def make(client: CheckingClient, names: str = "no") -> str:
    """Make an address; return its path."""
    answer = client.post(PAGE, data={"names": names})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    found = re.search(r"/calendario/[\w-]{43}\.ics", answer.text)
    assert found
    return found[0]


def read(walk: Walk, path: str) -> list[icalendar.Component]:
    """Return the events of a calendar, read without signing in."""
    answer = walk.app.test_client().get(path)
    assert answer.status_code == 200
    assert answer.mimetype == "text/calendar"
    return list(icalendar.Calendar.from_ical(answer.data).walk("VEVENT"))


def published(walk: Walk) -> int:
    """Publish a session in ten days; return its number."""
    with walk.writing() as session:
        row = InductionSession(
            topic="thematic",
            changed_at=calendar.now(),
            at=calendar.now() + timedelta(days=10),
            minutes=90,
            seats=5,
            created_by_id=walk.people["sip"],
            place="Auditorio Ejemplo",
            link="https://reunion.example.pe/secreta",
        )
        session.add(row)
        session.flush()
        return row.id


@pytest.mark.nightly
def test_a_person_sees_their_steps_on_their_last_day(walk: Walk):
    walk.begin()
    path = make(walk.browser("preparer"))
    (task,) = walk.all(select(Task).where(Task.state == "open"))
    assert task.due_at is not None
    (event,) = read(walk, path)
    assert event.decoded("dtstart") == calendar.last_day(task.due_at)
    assert event.decoded("dtend") - event.decoded("dtstart") == timedelta(days=1)
    assert str(event["uid"]).startswith(f"task-{task.id}@")
    assert str(event["summary"]) == task.name
    assert str(event["url"]).endswith(f"/tareas/{task.id}")


def test_names_of_entities_are_there_only_where_the_person_chose_them(walk: Walk):
    walk.begin()
    client = walk.browser("preparer")
    (name,) = walk.all(select(Entity.name).where(Entity.code == CODE))
    silent = walk.app.test_client().get(make(client)).text
    assert name not in silent
    assert CODE not in silent
    (event,) = read(walk, make(client, "entity"))
    assert str(event["summary"]).endswith(f" · {name}")


def test_a_new_address_voids_the_old_one_and_only_a_hash_is_stored(walk: Walk):
    client = walk.browser("preparer")
    first, second = make(client), make(client)
    public = walk.app.test_client()
    assert public.get(first).status_code == 404
    assert public.get(second).status_code == 200
    secret = second.removeprefix("/calendario/").removesuffix(".ics")
    (row,) = walk.all(select(CalendarAddress))
    assert secret not in row.secret_hash
    logged = walk.all(select(LogEntry))
    assert not any(secret in str(entry.data) for entry in logged)
    assert [one.kind for one in logged if "calendar" in one.kind] == ["person.calendar_made"] * 2
    assert "Tienes una dirección desde" in client.get(PAGE).text
    assert secret not in client.get(PAGE).text
    assert client.post(f"{PAGE}/anular").status_code == 303
    assert public.get(second).status_code == 404
    assert "No tenías una dirección." in client.post(f"{PAGE}/anular", follow_redirects=True).text


@pytest.mark.parametrize("how", ["deactivated", "suspended", "left"])
def test_the_address_of_who_may_not_sign_in_is_not_found(walk: Walk, how: str):
    path = make(walk.browser("preparer"))
    with walk.writing() as session:
        user = walk.user(session, "preparer")
        if how == "deactivated":
            user.active = False
        elif how == "suspended":
            user.suspended_at = calendar.now()
        else:
            user.grants[0].until_at = calendar.now()
    assert walk.app.test_client().get(path).status_code == 404
    assert walk.app.test_client().get(f"/calendario/{'x' * 200}.ics").status_code == 404


@pytest.mark.parametrize("how", ["superuser", "self", "password"])
def test_what_ends_all_sign_ins_voids_the_address(walk: Walk, how: str):
    client = walk.browser("preparer")
    path, boss = make(client), 0
    with walk.writing() as session:
        user = walk.user(session, "preparer")
        number = user.document_number
        if how == "password":
            set_password(session, user, "x")
    if how == "superuser":
        boss = cast.account(walk.app, "41000002", "superuser")
        answer = cast.signed_in(walk.app, "41000002").post(
            f"/personas/{walk.people['preparer']}/sesiones", follow_redirects=True
        )
        assert "Anulamos la dirección de su calendario." in answer.text
    elif how == "self":
        cast.signed_in(walk.app, number)
        answer = client.post("/cuenta/sesiones", follow_redirects=True)
        assert "Si tenías una dirección de tu calendario, ya no vale" in answer.text
    assert walk.app.test_client().get(path).status_code == 404
    (voided,) = walk.all(select(LogEntry).where(LogEntry.kind == "person.calendar_voided"))
    assert voided.actor_id == (boss if how == "superuser" else walk.people["preparer"])


def test_programs_revalidate_nobody_else_stores_it_and_logs_lack_the_secret(
    walk: Walk, caplog: pytest.LogCaptureFixture
):
    path = make(walk.browser("preparer"))
    answer = walk.app.test_client().get(path)
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    again = walk.app.test_client().get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    with caplog.at_level(logging.DEBUG):
        walk.app.test_client().get(path)
    logged = " ".join(str(vars(record)) for record in caplog.records if record.name != "sqlalchemy")
    assert "/calendario/<secret>.ics" in logged
    assert path.removeprefix("/calendario/") not in logged


def test_an_address_is_read_only_so_often(walk: Walk):
    path = make(walk.browser("preparer"))
    walk.app.config["PAGES_PER_MINUTE"] = 2
    answers = [walk.app.test_client().get(path) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert int(answers[2].headers["Retry-After"]) > 0


def test_an_extended_step_moves_with_the_next_sequence(walk: Walk, clock: Clock):
    walk.begin()
    path = make(walk.browser("preparer"))
    (before,) = read(walk, path)
    clock.forward(days=1)
    with walk.writing() as session:
        task = session.scalars(select(Task).where(Task.state == "open")).one()
        task.due_kind = "práctica"
        processes.extend(session, task.id, 5, "Piden más plazo", walk.people["sip"])
    (after,) = read(walk, path)
    assert after["uid"] == before["uid"]
    assert after.decoded("dtstart") > before.decoded("dtstart")
    assert (before["sequence"], after["sequence"]) == (0, 1)
    assert after.decoded("last-modified") > before.decoded("last-modified")


@pytest.mark.nightly
def test_a_coordinator_sees_what_is_in_their_charge_and_their_sessions(walk: Walk, clock: Clock):
    walk.begin()
    number = published(walk)
    path = make(walk.browser("sip"))

    def kinds() -> list[str]:
        return sorted(str(event["uid"]).split("-")[0] for event in read(walk, path))

    with walk.writing() as session:
        session.scalars(select(Task).where(Task.state == "open")).one().role = "sip"
    assert kinds() == ["session"]
    with walk.writing() as session:
        entity = cast.entity_of(session, CODE)
        entity.sip_coordinator_id = walk.people["sip"]
    assert kinds() == ["session", "task"]
    session_event = next(one for one in read(walk, path) if str(one["uid"]).startswith("session"))
    assert str(session_event["uid"]).startswith(f"session-{number}@")
    assert str(session_event["url"]) == "https://reunion.example.pe/secreta"
    assert str(session_event["location"]) == "Auditorio Ejemplo"
    assert str(session_event["status"]) == "CONFIRMED"
    assert session_event.decoded("dtend") - session_event.decoded("dtstart") == timedelta(
        minutes=90
    )
    clock.forward(hours=1)
    assert walk.browser("sip").post(f"/sesiones/{number}/cancelar").status_code == 303
    session_event = next(one for one in read(walk, path) if str(one["uid"]).startswith("session"))
    assert (str(session_event["status"]), session_event["sequence"]) == ("CANCELLED", 1)


@pytest.mark.nightly
@pytest.mark.postgresql
def test_a_coordinator_sees_the_sessions_of_their_secretariat_and_of_their_entities(walk: Walk):
    walk.begin_at("induction")
    key = published(walk)
    paths = {role: make(walk.browser(role)) for role in ("sip", "sgtd", "preparer")}

    def seen(role: str) -> list[str]:
        return [str(one["uid"]) for one in read(walk, paths[role]) if "session" in one["uid"]]

    walk.change(InductionSession, key, created_by_id=None)
    assert [len(seen(role)) for role in ("sip", "sgtd", "preparer")] == [1, 0, 0]
    walk.answer("choose_thematic_session")
    assert seen("sgtd") == []
    with walk.writing() as session:
        entity = cast.entity_of(session, CODE)
        entity.sgtd_coordinator_id = walk.people["sgtd"]
    assert seen("sgtd") == seen("sip")


@pytest.mark.nightly
def test_the_sessions_of_an_entity_are_in_the_calendar_of_its_administrator(walk: Walk):
    walk.begin_at("induction")
    published(walk)
    walk.answer("choose_thematic_session")
    client = walk.browser("administrator")
    mine = [one for one in read(walk, make(client)) if "task" not in str(one["uid"])]
    assert [str(one["summary"]) for one in mine] == [
        "Inducción temática · Registro de Visitas en Línea"
    ]
    assert "location" not in mine[0]
    named = [one for one in read(walk, make(client, "entity")) if "task" not in str(one["uid"])]
    assert str(named[0]["location"]) == "Auditorio Ejemplo"
