"""A lost second factor: reset by two people, never by the person itself, or by a command."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.base import db
from app.base.models import LogEntry, Mail, Proposal, SecondFactor, SignIn, User
from app.people.accounts.factor import codes, resets
from tests.app.cast import PASSWORD, open_session, person, signed_in
from tests.conftest import Clock
from tests.pages import CheckingClient

LOST, FIRST, SECOND = "40000001", "40000002", "40000003"
REASON = {"reason": "Perdió el teléfono y vino en persona."}


@pytest.fixture
def browsers(app: Flask, clock: Clock) -> Mapping[str, CheckingClient]:
    """Return browsers of three people who manage users; the first one has a second factor."""
    with app.app_context(), db.writing(app) as session:
        users = [person(session, number, "superuser") for number in (LOST, FIRST, SECOND)]
        session.commit()
        codes.save(session, users[0], codes.new(), 0)
    made = {number: signed_in(app, number) for number in (LOST, FIRST, SECOND)}
    # Of those who have none, nothing is demanded here: fresh codes have their own tests.
    app.config["SECOND_FACTOR"] = "offered"
    return made


def page_of(app: Flask) -> str:
    """Return the address of the person's page of the second factor."""
    with open_session(app) as session:
        number = session.scalar(select(User.id).where(User.document_number == LOST))
    return f"/personas/{number}/segundo-factor"


def confirm(app: Flask, client: CheckingClient) -> None:
    """Confirm the newest proposal, if there is one."""
    with open_session(app) as session:
        number = session.scalar(select(func.max(Proposal.id))) or 0
    client.post(f"/propuestas/{number}", data={"answer": "confirm"})


def has_one(app: Flask) -> bool:
    """Return whether the person has a second factor."""
    with open_session(app) as session:
        return session.scalar(select(SecondFactor.id)) is not None


@pytest.mark.nightly
def test_two_people_reset_it_and_the_person_is_informed_and_signed_out(app, browsers):
    assert browsers[FIRST].post(page_of(app), data={"reason": "Perdido"}).status_code == 422
    browsers[FIRST].post(page_of(app), data=REASON)
    assert "Ver tu propuesta" in browsers[FIRST].get(page_of(app)).text
    assert "Responder la propuesta" in browsers[SECOND].get(page_of(app)).text
    assert has_one(app)
    confirm(app, browsers[SECOND])
    assert not has_one(app)
    assert browsers[LOST].get("/cuenta").location.startswith("/ingresar")
    with open_session(app) as session:
        entries = session.scalars(select(LogEntry).order_by(LogEntry.id.desc()).limit(2)).all()
        mail = session.scalars(select(Mail).order_by(Mail.id.desc())).first()
        open_ones = session.scalars(select(SignIn).where(SignIn.ended_at.is_(None))).all()
    assert [one.kind for one in entries] == ["person.factor_reset", "proposal.made"]
    assert entries[0].data["reason"] == REASON["reason"]
    assert entries[0].data["proposer"] == "Persona Ejemplo 002"
    assert mail.subject == "Restablecimos tu segundo factor"
    assert len(open_ones) == 2


def test_one_person_alone_cannot_confirm(app, browsers):
    browsers[FIRST].post(page_of(app), data=REASON)
    for number in (FIRST, LOST):
        confirm(app, browsers[number])
        assert has_one(app)


def test_the_person_itself_neither_proposes_nor_confirms(app, browsers):
    from app.people.accounts.factor import resets

    with app.app_context():
        session = db.session()
        lost, first = (
            session.scalars(select(User).where(User.document_number == number)).one()
            for number in (LOST, FIRST)
        )
        with pytest.raises(resets.Refused, match="otras dos personas"):
            resets.propose(session, lost, lost, REASON["reason"])
        proposal = resets.propose(session, lost, first, REASON["reason"])
        with pytest.raises(resets.Refused, match="otras dos personas"):
            resets.confirm(session, proposal.id, lost.id)


@pytest.mark.nightly
def test_the_command_resets_it_and_answers_what_waits(app, browsers, run, monkeypatch):
    browsers[FIRST].post(page_of(app), data=REASON)
    monkeypatch.setenv("ZAGUAN_DATABASE_URL", app.extensions["engine"].url.render_as_string(False))
    words = ("reset-factor", "--document", LOST, "--reason", "Perdió todo")
    assert run(*words)[0] == 0
    assert not has_one(app)
    code, _, said = run(*words)
    assert (code, "No person" in said) == (1, True)
    with app.app_context(), db.writing(app) as session:
        lost = session.scalars(select(User).where(User.document_number == LOST)).one()
        codes.save(session, lost, codes.new(), 0)
    confirm(app, browsers[SECOND])
    assert has_one(app), "a new one, about which nobody asked"


@pytest.mark.postgresql
def test_for_seven_days_after_a_reset_no_act_changes_the_address(app, browsers, clock):
    with app.app_context(), db.writing(app) as session:
        user = session.scalars(select(User).where(User.document_number == LOST)).one()
        former, number = user.email, user.id
        resets.reset(session, user, None, "Perdido")
    new = {"email": "otra@example.org", "phone": "999000111", "proof": PASSWORD}
    for minutes, changed in ((0, False), (7 * 24 * 60 - 1, False), (1, True)):
        clock.forward(minutes=minutes)
        lost, gestor = signed_in(app, LOST), signed_in(app, FIRST)
        own = lost.post("/cuenta/contacto", data=new)
        assert ("hace menos de siete días" in own.text) is not changed
        refused = gestor.post(
            f"/personas/{number}/correo", data={"email": "mia@example.org"}, follow_redirects=True
        )
        assert ("hace menos de siete días" in refused.text) is not changed
    with open_session(app) as session:
        mailed = session.scalars(select(Mail.to).where(Mail.kind == "address_changed")).all()
    assert mailed == [former, "otra@example.org"]
