"""Recurring observations: who has them, how they are stored, and how a review uses them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.models import LogEntry, ObservationText, User
from app.onboarding.observation_texts import texts
from app.onboarding.observation_texts.buttons import Review
from forms import steps
from forms.shapes.presentation_examples import given_of
from tests.app import cast
from tests.app.walk import Walk
from tests.forms.filled import fill

STEP = "review_designation"
TEXT = "Falta la firma de la máxima autoridad."


@pytest.fixture
def session(walk: Walk) -> Iterator[Session]:
    with walk.writing() as session:
        yield session


@pytest.fixture
def sip(session: Session, walk: Walk) -> User:
    return walk.user(session, "sip")


@pytest.fixture
def colleague(session: Session) -> User:
    return cast.person(session, "40000031", "sip")


def words(session: Session, user: User, step: str = STEP) -> list[str]:
    return [one.text for one in texts.offered(session, user, step)]


def test_a_text_is_its_reviewer_s_until_it_is_shared_with_the_party(
    session: Session, walk: Walk, sip: User, colleague: User
):
    made = texts.make(session, sip, STEP, "sip", TEXT)
    assert words(session, sip) == [TEXT]
    assert words(session, sip, "review_training") == []
    assert texts.find(session, colleague, made.id) is None
    texts.change(session, sip, made, TEXT, shared=True)
    assert words(session, colleague) == [TEXT]
    assert words(session, walk.user(session, "sgtd")) == []
    found: Any = texts.find(session, colleague, made.id)
    texts.change(session, colleague, found, "Falta la firma.", shared=False)
    assert words(session, sip) == ["Falta la firma."]
    texts.remove(session, colleague, found)
    assert words(session, sip) == []
    kinds = session.scalars(
        select(LogEntry.kind).where(LogEntry.kind.startswith("recurring.")).order_by(LogEntry.id)
    )
    assert [kind.partition(".")[2] for kind in kinds] == ["made", "shared", "changed", "removed"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Escribe la observación"),
        ("Escribe a rosa@example.pe", "correo"),
        ("El DNI 12345678 no es el suyo", "documento"),
        (TEXT, "Ya tienes"),
    ],
)
def test_a_text_that_serves_no_other_entity_is_not_stored(
    session: Session, sip: User, text: str, why: str
):
    texts.make(session, sip, STEP, "sip", TEXT)
    with pytest.raises(texts.NotMade, match=why):
        texts.make(session, sip, STEP, "sip", text)
    assert words(session, sip) == [TEXT]


def pressed(session: Session, user: User, action: str, chosen: str = "", typed: str = "") -> Any:
    values = {"result": "observed", "observations": [{"text": typed}]}
    form = fill(steps()[STEP], values, given_of(("sip_rvl_001",)))
    pairs = [("observations-0", ""), ("observations-0-text", typed)]
    return Review(session, user, STEP, "sip", form, pairs).press(action, chosen)


@pytest.mark.nightly
def test_a_text_is_inserted_below_what_is_typed(session: Session, sip: User, colleague: User):
    made = texts.make(session, sip, STEP, "sip", TEXT)
    found = pressed(session, sip, "insert:observations-0", str(made.id), "En la página 2.")
    assert dict(found.pairs)["observations-0-text"] == f"En la página 2.\n{TEXT}"
    for user, chosen in ((colleague, str(made.id)), (sip, "999"), (sip, "x"), (sip, "")):
        refused = pressed(session, user, "insert:observations-0", chosen)
        assert (refused.pairs, refused.message) == (None, "Elige primero un texto recurrente.")
    for action in ("insert:observations-7", "insert:result", "insert:", "next"):
        assert pressed(session, sip, action, str(made.id)) is None


@pytest.mark.nightly
def test_an_observation_is_saved_as_a_text_and_used_again(filed: Walk):
    filed.answer("record_reception")
    sip, task = filed.browser("sip"), filed.task(STEP).id
    url = f"/tareas/{task}/respuesta"
    typed = {"result": "observed", "observations-0": "", "observations-0-text": TEXT}
    page = sip.post(url, data=typed | {"action": "keep:observations-0"}, follow_redirects=True).text
    assert "Cambiarlo o compartirlo" in page
    number = filed.one(select(ObservationText.id))
    assert f'<option value="{number}">{TEXT}</option>' in page
    more = {"observations-1": "", "recurring-observations-1": str(number)}
    sip.post(url, data=typed | more | {"action": "insert:observations-1"})
    assert sip.get(url).text.count(TEXT) == 5  # twice typed, twice offered, once whole
    assert "Tuyo" in sip.get("/textos-recurrentes").text
    change = f"/textos-recurrentes/{number}"
    assert sip.post(change, data={"text": "Llama al 987 654 321"}).status_code == 422
    sip.post(change, data={"text": "Falta el sello.", "shared": "y"})
    assert "Del equipo de la SIP" in sip.get("/textos-recurrentes").text
    assert "el cambio vale para todos" in sip.get(change).text
    assert filed.browser("sgtd").get(change).status_code == 404
    sip.post(f"{change}/borrar")
    assert sip.get(change).status_code == 404
