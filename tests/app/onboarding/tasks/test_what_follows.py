"""The page of an entity shows the next steps, the nearest first."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from app.base import calendar, formatting
from app.cases import service_tasks
from app.cases.records import acceptance
from tests.app.onboarding.seats import publish
from tests.app.walk import Walk
from tests.conftest import Clock
from tests.workflows import real
from tests.workflows.test_next_steps import USUAL

pytestmark = pytest.mark.nightly


def follows(walk: Walk, role: str = "sip") -> str:
    """Return what the page shows after the current step."""
    page = walk.browser(role).get("/entidades/E90001").text
    after = page.split("¿Qué sigue?")[1].split("</dl>")[0]
    return after.split("Después: ")[1].split("<")[0] if "Después: " in after else ""


def named(*steps: str) -> str:
    return formatting.listed([real.definition().user_tasks[step].name for step in steps])


def test_a_whole_implementation_shows_each_step_as_it_comes(
    walk: Walk, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(acceptance, "missing", lambda *_: [])
    walk.begin()
    with walk.writing() as session:
        publish(session, "thematic", at=calendar.now() + timedelta(days=7))
        publish(session, "technical", at=calendar.now() + timedelta(days=8))
    came: list[str] = []
    while walk.row().status == "running":
        said, stage = follows(walk), walk.row().stage
        step = go_on(walk, clock)
        opened = [one for one in walk.open_steps() if one not in came]
        came = walk.open_steps()
        if walk.row().status == "ended":
            assert said == "Implementación concluida", step
        elif walk.row().stage != stage:
            number = real.definition().stages.index(walk.row().stage) + 1
            name = real.definition().element_name(walk.row().stage)
            assert said == f"etapa {number}, {name}", step
        elif opened:
            assert said.startswith(named(*opened)), (step, said)


def go_on(walk: Walk, clock: Clock) -> str:
    """Answer the first open step in the usual way; if none is open, advance to the next set day."""
    steps = walk.open_steps()
    if steps:
        walk.answer(steps[0], USUAL.get(steps[0], ""))
        return steps[0]
    waiting = {key: at for key, at in walk.waiting().items() if key.endswith(("_arrives",))}
    element = min(waiting, key=lambda key: waiting[key])
    clock.set(waiting[element] + timedelta(hours=12))  # by day, when visits come
    walk.tick()
    return element


def test_a_correction_returns_to_the_reviewer(filed: Walk):
    assert follows(filed) == named("review_designation")
    filed.answer("record_reception", "observed")
    assert follows(filed) == named("record_reception")
    filed.answer("correct_designation")
    filed.answer("record_reception", "received")
    filed.answer("review_designation", "observed")
    assert follows(filed) == named("review_designation")


def test_of_two_branches_the_one_that_opens_at_once_comes_first(walk: Walk, clock: Clock):
    walk.begin_at("induction")
    assert follows(walk) == named("record_thematic_induction", "record_technical_induction")
    walk.answer("choose_technical_session", "none_suits")
    walk.answer("schedule_technical_induction")
    assert follows(walk) == named("record_technical_induction", "record_thematic_induction")
    clock.set(walk.waiting()["technical_session_arrives"])
    walk.tick()
    assert "choose_thematic_session" not in walk.open_steps(), "its term lapsed meanwhile"
    assert follows(walk) == named("load_demo_personnel", "record_thematic_induction")
    walk.answer("record_technical_induction", "attended")
    walk.answer("load_demo_personnel")
    assert follows(walk) == named("record_thematic_induction")


def test_while_a_day_is_awaited_its_step_follows(walk: Walk):
    walk.begin_at("training")
    assert follows(walk) == named("report_training")
    walk.answer("plan_training")
    assert follows(walk) == named("report_training")
    assert "Se espera la última capacitación" in walk.browser("sip").get("/entidades/E90001").text


def test_of_two_awaited_days_the_nearer_comes_first(walk: Walk):
    walk.begin_at("induction")
    for topic in ("technical", "thematic"):
        walk.answer(f"choose_{topic}_session", "none_suits")
        walk.answer(f"schedule_{topic}_induction")
    waiting = walk.waiting()
    nearest = min(("thematic", "technical"), key=lambda one: waiting[f"{one}_session_arrives"])
    on = formatting.day(calendar.lima_day(waiting[f"{nearest}_session_arrives"]))
    page = walk.browser("sip").get("/entidades/E90001").text
    said = page.split("¿Qué sigue?")[1].split("answers__more")[0]
    assert on.removesuffix(" de 2026") in said
    assert follows(walk).startswith(named(f"record_{nearest}_induction"))


def test_a_failed_service_task_shows_what_follows_it(walk: Walk, monkeypatch: pytest.MonkeyPatch):
    def fails(*_: object) -> None:
        raise RuntimeError

    walk.begin()
    walk.answer("designate_administrator")
    monkeypatch.setattr(service_tasks, "perform", fails)
    walk.answer("list_personnel")
    page = walk.browser("sip").get("/entidades/E90001").text
    assert "El sistema vuelve a intentar: Emitir los documentos de la designación" in page
    assert follows(walk) == named("file_designation")


def test_a_validated_stage_does_not_follow(walk: Walk, clock: Clock):
    walk.begin_at("production")
    with walk.writing() as session:
        row = walk.row()
        row = session.get_one(type(row), row.id)
        row.validated = {**row.validated, "interest_acts": {"reason": "of a test"}}
    walk.answer("load_production_personnel")
    clock.set(walk.waiting()["go_live_arrives"])
    walk.tick()
    assert follows(walk) == "Registro en producción"


def next_of(walk: Walk, role: str) -> str:
    """Return what the page shows a reader as the next step."""
    page = walk.browser(role).get("/entidades/E90001").text
    after = page.split("¿Qué sigue?")[1].split('answers__main">')[1]
    return re.sub(r"<[^>]+>", "", after.split("</span>")[0]).strip()


@pytest.mark.parametrize("role", ["sip", "preparer"])
def test_steps_of_a_redesignation_follow_each_other(walk: Walk, role: str):
    """Check this while the administrator's own step is suspended: its next steps are not near."""
    walk.begin_at("training")
    other = walk.begin("redesignation")
    for step in ("designate_administrator", "file_designation"):
        assert next_of(walk, role) == named(step)
        walk.answer(step, instance=other)
    walk.answer("record_reception", "observed", instance=other)
    assert next_of(walk, role) == named("correct_designation")
    assert follows(walk, role) == named("record_reception")


def test_nothing_follows_a_call_of_the_follow_up(walk: Walk, clock: Clock):
    walk.begin_at("demo_test")
    clock.forward(days=60)
    walk.tick()
    step = next(one for one in walk.open_steps() if one != "run_demo_test")
    assert next_of(walk, "sip" if walk.task(step).role == "sip" else "sgtd") == named(step)
    assert follows(walk, walk.task(step).role) == ""
