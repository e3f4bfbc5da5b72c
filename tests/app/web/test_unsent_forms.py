"""Every form restores the values that were typed in it before a sign-in ended."""

from __future__ import annotations

import re

import html5lib
import pytest
from flask import Flask
from wtforms import Form, PasswordField

from app.people.access import filling, unsent
from app.people.accounts import forms as account_forms
from forms import Page, Step, steps
from tests.app.every_step import EveryStep
from tests.app.onboarding.tasks.lost_sign_ins import (
    boxes,
    end_sign_ins,
    is_text,
    posted,
    sign_in,
    token_of,
)
from tests.app.register.desk.desks import DESK, filled
from tests.app.visited import Visited
from tests.app.walk import PARTS, Walk

SCREENS = [
    pytest.param(step, page, id=f"{step.id}-{page.key}")
    for step in steps().values()
    for page in step.form.screens()
]
TYPED = "Se conversó con la Oficina de Tecnologías <de la entidad>."


@pytest.fixture
def checked(app: Flask) -> None:
    """Check the tokens of forms, as in production."""
    app.config["WTF_CSRF_ENABLED"] = True


@pytest.fixture
def every_step(walk: Walk, monkeypatch: pytest.MonkeyPatch, checked: None) -> EveryStep:
    return EveryStep(walk, monkeypatch)


@pytest.mark.nightly
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


@pytest.mark.nightly
def test_other_forms_come_back_too(walk: Walk, checked: None):
    walk.begin()
    address = f"/entidades/E90001/procesos/{walk.id}/suspender"
    client = walk.browser("sip")
    token = token_of(client.get(address).text)
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
    token = token_of(client.get(f"/encargos/{task_id}").text)
    end_sign_ins(walk)
    said = {"name_of": "Rosa Inventada", "how": "telephone", "csrf_token": token}
    where = client.post(f"/encargos/{task_id}", data=said).location
    page = client.get(sign_in(client, where, PARTS["sip"][0]).location).text
    assert boxes(page, "name_of") == ["Rosa Inventada"]
    assert re.search(r'value="telephone"[^>]*checked', page)


@pytest.mark.nightly
@pytest.mark.parametrize("part", ["", "/visitante"])
def test_the_desk_comes_back_too(visited: Visited, part: str):
    client = visited.browser("operator")
    visited.app.config["WTF_CSRF_ENABLED"] = True
    token = token_of(client.get(DESK).text)
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


def test_no_input_for_a_password_has_a_name_that_is_stored():
    """Every secret that a user types has a name that `unsent` leaves out."""
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
