"""*Registrar por encargo de la entidad*: what can be dictated, who enters it, who is notified."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app.base.models import Dictation, User
from app.cases import processes
from app.onboarding.tasks.loading import TaskPage
from app.people.access import ENTITY_ROLES, LANES
from forms import Step, steps
from forms.drafts import walk as fields_of
from forms.fields import DocumentField
from forms.shapes.reviews import ReviewForm
from tests.app.posted import refuses
from tests.app.together import together
from tests.app.walk import Walk, example_pairs, sample_pdf, texts
from tests.conftest import Clock
from workflows.definition import Definition

WHO = {
    "name_of": "Rosa Inventada Prueba",
    "post": "Secretaria general",
    "how": "telephone",
    "told-date": "02/03/2026",
    "told-time": "08:30",
}
SAID = "Rosa Inventada Prueba (Secretaria general), por teléfono, el 2 de marzo de 2026, 08:30"
STEP = "designate_administrator"

#: Steps that the entity's people sign, file or approve themselves.
NEVER = {
    "approve_decision_makers",
    "approve_personnel_change",
    "correct_designation",
    "correct_personnel",
    "file_designation",
    "file_personnel",
    "report_training",
    "train_decision_makers",
    "validate_demo_results",
}


@pytest.fixture
def begun(walk: Walk, clock: Clock) -> Walk:
    """Return a case at its first step, on 2 March 2026 at 9 in the morning."""
    clock.set(datetime(2026, 3, 2, 14, 0, tzinfo=UTC))
    walk.begin()
    return walk


def begin(walk: Walk, step: str = STEP, by: str = "sip", instance: int = 0, **changed: str):
    """Note who dictates a step; return the response."""
    task_id = walk.task(step, instance).id
    return walk.browser(by).post(f"/encargos/{task_id}", data=WHO | changed)


def dictate(walk: Walk, step: str = STEP, instance: int = 0):
    """Enter an example page by page and send it; return the last response."""
    assert begin(walk, step, instance=instance).status_code == 303
    task, browser = walk.task(step, instance), walk.browser("sip")
    with walk.reading() as session:
        task_page = TaskPage.on_behalf_of_entity(session, task.id, walk.user(session, "sip"))
        pairs = example_pairs(step, task_page.given)
        keys = [(page.key, page.fields) for page in task_page.pages]
    for key, names in keys:
        data: dict[str, list[str]] = {}
        for name, value in pairs:
            if name.partition("-")[0] in names:
                data.setdefault(name, []).append(value)
        last = {"action": "submit" if len(keys) == 1 else "next"}
        answer = browser.post(f"/encargos/{task.id}/{key}", data=data | last)
        assert answer.status_code == 303, answer.text
    if answer.location.endswith("/revisar"):
        answer = browser.post(f"/encargos/{task.id}/revisar", data={"action": "submit"})
    return answer


def page_of(walk: Walk, by: str, address: str) -> str:
    """Return the text of a page as a person reads it."""
    return " ".join(walk.browser(by).get(address, follow_redirects=True).text.split())


# Steps that can be dictated -------------------------------------------------------------------


def signs(step: Step) -> bool:
    """Return whether an answer holds a signed paper or a constancia, or is a decision."""
    needed = any(
        isinstance(field, DocumentField) and field.flags.required
        for field in fields_of(step.form())
    )
    return needed or bool(step.form.papers) or issubclass(step.form, ReviewForm)


def test_what_is_signed_filed_or_approved_is_never_dictated():
    drawn = Definition.parse(texts()).user_tasks
    refused = set()
    for step in steps().values():
        of_entity = LANES[drawn[step.id].lane] in ENTITY_ROLES
        assert step.form.dictated == (of_entity and not signs(step)), step.id
        if of_entity and not step.form.dictated:
            refused.add(step.id)
    assert refused == NEVER


@pytest.mark.nightly
def test_a_step_that_files_has_no_page_for_dictating(begun: Walk):
    begun.answer(STEP)
    begun.answer("list_personnel")
    assert begun.open_steps() == ["file_designation"]
    assert begin(begun, "file_designation").status_code == 404
    page = page_of(begun, "sip", "/entidades/E90001/tareas")
    assert "Registrar por encargo" not in page


# The user who dictates ------------------------------------------------------------------------


def test_only_the_coordinator_finds_the_link_on_the_entitys_page(begun: Walk):
    link = f'href="/encargos/{begun.task(STEP).id}"'
    assert link in page_of(begun, "sip", "/entidades/E90001/tareas")
    for other in ("sgtd", "preparer"):
        assert link not in page_of(begun, other, "/entidades/E90001/tareas")


@pytest.mark.nightly
def test_the_step_is_neither_shown_nor_saved_before_the_dictation_is_noted(begun: Walk):
    begun.draft(STEP)
    task_id = begun.task(STEP).id
    browser = begun.browser("sip")
    before = begun.row_counts()
    for address in ("entidad", "revisar"):
        answer = browser.get(f"/encargos/{task_id}/{address}")
        assert (answer.status_code, answer.location) == (303, f"/encargos/{task_id}")
        answer = browser.post(f"/encargos/{task_id}/{address}", data={"action": "submit"})
        assert (answer.status_code, answer.location) == (303, f"/encargos/{task_id}")
    assert begun.row_counts() | {"sign_in": 0} == before | {"sign_in": 0}
    assert begun.task(STEP).state == "open"


@pytest.mark.nightly
def test_a_dictation_that_cannot_be_is_refused(begun: Walk, subtests: pytest.Subtests):
    task_id = begun.task(STEP).id
    wrong = [
        ({"name_of": "Rosa 123"}, "solo letras"),
        ({"told-time": "09:01"}, "todavía no llega"),
        ({"told-date": "30/01/2026"}, "más de 30 días"),
    ]
    refuses(subtests, begun.browser("sip"), f"/encargos/{task_id}", WHO, wrong)
    assert begun.all(select(Dictation)) == []


# The answer -----------------------------------------------------------------------------------


def test_a_dictated_answer_counts_and_the_history_names_both_people(begun: Walk):
    answer = dictate(begun)
    task = begun.task(STEP)
    assert answer.status_code == 303
    assert (task.state, task.closed_by_id) == ("completed", begun.people["sip"])
    assert begun.open_steps() == ["list_personnel"]
    (entry,) = [e for e in begun.entries("task.completed") if e.task_id == task.id]
    assert entry.data["dictated_by"] == {
        "name": "Rosa Inventada Prueba",
        "post": "Secretaria general",
        "how": "telephone",
        "at": "2026-03-02T13:30:00+00:00",
    }
    assert "on_behalf_of" not in entry.data
    begun.assert_consistent()
    assert begun.browser("sip").get(answer.location).location == "/entidades/E90001"
    page = page_of(begun, "preparer", "/entidades/E90001/historial")
    assert f"Empezó a registrar por encargo el paso: {task.name}. Dicta {SAID}" in page
    assert "Persona Ejemplo 021, por encargo de Rosa Inventada Prueba (Secretaria general)" in page


@pytest.mark.nightly
def test_the_entitys_people_are_notified_and_can_read_what_was_entered(begun: Walk):
    dictate(begun)
    (mail,) = begun.mails("dictated")
    assert mail.to == begun.get(User, begun.people["preparer"]).email
    assert SAID in mail.body
    address = re.search(r"http://localhost(/tareas/\d+/encargo)", mail.body)
    assert address
    for by in ("preparer", "sip"):
        page = page_of(begun, by, address[1])
        assert SAID in page
        assert "Cambiar" not in page.partition("<main")[2]
    for by in ("sgtd", "administrator", "secretary"):
        assert begun.browser(by).get(address[1]).status_code == 404
    begun.people["second"] = begun.person("40000041", "sip")
    assert begun.browser("second").get(address[1]).status_code == 404


@pytest.mark.nightly
def test_an_entity_without_people_is_notified_at_its_mesa_de_partes(begun: Walk):
    begun.leave("preparer")
    dictate(begun)
    (mail,) = begun.mails("dictated")
    assert mail.to == "mesadepartes.e90001@example.pe"
    assert "/encargo" not in mail.body


@pytest.mark.nightly
def test_both_sides_write_into_one_draft_and_see_each_others_names(begun: Walk):
    begun.draft(STEP)
    begin(begun)
    task_id = begun.task(STEP).id
    page = page_of(begun, "sip", f"/encargos/{task_id}/entidad")
    assert f"Registras por encargo de la entidad.</strong> Te dicta {SAID}" in page
    browser = begun.browser("sip")
    answer = browser.post(f"/encargos/{task_id}/entidad", data={"action": "save", "revision": "0"})
    assert answer.status_code == 303
    assert "lo guardó Persona Ejemplo 011" in browser.get(answer.location).text
    page = page_of(begun, "preparer", f"/tareas/{task_id}/entidad")
    assert (
        f"Persona Ejemplo 021, de la PCM, escribe en este borrador lo que le dicta {SAID}" in page
    )
    assert "por encargo de la entidad" not in page


def test_an_answer_of_the_entity_itself_is_not_marked_as_dictated(begun: Walk):
    begin(begun)
    task_id = begun.answer(STEP)
    assert begun.browser("preparer").get(f"/tareas/{task_id}/encargo").status_code == 404
    assert begun.mails("dictated") == []
    answer = begun.browser("sip").get(f"/encargos/{task_id}")
    assert answer.status_code == 409
    assert "por encargo" not in answer.text.partition("<main")[2]
    (entry,) = [e for e in begun.entries("task.completed") if e.task_id == task_id]
    assert "dictated_by" not in entry.data


@pytest.mark.nightly
@pytest.mark.postgresql
def test_the_second_to_answer_sees_who_was_first(begun: Walk):
    begun.draft(STEP)
    begin(begun)
    task_id = begun.task(STEP).id
    send = {"action": "submit", "revision": "9"}
    own, coordinator = begun.browser("preparer"), begun.browser("sip")
    answers = together(
        lambda: own.post(f"/tareas/{task_id}/revisar", data=send),
        lambda: coordinator.post(f"/encargos/{task_id}/revisar", data=send),
    )
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    begun.assert_consistent()
    assert begun.log().count("task.completed") == 1


def test_another_coordinator_notes_again_who_dictates(begun: Walk):
    begin(begun)
    begun.people["second"] = begun.person("40000041", "sip")
    task_id = begun.task(STEP).id
    assert begun.browser("second").get(f"/encargos/{task_id}/entidad").location == (
        f"/encargos/{task_id}"
    )
    assert begin(begun, by="second", name_of="Luis Inventado").status_code == 303
    assert len(begun.all(select(Dictation))) == 2
    assert "Te dicta Rosa" in page_of(begun, "sip", f"/encargos/{task_id}/entidad")


@pytest.mark.nightly
def test_a_suspended_process_takes_no_dictation(begun: Walk):
    begin(begun)
    task_id = begun.task(STEP).id
    begun.act(processes.suspend, "Se suspende por la prueba")
    for address in ("", "/entidad", "/revisar"):
        answer = begun.browser("sip").get(f"/encargos/{task_id}{address}")
        assert answer.status_code == 409
        assert "suspendido" in answer.text


@pytest.mark.nightly
def test_a_change_of_authority_is_dictated_without_its_documents(begun: Walk):
    begun.begin_at("training", "E90003")
    change = begun.begin("change_authority", "E90003")
    begin(begun, "register_authority_change", instance=change)
    task_id = begun.task("register_authority_change", change).id
    address = f"/encargos/{task_id}/respuesta"
    assert 'type="file"' not in page_of(begun, "sip", address)
    upload = {"support": (io.BytesIO(sample_pdf()), "resolucion.pdf"), "action": "save"}
    answer = begun.browser("sip").post(address, data=upload, content_type="multipart/form-data")
    assert answer.status_code == 303
    assert begun.row_counts()["file_use"] == 0
    drop = begun.browser("sip").post(address, data={"action": "drop:support"})
    assert drop.status_code == 400
    dictate(begun, "register_authority_change", change)
    assert begun.row(change).status == "ended"
    assert begun.mails("dictated")[-1].entity_id == begun.row(change).entity_id
