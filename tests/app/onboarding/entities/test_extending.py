"""A coordinator gives a step more working days."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import Reminder
from app.cases import processes
from tests.app.confirming import confirmed
from tests.app.posted import refuses
from tests.app.walk import Walk
from tests.conftest import Clock

WHY = "Lo pidió la entidad por oficio"


def extend(walk: Walk, step: str, days: str) -> tuple[int, str]:
    """Post an extension; return the status and the page."""
    page = f"/entidades/E90001/tareas/{walk.task(step).id}/ampliar"
    answer = confirmed(walk.browser("sip"), page, {"reason": WHY, "working_days": days})
    return answer.status_code, answer.text


@pytest.mark.nightly
def test_a_step_gets_more_working_days(begun: Walk):
    before = begun.last_day("designate_administrator")
    assert extend(begun, "designate_administrator", "5")[0] == 303
    after = begun.last_day("designate_administrator")
    assert calendar.Calendar().between(before, after) == 5
    (entry,) = begun.entries("task.extended")
    assert entry.data["changed"] == {"due_on": [before.isoformat(), after.isoformat()]}
    assert entry.data["reason"] == WHY


@pytest.mark.nightly
def test_the_digest_mentions_the_extension(begun: Walk):
    before = begun.last_day("designate_administrator")
    extend(begun, "designate_administrator", "5")
    reminders = begun.all(select(Reminder))
    assert [(one.rung, one.user_id) for one in reminders] == [
        (f"moved {before.isoformat()}", begun.people["preparer"])
    ]
    assert reminders[0].due_on == begun.last_day("designate_administrator")


@pytest.mark.nightly
def test_an_extension_into_the_past_is_refused_without_effect(begun: Walk, clock: Clock):
    before = begun.last_day("designate_administrator")
    clock.set(calendar.end_of(calendar.Calendar().add(before, 3)))
    rows = begun.row_counts()
    for days in ("1", "2", "3"):
        status, page = extend(begun, "designate_administrator", days)
        assert status == 422
        assert "seguiría vencido" in page
        assert f'value="{days}"' in page, "what was typed is kept"
    assert begun.last_day("designate_administrator") == before
    after = begun.row_counts()
    assert rows | {"sign_in": 0} == after | {"sign_in": 0}
    assert extend(begun, "designate_administrator", "4")[0] == 303
    assert begun.last_day("designate_administrator") == calendar.Calendar().add(before, 4)
    task_id = begun.task("designate_administrator").id
    with begun.writing() as session, pytest.raises(processes.Refused):
        processes.extend(session, task_id, -1, WHY, begun.people["sip"])


def test_the_page_that_extends_explains_the_date(begun: Walk):
    task_id = begun.task("designate_administrator").id
    page = begun.browser("sip").get(f"/entidades/E90001/tareas/{task_id}/ampliar").text
    assert "desde la llegada del paso, el 2 de marzo de 2026, que no cuenta" in page


@pytest.mark.nightly
def test_the_timer_on_a_step_moves_with_its_date(walk: Walk, clock: Clock):
    walk.begin_at("induction")
    extend(walk, "choose_thematic_session", "10")
    due_at = walk.task("choose_thematic_session").due_at
    assert walk.waiting()["choose_thematic_session_lapses"] == due_at
    clock.forward(days=8)
    walk.tick()
    assert "choose_thematic_session" in walk.open_steps()
    assert "choose_technical_session" not in walk.open_steps()


@pytest.mark.nightly
def test_a_legal_term_is_never_extended(filed: Walk):
    filed.answer("record_reception", "observed")
    assert "no se amplía" in extend(filed, "correct_designation", "1")[1]
    filed.acknowledge("correct_designation")
    status, page = extend(filed, "correct_designation", "1")
    assert status == 422
    assert "no se amplía" in page
    assert filed.last_day("correct_designation") == date(2026, 3, 4)


def test_invalid_days_are_refused_in_spanish(begun: Walk, subtests: pytest.Subtests):
    page = f"/entidades/E90001/tareas/{begun.task('designate_administrator').id}/ampliar"
    wrong = [({"working_days": one}, "de 1 a 60") for one in ("0", "-3", "61", "abc", "1.5", "²")]
    wrong += [({"working_days": ""}, "Escribe un número"), ({"working_days": "9" * 5000}, "Días")]
    refuses(subtests, begun.browser("sip"), page, {"reason": WHY}, wrong)
    assert begun.last_day("designate_administrator") == date(2026, 3, 16)


def test_a_step_that_was_answered_is_not_extended(begun: Walk):
    begun.answer("designate_administrator")
    status, page = extend(begun, "designate_administrator", "3")
    assert status == 422
    assert "ya no está abierta" in page
