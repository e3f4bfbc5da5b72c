"""Legal notices that wait for the hours of sending, while the case continues."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy import update

from app.base import calendar
from app.base.models import Mail, Task
from app.cases import processes
from app.mailroom import sending
from tests.app.cases.processes.recalculated import add
from tests.app.mailroom.outgoing import settings
from tests.app.walk import Walk
from tests.conftest import Clock
from tests.smtp import Server, smtp

pytestmark = pytest.mark.nightly

__all__ = ["settings", "smtp"]  # fixtures


@pytest.fixture
def noticed(walk: Walk, clock: Clock) -> Walk:
    """Return a designation observed on Friday at half past six, whose notice waits for Monday."""
    in_march(clock, 6, 18, 30)
    walk.begin_filed()
    walk.answer("record_reception", "observed")
    return walk


def in_march(clock: Clock, day: int, hour: int = 8, minute: int = 0) -> None:
    clock.set(datetime(2026, 3, day, hour, minute, tzinfo=calendar.LIMA))


def only_notice_is_sent(walk: Walk) -> dict[str, int]:
    """Send the notice that was written on Friday."""
    walk.execute(update(Mail).where(Mail.kind != "legal_notice").values(state="sent"))
    return sending.run(walk.app)


def test_a_notice_of_a_step_that_was_answered_first_is_not_sent(
    noticed: Walk, smtp: Server, clock: Clock
):
    noticed.answer("correct_designation")
    in_march(clock, 9)
    assert only_notice_is_sent(noticed) == {"dropped": 1}
    assert smtp.deliveries == []
    (notice,) = noticed.mails("legal_notice")
    assert (notice.state, "ya se respondió" in notice.error) == ("dropped", True)


def test_a_notice_of_a_cancelled_process_is_not_sent(noticed: Walk, smtp: Server, clock: Clock):
    noticed.act(processes.cancel, "Duplicado")
    in_march(clock, 9)
    assert only_notice_is_sent(noticed) == {"dropped": 1}
    assert smtp.deliveries == []


def test_a_notice_names_the_day_that_the_calendar_says_when_it_goes(
    noticed: Walk, smtp: Server, clock: Clock
):
    in_march(clock, 7)
    noticed.acknowledge("correct_designation", "opened")
    (written,) = noticed.mails("legal_notice")
    assert "Vence" not in written.body
    add(noticed, 9)
    in_march(clock, 10)
    assert only_notice_is_sent(noticed) == {"sent": 1}
    text = smtp.deliveries[0].message.get_body(("plain",)).get_content()
    assert "Vence: 12 de marzo de 2026" in text
    assert [one.body for one in noticed.mails("legal_notice")] == [text.replace("\r\n", "\n")]


def test_a_notice_of_a_suspended_process_waits_for_it_to_go_on(
    noticed: Walk, smtp: Server, clock: Clock
):
    """If the notice were dropped, its people would not hear of the step."""
    noticed.act(processes.suspend, "Cambio de sede")
    in_march(clock, 9)
    assert only_notice_is_sent(noticed) == {}
    in_march(clock, 11)
    noticed.act(processes.resume, "Ya está")
    assert only_notice_is_sent(noticed) == {"sent": 1}
    noticed.tick()
    task = noticed.task("correct_designation")
    assert (task.notice_sent_at, task.due_at) == (calendar.now(), None)
    assert task.paper_at == calendar.midnight(date(2026, 3, 14))


def test_two_notices_of_one_moment_are_each_of_their_own_step(
    noticed: Walk, smtp: Server, clock: Clock
):
    (first,) = noticed.mails("legal_notice")
    with noticed.writing() as session:
        task = noticed.find(session, "correct_designation")
        values = {one.key: getattr(task, one.key) for one in Task.__table__.columns}
        other = Task(**values | {"id": None, "engine_id": "another", "name": "Otro paso"})
        session.add(other)
        session.flush()
        session.add(copy_of(first, other))
        task.state = "completed"
    in_march(clock, 9)
    assert only_notice_is_sent(noticed) == {"dropped": 1, "sent": 1}
    assert "Paso: Otro paso" in smtp.deliveries[0].message.get_body(("plain",)).get_content()


def copy_of(row: Mail, task: Task) -> Mail:
    """Add another waiting mail to the same person, of another step."""
    values = {one.key: getattr(row, one.key) for one in Mail.__table__.columns}
    return Mail(**values | {"id": None, "message_id": "<another@example.pe>", "task_id": task.id})
