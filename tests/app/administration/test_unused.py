"""Accounts unused for nine months are suspended at night, except of people who are needed."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from app.administration.users import changes, unused
from app.base import calendar
from app.base.models import Departure, LogEntry, SignIn, Task, User
from app.cases.history.lines import describe
from app.people import access
from tests.app import cast
from tests.app.administration.away import assign, deactivate, more, note, stranded
from tests.app.together import together
from tests.app.walk import CODE, Walk
from tests.conftest import Clock

#: Longer than nine months from the first day of the tests.
LONG = 300


@pytest.fixture
def unused_for_long(walk: Walk, clock: Clock) -> Walk:
    """Return a walk whose people last came ten months ago; each lane of the PCM has two people."""
    for role in ("sip", "sgtd", "secretary"):
        more(walk, f"other {role}", f"4100002{len(role)}", role)
    more(walk, "superuser", "40000001", "superuser")
    clock.forward(days=LONG)
    for part in ("superuser", "other sip", "other sgtd", "other secretary"):
        use(walk, part)
    return walk


def use(walk: Walk, part: str, at: datetime | None = None) -> None:
    """Let a person have been signed in at a moment, by default now."""
    with walk.writing() as session:
        at = at or calendar.now()
        session.add(
            SignIn(
                token_hash=f"{part} {at}",
                user=walk.user(session, part),
                created_at=at,
                seen_at=at,
            )
        )


def night(walk: Walk) -> int:
    """Run the nightly part; return its count."""
    with walk.app.app_context():
        return unused.suspend_unused(walk.engine)


def history(walk: Walk, kind: str) -> list[str]:
    """Return the entries of a kind as the history shows them."""
    with walk.reading() as session:
        query = select(LogEntry).where(LogEntry.kind == kind).order_by(LogEntry.id)
        return [describe(entry).text for entry in session.scalars(query)]


def suspended(walk: Walk) -> set[str]:
    """Return the parts of the people whose account is suspended."""
    found = set(walk.all(select(User.id).where(User.suspended_at.is_not(None))))
    return {part for part, number in walk.people.items() if number in found}


def test_nine_months_are_counted_by_the_calendar():
    since = {
        day: calendar.lima_day(unused.unused_since(day)).isoformat()
        for day in (date(2026, 12, 1), date(2026, 9, 30), date(2026, 11, 30), date(2027, 1, 15))
    }
    assert list(since.values()) == ["2026-03-01", "2025-12-30", "2026-02-28", "2026-04-15"]


@pytest.mark.postgresql
def test_who_is_needed_is_never_suspended(unused_for_long: Walk):
    walk = unused_for_long
    assert night(walk) == 4
    assert suspended(walk) == {"administrator", "sip", "sgtd", "secretary"}
    assert night(walk) == 0, "the preparer is the last of the lane, the alternate is never one"


def test_an_authority_is_never_suspended_but_its_preparer_is(unused_for_long: Walk):
    more(unused_for_long, "authority", "40000014", "authority", CODE)
    with unused_for_long.writing() as session:
        user = unused_for_long.user(session, "authority")
        user.created_at = user.grants[0].since_at = calendar.now() - timedelta(days=LONG)
    night(unused_for_long)
    assert "preparer" in suspended(unused_for_long)
    assert "authority" not in suspended(unused_for_long)


@pytest.mark.parametrize("role", ["administrator", "operator"])
def test_the_last_person_of_a_lane_or_of_the_desk_stays(unused_for_long: Walk, role: str):
    walk = unused_for_long
    with walk.writing() as session:
        place = cast.entity(session, "E90007")
        walk.people["lone"] = cast.person(session, "42000001", role, place).id
        age(walk.user(session, "lone"))
    night(walk)
    assert "lone" not in suspended(walk)
    with walk.writing() as session:
        place = cast.entity_of(session, "E90007")
        cast.person(session, "42000002", "administrator", place)
    night(walk)
    assert "lone" in suspended(walk)


def age(user: User) -> None:
    """Let an account and its roles be as old as the first day of the tests."""
    user.created_at -= timedelta(days=LONG)
    for held in user.grants:
        held.since_at -= timedelta(days=LONG)


def test_a_colleague_who_announced_to_leave_does_not_count(unused_for_long: Walk):
    walk = unused_for_long
    with walk.writing() as session:
        place = cast.entity(session, "E90007")
        walk.people["lone"] = cast.person(session, "42000001", "administrator", place).id
        age(walk.user(session, "lone"))
        leaving = cast.person(session, "42000002", "administrator", place)
        session.add(
            Departure(
                entity=place,
                user=leaving,
                from_on=calendar.today() + timedelta(days=3),
                everything=False,
                announced_at=calendar.now(),
            )
        )
    night(walk)
    assert "lone" not in suspended(walk)


@pytest.mark.parametrize("days", [274, 276])
def test_the_last_use_counts_for_those_who_came_and_the_account_for_who_never_did(
    unused_for_long: Walk, days: int
):
    walk, then = unused_for_long, calendar.now() - timedelta(days=days)
    use(walk, "sip", then)
    with walk.writing() as session:
        never = walk.user(session, "sgtd")
        never.created_at = then
    night(walk)
    gone = days > 275
    assert ("sip" in suspended(walk), "sgtd" in suspended(walk)) == (gone, gone)


def test_a_role_given_lately_and_an_announced_absence_count_as_use(unused_for_long: Walk):
    walk = unused_for_long
    with walk.writing() as session:
        access.grant(session, walk.user(session, "sip"), "auditor", None, None)
    note(walk, "administrator", "alternate")
    night(walk)
    assert suspended(walk) == {"sgtd", "secretary"}


@pytest.mark.postgresql
def test_of_the_last_two_people_one_stays(walk: Walk, clock: Clock):
    more(walk, "superuser", "40000001", "superuser")
    more(walk, "other sip", "41000023", "sip")
    clock.forward(days=LONG)
    since = unused.unused_since(calendar.today())

    def at_night() -> bool:
        return walk.commit(unused.suspend, walk.people["sip"], since)

    def by_day() -> bool:
        return walk.commit(unused.suspend, walk.people["other sip"], since)

    assert sorted(together(at_night, by_day)) == [False, True]
    assert len(suspended(walk)) == 1


@pytest.mark.nightly
def test_steps_go_back_to_the_pool_and_each_heir_gets_a_mail(unused_for_long: Walk, clock: Clock):
    walk = unused_for_long
    walk.begin_at("training")
    assign(walk, "plan_training", "administrator")
    walk.browser("administrator")
    clock.forward(days=LONG)
    for part in ("superuser", "other sip", "other sgtd", "other secretary", "alternate"):
        use(walk, part)
    night(walk)
    assert stranded(walk) == []
    assert walk.get(Task, walk.task("plan_training").id).assignee_id is None
    open_ones = select(SignIn).where(
        SignIn.user_id == walk.people["administrator"], SignIn.ended_at.is_(None)
    )
    assert walk.all(open_ones) == []
    (mail,) = walk.mails("handed_over")
    assert "su cuenta quedó suspendida" in mail.body
    assert history(walk, "person.left")[-1].startswith(
        "Se suspendió por falta de uso la cuenta de Persona Ejemplo 012"
    )
    assert walk.has_role("40000012", "administrator"), "it is no revocation"


@pytest.mark.nightly
def test_who_is_suspended_gets_a_mail_has_no_entities_is_listed_and_may_be_let_in_again(
    unused_for_long: Walk,
):
    walk = unused_for_long
    with walk.writing() as session:
        place = cast.entity_of(session, CODE)
        place.sip_coordinator_id = walk.people["sip"]
    night(walk)
    mails = {mail.to: mail for mail in walk.mails("suspended")}
    assert "http://localhost/clave\n" in mails["persona.021@example.pe"].body
    with walk.reading() as session:
        place = cast.entity_of(session, CODE)
        assert place.sip_coordinator_id is None
        people = access.recipients(session, "sip", place)
        assert [user.id for user in people] == [walk.people["other sip"]]
    page = walk.browser("superuser").get("/personas?cuenta=suspendidas").text
    assert "4\N{NO-BREAK SPACE}personas" in page
    assert "Suspendida por falta de uso" in page
    shown = walk.browser("superuser").get(f"/personas/{walk.people['sip']}").text
    assert "Reabrir la cuenta" in shown
    assert "Suspendida por falta de uso desde el" in shown
    assert walk.browser("superuser").get("/personas?cuenta=otra").status_code == 400
    here = walk.browser("alternate").get(f"/entidades/{CODE}/personas").text
    assert "Cuenta suspendida por falta de uso" in here
    with walk.writing() as session:
        user = walk.user(session, "sip")
        changes.reactivate(session, user, walk.people["superuser"])
        assert user.may_sign_in
    assert night(walk) == 0
    assert suspended(walk) == {"administrator", "sgtd", "secretary"}
    assert history(walk, "person.reopened") == [
        "Se reabrió la cuenta suspendida de Persona Ejemplo 021"
    ]


def test_a_deactivated_account_is_not_opened_by_its_owner(unused_for_long: Walk):
    night(unused_for_long)
    deactivate(unused_for_long, "sip")
    user = unused_for_long.get(User, unused_for_long.people["sip"])
    assert not user.active
    assert not user.may_reopen
    answer = unused_for_long.app.test_client().post(
        "/clave", data={"document_type": "DNI", "document_number": "40000021"}
    )
    assert answer.status_code == 200
    assert unused_for_long.mails("reset") == []


def test_a_designated_person_counts_again_but_still_needs_the_link(unused_for_long: Walk):
    walk = unused_for_long
    night(walk)
    with walk.writing() as session:
        place = cast.entity_of(session, CODE)
        user = session.get_one(User, walk.people["administrator"])
        person = {"document_type": "DNI", "document_number": "40000012", "email": user.email}
        access.open_account(session, person, "administrator", place, None)
        assert user.active
        assert not user.may_sign_in
    (mail,) = walk.mails("new_role")
    assert "http://localhost/clave\n" in mail.body
