"""People who were reminded of a step since a move, and are informed that it went back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.formatting import NO_BREAK
from app.base.models import Grant, Mail
from app.cases.reminders import digest
from tests.app.cases.processes.migrated import in_lane, move, take_back, to_correction, version
from tests.app.cases.processes.migrating.test_returning import lose, with_seat
from tests.app.cases.reminders.reminded import MONDAY, Days
from tests.app.walk import Walk
from tests.conftest import Clock

pytestmark = pytest.mark.nightly("walkers")

STEP = "designate_administrator"
TO_SIP = in_lane("designation.bpmn", STEP, "designation_sip")
LINE = "volvió a como estaba: ya no tienes que responderlo."
TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)


@pytest.fixture
def days(walk: Walk, clock: Clock) -> Days:
    """Return an installation whose reminders and mails a test lets pass day by day."""
    return Days(walk, clock)


def lines(days: Days) -> list[tuple[str, date]]:
    """Return who got a mail that says that a step went back, and on which day."""
    return [(one.person, calendar.lima_day(one.created_at)) for one in about(days)]


def about(days: Days) -> list[Mail]:
    """Return the mails that say it."""
    return [one for one in days.reminder_mails() if LINE in text(one)]


def text(mail: Mail) -> str:
    """Return the text of a mail in one line."""
    return " ".join(mail.body.replace(NO_BREAK, " ").split())


def move_on_monday(days: Days) -> int:
    """Move a step to the SIP in the evening of a Monday. Return the version."""
    days.begin_monday()
    days.pass_by(MONDAY)
    days.at(MONDAY, time(18))
    target = version(days, TO_SIP)
    move(days, target)
    return target


def with_a_new_lane(days: Days) -> int:
    """Let the new people of a step hear of it on Tuesday. Return the version."""
    target = move_on_monday(days)
    days.pass_by(TUESDAY)
    assert [row.rung for row in days.rows(person=days.recipient("sip"))] == ["arrival"]
    days.at(TUESDAY, time(17))
    return target


def test_people_who_had_a_step_by_its_new_lane_are_informed_that_it_went_back(days: Days):
    with_a_new_lane(days)
    take_back(days)
    days.pass_by(MONDAY + timedelta(days=14))
    assert lines(days) == [(days.recipient("sip"), WEDNESDAY)], "once"
    (mail,) = about(days)
    row = days.rows(mail_id=mail.id)[0]
    assert row.rung == "back r1"
    name, entity = row.task.name, row.task.entity.name
    assert mail.subject == f"{name}: volvió a como estaba"
    assert f"Esto ya no está pendiente. El paso «{name}» de {entity} {LINE}" in text(mail)
    with days.app.app_context(), days.reading() as session:
        assert LINE in digest.html(session, mail).replace(NO_BREAK, " ")
    listed = days.browser("sip").get("/recordatorios").get_data(as_text=True)
    assert "El paso volvió a como estaba" in listed


def test_people_who_were_reminded_of_a_step_that_a_decision_opened_are_informed_too(days: Days):
    walk = days
    days.at(MONDAY, time(9))
    with_seat(walk)
    lose(walk)
    step = walk.task("choose_thematic_session").id
    days.at(MONDAY, time(18))
    days.pass_by(TUESDAY)
    reminded = {row.person for row in days.rows(task_id=step)}
    assert days.recipient("administrator") in reminded
    take_back(walk)
    days.pass_by(WEDNESDAY)
    assert set(lines(days)) == {(person, WEDNESDAY) for person in reminded}


def test_people_who_got_a_legal_notice_of_a_step_are_informed_too(days: Days):
    walk = days
    days.at(MONDAY, time(9))
    to_correction(walk)
    days.pass_by(MONDAY)
    days.at(MONDAY, time(18))
    move(walk, version(walk, in_lane("designation.bpmn", "correct_designation", "designation_sip")))
    days.pass_by(TUESDAY)
    assert days.reminder_mails("legal_notice")[-1].person == days.recipient("sip")
    take_back(walk)
    days.pass_by(WEDNESDAY)
    assert lines(days) == [(days.recipient("sip"), TUESDAY)]


def close_account(days: Days) -> None:
    with days.writing() as session:
        days.user(session, "sip").active = False


def give_back_the_lane(days: Days) -> None:
    with days.writing() as session:
        (grant,) = session.scalars(select(Grant).where(Grant.user_id == days.people["preparer"]))
        grant.user_id = days.people["sip"]


@pytest.mark.parametrize(
    ("heard", "before", "after", "states"),
    [
        (False, lambda days: days.at(TUESDAY, time(7)), None, []),  # no mail yet
        (False, lambda days: (days.at(TUESDAY), days.remind()), None, []),  # written, not sent
        (True, close_account, None, []),
        (True, None, close_account, ["answered"]),
        (True, give_back_the_lane, None, []),
    ],
)
def test_who_heard_nothing_or_has_no_account_or_has_the_step_again_is_not_informed(
    days: Days,
    heard: bool,
    before: Callable[[Days], object] | None,
    after: Callable[[Days], object] | None,
    states: list[str],
):
    if heard:
        with_a_new_lane(days)
    else:
        move_on_monday(days)
    if before:
        before(days)
    take_back(days)
    if after:
        after(days)
    days.pass_by(WEDNESDAY)
    assert [row.state for row in days.rows(rung="back r1")] == states
    assert lines(days) == []


def test_a_step_that_moved_again_meanwhile_did_not_go_back(days: Days):
    target = with_a_new_lane(days)
    take_back(days)
    move(days, target, number=2)
    days.pass_by(WEDNESDAY)
    assert lines(days) == []
    assert [row.state for row in days.rows(rung="back r1")] == ["answered"]


def test_a_step_that_comes_again_after_it_went_back_is_reminded_of_again(days: Days):
    target = with_a_new_lane(days)
    take_back(days)
    days.pass_by(WEDNESDAY)
    days.at(WEDNESDAY, time(18))
    move(days, target, number=2)
    thursday, friday = WEDNESDAY + timedelta(days=1), WEDNESDAY + timedelta(days=2)
    days.pass_by(thursday)
    newest = [one for one in days.reminder_mails() if one.person == days.recipient("sip")][-1]
    assert calendar.lima_day(newest.created_at) == thursday
    assert newest.subject.startswith("Paso nuevo")
    days.at(thursday, time(17))
    take_back(days)
    days.pass_by(friday)
    assert [day for _, day in lines(days)] == [WEDNESDAY, friday]
