"""A decision is sent from the page that shows what follows, and that page changes nothing."""

from __future__ import annotations

import html
import io
import re
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.base import db, files, formatting
from app.base.models import Draft, Entity, User
from app.cases import service_tasks
from app.cases.processes import rehearsal
from app.cases.records.personnel_change import ChangedMeanwhile
from app.cases.records.sessions import SessionFull
from forms import steps
from tests.app.people.test_duties import DECIDING
from tests.app.walk import Walk, sample_pdf
from tests.pages import CheckingClient

REVIEW = "review_designation"
TITLE = "Qué pasa si lo confirmas"
#: Repeated here: the steps that decide nothing, and whose answer is confirmed nevertheless.
SETTING_IN_MOTION = (
    "record_reception",
    "record_personnel_reception",
    "file_designation",
    "file_personnel",
    "correct_designation",
    "correct_personnel",
    "approve_decision_makers",
    "approve_personnel_change",
    "record_personnel_change",
    "confirm_register",
    "register_authority_change",
)
LAST_STAGE = (
    "enable_interest_acts",
    "define_decision_makers",
    "approve_decision_makers",
    "train_decision_makers",
)


@pytest.fixture
def filed(walk: Walk) -> Walk:
    """Return a case whose designation is to be reviewed."""
    walk.begin_filed()
    walk.answer("record_reception", "received")
    return walk


def review(walk: Walk, outcome: str, step: str = REVIEW) -> tuple[CheckingClient, str]:
    """Write a decision; return the browser of its reviewer and the address of its review."""
    task = walk.draft(step, outcome)
    return walk.browser(walk.task(step).role), f"/tareas/{task}/revisar"


def words(page: str) -> str:
    """Return the text of a page below the heading of what follows, in one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", below(page))).split())


def below(page: str) -> str:
    return page.partition(TITLE)[2].partition("</section>")[0]


def stored(walk: Walk) -> list[Path]:
    return sorted(walk.app.config["DATA"].rglob("files/**/*"))


# It changes nothing ----------------------------------------------------------------------------


@pytest.mark.nightly
@pytest.mark.postgresql
@pytest.mark.parametrize("outcome", ["accepted", "observed", "not_presented", "out_of_scope"])
def test_what_follows_is_shown_without_a_change_of_any_row(filed: Walk, outcome: str):
    browser, address = review(filed, outcome)
    browser.get("/pendientes")
    before, on_disk = filed.row_counts(), stored(filed)
    page = browser.get(address)
    assert TITLE in page.text
    assert "Así quedaría ahora mismo" in page.text
    grounds = "Causal por la que no corresponde" in page.text
    assert grounds == (outcome == "out_of_scope"), "what does not apply is not listed"
    assert "Resultado de la revisión" in page.text
    assert filed.row_counts() == before
    assert stored(filed) == on_disk
    assert filed.open_steps() == [REVIEW]
    filed.assert_consistent()


@pytest.mark.postgresql
def test_a_session_that_rehearses_commits_nothing_and_stores_no_file(filed: Walk):
    with filed.app.app_context():
        with db.rehearsing(5) as session:
            session.scalars(select(Entity)).one().name = "Otra"
            session.commit()
        assert db.session().scalars(select(Entity)).one().name != "Otra"
    with filed.app.app_context(), db.rehearsing(5) as session, pytest.raises(RuntimeError):
        files.store(session, io.BytesIO(sample_pdf()), "application/pdf")


@pytest.mark.nightly
def test_no_paper_is_made_to_show_that_it_will_be(walk: Walk, monkeypatch: pytest.MonkeyPatch):
    walk.begin_at("interest_acts")
    for step in LAST_STAGE:
        walk.answer(step)
    browser, address = review(walk, "closed", "close_onboarding")
    made: list[object] = []
    monkeypatch.setattr("app.cases.papers.render", lambda *given: made.append(given))
    said = words(browser.get(address).text)
    assert not made
    assert "Lo hace el sistema: Emitir la constancia" in said
    assert "Sigue: Firmar la constancia" in said
    monkeypatch.setattr("app.cases.papers.render", lambda *_: sample_pdf())
    browser.post(address, data={"action": "submit"})
    assert walk.open_steps() == ["sign_certificate"]


# It is what happens ----------------------------------------------------------------------------


@pytest.mark.nightly
def test_the_shown_steps_and_mails_are_those_that_come(filed: Walk):
    browser, address = review(filed, "observed")
    said = words(browser.get(address).text)
    assert "Sigue: Subsanar la designación" in said
    assert "Plazo legal de 2 días hábiles: corre desde la notificación" in said
    assert "La revisión observó la presentación" in said
    assert not filed.mails("legal_notice")
    browser.post(address, data={"action": "submit"})
    assert filed.open_steps() == ["correct_designation"]
    came = filed.mails("legal_notice")
    assert said.count("Notificación con plazo legal, para") == len(came) > 0
    for mail in came:
        text = re.sub(r"(recibido/|tareas/)[\w.~%-]+", r"\1…", mail.body)
        assert " ".join(text.split()) in said
        assert mail.subject in said


@pytest.mark.nightly
def test_a_conformity_names_the_stage_the_people_and_the_terms(filed: Walk):
    browser, address = review(filed, "accepted")
    said = words(browser.get(address).text)
    browser.post(address, data={"action": "submit"})
    assert "Empieza la etapa 2:" in said
    assert "recibe la función de Administrador del RVL." in said
    assert "deja la función" not in said
    for step in filed.open_steps():
        assert f"Sigue: {filed.task(step).name}" in said
        assert f"vence el {formatting.last_day(filed.task(step).due_at)}" in said


@pytest.mark.nightly
def test_links_that_let_in_and_numbers_that_are_not_yet_are_cut(filed: Walk):
    with filed.writing() as session:
        for user in session.scalars(select(User)):
            user.password_hash = ""
    browser, address = review(filed, "accepted")
    shown = below(browser.get(address).text)
    assert "/invitacion/…" in shown
    assert not re.search(r"/invitacion/\w", shown)
    browser, address = review(filed, "observed")
    shown = below(browser.get(address).text)
    assert "/tareas/…" in shown
    assert not re.search(r"/tareas/\d", shown)


@pytest.mark.nightly
def test_the_review_of_a_reception_shows_it_as_well(walk: Walk):
    walk.begin_filed()
    browser, address = review(walk, "received", "record_reception")
    said = words(browser.get(address).text)
    assert "Sigue: Revisar la designación" in said
    assert "Plazo de 7 días hábiles: vence el" in said
    assert "Presentación recibida, para Persona Ejemplo 011" in said
    draft = walk.draft_of(walk.task("record_reception").id)
    assert draft is not None
    assert f"Expediente (CUT): {dict(draft.pairs)['cut']}" in said
    assert walk.open_steps() == ["record_reception"]
    browser.post(address, data={"action": "submit"})
    (mail,) = walk.mails("received")
    assert " ".join(mail.body.split()) in said


# What is unusual -------------------------------------------------------------------------------


def test_rows_without_a_mail_are_counted_and_a_ruc_of_two_entities_is_named(filed: Walk):
    form = steps()[REVIEW].form(given={"roster": [{"email": ""}, {"email": "a@example.pe"}]})
    assert form.unusual() == ["La relación tiene 1 fila sin correo."]
    assert steps()[REVIEW].form(given={"roster": [{"email": "a@example.pe"}]}).unusual() == []
    form = steps()[REVIEW].form(given={"unconfirmed_ruc": ["Municipalidad de Muestra"]})
    assert form.unusual() == ["El RUC de la entidad es también de Municipalidad de Muestra."]


@pytest.mark.nightly
def test_a_step_that_nobody_could_answer_and_that_goes_by_paper_is_named(filed: Walk):
    with filed.writing() as session:
        for role in ("preparer", "administrator", "alternate"):
            filed.user(session, role).active = False
    browser, address = review(filed, "observed")
    said = words(browser.get(address).text)
    assert "Mira esto antes de confirmar" in said
    assert "«Subsanar la designación» queda sin nadie que lo responda" in said
    assert "se notifica en papel" in said


@pytest.mark.nightly
def test_a_failure_of_the_system_is_said_before_it_happens(
    filed: Walk, monkeypatch: pytest.MonkeyPatch
):
    def fails(*_: object) -> None:
        raise ValueError

    monkeypatch.setattr(service_tasks, "perform", fails)
    browser, address = review(filed, "accepted")
    said = words(browser.get(address).text)
    assert "El sistema no pudo hacer «" in said
    assert not filed.incidents()


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (OperationalError("", {}, Exception()), "hay otros registros en curso"),
        (ChangedMeanwhile("of a test"), "otra persona cambió estos datos"),
        (SessionFull("of a test"), "otra persona cambió estos datos"),
    ],
)
def test_where_nothing_can_be_shown_the_page_says_why(
    filed: Walk, monkeypatch: pytest.MonkeyPatch, fault: Exception, why: str
):
    def fails(*_: object) -> None:
        raise fault

    monkeypatch.setattr(rehearsal, "rehearse", fails)
    browser, address = review(filed, "accepted")
    assert f"Ahora no se puede mostrar, porque {why}" in words(browser.get(address).text)


# How it is sent --------------------------------------------------------------------------------


def test_what_is_confirmed_is_what_decides_or_sets_others_in_motion():
    confirmed = {name for name, step in steps().items() if step.form.is_confirmed()}
    assert confirmed == {*DECIDING, *SETTING_IN_MOTION}


@pytest.mark.nightly
def test_a_decision_is_not_sent_from_its_page(filed: Walk):
    task = filed.task(REVIEW).id
    browser = filed.browser("sip")
    page = browser.get(f"/tareas/{task}/respuesta").text
    assert ">Continuar</button>" in page
    assert 'value="submit"' not in page
    for action in ("submit", "next", "enter"):
        data = {"result": "accepted", "action": action}
        answer = browser.post(f"/tareas/{task}/respuesta", data=data)
        assert answer.location == f"/tareas/{task}/revisar"
    assert filed.open_steps() == [REVIEW]


@pytest.mark.nightly
def test_a_decision_with_a_fault_shows_no_consequence(filed: Walk):
    browser, address = review(filed, "observed")
    filed.change(Draft, filed.task(REVIEW).id, pairs=[["result", "not_presented"]])
    page = browser.get(address).text
    assert TITLE not in page
    assert "Falta corregir una respuesta" in page


@pytest.mark.nightly
def test_a_second_press_and_a_page_of_before_send_nothing(filed: Walk):
    browser, address = review(filed, "accepted")
    stale = browser.post(address, data={"action": "submit", "revision": "0"})
    assert stale.location == address
    assert filed.open_steps() == [REVIEW]
    assert browser.post(address, data={"action": "submit"}).location.endswith("/listo")
    after = filed.row_counts()
    assert browser.post(address, data={"action": "submit"}).status_code == 409
    assert browser.get(address).status_code == 409
    assert filed.row_counts() == after
