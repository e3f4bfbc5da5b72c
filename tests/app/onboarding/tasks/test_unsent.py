"""When a sign-in ends, the typed values are stored for their author alone."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from flask import Flask
from itsdangerous import URLSafeTimedSerializer

from app.base import calendar
from app.base.models import Task, UnsentForm
from app.ops.worker import nightly
from app.people.access import unsent
from forms import steps
from tests.app.every_step import EveryStep
from tests.app.onboarding.tasks.lost_sign_ins import (
    boxes,
    end_sign_ins,
    sign_in,
    token_of,
    unsent_forms,
)
from tests.app.walk import PARTS, Walk, sample_pdf
from tests.conftest import Clock
from tests.pages import CheckingClient

TYPED = "Se conversó con la Oficina de Tecnologías <de la entidad>."


@pytest.fixture
def checked(app: Flask) -> None:
    """Check tokens of forms, as in production."""
    app.config["WTF_CSRF_ENABLED"] = True


@pytest.fixture
def every_step(walk: Walk, monkeypatch: pytest.MonkeyPatch, checked: None) -> EveryStep:
    return EveryStep(walk, monkeypatch)


@pytest.fixture
def calling(every_step: EveryStep) -> tuple[EveryStep, str]:
    """Return a step with a text to write, and the URL of its page."""
    step = steps()["call_entity"]
    return every_step, every_step.open(step, step.accepts[0]) + "/llamada"


def post_signed_out(every: EveryStep, address: str, client: CheckingClient, **said) -> str:
    """Open a page, end the sign-in, post; return the URL of the redirect."""
    page = client.get(address).text
    end_sign_ins(every.walk)
    data = {"summary": TYPED, "action": "submit", "csrf_token": token_of(page)} | said
    answer = client.post(address, data=data)
    assert answer.status_code == 303
    return str(answer.location)


@pytest.mark.nightly
def test_the_same_person_gets_the_filled_page_back_until_it_is_sent(calling: tuple[EveryStep, str]):
    every, address = calling
    client = every.walk.browser("sip")
    where = post_signed_out(every, address, client, revision="1")
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
    assert len(unsent_forms(every.walk)) == 1, "a page that is loaded again is filled again"
    said = {"summary": TYPED, "action": "save", "csrf_token": token_of(page)}
    said["_retomado"] = boxes(page, "_retomado")[0]
    assert client.post(address, data=said).status_code == 303
    assert unsent_forms(every.walk) == []
    assert "todavía no se registró" not in client.get(back).text


def test_an_answered_step_still_shows_the_lost_texts(calling: tuple[EveryStep, str]):
    every, address = calling
    client = every.walk.browser("sip")
    where = post_signed_out(every, address, client, revision="1")
    every.walk.change(Task, every.tasks["call_entity"], state="cancelled")
    answer = client.get(sign_in(client, where, PARTS["sip"][0]).location)
    assert answer.status_code == 409
    assert "Oficina de Tecnologías &lt;de la entidad&gt;" in answer.text
    assert "está aquí para que lo copies" in answer.text
    assert "<li>1</li>" not in answer.text


def test_a_page_is_not_restored_without_its_filter(
    walk: Walk, checked: None, monkeypatch: pytest.MonkeyPatch
):
    """Without the filter, the form would apply to all entities."""
    walk.begin()
    monkeypatch.setattr(unsent, "LONGEST_ADDRESS", 25)
    client = walk.browser("sip")
    address = "/entidades/lotes/elegidas/convalidacion/todas?estado=todos&q=E90001"
    token = token_of(client.get(address).text)
    end_sign_ins(walk)
    data = {"reason": TYPED, "stage": "designation", "csrf_token": token}
    back = sign_in(client, client.post(address, data=data).location, PARTS["sip"][0]).location
    assert back.startswith("/cuenta?retomar=")
    page = client.get(back)
    assert page.status_code == 200
    assert "Oficina de Tecnologías &lt;de la entidad&gt;" in page.text


@pytest.mark.nightly
def test_another_person_gets_nothing(calling: tuple[EveryStep, str]):
    every, address = calling
    every.walk.people["another"] = every.walk.person("40000031", "sip")
    client = every.walk.browser("sip")
    where = post_signed_out(every, address, client)
    assert TYPED not in client.get(where).text
    back = sign_in(client, where, "40000031").location
    page = client.get(back)
    assert page.status_code == 200
    assert "Oficina de Tecnologías" not in page.text
    assert "todavía no se registró" not in page.text
    assert len(unsent_forms(every.walk)) == 1, "its own person may still come"


def test_nothing_is_stored_without_the_persons_token(calling: tuple[EveryStep, str]):
    every, address = calling
    client = every.walk.browser("sip")
    good = token_of(client.get(address).text)
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
    assert unsent_forms(every.walk) == []
    stranger.post(address, data={"summary": TYPED, "csrf_token": f"x~{own}"})
    assert len(unsent_forms(every.walk)) == 1


def test_a_token_neither_signs_in_nor_changes_anything(calling: tuple[EveryStep, str]):
    every, address = calling
    own = token_of(every.walk.browser("sip").get(address).text)
    stranger = every.walk.app.test_client()
    answer = stranger.post(address, data={"summary": TYPED, "action": "save", "csrf_token": own})
    assert answer.location.startswith("/ingresar")
    assert stranger.get(address).location.startswith("/ingresar")
    assert TYPED not in str(every.walk.draft_of(every.tasks["call_entity"]))
    key = unsent_forms(every.walk)[0].key
    assert stranger.get(f"{address}?retomar={key}").location.startswith("/ingresar")


@pytest.mark.parametrize("passed", ["page", "night"])
def test_a_form_is_stored_for_half_an_hour(
    calling: tuple[EveryStep, str], clock: Clock, passed: str
):
    every, address = calling
    client = every.walk.browser("sip")
    back = sign_in(client, post_signed_out(every, address, client), PARTS["sip"][0]).location
    clock.forward(minutes=30)
    assert "todavía no se registró" in client.get(back).text
    clock.forward(seconds=1)
    if passed == "night":
        nightly.clean(every.walk.engine, lambda: False)
    else:
        assert "todavía no se registró" not in client.get(back).text
    assert unsent_forms(every.walk) == []


def test_nothing_is_stored_of_a_deactivated_person_or_a_page_open_for_over_a_week(
    calling: tuple[EveryStep, str], monkeypatch: pytest.MonkeyPatch
):
    every, address = calling
    client = every.walk.browser("sip")
    own = token_of(client.get(address).text)
    with monkeypatch.context() as patched:
        patched.setattr(unsent, "OPEN_FOR", timedelta(seconds=-1))
        client.post(address, data={"summary": TYPED, "csrf_token": f"x{own}"})
    assert unsent_forms(every.walk) == []
    with every.walk.writing() as session:
        every.walk.user(session, "sip").active = False
    client.post(address, data={"summary": TYPED, "csrf_token": own})
    assert unsent_forms(every.walk) == []


@pytest.mark.nightly
def test_a_form_is_limited_in_bytes_and_a_person_in_forms(
    calling: tuple[EveryStep, str], monkeypatch: pytest.MonkeyPatch
):
    every, address = calling
    client = every.walk.browser("sip")
    token = token_of(client.get(address).text)
    end_sign_ins(every.walk)
    assert unsent.MOST_BYTES == 2**20
    monkeypatch.setattr(unsent, "MOST_BYTES", 1000)
    answer = client.post(address, data={"summary": "x" * 1001, "csrf_token": token})
    assert unsent_forms(every.walk) == []
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
    assert len(unsent_forms(every.walk)) == unsent.MOST_OF_ONE
    client.post(address, data={"summary": TYPED, "csrf_token": token})
    assert len(unsent_forms(every.walk)) == unsent.MOST_OF_ONE, "of one page the newest"


@pytest.mark.nightly
def test_files_and_passwords_are_not_stored_and_files_are_requested_again(every_step: EveryStep):
    step = steps()["sign_letter"]
    address = every_step.open(step, step.accepts[0], filled=False) + "/firma"
    client = every_step.walk.browser("sip")
    where = post_signed_out(
        every_step, address, client,
        document=(io.BytesIO(sample_pdf()), "oficio.pdf"), password="a secret of mine",
    )  # fmt: skip
    (row,) = unsent_forms(every_step.walk)
    assert row.with_files
    assert "secret" not in str(row.pairs)
    assert "csrf" not in str(row.pairs)
    page = client.get(sign_in(client, where, PARTS["sip"][0]).location).text
    assert "Vuelve a elegir los archivos." in page


@pytest.mark.nightly
def test_a_form_of_an_earlier_session_is_restored_to_its_author(
    calling: tuple[EveryStep, str],
):
    every, address = calling
    client = every.walk.browser("sip")
    old = token_of(client.get(address).text)
    with client.session_transaction() as cookie:
        cookie.pop("csrf_token")  # as after a new sign-in in another tab
    said = {"summary": TYPED, "action": "submit", "csrf_token": old}
    answer = client.post(address, data=said)
    assert answer.location.startswith(f"{address}?retomar=")
    assert [text.strip() for text in boxes(client.get(answer.location).text, "summary")] == [TYPED]
    every.walk.people["another"] = every.walk.person("40000031", "sip")
    assert every.walk.browser("another").post(address, data=said).status_code == 400
    assert not every.ended
