"""Tasks that are taken, returned to their lane, and given to a colleague by name."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import LogEntry, Task
from app.cases import processes
from app.cases.history import lines
from app.cases.processes import assigning
from app.people import access
from app.people.access import absences
from tests.app import cast
from tests.app.walk import Walk
from tests.conftest import Clock

pytestmark = pytest.mark.nightly

STEP = "record_reception"
REASON = "Atiendo otra región esta semana."


@pytest.fixture
def case(walk: Walk) -> Walk:
    """Return a case of which the SIP has a task, with a second and a third coordinator of it."""
    walk.begin_filed()
    walk.people["other"] = walk.person("40000024", "sip")
    walk.people["third"] = walk.person("40000025", "sip")
    return walk


def give(walk: Walk, to: str = "other", by: str = "sip", step: str = STEP) -> None:
    with walk.writing() as session:
        receiver, giver = (walk.user(session, one) for one in (to, by))
        processes.give(session, walk.find(session, step), receiver, REASON, giver)


def names(walk: Walk, by: str = "sip", step: str = STEP) -> list[str]:
    with walk.reading() as session:
        giver = walk.user(session, by)
        return [
            one.full_name for one in assigning.colleagues(session, walk.find(session, step), giver)
        ]


def test_a_task_given_to_a_colleague_is_theirs_with_a_mail_and_the_log_has_the_reason(case: Walk):
    give(case)
    assert case.task(STEP).assignee_id == case.people["other"]
    (mail,) = case.mails("task_given")
    assert mail.user_id == case.people["other"]
    assert REASON in mail.body
    assert "Persona Ejemplo 021 te dio una tarea" in mail.subject
    with case.reading() as session:
        entry = session.scalars(select(LogEntry).where(LogEntry.kind == "task.given")).one()
        line = lines.describe(entry)
    assert entry.actor_id == case.people["sip"]
    assert "Se dio la tarea a Persona Ejemplo 024" in line.text
    assert line.detail == REASON


def test_only_who_may_answer_it_today_is_a_colleague(case: Walk):
    assert names(case) == ["Persona Ejemplo 024", "Persona Ejemplo 025"]
    with case.writing() as session:
        away, substitute = (case.user(session, one) for one in ("other", "third"))
        today = calendar.today()
        absences.note(session, away, substitute, today, today + timedelta(days=5), away.id)
    assert names(case) == ["Persona Ejemplo 025"]
    with pytest.raises(processes.Refused, match="no puede responder hoy"):
        give(case)
    with pytest.raises(processes.Refused, match="no puede responder hoy"):
        give(case, "sgtd")


def test_nobody_gets_a_decision_that_they_must_not_take(case: Walk):
    case.answer(STEP)
    with case.writing() as session:
        place = cast.entity_of(session)
        access.grant(session, case.user(session, "other"), "preparer", place, None)
    assert names(case, step="review_designation") == ["Persona Ejemplo 025"]
    with pytest.raises(processes.Refused, match="no puede responder hoy"):
        give(case, step="review_designation")
    # Who must not decide it can still give it to a colleague.
    give(case, "third", "other", step="review_designation")
    assert case.task("review_designation").assignee_id == case.people["third"]


def test_a_task_that_a_colleague_has_is_not_given_away_over_their_head(case: Walk):
    give(case)
    with pytest.raises(processes.Refused, match="La tarea la tiene Persona Ejemplo 024"):
        give(case, "third")
    with pytest.raises(processes.Refused, match="ya la tiene"):
        give(case, "other", "other")
    give(case, "third", "other")
    assert case.task(STEP).assignee_id == case.people["third"]


def test_a_closed_task_and_one_of_another_lane_are_not_given(case: Walk):
    task = case.task(STEP)
    with pytest.raises(processes.Refused, match="Ya no puedes dar"):
        give(case, "other", "sgtd")
    case.answer(STEP)
    with case.writing() as session:
        to, by = (case.user(session, one) for one in ("other", "sip"))
        closed = session.get_one(Task, task.id)
        with pytest.raises(processes.Refused, match="ya se cerró"):
            processes.give(session, closed, to, REASON, by)


# The page ---------------------------------------------------------------------------------------


def test_a_coordinator_gives_a_task_on_its_page(case: Walk):
    task, browser = case.task(STEP), case.browser("sip")
    address = f"/tareas/{task.id}/dar"
    assert f'href="{address}"' in browser.get(f"/tareas/{task.id}", follow_redirects=True).text
    assert "Persona Ejemplo 025" in browser.get(address).text
    refused = browser.post(address, data={"person": "", "reason": "corto"})
    assert refused.status_code == 422
    assert "Elige a una persona." in refused.text
    assert "El motivo tiene entre 10 y 1000 caracteres." in refused.text
    chosen = {"person": str(case.people["other"]), "reason": REASON}
    assert "Le diste" in browser.post(address, data=chosen, follow_redirects=True).text
    assert case.task(STEP).assignee_id == case.people["other"]
    again = browser.post(address, data={**chosen, "person": str(case.people["third"])})
    assert again.status_code == 422
    assert "La tarea la tiene Persona Ejemplo 024" in again.text


def test_a_task_that_a_colleague_has_is_not_returned_by_another(case: Walk):
    give(case)
    address = f"/tareas/{case.task(STEP).id}/asignar"
    page = case.browser("sip").post(address, data={"para": "todos"}, follow_redirects=True)
    assert "La tarea la tiene Persona Ejemplo 024" in page.text
    assert case.task(STEP).assignee_id == case.people["other"]


def test_tasks_given_one_after_the_other_share_a_mail(case: Walk, clock: Clock):
    case.begin("onboarding", "E90002")
    with case.writing() as session:
        another = case.find(session, "designate_administrator", case.id + 1)
        another.role, another.step = "sip", STEP  # of the coordinators, for this test
    give(case)
    with case.writing() as session:
        to, by = (case.user(session, one) for one in ("other", "sip"))
        processes.give(session, case.find(session, STEP, case.id + 1), to, REASON, by)
    (mail,) = case.mails("task_given")
    assert mail.subject == "Te dieron 2 tareas"
    assert "Ejemplo 2" in mail.body
    clock.forward(minutes=10)
    give(case, "sip", "other")
    give(case)
    assert [one.subject.partition(" ")[0] for one in case.mails("task_given")[1:]] == [
        "Persona",
        "Persona",
    ]


def test_who_lost_the_lane_meanwhile_neither_takes_nor_returns_a_task(case: Walk):
    """The page was opened before; the right is checked again under the lock."""
    with case.writing() as session:
        user, task = case.user(session, "sip"), case.find(session, STEP)
        assert assigning.take(session, task, user)
        access.revoke(session, user, "sip", None, None)
        session.flush()
        for act in (assigning.take, assigning.put_back):
            with pytest.raises(processes.Refused, match="Ya no puedes responder"):
                act(session, task, user)
        assert task.assignee_id is None
