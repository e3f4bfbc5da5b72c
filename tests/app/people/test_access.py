"""The access to every page, by every method, by every role, compared with `rules.py`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.base import db
from app.people import access, readings
from app.web import errors
from tests.app.cast import entity, person, signed_in
from tests.app.people.house import House, house
from tests.app.people.rules import ANY_USER, RULES

#: Files without personal data in full, besides the public ones.
IMPERSONAL = {"entities.reception_notice", "open_data.demo_visits", "rehearsals.report"}
#: Refused to clients without a token; a monitor cannot use the page to sign in.
FOR_PROGRAMS = ("GET /metricas", "GET /calendario/unknown.ics")
#: Pages that also signed-out people do not find: this installation has no provider of identities.
OFF = ("GET /ingresar/proveedor", "GET /ingresar/proveedor/regreso")


def was_let_in(answer: TestResponse, line: str) -> bool:
    """Return whether an answer is more than a refusal or the way to sign in."""
    sent_to_sign_in = answer.headers.get("Location", "").startswith("/ingresar")
    return answer.status_code != 404 and (not sent_to_sign_in or line == "POST /salir")


@pytest.mark.guard("three roles open every page by every method")
@pytest.mark.parametrize("part", range(4))
def test_everybody_reaches_what_the_rules_say_and_nothing_else(
    app: Flask,
    clock: object,
    monkeypatch: pytest.MonkeyPatch,
    part: int,
) -> None:
    monkeypatch.setattr(errors, "render_template", lambda *_, **__: "")  # as others test it
    built = house(app)
    assert differences(built, sorted(ANY_USER)[part::4], RULES) == []
    inner = {one for one in built.showed if access.PAGES[one] != access.PUBLIC}
    assert inner - IMPERSONAL <= set(readings.PAGES)


def differences(
    built: House,
    roles: Sequence[str],
    rules: Mapping[str, frozenset[str]],
) -> list[str]:
    """Ask pages as these roles, and return where an answer is not what the rules say.

    What must be refused is asked first: an act that is allowed may use up what another page needs,
    and so hide it by a 404.
    """
    pairs = [(line, role) for line in rules for role in roles]
    wrong = []
    for line, role in sorted(pairs, key=lambda pair: pair[1] in rules[pair[0]]):
        allowed, answer = rules[line], built.ask(role, line)
        if was_let_in(answer, line) != (role in allowed):
            wrong.append(f"{line} as {role}: {answer.status_code}")
        elif role not in allowed:
            refusal = 303 if role == "anonymous" and line not in FOR_PROGRAMS + OFF else 404
            if answer.status_code != refusal:
                wrong.append(f"{line} as {role}: refused with {answer.status_code}")
        elif answer.status_code >= 500:
            wrong.append(f"{line} as {role}: {answer.status_code}")
    return wrong


def test_every_page_and_method_stands_in_the_rules(app: Flask) -> None:
    adapter, known = app.url_map.bind("localhost"), set()
    for line in RULES:
        method, _, address = line.partition(" ")
        known.add((adapter.match(numbered(address), method=method)[0], method))
    every = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert every - known == set()


def numbered(address: str) -> str:
    """Return an address with a number for each of its parts."""
    return re.sub(r"\{\w+\}", "1", address)


def test_the_code_has_a_rule_for_every_page(app: Flask) -> None:
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(access.PAGES)
    actions = set(access.PAGES.values()) - {access.PUBLIC, access.SIGNED_IN}
    assert actions <= set(access.ACTIONS)


def test_a_page_without_a_rule_is_refused(app: Flask) -> None:
    app.add_url_rule("/nueva", "forgotten_page", lambda: "secret")
    with db.writing(app) as session:
        person(session, "41000001", "superuser")
    assert signed_in(app, "41000001").get("/nueva").status_code == 404
    assert app.test_client().get("/nueva").status_code == 404


def test_a_role_that_ended_opens_nothing(app: Flask) -> None:
    with db.writing(app) as session:
        here = entity(session)
        user = person(session, "41000001", "preparer", here)
        session.commit()
        client = signed_in(app, "41000001")
        assert client.get("/entidades/E90001").status_code == 200
        access.revoke(session, user, "preparer", here, None)
    answer = client.get("/entidades/E90001")
    assert answer.location == "/ingresar?siguiente=/entidades/E90001"


def test_a_fragment_requested_by_a_signed_out_browser_sends_the_whole_page_to_sign_in(
    app: Flask,
) -> None:
    answer = app.test_client().get("/cuenta", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["HX-Redirect"] == "/ingresar?siguiente=/cuenta"


def test_a_lane_has_a_role_and_roles_that_answer_it() -> None:
    for lane in sorted(access.LANES):
        role = access.LANES[lane]
        assert access.ROLES[role].lane == lane
        assert access.ANSWERS[role] >= {role}
        assert access.ANSWERS[role] <= set(access.ROLES)
