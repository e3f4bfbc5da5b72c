"""A sign-in that ended loses nothing of what was typed, and gives it to nobody else."""

from __future__ import annotations

import html
import io
import re
from datetime import timedelta
from typing import Any

import html5lib
import pytest
from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select, update
from wtforms import Form, PasswordField

from app import calendar
from app.access import filling, unsent
from app.accounts import forms as account_forms
from app.models import SignIn, UnsentForm, User
from app.worker import nightly
from forms import Page, Step, steps
from tests.app import cast
from tests.app.desks import DESK, filled
from tests.app.every_step import EveryStep
from tests.app.installed import Installed
from tests.app.visited import Visited
from tests.app.walk import PARTS, Walk, sample_pdf
from tests.conftest import Clock
from tests.pages import CheckingClient

SCREENS = [
    pytest.param(step, page, id=f"{step.id}-{page.key}")
    for step in steps().values()
    for page in step.form.screens()
]
TYPED = "Se conversó con la Oficina de Tecnologías <de la entidad>."


@pytest.fixture
def checked(app: Flask) -> None:
    """Forms are checked, as people meet them."""
    app.config["WTF_CSRF_ENABLED"] = True


@pytest.fixture
def every_step(walk: Walk, monkeypatch: pytest.MonkeyPatch, checked: None) -> EveryStep:
    return EveryStep(walk, monkeypatch)


@pytest.fixture
def visited(app: Flask, clock: Clock) -> Visited:
    return Visited(app)


@pytest.fixture
def calling(every_step: EveryStep) -> tuple[EveryStep, str]:
    """A step with a text to write, and the address of its page."""
    step = steps()["call_entity"]
    return every_step, every_step.open(step, step.accepts[0]) + "/llamada"


def tokens(page: str) -> str:
    """The token of the last form of a page."""
    return html.unescape(re.findall(r'name="csrf_token" value="([^"]*)"', page)[-1])


def end_sign_ins(walk: Installed) -> None:
    """Ends every sign-in, as a change of password elsewhere does."""
    with walk.writing() as session:
        session.execute(update(SignIn).values(ended_at=calendar.now()))


def sign_in(client: CheckingClient, address: str, number: str):
    """Signs in by the form that an address shows; where it leads."""
    page = client.get(address).text
    wanted = re.search(r'name="siguiente" value="([^"]*)"', page)
    said = {
        "document_type": "DNI",
        "document_number": number,
        "password": cast.PASSWORD,
        "siguiente": html.unescape(wanted[1]) if wanted else "",
        "csrf_token": tokens(page),
    }
    return client.post("/ingresar", data=said)


def kept(walk: Walk) -> list[UnsentForm]:
    with walk.reading() as session:
        return list(session.scalars(select(UnsentForm).order_by(UnsentForm.id)))


def boxes(page: str, name: str) -> list[str]:
    """What the boxes of a name show."""
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    found = []
    for one in tree.iter():
        if one.tag in ("input", "textarea") and one.get("name") == name:
            found.append(one.text or "" if one.tag == "textarea" else one.get("value", ""))
    return found


def lose(every: EveryStep, address: str, client: CheckingClient, **said) -> str:
    """Opens a page, ends the sign-in, posts; where that leads."""
    page = client.get(address).text
    end_sign_ins(every.walk)
    data = {"summary": TYPED, "action": "submit", "csrf_token": tokens(page)} | said
    answer = client.post(address, data=data)
    assert answer.status_code == 303
    return str(answer.location)


def test_the_same_person_gets_the_page_back_filled(calling: tuple[EveryStep, str]):
    every, address = calling
    client = every.walk.browser("sip")
    where = lose(every, address, client, revision="1")
    assert where.startswith("/ingresar?siguiente=")
    assert "Tu sesión terminó." in client.get(where).text
    back = sign_in(client, where, PARTS["sip"][0]).location
    assert back.startswith(f"{address}?retomar=")
    page = client.get(back).text
    assert [text.strip() for text in boxes(page, "summary")] == [TYPED]
    assert "todavía no se registró" in page
    assert "Vuelve a elegir los archivos" not in page
    assert boxes(page, "revision") == ["1"]
    assert not every.ended


def test_what_came_back_is_forgotten_once_it_was_sent(calling: tuple[EveryStep, str]):
    every, address = calling
    client = every.walk.browser("sip")
    back = sign_in(client, lose(every, address, client), PARTS["sip"][0]).location
    page = client.get(back).text
    assert len(kept(every.walk)) == 1, "a page that is loaded again is filled again"
    said = {"summary": TYPED, "action": "save", "csrf_token": tokens(page)}
    said["_retomado"] = boxes(page, "_retomado")[0]
    assert client.post(address, data=said).status_code == 303
    assert kept(every.walk) == []
    assert "todavía no se registró" not in client.get(back).text


def test_another_person_gets_nothing_of_it(calling: tuple[EveryStep, str]):
    every, address = calling
    every.walk.people["another"] = every.walk.person("40000031", "sip")
    client = every.walk.browser("sip")
    where = lose(every, address, client)
    assert TYPED not in client.get(where).text
    back = sign_in(client, where, "40000031").location
    page = client.get(back)
    assert page.status_code == 200
    assert "Oficina de Tecnologías" not in page.text
    assert "todavía no se registró" not in page.text
    assert len(kept(every.walk)) == 1, "its own person may still come"


def test_nothing_is_kept_without_a_token_of_the_persons_own(calling: tuple[EveryStep, str]):
    every, address = calling
    client = every.walk.browser("sip")
    good = tokens(client.get(address).text)
    own = good.partition("~")[2]
    forged = [
        "",
        "x",
        good.partition("~")[0],
        f"{good[:-3]}abc",
        "~" + own[::-1],
        "~" + own.replace(".", "", 1),
        "x~" + URLSafeTimedSerializer("another key", salt="unsent-form").dumps([1, address]),
    ]
    stranger = every.walk.app.test_client()
    for token in forged:
        answer = stranger.post(address, data={"summary": TYPED, "csrf_token": token})
        assert answer.status_code == 400
    assert kept(every.walk) == []
    stranger.post(address, data={"summary": TYPED, "csrf_token": f"x~{own}"})
    assert len(kept(every.walk)) == 1


def test_a_token_lets_in_nobody_and_changes_nothing(calling: tuple[EveryStep, str]):
    every, address = calling
    own = tokens(every.walk.browser("sip").get(address).text)
    stranger = every.walk.app.test_client()
    answer = stranger.post(address, data={"summary": TYPED, "action": "save", "csrf_token": own})
    assert answer.location.startswith("/ingresar")
    assert stranger.get(address).location.startswith("/ingresar")
    assert TYPED not in str(every.walk.draft_of(every.tasks["call_entity"]))
    key = kept(every.walk)[0].key
    assert stranger.get(f"{address}?retomar={key}").location.startswith("/ingresar")


def test_a_person_who_was_deactivated_keeps_nothing(calling: tuple[EveryStep, str]):
    every, address = calling
    client = every.walk.browser("sip")
    own = tokens(client.get(address).text)
    with every.walk.writing() as session:
        session.get_one(User, every.walk.people["sip"]).active = False
    client.post(address, data={"summary": TYPED, "csrf_token": own})
    assert kept(every.walk) == []


@pytest.mark.parametrize("passed", ["page", "night"])
def test_it_is_had_for_half_an_hour_and_then_forgotten(
    calling: tuple[EveryStep, str], clock: Clock, passed: str
):
    every, address = calling
    client = every.walk.browser("sip")
    back = sign_in(client, lose(every, address, client), PARTS["sip"][0]).location
    clock.forward(minutes=30)
    assert "todavía no se registró" in client.get(back).text
    clock.forward(seconds=1)
    if passed == "night":
        nightly.clean(every.walk.app.extensions["engine"], lambda: False)
    else:
        assert "todavía no se registró" not in client.get(back).text
    assert kept(every.walk) == []


def test_a_page_that_was_open_for_more_than_a_week_keeps_nothing(
    calling: tuple[EveryStep, str], monkeypatch: pytest.MonkeyPatch
):
    every, address = calling
    client = every.walk.browser("sip")
    page = client.get(address).text
    monkeypatch.setattr(unsent, "OPEN_FOR", timedelta(seconds=-1))
    client.post(address, data={"summary": TYPED, "csrf_token": "x" + tokens(page)})
    assert kept(every.walk) == []


def test_more_than_a_megabyte_is_not_kept_and_of_one_person_only_a_few(
    calling: tuple[EveryStep, str], monkeypatch: pytest.MonkeyPatch
):
    every, address = calling
    client = every.walk.browser("sip")
    token = tokens(client.get(address).text)
    end_sign_ins(every.walk)
    assert unsent.MOST_BYTES == 2**20
    monkeypatch.setattr(unsent, "MOST_BYTES", 1000)
    answer = client.post(address, data={"summary": "x" * 1001, "csrf_token": token})
    assert kept(every.walk) == []
    assert "más de 1 MB" in client.get(answer.location).text
    with every.walk.writing() as session:
        for number in range(9):
            session.add(
                UnsentForm(
                    key=f"{number}", user_id=every.walk.people["sip"], page=f"/x/{number}",
                    target="/x", pairs=[], with_files=False, kept_at=calendar.now(),
                )
            )  # fmt: skip
    client.post(address, data={"summary": TYPED, "csrf_token": token})
    assert len(kept(every.walk)) == unsent.MOST_OF_ONE
    client.post(address, data={"summary": TYPED, "csrf_token": token})
    assert len(kept(every.walk)) == unsent.MOST_OF_ONE, "of one page the newest"


def test_files_and_passwords_are_not_kept_and_the_page_asks_for_files(every_step: EveryStep):
    step = steps()["sign_letter"]
    address = every_step.open(step, step.accepts[0], filled=False) + "/firma"
    client = every_step.walk.browser("sip")
    where = lose(
        every_step, address, client,
        document=(io.BytesIO(sample_pdf()), "oficio.pdf"), password="a secret of mine",
    )  # fmt: skip
    (row,) = kept(every_step.walk)
    assert row.with_files
    assert "secret" not in str(row.pairs)
    assert "csrf" not in str(row.pairs)
    page = client.get(sign_in(client, where, PARTS["sip"][0]).location).text
    assert "Vuelve a elegir los archivos." in page


def test_a_form_of_an_earlier_session_is_given_back_to_its_own_reader(
    calling: tuple[EveryStep, str],
):
    every, address = calling
    client = every.walk.browser("sip")
    old = tokens(client.get(address).text)
    with client.session_transaction() as cookie:
        cookie.pop("csrf_token")  # as a new sign-in in another tab leaves it
    said = {"summary": TYPED, "action": "submit", "csrf_token": old}
    answer = client.post(address, data=said)
    assert answer.location.startswith(f"{address}?retomar=")
    assert [text.strip() for text in boxes(client.get(answer.location).text, "summary")] == [TYPED]
    every.walk.people["another"] = every.walk.person("40000031", "sip")
    assert every.walk.browser("another").post(address, data=said).status_code == 400
    assert not every.ended


@pytest.mark.parametrize(("step", "page"), SCREENS)
def test_every_screenful_of_every_step_comes_back_as_it_was_filled(
    every_step: EveryStep, step: Step, page: Page
):
    example = step.accepts[0]
    address = f"{every_step.open(step, example)}/{page.key}"
    client = every_step.walk.browser("sip")
    shown = client.get(address)
    if shown.status_code == 404:
        pytest.fail(f"{step.id} has no page {page.key} in its first example")
    tree = html5lib.parse(shown.text, namespaceHTMLElements=False)
    form = next(f for f in tree.iter("form") if f.get("enctype"))
    data = posted(form)
    names = [one.get("name") for one in form.iter() if is_text(one)]
    data |= {name: f"lo que se escribió en {name}" for name in names}
    end_sign_ins(every_step.walk)
    where = client.post(address, data=data).location
    back = sign_in(client, where, PARTS["sip"][0]).location
    given = client.get(back)
    assert given.status_code == 200
    again = html5lib.parse(given.text, namespaceHTMLElements=False)
    form = next(f for f in again.iter("form") if f.get("enctype"))
    hidden = {"csrf_token", "_retomado"}
    came = {k: v for k, v in posted(form).items() if k not in hidden}
    assert came == {k: v for k, v in data.items() if k not in hidden}
    assert "ya no tiene un lugar" not in given.text


def is_text(one: Any) -> bool:
    """Whether one can write anything into an input."""
    return bool(one.tag == "textarea" or (one.tag == "input" and one.get("type", "text") == "text"))


def posted(form) -> dict[str, str]:
    """What a browser would post of a form, without its button."""
    data: dict[str, str] = {}
    for one in form.iter():
        name, kind = one.get("name"), one.get("type", "text")
        if not name or one.tag not in ("input", "textarea", "select"):
            continue
        if one.tag == "textarea":
            data[name] = (one.text or "").strip()
        elif one.tag == "select":
            options = list(one.iter("option"))
            chosen = next((o for o in options if "selected" in o.attrib), options[0])
            data[name] = chosen.get("value", "")
        elif kind in ("radio", "checkbox"):
            if "checked" in one.attrib:
                data[name] = one.get("value", "on")
        elif kind not in ("file", "submit", "button"):
            data[name] = one.get("value", "")
    return data


def test_other_forms_come_back_too(walk: Walk, checked: None):
    walk.begin()
    address = f"/entidades/E90001/procesos/{walk.id}/suspender"
    client = walk.browser("sip")
    token = tokens(client.get(address).text)
    end_sign_ins(walk)
    where = client.post(address, data={"reason": TYPED, "csrf_token": token}).location
    page = client.get(sign_in(client, where, PARTS["sip"][0]).location).text
    assert [text.strip() for text in boxes(page, "reason")] == [TYPED]
    assert walk.row().status == "running"


def test_a_page_that_is_strict_about_its_address_comes_back_too(walk: Walk, checked: None):
    walk.begin()
    page = walk.browser("sip").get("/pendientes?retomar=x")
    assert page.status_code == 200


def test_who_dictates_comes_back_too(walk: Walk, checked: None):
    walk.begin()
    task_id = walk.task("designate_administrator").id
    client = walk.browser("sip")
    token = tokens(client.get(f"/encargos/{task_id}").text)
    end_sign_ins(walk)
    said = {"name_of": "Rosa Inventada", "how": "telephone", "csrf_token": token}
    where = client.post(f"/encargos/{task_id}", data=said).location
    page = client.get(sign_in(client, where, PARTS["sip"][0]).location).text
    assert boxes(page, "name_of") == ["Rosa Inventada"]
    assert re.search(r'value="telephone"[^>]*checked', page)


@pytest.mark.parametrize("part", ["", "/visitante"])
def test_the_desk_comes_back_too(visited: Visited, part: str):
    client = visited.browser("operator")
    visited.app.config["WTF_CSRF_ENABLED"] = True
    token = tokens(client.get(DESK).text)
    end_sign_ins(visited)
    said = filled({"surnames": "ROJAS FICTICIA"}) | {"csrf_token": token}
    answer = client.post(DESK + part, data=said, headers={"HX-Request": "true"} if part else {})
    where = answer.headers["HX-Redirect"] if part else answer.location
    page = client.get(sign_in(client, where, "40000014").location).text
    assert "ROJAS FICTICIA" in boxes(page, "visitors-0-surnames")
    assert "ya no tiene un lugar" not in page


def test_texts_without_a_place_are_shown():
    page = '<!DOCTYPE html><title>x</title><main><form method="post"><input name="a"></form></main>'
    found = filling.fill(page, "/x", [("a", "one"), ("b", "two"), ("c", " ")], {"k": "1"})
    assert found.left == ["two"]
    assert found.count == 1
    assert 'value="one"' in found.page("<p>n</p>")
    elsewhere = filling.fill(page, "/y", [("a", "one")], {})
    assert (elsewhere.count, elsewhere.left) == (1, [])
    without = filling.fill("<main></main>", "/x", [("a", "one")], {})
    assert without.left == ["one"]


def test_the_table_of_screenfuls_is_whole():
    assert {param.values[0].id for param in SCREENS} == set(steps())


def test_no_input_for_a_password_has_a_name_that_is_kept():
    """Every secret that somebody types is named as `unsent` leaves it out."""
    kinds = [one for one in vars(account_forms).values() if isinstance(one, type)]
    secret = {
        name
        for kind in kinds
        if issubclass(kind, Form)
        for name in dir(kind)
        if issubclass(getattr(getattr(kind, name), "field_class", object), PasswordField)
    }
    assert len(secret) >= 3
    assert all(any(word in name for word in unsent.SECRETS) for name in secret), secret
