"""An entity corrects what the PCM already has, or asks to get it back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app.base import calendar
from app.base.models import Filing, Notice, ProcessInstance, Task, User
from app.cases import custody, processes, records
from app.cases.case import Case
from app.cases.processes.returns import corrections, requests, sessions
from app.cases.records.personnel_change import ChangedMeanwhile
from app.onboarding.tasks.loading import TaskPage
from app.onboarding.tasks.taking import save_draft
from forms import records as records_of_forms
from tests.app.administration import away
from tests.app.confirming import confirmed
from tests.app.together import together
from tests.app.walk import BY_LANE, CODE, Walk
from tests.conftest import Clock

pytestmark = pytest.mark.nightly

DESIGNATION = ("designate_administrator", "list_personnel", "file_designation")
HERE = "/entidades/E90001"


@pytest.fixture
def filed(walk: Walk, clock: Clock) -> Walk:
    """Return a designation that was presented an hour ago."""
    walk.begin()
    for step in DESIGNATION:
        walk.answer(step)
    clock.forward(hours=1)
    return walk


def file_roster(walk: Walk) -> None:
    """Take a case to the reception of its roster for production."""
    walk.begin_at("resubmission")
    walk.answer("update_personnel")
    walk.answer("file_personnel")


def filings(walk: Walk) -> list[Filing]:
    return walk.all(select(Filing).order_by(Filing.id))


def replace(
    walk: Walk,
    step: str = "record_reception",
    *,
    place: str = "designate_administrator",
    by: str = "preparer",
) -> None:
    """Begin a corrected version while the PCM has a step open."""
    walk.commit(corrections.corrected_version, walk.task(step).id, place, walk.people[by])


def receipt(walk: Walk, number: str, at: datetime, step: str = "record_reception") -> None:
    task_id, user_id = walk.task(step).id, walk.people["preparer"]
    walk.commit(corrections.correct_receipt, task_id, number, at, user_id)


def read_filing(walk: Walk, step: str) -> records_of_forms.Filing:
    with walk.reading() as session:
        task = session.get_one(Task, walk.task(step).id)
        found = records.filing.read(Case(session, task.entity, task.instance, None, task))
        assert found is not None
        return found


# The constancia -------------------------------------------------------------------------------


def test_number_and_hour_of_the_constancia_are_corrected_and_seen(filed: Walk):
    (before,) = filings(filed)
    url = f"{HERE}/tareas/{filed.task('record_reception').id}/constancia"
    preparer = filed.browser("preparer")
    assert f'value="{before.number}"' in preparer.get(url).text
    values = {"number": "2026-7", "presented_at-date": "02/03/2026", "presented_at-time": "8:07"}
    assert preparer.post(url, data=values).status_code == 303
    (after,) = filings(filed)
    assert (after.number, after.presented_at) == ("2026-7", datetime(2026, 3, 2, 13, 7, tzinfo=UTC))
    (entry,) = filed.entries("presentation.receipt_corrected")
    assert entry.data["changed"]["receipt"] == [before.number, "2026-7"]
    assert "La entidad corrigió su constancia" in filed.browser("sip").get("/pendientes").text
    history = filed.browser("preparer").get(f"{HERE}/historial").text
    assert f"número de la constancia: {before.number} → 2026-7" in history
    assert filed.open_steps() == ["record_reception"]


def test_a_constancia_that_cannot_be_is_refused(filed: Walk, clock: Clock):
    (filing,) = filings(filed)
    clock.forward(hours=2)
    with pytest.raises(processes.Refused, match="todavía no llega"):
        receipt(filed, "1", calendar.now() + timedelta(minutes=1))
    with pytest.raises(processes.Refused, match="se emitieron"):
        receipt(filed, "1", filing.presented_at - timedelta(hours=1))
    with pytest.raises(processes.Refused, match="No cambiaste"):
        receipt(filed, filing.number, filing.presented_at)
    filed.answer("record_reception", "received")
    with pytest.raises(processes.Refused, match="la recibió"):
        receipt(filed, "1", calendar.now(), "review_designation")
    with pytest.raises(processes.Refused, match="ya no está en curso"):
        receipt(filed, "1", filing.presented_at)
    assert [one.number for one in filings(filed)] == [filing.number]


def correct_while_received(walk: Walk, step: str) -> None:
    """Record a reception whose constancia another transaction corrects after its validation."""
    with walk.writing() as session:
        task = walk.find(session, step)
        user = walk.user(session, BY_LANE.get(task.role, task.role))
        page = walk.fill(session, task, user, "received")
        (filing,) = session.scalars(select(Filing))
        later = update(Filing).values(presented_at=filing.presented_at + timedelta(days=1))
        session.execute(later, execution_options={"synchronize_session": False})
        processes.complete(session, task.id, page.step, page.form, user.id)


@pytest.mark.postgresql
@pytest.mark.parametrize("step", ["record_reception", "record_personnel_reception"])
def test_no_reception_is_stored_before_a_constancia_that_was_corrected_meanwhile(
    walk: Walk, step: str
):
    if step == "record_reception":
        walk.begin_filed()
    else:
        file_roster(walk)
    with pytest.raises(ChangedMeanwhile):
        correct_while_received(walk, step)
    assert [one.received_at for one in filings(walk)] == [None]
    assert step in walk.open_steps()
    walk.answer(step, "received")


# A corrected version --------------------------------------------------------------------------


def test_the_reviewer_sees_the_corrected_version_and_the_first(filed: Walk, clock: Clock):
    filed.answer("record_reception", "received")
    clock.forward(days=1)
    replace(filed, "review_designation")
    assert filed.row().holder == "entity"
    clock.forward(days=2)
    filed.designate()
    clock.forward(hours=1)
    filed.answer("record_reception", "received")
    first, second = filings(filed)
    assert (first.result, second.result) == ("replaced", "")
    (replaced,) = read_filing(filed, "review_designation")["replaces"]
    assert replaced["number"] == first.number != second.number
    assert {one["kind"] for one in replaced["signed"]} == set(first.signed)
    task = filed.task("review_designation")
    page = filed.browser("sip").get(f"/tareas/{task.id}", follow_redirects=True)
    assert f"reemplaza a la constancia {first.number}" in page.text
    page = filed.browser("sip").get(f"/entidades/{CODE}/presentaciones/{first.id}")
    assert "Reemplazada por una versión corregida" in page.text
    assert task.counted_on == date(2026, 3, 5), "the reception of the second"
    filed.assert_consistent()
    with filed.writing() as session:
        (row,) = session.scalars(select(ProcessInstance))
        assert custody.rebuild(session, row) is False
        held = custody.intervals(session, [row], calendar.now())[row.id]
        parties = ["mesa_de_partes", "sip", "entity", "mesa_de_partes"]
        assert [one.party for one in held][:4] == parties
    with pytest.raises(processes.Refused, match="otra presentación"):
        receipt(filed, first.number, second.presented_at, "review_designation")


def test_the_page_says_what_the_corrected_version_changed(filed: Walk, clock: Clock):
    preparer = filed.people["preparer"]
    filed.answer("record_reception", "received")
    replace(filed, "review_designation")
    clock.forward(hours=2)
    for step in DESIGNATION[:-1]:
        send_again(filed, step, preparer)
    filed.answer("file_designation")
    address = f"/tareas/{filed.task('record_reception').id}"
    coordinator = filed.browser("sip")
    unchanged = "Los datos no cambiaron: solo se reemplazaron los documentos."
    assert unchanged in coordinator.get(address, follow_redirects=True).text
    with filed.writing() as session:
        task = session.get_one(Task, filed.task("record_reception").id)
        case = Case(session, task.entity, task.instance, preparer, task)
        first, second, *others = records.read(case, "roster")
        records.write(case, "roster", [first | {"post": "Jefa de mesa"}, *others])
        records.write(case, "entity", {"address": "Jirón Corregido 456"})
    said = coordinator.get(address, follow_redirects=True).text
    assert unchanged not in said
    for words in ("1 dato cambió", "1 persona ya no está", "1 fila cambió"):
        assert words.replace(" ", "\N{NO-BREAK SPACE}", 1) in said
    assert f"{second['surnames']}, {second['given_names']}" in said
    assert "a «Jefa de mesa»" in said
    assert "Jirón Corregido 456" in said


def test_the_roster_for_production_is_corrected_likewise(walk: Walk):
    walk.begin_at("resubmission")
    user_id = walk.people["administrator"]
    walk.answer("update_personnel")
    task_id = walk.task("file_personnel").id
    walk.commit(corrections.before_filing, task_id, "update_personnel", user_id)
    send_again(walk, "update_personnel", user_id)
    walk.answer("file_personnel")
    replace(walk, "record_personnel_reception", place="update_personnel", by="administrator")
    send_again(walk, "update_personnel", user_id)
    walk.answer("file_personnel")
    walk.answer("record_personnel_reception", "received")
    assert [one.result for one in filings(walk)] == ["replaced", ""]
    walk.assert_consistent()


def send_again(walk: Walk, step: str, user_id: int) -> None:
    """Answer a step that came back with what its page already says."""
    with walk.writing() as session:
        user = session.get_one(User, user_id)
        task_page = TaskPage.of(session, walk.find(session, step).id, user)
        save_draft(task_page, task_page.pairs)
        assert task_page.form.validate()
        processes.complete(session, task_page.task.id, task_page.step, task_page.form, user_id)


def test_the_constancia_of_the_first_version_is_no_constancia_of_the_second(filed: Walk):
    (first,) = filings(filed)
    replace(filed)
    for step in DESIGNATION[:-1]:
        filed.answer(step)
    with filed.reading() as session:
        task = session.get_one(Task, filed.task("file_designation").id)
        case = Case(session, task.entity, task.instance, None, task)
        assert records.read(case, "used_receipts") == [first.number]


def test_after_an_observation_no_version_replaces_it(filed: Walk):
    filed.answer("record_reception", "received")
    task_id = filed.task("review_designation").id
    preparer = filed.browser("preparer")
    assert preparer.get(f"{HERE}/tareas/{task_id}/version-corregida").status_code == 200
    filed.answer("review_designation", "observed")
    filed.answer("correct_designation")
    with pytest.raises(processes.Refused, match="ya fue observada"):
        replace(filed, "review_designation")
    assert preparer.get(f"{HERE}/tareas/{task_id}/version-corregida").status_code == 409


@pytest.mark.postgresql
def test_who_comes_second_is_refused_entity_or_coordinator(filed: Walk):
    task_id = filed.task("record_reception").id
    replace(filed)
    late = filed.browser("sip").post(f"/tareas/{task_id}/respuesta", data={"action": "submit"})
    assert late.status_code == 409
    assert "la entidad prepara una versión corregida" in late.text.lower()
    filed.designate()
    task_id = filed.task("record_reception").id
    filed.answer("record_reception", "received")
    again = filed.browser("preparer").post(
        f"{HERE}/tareas/{task_id}/version-corregida",
        data={"place": "designate_administrator/entidad"},
    )
    assert again.status_code == 409
    assert "Lo que enviaste no se registró" in again.text
    assert filed.open_steps() == ["review_designation"]


@pytest.mark.postgresql
def test_a_corrected_version_and_a_reception_at_once_are_one_act(filed: Walk):
    task_id = filed.draft("record_reception", "received")
    sip, preparer = filed.browser("sip"), filed.browser("preparer")
    place = {"place": "designate_administrator/entidad"}
    answers = together(
        lambda: sip.post(f"/tareas/{task_id}/revisar", data={"action": "submit"}),
        lambda: preparer.post(f"{HERE}/tareas/{task_id}/version-corregida", data=place),
    )
    done, opened = filed.task("record_reception").state, filed.open_steps()
    first = {"completed": 0, "cancelled": 1}[done]
    assert answers[first].status_code == 303
    assert answers[1 - first].status_code in (409, 422)
    assert opened == [("review_designation", "designate_administrator")[first]]
    filed.assert_consistent()


# A request to get it back ---------------------------------------------------------------------


def ask(walk: Walk, step: str = "record_reception") -> Notice:
    with walk.writing() as session:
        user = walk.user(session, "preparer")
        task_id = walk.task(step).id
        requests.ask(session, task_id, "list_personnel", "Falta una persona en la lista", user)
    return notice(walk)


def notice(walk: Walk) -> Notice:
    with walk.reading() as session:
        query = session.query(Notice).filter(Notice.kind == requests.NOTICE)
        return query.order_by(Notice.id.desc()).first() or pytest.fail("no request")


def test_the_coordinator_gives_it_back_as_requested(filed: Walk):
    request = ask(filed)
    assert [mail.user_id for mail in filed.mails("return_asked")] == [filed.people["sip"]]
    sip = filed.browser("sip")
    assert f"{HERE}/devoluciones/{request.id}" in sip.get("/pendientes").text
    assert f"{HERE}/devoluciones/{request.id}" in sip.get(HERE).text
    step = sip.get(f"/tareas/{filed.task('record_reception').id}", follow_redirects=True).text
    assert "para corregirlo: Falta una persona en la lista" in step
    assert f'href="{HERE}/devoluciones/{request.id}"' in step
    with pytest.raises(processes.Refused, match="Ya hay un pedido"):
        ask(filed)
    answer = {"answer": "grant", "element": "list_personnel", "comment": ""}
    before = filed.row_counts()
    shown = sip.post(f"{HERE}/devoluciones/{request.id}", data=answer)
    assert "Sigue: Elaborar la relación" in shown.text
    assert "Te devolvieron para corregir" in shown.text
    assert filed.row_counts() == before
    assert confirmed(sip, f"{HERE}/devoluciones/{request.id}", answer).status_code == 303
    assert filed.open_steps() == ["list_personnel"]
    assert "Falta una persona en la lista" in filed.task("list_personnel").reason
    (mail,) = filed.mails("return_answered")
    assert "Te devolvieron para corregir" in mail.subject
    assert {"return.asked", "return.granted", "process.returned"} <= set(filed.log())
    assert sip.post(f"{HERE}/devoluciones/{request.id}", data=answer).status_code == 422
    for step in DESIGNATION[1:]:
        filed.answer(step)
    assert [one.result for one in filings(filed)] == ["replaced", ""]


def test_the_coordinator_refuses_with_a_reason(filed: Walk):
    request, sip = ask(filed), filed.browser("sip")
    url = f"{HERE}/devoluciones/{request.id}"
    assert sip.post(url, data={"answer": "refuse", "comment": ""}).status_code == 422
    why = {"answer": "refuse", "comment": "Lo veremos en la revisión"}
    assert sip.post(url, data=why).status_code == 303
    (mail,) = filed.mails("return_answered")
    assert "Lo veremos en la revisión" in mail.body
    assert filed.open_steps() == ["record_reception"]
    assert "Lo veremos en la revisión" in filed.browser("preparer").get(HERE).text
    ask(filed)


def test_a_request_ends_with_the_step_of_the_pcm(filed: Walk):
    request = ask(filed)
    filed.answer("record_reception", "received")
    assert "devoluciones" not in filed.browser("sip").get("/pendientes").text
    with filed.writing() as session, pytest.raises(processes.Refused, match="sin efecto"):
        requests.refuse(session, request.id, "Ya no hace falta", filed.people["sip"])


def test_the_log_names_who_a_substitute_replaces(walk: Walk, clock: Clock):
    file_roster(walk)
    clock.forward(hours=1)
    away.note(walk, "administrator", "alternate")
    (filing,) = filings(walk)
    with walk.writing() as session:
        user = walk.user(session, "alternate")
        task_id = walk.task("record_personnel_reception").id
        corrections.correct_receipt(session, task_id, "7", filing.presented_at, user.id)
        requests.ask(session, task_id, "update_personnel", "Falta una persona en la lista", user)
    for kind in ("presentation.receipt_corrected", "return.asked"):
        (entry,) = walk.entries(kind)
        assert entry.actor_id == walk.people["alternate"]
        assert entry.data["on_behalf_of"]["id"] == walk.people["administrator"]


# Another session ------------------------------------------------------------------------------


def test_another_session_is_chosen_until_the_day_before(walk: Walk, clock: Clock):
    walk.begin_at("induction")
    walk.answer("choose_thematic_session", "none_suits")
    walk.answer("schedule_thematic_induction")
    at = walk.waiting()["thematic_session_arrives"]
    url = f"{HERE}/procesos/{walk.id}/otra-sesion/thematic"
    assert url in walk.browser("administrator").get(HERE).text
    clock.set(calendar.midnight(calendar.lima_day(at)))
    assert walk.browser("administrator").post(url).status_code == 422
    clock.set(calendar.midnight(calendar.lima_day(at)) - timedelta(minutes=1))
    assert walk.browser("administrator").post(url).status_code == 303
    assert "choose_thematic_session" in walk.open_steps()
    assert "thematic_session_arrives" not in walk.waiting()
    walk.assert_consistent()
    with walk.writing() as session, pytest.raises(processes.Refused):
        sessions.choose_another(session, walk.id, "thematic", walk.people["administrator"])
