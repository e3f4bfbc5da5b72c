"""Seats for many: a session that changes while entities are enrolled or moved."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import func, select

from app.base.models import InductionSession, ProcessInstance, Seat, WaitingSeat
from app.cases import processes
from app.cases.processes.returns import seating
from app.onboarding.batches import doing
from tests.app.onboarding.batches.batched import confirm, rows_of
from tests.app.onboarding.seats import begun, change, choose, published, session_row
from tests.app.together import together
from tests.app.walk import Walk
from tests.bench.copies import Prototype, copy_one
from tests.conftest import Clock

pytestmark = pytest.mark.nightly

BAR = "/entidades/lotes/elegidas"
Cases = list[tuple[int, int]]


@pytest.fixture
def cases(walk: Walk, clock: Clock) -> Cases:
    """Return three cases at the induction, of E90001 to E90003; the first has the longest clock."""
    return begun(walk, clock, 3)


CODES = ["E90001", "E90002", "E90003"]


def checked(walk: Walk, key: int, codes: Sequence[str]) -> str:
    """Store the dry run of an enrolment; return the address of its batch."""
    data = {"enviado": "1", "session": str(key), "codigo": list(codes)}
    answer = walk.browser("sip").post(f"{BAR}/inscribir", data=data)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def plans(walk: Walk, place: str) -> list[str]:
    return [row.plan for row in rows_of(walk, place)]


def results(walk: Walk, place: str) -> list[str]:
    """Return the results of the rows, each of which says what was done or why not."""
    rows = rows_of(walk, place)
    assert all(row.message for row in rows)
    return [row.result for row in rows]


def assert_counted(walk: Walk) -> None:
    """Assert that each session counts its seats, no case has two, and who waits has none."""
    for row in walk.all(select(InductionSession)):
        seats = walk.all(select(Seat.instance_id).where(Seat.session_id == row.id))
        waits = walk.all(select(WaitingSeat.instance_id).where(WaitingSeat.session_id == row.id))
        assert row.taken == len(seats) <= row.seats
        assert not {*seats} & {*waits}
        assert not (row.cancelled and (seats or waits))
    twice = select(Seat.instance_id).group_by(Seat.instance_id).having(func.count() > 1)
    assert walk.all(twice) == []


def test_marked_entities_of_a_session_are_moved_to_another_one(walk: Walk, cases: Cases):
    before = published(walk, 3)
    assert [choose(walk, *case) for case in cases] == ["seated"] * 3
    client, url = walk.browser("sip"), f"/sesiones/{before}"
    assert "act-bar" not in client.get(url).text  # there is no other session
    after, topics = published(walk, 3), "technical"
    other = published(walk, days=7, topic=topics)
    page = client.get(url).text
    assert f'<option value="{after}">' in page
    assert f'<option value="{other}">' not in page
    assert "act-bar" not in walk.browser("secretary").get(url).text
    address = f"{BAR}/mover-de-sesion"
    assert f'action="{address}"' in page
    fields = {"enviado": "1", "de": f"sesion-{before}", "session": str(after)}
    assert client.post(address, data=fields).location == url  # nothing is marked
    answer = client.post(address, data=fields | {"codigo": "E90002"})
    assert plans(walk, answer.location) == ["do"]
    confirm(client, answer.location, 1)
    assert (session_row(walk, before).taken, session_row(walk, after).taken) == (2, 1)
    answer = client.post(address, data=fields | {"todas": "1", "session": ""})
    assert answer.status_code == 422
    assert answer.text.count('name="codigo"') == 2
    assert f'href="{url}"' in answer.text
    answer = client.post(address, data=fields | {"todas": "1"})
    confirm(client, answer.location, 2)
    assert results(walk, answer.location) == ["done"] * 2
    assert (session_row(walk, before).taken, session_row(walk, after).taken) == (0, 3)
    assert_counted(walk)


def forty(walk: Walk) -> tuple[list[str], list[int]]:
    """Bring forty cases to the choice of their session: a real one and its copies."""
    original = walk.begin_at("induction", code="E90001")
    with walk.writing() as session:
        prototype = Prototype.read(session, original)
        for number in range(1, 40):
            copy_one(session, prototype, number)
    with walk.reading() as session:
        rows = session.scalars(select(ProcessInstance).order_by(ProcessInstance.id)).all()
        return [row.entity.code for row in rows], [row.id for row in rows]


def test_half_of_forty_rows_changed_since_the_dry_run(walk: Walk):
    codes, instances = forty(walk)
    key, other = published(walk, 15), published(walk, 40, days=40)
    place = checked(walk, key, codes)
    assert plans(walk, place) == ["do"] * 40
    by = walk.people["sip"]
    with walk.writing() as session:
        for instance in instances[:10]:
            processes.suspend(session, instance, "Lo pidió la entidad", by)
        for instance in instances[10:15]:
            processes.cancel(session, instance, "Lo pidió la entidad", by)
        for instance in instances[15:20]:
            processes.enrol(session, instance, key, by)
    place_again = checked(walk, other, codes[-5:])
    page = confirm(walk.browser("sip"), place, 40)
    found = results(walk, place)
    assert (found.count("done"), found.count("same"), found.count("refused")) == (20, 5, 15)
    assert "está suspendido" in page
    assert session_row(walk, key).taken == 15
    confirm(walk.browser("sip"), place_again, 5)
    assert results(walk, place_again) == ["done"] * 5  # they left the list
    assert_counted(walk)


def cancelled(walk: Walk, key: int) -> None:
    assert walk.browser("sip").post(f"/sesiones/{key}/cancelar").status_code in {303, 404}


def moved(walk: Walk, key: int) -> None:
    assert change(walk, key, on="06/04/2026", seats="2").status_code == 303


@pytest.mark.parametrize(
    ("meanwhile", "expected"), [(cancelled, ["refused"] * 3), (moved, ["done"] * 3)]
)
def test_a_session_changes_between_the_dry_run_and_the_confirmation(
    walk: Walk, cases: Cases, meanwhile: Callable[[Walk, int], None], expected: list[str]
):
    key = published(walk, 2)
    place = checked(walk, key, CODES)
    assert plans(walk, place) == ["do"] * 3
    meanwhile(walk, key)
    page = confirm(walk.browser("sip"), place, 3)
    assert results(walk, place) == expected
    assert (seating.GONE in page) == (meanwhile is cancelled)
    assert_counted(walk)


@pytest.mark.postgresql
@pytest.mark.parametrize("meanwhile", [cancelled, moved])
def test_a_session_changes_while_entities_are_enrolled(
    walk: Walk, cases: Cases, meanwhile: Callable[[Walk, int], None]
):
    key = published(walk, 2)
    place = checked(walk, key, CODES)
    number = int(place.rsplit("/", 1)[1])
    assert walk.commit(doing.confirm, number, 3, walk.people["sip"])
    came = together(lambda: doing.work(walk.engine, number), lambda: meanwhile(walk, key))
    assert not [one for one in came if isinstance(one, Exception)], came
    doing.work(walk.engine, number)  # what a lock left to the worker
    assert set(results(walk, place)) <= {"done", "refused"}
    assert_counted(walk)
    for instance, _ in cases:
        walk.assert_consistent(instance)


def test_a_session_that_is_emptied_meanwhile_has_seats_for_those_to_enrol(walk: Walk, cases: Cases):
    full = published(walk, 1)
    assert choose(walk, *cases[0]) == "seated"
    other = published(walk, 2, days=40)
    place = checked(walk, full, CODES[1:])
    assert "No quedan cupos" in rows_of(walk, place)[0].message
    walk.act(processes.move_seat, other, on=cases[0][0])
    confirm(walk.browser("sip"), place, 2)
    rows = rows_of(walk, place)
    assert "Tiene cupo" in rows[0].message
    assert "lista de espera" in rows[1].message
    assert_counted(walk)
