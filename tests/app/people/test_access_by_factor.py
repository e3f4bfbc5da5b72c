"""The access to every page of people of whom a second factor is demanded, before and after it."""

from __future__ import annotations

from zlib import crc32

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.base import calendar, db
from app.base.models import SignIn, User
from app.people.accounts.factor import codes
from app.web import errors
from tests.app.cast import sign_in
from tests.app.people.rules import RULES, SIGNED_IN
from tests.app.people.test_access import house, was_let_in
from tests.pages import CheckingClient

#: Pages that exist only where the second factor is on.
OWN = ("/segundo-factor", "/ingresar/codigo", "/cuenta/confirmar")
ROLES = ("auditor", "secretary", "sgtd", "sip", "superuser")


@pytest.mark.slow_by_nature("a role opens a third of all pages, with and without its code")
def test_a_person_without_a_code_reaches_what_everyone_does_and_with_it_what_the_rules_say(
    app: Flask, clock: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errors, "render_template", lambda *_, **__: "")  # as others test it
    built = house(app)
    app.config["SECOND_FACTOR"] = "required"
    give_factors(app)
    wrong, with_code = [], dict(built.clients)
    before = {role: waiting(app, role) for role in ROLES}
    for line, allowed in RULES.items():
        role = ROLES[crc32(line.encode()) % len(ROLES)]
        if line.partition(" ")[2].startswith(OWN) or crc32(line.encode()) % 3:
            continue
        built.clients[role] = before[role]
        if was_let_in(built.ask(role, line), line) != ("anonymous" in allowed):
            wrong.append(f"{line} as {role} without a code")
        built.clients[role] = with_code[role]
        # What a POST changes decides on the next pages: other tests post in their order.
        if line.startswith("GET ") and was_let_in(built.ask(role, line), line) != (role in allowed):
            wrong.append(f"{line} as {role} with a code")
    assert wrong == []


def number_of(role: str) -> str:
    """Return the document number that `house` gives a role."""
    return f"410000{sorted(SIGNED_IN - {'foreign'}).index(role) + 10}"


def give_factors(app: Flask) -> None:
    """Give the people of the PCM a second factor, and their browsers a code of now."""
    with app.app_context():
        session = db.session()
        for role in ROLES:
            user = session.scalars(
                select(User).where(User.document_number == number_of(role))
            ).one()
            codes.save(session, user, codes.new(), 0)
        session.execute(update(SignIn).values(factor_at=calendar.now()))
        session.commit()


def waiting(app: Flask, role: str) -> CheckingClient:
    """Return a browser in which a person gave the password and no code."""
    client: CheckingClient = app.test_client()  # type: ignore[assignment]
    assert sign_in(client, number_of(role)).location == "/ingresar/codigo"
    return client
