"""A session that has begun keeps its entities, although some of them choose again."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from app.base.models import InductionSession, Seat
from app.cases import processes
from app.onboarding.induction_sessions import cohort, overview
from app.onboarding.induction_sessions.attendance import sheet
from tests.app.onboarding.attended import Held, hold
from tests.app.onboarding.seats import choose, publish, published, session_row
from tests.app.walk import Walk
from tests.conftest import Clock

pytestmark = pytest.mark.nightly

RECORD = "record_thematic_induction"


@pytest.fixture
def held(walk: Walk, clock: Clock) -> Held:
    """Return a session that one of two entities attended; the other one missed it."""
    held = hold(walk, clock, 2)
    walk.answer(RECORD, "attended", instance=held.instances["E90001"])
    walk.answer(RECORD, "absent", instance=held.instances["E90002"])
    return held


def choose_again(walk: Walk, held: Held) -> int:
    """Let the entity that was absent choose another session; return its id."""
    later = published(walk, days=7)
    by = walk.people["administrator E90002"]
    assert choose(walk, held.instances["E90002"], by) == "seated"
    return later


def states(walk: Walk, key: int) -> dict[str, str]:
    """Return the state of each entity of a session, by code."""
    with walk.reading() as session:
        row = session.get_one(InductionSession, key)
        return {one.entity.code: one.state for one in cohort.guests(session, row)}


def outcomes(walk: Walk, key: int) -> dict[str, str]:
    """Return what the attendance sheet of a session says of each entity, by code."""
    with walk.reading() as session:
        row, user = session.get_one(InductionSession, key), walk.user(session, "sip")
        return {one.entity.code: one.state for one in sheet.lines_of(session, row, user)}


def test_an_absent_entity_that_chooses_again_stays_in_the_past_session(walk: Walk, held: Held):
    later = choose_again(walk, held)
    assert states(walk, held.key) == {"E90001": "attended", "E90002": "absent"}
    assert states(walk, later) == {"E90002": "waiting"}
    client = walk.browser("sip")
    page = client.get(f"/sesiones/{held.key}").text
    assert "E90002" in page
    assert "No asistió" in page
    assert client.get(f"/sesiones/{held.key}/lista-de-asistencia").status_code == 200
    with walk.reading() as session:
        seats = select(Seat.session_id, func.count(Seat.id)).group_by(Seat.session_id)
        assert {row[0]: row[1] for row in session.execute(seats)} == {held.key: 2, later: 1}
    assert (session_row(walk, held.key).taken, session_row(walk, later).taken) == (2, 1)


def test_each_recording_belongs_to_its_session(walk: Walk, held: Held, clock: Clock):
    later = choose_again(walk, held)
    clock.set(session_row(walk, later).at)
    walk.tick()
    hands = walk.read(overview.need_hand, [])
    assert [(one.row.id, one.why) for one in hands] == [
        (later, "Ya pasó y falta la asistencia de 1\xa0entidad.")
    ]
    assert outcomes(walk, held.key) == {"E90001": "Asistió", "E90002": "No asistió"}
    walk.answer(RECORD, "attended", instance=held.instances["E90002"])
    assert states(walk, held.key) == {"E90001": "attended", "E90002": "absent"}
    assert outcomes(walk, later) == {"E90002": "Asistió"}


def test_a_recording_that_goes_back_stays_with_its_session(walk: Walk, held: Held):
    task = held.step("E90002")
    walk.commit(
        processes.returns.attendance.take_back,
        task.id,
        "Se leyó la lista de otra sesión",
        walk.people["sip"],
    )
    assert states(walk, held.key)["E90002"] == "to_record"
    walk.answer(RECORD, "attended", instance=held.instances["E90002"])
    assert states(walk, held.key)["E90002"] == "attended"


def test_a_cancelled_case_stays_in_the_session_that_it_attended(walk: Walk, held: Held):
    with walk.writing() as session:
        by = walk.people["sip"]
        processes.cancel(session, held.instances["E90001"], "Lo pidió la entidad", by)
    assert states(walk, held.key) == {"E90001": "attended", "E90002": "absent"}
    assert outcomes(walk, held.key)["E90001"] == "Asistió"


def test_a_session_without_seats_has_no_list_to_print(walk: Walk):
    walk.begin_at("induction")
    with walk.writing() as session:
        key = publish(session, "thematic")
    client = walk.browser("sip")
    assert "lista-de-asistencia" not in client.get("/sesiones").text
    assert client.get(f"/sesiones/{key}/lista-de-asistencia").status_code == 404
    assert choose(walk, walk.id, walk.people["administrator"]) == "seated"
    assert f"/sesiones/{key}/lista-de-asistencia" in client.get("/sesiones").text
