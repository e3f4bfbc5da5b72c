"""Bounces: an address is given up, its coordinator gets a notice, and confirms it again."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Address, Entity, Mail, Notice, User
from app.people import access, addresses, mail
from tests.app.walk import Walk
from tests.conftest import Clock

TO = "persona.011@example.pe"


def sent(session: Session, user: User | None = None, to: str = TO) -> Mail:
    """Return a mail that went out now."""
    user = user or session.scalars(select(User).order_by(User.id)).first()
    written = mail.post(session, mail.Letter("reset", to, {"token": "x", "hours": 2}, user=user))
    assert written is not None
    written.state, written.sent_at = "sent", calendar.now()
    session.flush()
    return written


def person(session: Session, walk: Walk, role: str = "preparer") -> User:
    return walk.user(session, role)


def bounce(walk: Walk, clock: Clock, *, hard: bool, to: str = TO) -> None:
    """Send a mail and receive its bounce."""
    clock.forward(hours=1)
    with walk.writing() as session:
        text = "550 5.1.1 no\nsuch user"
        one = sent(session, person(session, walk), to)
        addresses.note_bounce(session, one, hard=hard, text=text)


def notices(walk: Walk) -> list[tuple[str, str, str]]:
    query = select(Notice).where(Notice.done_at.is_(None)).order_by(Notice.id)
    return [(one.kind, one.key, one.role) for one in walk.all(query)]


def known(walk: Walk, address: str = TO) -> Address:
    return walk.get(Address, address)


def test_hard_bounces_end_reminders_and_notify_until_the_address_is_confirmed(
    walk: Walk, clock: Clock
):
    bounce(walk, clock, hard=True)
    assert known(walk).dead_at == calendar.now()
    assert notices(walk) == [("address_dead", TO, "")]
    with walk.reading() as session:
        (one,) = session.scalars(select(Mail))
        assert (one.state, one.bounced_at) == ("bounced", calendar.now())
        assert one.error == "550 5.1.1 no such user"
        (found_text,) = session.scalars(select(Notice))
        assert found_text.entity is not None
        assert found_text.data["address"] == TO
        assert found_text.data["person"] == "Persona Ejemplo 011"
        assert mail.reachable(session, [person(session, walk)]) == []
    first = known(walk).dead_at
    bounce(walk, clock, hard=True, to=TO.upper())
    assert [kind for kind, *_ in notices(walk)] == ["address_dead", "verify_contact"]
    assert known(walk).hard_bounces == 2
    assert known(walk).dead_at == first
    with walk.writing() as session:
        assert addresses.is_dead(session, TO.upper())
        assert addresses.alive_again(session, TO.upper(), walk.people["sip"])
        assert not addresses.is_dead(session, TO)
        assert not addresses.alive_again(session, TO, walk.people["sip"]), "it was alive"
        assert not addresses.alive_again(session, "nobody@example.pe", None)
    assert notices(walk) == []
    (entry,) = walk.entries("address.confirmed")
    assert entry.actor_id == walk.people["sip"]
    bounce(walk, clock, hard=True)
    assert [kind for kind, *_ in notices(walk)] == ["address_dead"]


def test_the_same_mail_comes_back_once(walk: Walk):
    for hard in (True, False):
        with walk.writing() as session:
            one = sent(session, to=f"{hard}@example.pe".lower())
            for _ in range(6):
                addresses.note_bounce(session, one, hard=hard, text="x")
    assert [kind for kind, *_ in notices(walk)] == ["address_dead"]
    assert known(walk, "true@example.pe").hard_bounces == 1
    assert known(walk, "false@example.pe").soft_bounces == 1


def test_five_soft_bounces_in_a_row_are_as_good_as_a_hard_one(walk: Walk, clock: Clock):
    for _ in range(4):
        bounce(walk, clock, hard=False)
    clock.forward(hours=1)
    with walk.writing() as session:
        sent(session)  # a mail that stays there breaks the row
    bounce(walk, clock, hard=False)
    assert known(walk).soft_bounces == 1
    for _ in range(3):
        bounce(walk, clock, hard=False)
    assert known(walk).dead_at is None
    assert notices(walk) == []
    bounce(walk, clock, hard=False)
    assert known(walk).dead_at == calendar.now()
    assert notices(walk) == [("address_dead", TO, "")]


@pytest.mark.parametrize(
    ("in_charge", "role"), [({"sip", "sgtd"}, "sip"), ({"sgtd"}, "sgtd"), (set(), "")]
)
def test_the_coordinator_in_charge_gets_a_notice(
    walk: Walk, clock: Clock, in_charge: set, role: str
):
    with walk.writing() as session:
        entity = session.scalars(select(Entity)).one()
        for one in in_charge:
            setattr(entity, f"{one}_coordinator_id", walk.people[one])
    bounce(walk, clock, hard=True)
    assert notices(walk) == [("address_dead", TO, role)]


def test_who_is_reached_elsewhere_leaves_nothing_to_look_after(walk: Walk, clock: Clock):
    bounce(walk, clock, hard=True)
    with walk.writing() as session:
        user = person(session, walk)
        user.email = "otra@example.pe"
        addresses.replaced(session, TO, user.email, user.id)
        assert addresses.is_dead(session, TO)
    assert notices(walk) == []


def test_an_address_that_another_still_uses_is_still_to_be_looked_after(walk: Walk, clock: Clock):
    bounce(walk, clock, hard=True)
    with walk.writing() as session:
        person(session, walk, "alternate").email = TO.title()
        person(session, walk).email = "otra@example.pe"
        addresses.replaced(session, TO, "otra@example.pe", None)
    assert [kind for kind, *_ in notices(walk)] == ["address_dead"]
    walk.commit(addresses.replaced, TO, TO, None)
    assert notices(walk) == []


def test_a_mail_of_no_entity_is_a_notice_to_all_coordinators(walk: Walk):
    with walk.writing() as session:
        one = sent(session, person(session, walk, "secretary"))
        addresses.note_bounce(session, one, hard=True, text="x")
        (found_text,) = session.scalars(select(Notice))
        assert (found_text.entity_id, found_text.role) == (None, "")
        assert access.roles_of(person(session, walk, "secretary"))
