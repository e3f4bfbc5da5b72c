"""A coordinator's morning with 300 entities and a session of forty: clicks and pages."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from sqlalchemy import func, select

from app.base.models import LogEntry, Task
from app.onboarding import batches
from tests.app.onboarding.attended import hold
from tests.app.walk import Walk
from tests.browser import morning
from tests.browser.morning import ENTITIES, SEATED, STEP, Coordinator

#: People who did not come, of the two of an entity, in two entities.
ABSENT = 2


@pytest.fixture
def held(app: Any, clock: Any) -> tuple[Walk, int]:
    """Yield an installation with 300 entities, and the id of the session that was held."""
    walk = Walk(app)
    return walk, morning.fill(walk, clock)


def works(walk: Walk) -> None:
    """Let the worker do what a request left."""
    with walk.app.app_context():
        batches.run(walk.engine)


def outcomes(walk: Walk) -> Counter[str]:
    """Count the outcomes of the steps that record the attendance."""
    query = select(Task.outcome).where(Task.step == STEP, Task.state == "completed")
    return Counter(walk.all(query))


def entries(walk: Walk, kind: str) -> int:
    """Count the log entries of a kind."""
    return walk.one(select(func.count()).where(LogEntry.kind == kind))


def records_the_attendance(me: Coordinator) -> None:
    """Record who came to the session on its sheet: all, but those of two entities."""
    me.follows("Sesiones")
    me.follows("Inducción temática")
    me.follows("asistencia")
    me.presses("Los demás, asistentes")
    for option in me.page.get_by_label("No asistió").all()[: ABSENT * 2]:
        me.marks(option)
    me.presses("Revisar la asistencia")
    me.confirms(SEATED)


def chooses_the_late_ones(me: Coordinator, act: str) -> None:
    """Choose all entities that are late in the list, and an act on them."""
    me.follows("Entidades")
    me.page.locator("summary", has_text="Más filtros").click()
    me.clicks += 1
    me.chooses("Plazo", "atrasado")
    me.presses("Buscar")
    me.marks(me.page.get_by_label("de la lista"))
    me.chooses("Qué hacer con las elegidas", act)
    me.presses("Continuar")


def reminds_the_late_ones(me: Coordinator) -> None:
    """Remind all entities that are late."""
    chooses_the_late_ones(me, "recordar")
    me.confirms(ENTITIES - SEATED)


def gives_them_more_time(me: Coordinator) -> None:
    """Extend the terms of all entities that are late."""
    chooses_the_late_ones(me, "ampliar")
    me.writes(me.page.get_by_label("Días hábiles que se agregan"), "30")
    me.writes(me.page.get_by_label("Motivo"), "Por el cierre de las sedes.")
    me.presses("Revisar")
    me.confirms(ENTITIES - SEATED)


def looks_up(me: Coordinator, code: str) -> None:
    """Open the page of an entity that calls, from where one is."""
    me.writes(me.page.locator("header").get_by_role("searchbox"), code)
    with me.page.expect_navigation():
        me.page.keyboard.press("Enter")
    me.pages += 1
    me.to_page(me.page.locator(".hits__text a").first)


@pytest.mark.nightly
def test_a_morning_takes_few_clicks(held, live_server, page):
    walk, _ = held
    me = Coordinator(page, live_server)
    me.signs_in()
    records_the_attendance(me)
    works(walk)
    assert outcomes(walk) == {"attended": SEATED - ABSENT, "absent": ABSENT}
    reminds_the_late_ones(me)
    works(walk)
    assert entries(walk, "reminders.sent_now") == ENTITIES - SEATED
    assert me.clicks <= 23
    assert me.pages <= 12
    gives_them_more_time(me)
    works(walk)
    assert entries(walk, "task.extended") == ENTITIES - SEATED
    looks_up(me, "E90003")
    assert me.clicks <= 37
    assert me.pages <= 19


@pytest.mark.nightly
def test_one_by_one_the_same_takes_forty_times_as_much(app, clock, live_server, page):
    """The pages of one step and of one entity, as they were before there was a sheet or a bar."""
    walk = Walk(app)
    hold(walk, clock, 2)
    me = Coordinator(page, live_server)
    me.signs_in()
    me.follows("Pendientes")
    me.follows("Registra la asistencia")
    me.begin()
    for person in ("administrator", "alternate"):
        me.marks(page.locator(f"#{person}"))
    me.presses("Registrar la asistencia")
    clicks, pages = me.clicks * SEATED, me.pages * SEATED
    assert outcomes(walk) == {"attended": 1}
    me.follows("Entidades")
    me.begin()
    me.to_page(page.locator("main tbody a").first)
    me.follows("Tareas")
    me.presses("Recordar ahora")
    me.follows("Entidades")
    assert entries(walk, "reminders.sent_now") == 1
    me.to_page(page.locator("main tbody a").first)
    me.follows("Tareas")
    me.follows("Ampliar el plazo")
    me.writes(page.get_by_label("Días hábiles que se agregan"), "30")
    me.writes(page.get_by_label("Motivo"), "Por el cierre de las sedes.")
    me.presses("Ampliar el plazo")
    me.presses("Ampliar el plazo")  # the page before shows what it would do
    me.follows("Entidades")
    assert entries(walk, "task.extended") == 1
    clicks += me.clicks * (ENTITIES - SEATED)
    pages += me.pages * (ENTITIES - SEATED)
    print(clicks, pages)
    assert clicks > 40 * 37
    assert pages > 40 * 19
