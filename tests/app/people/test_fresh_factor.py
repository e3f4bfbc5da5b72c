"""A recent code before what cannot be taken back: which acts, and how long it counts."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select, update

from app.base import calendar, db
from app.base.models import Batch, Entity, SecondFactor, SignIn, User
from app.onboarding.batches.kinds import KINDS
from app.people import access, sealing
from app.people.access.pages import PAGES, POSTS
from app.people.accounts.factor import codes
from tests.app.cast import PASSWORD, count, entity, open_session, person, sign_in, signed_in
from tests.conftest import Clock
from tests.pages import CheckingClient

NUMBER = "40000003"
FRESH = {endpoint for endpoint, word in POSTS.items() if word == "fresh"}
CONFIRM, SET_UP = "/cuenta/confirmar", "/segundo-factor?siguiente=/"


@pytest.fixture
def strict(app: Flask, clock: Clock) -> Flask:
    """Return an application that demands a second factor; one person may do every act."""
    with db.writing(app) as session:
        user = person(session, NUMBER, "superuser")
        place = entity(session)
        for role in ("sip", "secretary", "administrator"):
            access.grant(session, user, role, place if role == "administrator" else None, None)
    return app


@pytest.fixture
def client(strict: Flask) -> CheckingClient:
    """Return a browser of a person with a second factor, who signed in long ago."""
    browser = signed_in(strict, NUMBER)
    strict.config["SECOND_FACTOR"] = "required"
    with strict.app_context(), db.writing(strict) as session:
        user = session.scalars(select(User)).one()
        codes.save(session, user, codes.new(), 0)
        session.execute(update(SignIn).values(factor_at=calendar.now() - timedelta(minutes=11)))
    return browser


def code(app: Flask, clock: Clock) -> str:
    """Return the code of the telephone."""
    with app.app_context():
        sealed = db.session().scalars(select(SecondFactor.sealed_secret)).one()
        return str(pyotp.TOTP(sealing.unseal(sealed)).at(clock()))


def address_of(app: Flask, endpoint: str) -> str:
    """Return an address of an endpoint that takes a POST."""
    rule = next(rule for rule in app.url_map.iter_rules(endpoint) if "POST" in rule.methods)
    values = {name: "E90001" if name == "code" else 1 for name in rule.arguments}
    with app.test_request_context():
        built = rule.build(values, append_unknown=False)
    assert built
    return built[1]


def test_each_fresh_act_asks_for_a_recent_code(strict, client):
    for endpoint in FRESH:
        answer = client.post(address_of(strict, endpoint))
        assert answer.location == f"{CONFIRM}?siguiente=/", endpoint


#: Permissions to cancel, to change people, addresses, rules, the calendar and the process, to
#: issue codes, to suppress.
WATCHED = {
    *("annul_certificate", "assign_coordinators", "cancel", "confirm_address"),
    *("decide_personal_data", "leave_function", "manage_calendar", "manage_catalogue"),
    *("manage_mandates", "manage_people", "manage_process", "plan_mandates", "set_rules"),
    *("register_departure", "sign_certificate_again", "start_change_personnel"),
    *("start_onboarding", "validate_stage"),
}
#: Words of acts that nobody takes back.
NAMES = re.compile(r"annul|cancel|deactivate|revoke|suppress")
#: Endpoints with such a permission or name whose act can be taken back, or is confirmed elsewhere.
PLAIN = {
    *("accounts.absences_of", "accounts.end_absence_of"),  # it ends with a click
    *("acts.annul", "kept.annul", "agenda.cancel"),  # a desk records again what was right
    "outbox.confirm_address",  # an address that is there already
    "departures.withdraw",  # it takes back
    *("kept.hide", "kept.answer_request"),  # nothing is removed
    *("letters.prepare", "letters.of_batch", "letters.again", "letters.of_entity"),  # dry runs
    "mandate_plan.freeze",  # makes a batch, which is confirmed
    *("process.upload",),  # nothing is in force by it
    *("rehearsals.begin", "rehearsals.decide", "rehearsals.close"),  # no case moves by it
    *("rehearsals.drop_batch", "rehearsals.return_batch"),  # they take back
}
#: Endpoints whose views ask, at the POST that confirms.
LATE = {"batches.confirm", "batches.go_on", "tasks.send", "tasks.show", "validation.show"}


def test_every_post_says_fresh_or_plain_and_no_other_page_does(app):
    posts = {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in rule.methods}
    assert set(POSTS) == posts
    assert set(POSTS.values()) == {"fresh", "late", "plain"}
    assert {one for one in posts if POSTS[one] == "late"} == LATE


def test_what_cancels_or_changes_people_addresses_or_rules_is_fresh():
    those = {one for one in POSTS if PAGES[one] in WATCHED or NAMES.search(one.split(".")[1])}
    assert {one for one in those if POSTS[one] == "plain"} == PLAIN
    watched = {kind.id for kind in KINDS if kind.action in WATCHED | {"start_change_authority"}}
    assert {kind.id for kind in KINDS if kind.fresh} == watched


def test_a_batch_that_does_the_same_asks_when_it_is_confirmed(strict, client):
    for kind, asks in (("contacts", True), ("start", True), ("remind", False)):
        with strict.app_context():
            session = db.session()
            user_id = session.scalars(select(User.id)).one()
            batch = Batch(kind=kind, created_at=calendar.now(), by_id=user_id, data={})
            session.add(batch)
            session.commit()
            answer = client.post(f"/entidades/lotes/{batch.id}/confirmar")
        assert answer.headers.get("Location", "").startswith(CONFIRM) is asks, kind
    assert client.post("/entidades/lotes/99/confirmar").status_code == 404


@pytest.mark.nightly
def test_the_form_comes_back_as_typed_and_is_accepted_with_the_code(strict, client, clock):
    strict.config["WTF_CSRF_ENABLED"] = True
    form = {
        "role": "auditor",
        "entity_code": "",
        "document_type": "DNI",
        "document_number": "40000077",
        "given_names": "Olga",
        "surnames": "Inventada",
        "email": "olga@example.pe",
    }
    before = count(strict, User)
    answer = client.post("/personas/nueva", data=form | token(client, "/personas/nueva"))
    assert answer.location.startswith(CONFIRM)
    assert count(strict, User) == before
    confirm = answer.location
    given = {"factor_code": code(strict, clock)} | token(client, confirm)
    assert client.post(confirm, data={**given, "factor_code": "000000"}).status_code == 422
    answer = client.post(confirm, data=given)
    page = client.get(answer.location).text
    assert 'value="olga@example.pe"' in page
    assert "Confirmaste que eres tú" in page
    assert "Tu sesión cambió" not in page
    assert client.post("/personas/nueva", data=form | token(client, answer.location)).location
    assert count(strict, User) == before + 1


def token(client: CheckingClient, address: str) -> dict[str, str]:
    """Return the token of a page's forms, as a field."""
    found = re.findall(r'name="csrf_token" value="([^"]*)"', client.get(address).text)
    return {"csrf_token": html.unescape(found[-1])}


@pytest.mark.parametrize(("minutes", "counts"), [(0, True), (10, True), (11, False), (-60, False)])
def test_a_code_counts_for_ten_minutes(strict, client, clock, minutes, counts):
    client.post(CONFIRM, data={"factor_code": code(strict, clock)})
    clock.forward(minutes=minutes)
    answer = client.post("/personas/1/reactivar")
    assert (answer.location == "/personas/1") is counts


def test_who_may_not_gets_404_as_before(strict, client):
    with db.writing(strict) as session:
        person(session, "40000009", "auditor")
    strict.config["SECOND_FACTOR"] = "off"
    auditor = signed_in(strict, "40000009")
    strict.config["SECOND_FACTOR"] = "required"
    assert auditor.post("/personas/1/desactivar").status_code == 404


def test_who_has_none_yet_sets_it_up_first_and_goes_on(strict):
    strict.config["SECOND_FACTOR"] = "off"
    browser = signed_in(strict, NUMBER)
    assert browser.post("/personas/1/reactivar").location == "/personas/1"
    strict.config["SECOND_FACTOR"] = "required"
    answer = browser.post("/personas/1/reactivar")
    assert answer.location == SET_UP
    assert "Configura tu segundo factor" in browser.get(answer.location).text
    strict.config["SECOND_FACTOR"] = "offered"
    assert browser.post("/personas/1/reactivar").location == "/personas/1"


@pytest.mark.nightly
def test_a_sign_in_from_before_the_setting_lasts_and_sets_it_up_before_every_act(strict, clock):
    """As at the upgrade of an installation: nobody is signed out, and no act is done without."""
    strict.config["SECOND_FACTOR"] = "off"
    browser = signed_in(strict, NUMBER)
    strict.config["SECOND_FACTOR"] = "required"
    assert browser.get("/personas").status_code == 200
    for endpoint in sorted(FRESH):
        answer = browser.post(address_of(strict, endpoint))
        assert answer.location == SET_UP, endpoint
    page = browser.get(SET_UP).text
    secret = "".join(re.findall(r">\s*((?:[A-Z2-7]{4} ?){8})\s*<", page)).replace(" ", "")
    code = {"factor_code": pyotp.TOTP(secret).at(clock())}
    assert browser.post(SET_UP, data=code).status_code == 422
    assert browser.post(SET_UP, data=code | {"proof": PASSWORD}).status_code == 200
    assert browser.post("/personas/1/reactivar").location == "/personas/1"


def test_a_code_given_at_the_sign_in_counts(strict, client, clock):
    with open_session(strict) as session:
        assert session.scalars(select(SignIn)).one().factor_at < clock() - timedelta(minutes=10)
    given = code(strict, clock)
    again = strict.test_client()
    data = {"document_type": "DNI", "document_number": NUMBER, "password": PASSWORD}
    again.post("/ingresar", data=data)
    again.post("/ingresar/codigo", data={"factor_code": given})
    assert again.post("/personas/1/reactivar").location == "/personas/1"


@pytest.mark.parametrize("page", ["/personas/2/funciones", "/personas/nueva"])
def test_a_role_that_demands_it_ends_sign_ins_without_it(strict, client, clock, page):
    with db.writing(strict) as session:
        user = person(session, "40000007", "administrator", session.scalars(select(Entity)).one())
        form = {"surnames": "Inventada", "given_names": "Olga", "email": user.email}
    form |= {"document_type": "DNI", "document_number": "40000007", "entity_code": ""}
    other = signed_in(strict, "40000007")
    client.post(CONFIRM, data={"factor_code": code(strict, clock)})
    of_entity = {"role": "operator", "entity_code": "E90001"}
    assert client.post(page, data=form | of_entity).status_code == 303
    assert other.get("/cuenta").status_code == 200
    assert client.post(page, data=form | {"role": "auditor"}).status_code == 303
    assert other.get("/cuenta").location.startswith("/ingresar")
    assert sign_in(other, "40000007").location == "/ingresar/codigo"
    assert client.get("/cuenta").status_code == 200
