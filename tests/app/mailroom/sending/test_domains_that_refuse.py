"""A domain whose server refuses many mails at once: no address is marked, and sending pauses."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Address, Mail, MailDomain, Notice
from app.mailroom import sending
from app.people import addresses, mail
from app.people.addresses import domains
from tests.app.walk import Walk
from tests.conftest import Clock

DOMAIN = "municipalidad.example.org"
SAID = "550 5.1.1 User unknown"


def mails(walk: Walk, number: int, domain: str = DOMAIN) -> list[int]:
    """Return mails that went out now, to as many addresses; their ids."""
    with walk.writing() as session:
        made = []
        for n in range(number):
            one = mail.post(session, letter(walk, session, f"persona.{n:03}@{domain}"))
            assert one is not None
            one.state, one.sent_at = "sent", calendar.now()
            made.append(one)
        session.flush()
        return [one.id for one in made]


def letter(walk: Walk, session: Session, to: str) -> mail.Letter:
    """Return a letter of the walk's preparer, to an address."""
    user = walk.user(session, "preparer")
    return mail.Letter("reset", to, {"token": "x", "hours": 2}, user=user)


def bounce(walk: Walk, ids: list[int]) -> None:
    """Receive the bounces of these mails, one after the other."""
    for one in ids:
        with walk.writing() as session:
            addresses.note_bounce(session, session.get_one(Mail, one), hard=True, text=SAID)


def marked(walk: Walk) -> int:
    """Return how many addresses are given up."""
    return len(walk.all(select(Address).where(Address.dead_at.is_not(None))))


def waiting(walk: Walk) -> list[str]:
    """Return the kinds of notices that wait."""
    return walk.all(select(Notice.kind).where(Notice.done_at.is_(None)))


def rests(walk: Walk) -> list[str]:
    """Return the domains to which nothing is sent."""
    with walk.reading() as session:
        return [row.domain for row in domains.those_that_rest(session)]


@pytest.fixture
def gestor(walk: Walk) -> int:
    """Return the superuser, whose address is in another domain."""
    return walk.person("40000041", "superuser")


def test_nine_hard_bounces_mark_their_addresses_and_from_the_tenth_on_the_domain_rests(
    walk: Walk, gestor: int
):
    ids = mails(walk, 10)
    bounce(walk, ids[:9])
    assert (marked(walk), rests(walk)) == (9, [])
    bounce(walk, ids[9:])
    assert (marked(walk), waiting(walk), rests(walk)) == (0, [], [DOMAIN])
    (found_text,) = walk.mails("domain_rests")
    assert found_text.user_id == gestor
    assert "De los 10 correos" in found_text.body
    (entry,) = walk.entries("domain.rests")
    assert entry.data == {"domain": DOMAIN, "hard": 10, "sent": 10}
    bounce(walk, mails(walk, 2))
    assert (marked(walk), len(walk.mails("domain_rests"))) == (0, 1)


@pytest.mark.nightly
def test_ten_of_fifty_are_no_more_than_a_fifth(walk: Walk, gestor: int):
    ids = mails(walk, 50)
    bounce(walk, ids[:10])
    assert (marked(walk), rests(walk)) == (10, [])
    bounce(walk, ids[10:11])
    assert (marked(walk), rests(walk)) == (0, [DOMAIN])


@pytest.mark.nightly
def test_bounces_of_other_hours_and_domains_are_not_counted_together(walk: Walk, clock: Clock):
    bounce(walk, mails(walk, 5))
    bounce(walk, mails(walk, 5, "otra.example.org"))
    clock.forward(hours=2)
    bounce(walk, mails(walk, 5))
    assert rests(walk) == []


@pytest.mark.nightly
def test_nothing_is_sent_there_until_the_superuser_says_so(walk: Walk, gestor: int, app: Flask):
    bounce(walk, mails(walk, 10))
    with walk.writing() as session:
        for to in (f"persona.500@{DOMAIN.upper()}", "persona.501@example.pe"):
            mail.post(session, letter(walk, session, to))
    sending.run(app)
    left = {one.to: one.state for one in walk.mails("reset") if "50" in one.to}
    assert left == {f"persona.500@{DOMAIN.upper()}": "waiting", "persona.501@example.pe": "shown"}
    page = walk.browser_of(gestor).get("/incidentes").text
    assert "10 de 10 correos de una hora" in page.replace("\xa0", " ")
    assert DOMAIN in walk.browser_of(gestor).get("/hoy").text
    assert "Volver a enviar" not in walk.browser("sip").get("/incidentes").text
    assert walk.browser("sip").post(f"/incidentes/dominios/{DOMAIN}/reanudar").status_code == 404
    done = walk.browser_of(gestor).post(f"/incidentes/dominios/{DOMAIN}/reanudar")
    assert done.status_code == 303
    assert rests(walk) == []
    (entry,) = walk.entries("domain.resumed")
    assert (entry.actor_id, entry.data) == (gestor, {"domain": DOMAIN})
    sending.run(app)
    assert {one.state for one in walk.mails("reset") if "500" in one.to} == {"shown"}


@pytest.mark.nightly
def test_after_it_resumed_only_new_bounces_count(walk: Walk, gestor: int, clock: Clock):
    ids = mails(walk, 11)
    bounce(walk, ids[:10])
    with walk.writing() as session:
        clock.forward(minutes=5)
        domains.resume(session, DOMAIN, gestor)
    clock.forward(minutes=5)
    bounce(walk, mails(walk, 3))
    assert (rests(walk), marked(walk)) == ([], 3)


@pytest.mark.nightly
def test_an_address_that_was_dead_before_stays_so(walk: Walk, gestor: int, clock: Clock):
    bounce(walk, mails(walk, 1))
    clock.forward(hours=3)
    bounce(walk, mails(walk, 10))
    dead = walk.all(select(Address).where(Address.dead_at.is_not(None)))
    assert [one.address for one in dead] == [f"persona.000@{DOMAIN}"]
    assert walk.get(MailDomain, DOMAIN).resumed_at is None


@pytest.mark.nightly
def test_an_address_that_soft_bounces_gave_up_stays_so(walk: Walk, gestor: int, clock: Clock):
    for _ in range(addresses.MOST_SOFT):
        clock.forward(hours=3)
        (one,) = mails(walk, 1)
        with walk.writing() as session:
            addresses.note_bounce(session, session.get_one(Mail, one), hard=False, text="full")
    assert marked(walk) == 1
    clock.forward(hours=3)
    bounce(walk, mails(walk, 10))
    assert (marked(walk), rests(walk)) == (1, [DOMAIN])
