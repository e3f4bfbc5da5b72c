"""The pages of a step: who may open them, its draft, its review, and odd posts."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from random import Random

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, stream_encode_multipart

from app.base import db
from app.base.models import Entity
from app.people import access
from forms import Page, steps
from forms.fields.people import invented
from forms.fields.personnel import KEYS, MOST
from tests.app.walk import Walk, step_named
from tests.pages import CheckingClient


@pytest.fixture
def filed(begun: Walk) -> Walk:
    """Return a case that waits for the mesa de partes."""
    begun.designate()
    return begun


def address(walk: Walk, step: str, key: str = "") -> str:
    """Return the URL of a page of a step's newest task, by default the first."""
    key = key or step_named(step).form.screens()[0].key
    return f"/tareas/{walk.task(step).id}/{key}"


def draft_of(walk: Walk, step: str) -> dict[str, str]:
    """Return the draft of a step."""
    draft = walk.draft_of(walk.task(step).id)
    return dict(draft.pairs) if draft else {}


# Rights ------------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_a_page_that_the_step_does_not_have_is_not_found(begun: Walk):
    client = begun.browser("preparer")
    task_id = begun.task("designate_administrator").id
    for key in ("nada", "..", "%00", "ENTIDAD", "a" * 3000):
        assert client.get(f"/tareas/{task_id}/{key}").status_code in (400, 404)
        assert client.post(f"/tareas/{task_id}/{key}", data={"x": "1"}).status_code in (400, 404)
    assert begun.draft_of(task_id) is None


def test_a_user_who_loses_the_role_loses_the_page(begun: Walk):
    client = begun.browser("preparer")
    page = address(begun, "designate_administrator")
    assert client.get(page).status_code == 200
    with begun.writing() as session:
        user = begun.user(session, "preparer")
        place = session.scalars(select(Entity)).one()
        access.grant(session, user, "alternate", place, None)  # otherwise the sign-in ends too
        access.revoke(session, user, "preparer", place, None)
    assert client.post(page, data={"action": "save"}).status_code == 404


# Drafts ---------------------------------------------------------------------------------------


def test_a_draft_is_stored_as_typed_valid_or_not(begun: Walk):
    client = begun.browser("preparer")
    page = address(begun, "designate_administrator")
    answer = client.post(page, data={"entity-ruc": "12345678", "action": "save"})
    assert answer.location == page
    shown = client.get(page).text
    assert "12345678" in shown
    assert "Guardamos tu borrador" in shown
    refused = client.post(page, data={"entity-ruc": "87654321", "action": "next"})
    assert refused.status_code == 422
    assert "87654321" in client.get(page).text
    other = step_named("designate_administrator").form.screens()[1].key
    client.post(address(begun, "designate_administrator", other), data={"action": "save"})
    assert "87654321" in client.get(page).text


def test_unknown_fields_are_neither_stored_nor_written(begun: Walk):
    client = begun.browser("preparer")
    page = address(begun, "designate_administrator")
    typed = {
        "entity-ruc": "20131370998",
        "entity-code": "E00001",
        "entity-active": "",
        "outcome": "accepted",
        "state": "completed",
        "entity_id": "2",
        "administrator-role": "superuser",
        "authority-post": "of another page",
        "__class__": "x",
    }
    client.post(page, data=typed | {"action": "save"})
    draft = draft_of(begun, "designate_administrator")
    assert draft["entity-ruc"] == "20131370998"
    assert not set(typed) - {"entity-ruc"} & set(draft)
    assert begun.task("designate_administrator").state == "open"


@pytest.mark.parametrize(
    "action",
    [
        "x",
        "",
        "add:",
        "add:nothing",
        "add:entity",
        "add:entity-ruc",
        "remove:entity-ruc:0",
        "remove::",
        "drop:entity-ruc",
        "drop:nothing",
        "upload:nothing",
        "roster:roster:edit:1",
        "roster:entity:clear",
        "submit\x00",
    ],
)
def test_an_unknown_action_does_nothing(begun: Walk, action: str):
    client = begun.browser("preparer")
    page = address(begun, "designate_administrator")
    assert client.post(page, data={"action": action}).status_code in (303, 422)
    assert begun.open_steps() == ["designate_administrator"]


ODD = ["²", "٣", "-1", "1" * 10, "9" * 5000, "x", "", "0-0"]


@pytest.mark.nightly
@pytest.mark.parametrize("number", ODD)
def test_odd_places_in_a_list_cause_no_error(filed: Walk, number: str):
    client = filed.browser("sip")
    page = address(filed, "record_reception")
    for action in ("save", "add:observations", f"remove:observations:{number}"):
        data = {f"observations-{number}-text": "x", "result": "observed", "action": action}
        assert client.post(page, data=data).status_code in (303, 422)
        assert client.get(page).status_code == 200


@pytest.mark.nightly
def test_a_button_of_a_list_leads_to_the_new_entry_or_back_to_the_list(filed: Walk):
    client, page = filed.browser("sip"), address(filed, "record_reception")
    listed = {"result": "observed", "observations-0": "", "observations-0-text": "Falta la firma"}
    added = client.post(page, data=listed | {"action": "add:observations"})
    assert added.location == f"{page}#observations-1"
    assert 'id="observations-1"' in client.get(page).text
    removed = client.post(page, data=listed | {"action": "remove:observations:0"})
    assert removed.location == f"{page}#observations"


# Answering ------------------------------------------------------------------------------------


def test_a_complete_step_is_answered_from_its_review_which_leads_to_the_next_step(begun: Walk):
    client, page = begun.browser("preparer"), address(begun, "designate_administrator")
    task_id = begun.task("designate_administrator").id
    review = f"/tareas/{task_id}/revisar"
    answer = client.post(review, data={"action": "submit"})
    assert answer.status_code == 422
    assert "govuk-error-summary" in answer.text
    begun.draft("designate_administrator")
    draft = draft_of(begun, "designate_administrator")
    assert client.post(page, data=draft | {"action": "submit"}).status_code == 303
    assert begun.open_steps() == ["designate_administrator"]
    client.get(review)
    answers: list[TestResponse] = []
    send = {"action": "submit"}
    assert commits_of(lambda: answers.append(client.post(review, data=send))) == 1
    following = begun.task("list_personnel").id
    assert answers[0].location == f"/tareas/{following}/personal?desde={task_id}"
    assert client.get(answers[0].location).status_code == 200
    assert client.get(f"/tareas/{task_id}/listo").location == f"/tareas/{following}"


def test_a_first_page_that_a_case_does_not_have_leads_to_the_one_it_has(
    begun: Walk, monkeypatch: pytest.MonkeyPatch
):
    begun.answer("designate_administrator")
    form = steps()["list_personnel"].form
    before = (Page("antes", "Antes", ("of_no_case",)), *form.screens())
    monkeypatch.setattr(form, "screens", lambda: before)
    client, task_id = begun.browser("preparer"), begun.task("list_personnel").id
    answer = client.get(f"/tareas/{task_id}/antes")
    assert (answer.status_code, answer.location) == (303, f"/tareas/{task_id}/personal")
    assert client.get(f"/tareas/{task_id}/nunca").status_code == 404


@pytest.mark.parametrize("action", ["save", "next", "known:administrator:me"])
def test_a_posted_page_is_committed_once(begun: Walk, action: str):
    step = "designate_administrator"
    client, page = begun.browser("preparer"), address(begun, step, "administrador")
    client.get(page)
    assert commits_of(lambda: client.post(page, data={"action": action})) == 1
    filled = draft_of(begun, step).get("administrator-document_number") == "40000011"
    assert filled == action.startswith("known")


def commits_of(job: Callable[[], object]) -> int:
    """Return the number of commits that a job makes, without those that end reading."""
    made: list[Session] = []

    def note(session: Session) -> None:
        if db.has_uncommitted(session):
            made.append(session)

    event.listen(Session, "before_commit", note)
    try:
        job()
    finally:
        event.remove(Session, "before_commit", note)
    return len(made)


# A roster -------------------------------------------------------------------------------------


@pytest.fixture
def listing(begun: Walk) -> Walk:
    """Return a case at the step that takes the roster, with the check of tokens on."""
    begun.answer("designate_administrator")
    begun.app.config["WTF_CSRF_ENABLED"] = True
    return begun


def pasted(count: int) -> str:
    """Return invented people as text copied from a spreadsheet."""
    random = Random(1)
    lines = []
    for number in range(count):
        person = invented(random, "Analista")
        row = {key: str(person.get(key) or "") for key in KEYS} | {
            "document_type": "DNI",
            "document_number": f"{41000000 + number}",
            "email": f"persona.{number}@example.pe",
            "profile": "operator",
            "movement": "alta",
            "unit": "Oficina de ejemplo",
            "site": "Sede de ejemplo",
        }
        lines.append("\t".join(row[key] for key in KEYS))
    return "\n".join(lines)


def paste(walk: Walk, text: str, **more: object) -> TestResponse:
    """Paste rows, as the page does."""
    client: CheckingClient = walk.browser("preparer")
    page = address(walk, "list_personnel")
    token = client.get(page).text.split('name="csrf_token" value="')[1].split('"')[0]
    data = {"roster-paste": text, "csrf_token": token, "action": "roster:roster:paste"}
    body, length, boundary = stream_encode_multipart(data | more, use_tempfile=False)
    with body:
        return client.post(
            page,
            input_stream=body,
            content_length=length,
            content_type=f"multipart/form-data; boundary={boundary}",
        )


def rows(walk: Walk) -> int:
    """Return the number of rows of the draft."""
    return len(json.loads(draft_of(walk, "list_personnel").get("roster", "[]")))


@pytest.mark.nightly
def test_five_thousand_pasted_rows_are_stored_and_one_more_is_refused(listing: Walk):
    text = pasted(MOST)
    assert len(text) > listing.app.config["MAX_FORM_MEMORY_SIZE"]
    assert paste(listing, text).status_code == 303
    answer = paste(listing, pasted(MOST + 1), **{"roster-mode": "replace"})
    assert answer.status_code == 422
    assert "5000" in answer.text.replace(" ", "").replace("\u00a0", "").replace("\u202f", "")
    assert rows(listing) == MOST, "nothing is lost"


@pytest.mark.parametrize("number", ODD)
def test_odd_rows_to_edit_cause_no_error(listing: Walk, number: str):
    paste(listing, pasted(3))
    more = {"action": f"roster:roster:edit:{number}", "roster-editing": number}
    assert paste(listing, "", **more).status_code in (303, 422)
    assert rows(listing) == 3


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        ("lista.csv", pasted(2).replace("\t", ";").encode("cp1252"), 303),
        ("lista.csv", pasted(2).replace("\t", ";").encode("utf-16"), 303),
        ("lista.csv", b"\x81\x8d\x8f\x90\x9d" * 50, 422),
        ("lista.csv", b"", 422),
        ("lista.xlsx", b"PK\x03\x04 not a workbook", 422),
        ("lista.xlsx", b"\xd0\xcf\x11\xe0 old and broken", 422),
        ("lista.pdf", b"%PDF-1.7", 422),
        ("lista.csv", b"a\x00b;c", 422),
    ],
)
def test_a_file_of_rows_is_read_or_refused_as_a_whole(
    listing: Walk, name: str, content: bytes, status: int
):
    answer = paste(listing, "", **{"roster-file": FileStorage(io.BytesIO(content), name)})
    assert answer.status_code == status, answer.text
    assert rows(listing) == (2 if status == 303 else 0)
