"""The access to every page where a second factor is demanded, before and after its code."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.base import calendar, db
from app.base.models import Passkey, SignIn, User
from app.people.accounts.factor import codes
from app.web import errors
from tests.app.cast import sign_in
from tests.app.people.house import house
from tests.app.people.rules import ANY_USER, PCM, RULES, SIGNED_IN
from tests.app.people.test_access import differences, was_let_in
from tests.pages import CheckingClient

#: Who has a second factor in this installation: who must, and an administrator who chose it.
HOLDERS = PCM | {"administrator"}
#: Whose the only passkey is.
OWNER = frozenset({"sip"})
#: What differs from `RULES` where the second factor is on.
WITH_FACTOR: Mapping[str, frozenset[str]] = {
    "GET /cuenta/confirmar": HOLDERS,
    "POST /cuenta/confirmar": HOLDERS,
    "GET /segundo-factor": HOLDERS | {"alternate"},
    "POST /segundo-factor": HOLDERS | {"alternate"},
    "POST /segundo-factor/codigos": HOLDERS,
    "POST /segundo-factor/quitar": frozenset({"administrator"}),
    "GET /segundo-factor/llave": HOLDERS | {"alternate"},
    "POST /segundo-factor/llave": HOLDERS | {"alternate"},
    "GET /segundo-factor/llaves/1": OWNER,
    "POST /segundo-factor/llaves/1": OWNER,
    "POST /segundo-factor/llaves/1/quitar": OWNER,
    "GET /personas/{staff}/segundo-factor": frozenset({"superuser"}),
    "POST /personas/{staff}/segundo-factor": frozenset({"superuser"}),
}
#: Pages that show someone who waits for a code what is theirs.
WAITING = ("GET /ingresar/codigo", "POST /ingresar/codigo")


@pytest.mark.nightly
@pytest.mark.parametrize("part", range(4))
def test_with_a_recent_code_everybody_reaches_what_the_rules_say(
    app: Flask,
    clock: object,
    monkeypatch: pytest.MonkeyPatch,
    part: int,
) -> None:
    monkeypatch.setattr(errors, "render_template", lambda *_, **__: "")  # as others test it
    built = house(app)
    app.config["SECOND_FACTOR"] = "required"
    give_factors(app)
    roles, rules = sorted(ANY_USER)[part::4], {**RULES, **WITH_FACTOR}
    assert differences(built, roles, rules) == []


@pytest.mark.nightly
def test_with_a_password_alone_its_owner_reaches_what_a_stranger_does(
    app: Flask, clock: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errors, "render_template", lambda *_, **__: "")  # as others test it
    built = house(app)
    app.config.update(SECOND_FACTOR="required", PAGES_PER_MINUTE=0)
    give_factors(app)
    wrong = []
    for role in sorted(HOLDERS):
        built.clients[role] = waiting(app, role)
        for line, allowed in RULES.items():
            if line in WAITING:
                continue
            answer = built.ask(role, line)
            if was_let_in(answer, line) != ("anonymous" in allowed):
                wrong.append(f"{line} as {role}: {answer.status_code}")
    assert wrong == []


def number_of(role: str) -> str:
    """Return the document number that `house` gives a role."""
    return f"410000{sorted(SIGNED_IN - {'foreign'}).index(role) + 10}"


def give_factors(app: Flask) -> None:
    """Give the holders a second factor, and every browser a code of now."""
    with app.app_context(), db.writing(app) as session:
        for role in HOLDERS:
            whose = select(User).where(User.document_number == number_of(role))
            user = session.scalars(whose).one()
            codes.save(session, user, codes.new(), 0)
            if role in OWNER:
                session.add(passkey_of(user))
        session.execute(update(SignIn).values(factor_at=calendar.now()))


def passkey_of(user: User) -> Passkey:
    """Return a passkey, which no device has."""
    key = {"credential_id": "any", "public_key": "", "transports": [], "name": "Una llave"}
    return Passkey(user_id=user.id, made_at=calendar.now(), **key)


def waiting(app: Flask, role: str) -> CheckingClient:
    """Return a browser in which a person gave the password and no code."""
    client: CheckingClient = app.test_client()  # type: ignore[assignment]
    assert sign_in(client, number_of(role)).location == "/ingresar/codigo"
    return client
