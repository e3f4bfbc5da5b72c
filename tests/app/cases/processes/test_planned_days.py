"""Days that people plan: a day off is pointed out, and accepted only if confirmed."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import func, select

import forms
from app.base import calendar
from app.base.models import InductionSession, NonWorkingDay
from app.cases import records
from tests.app.walk import Walk

NORM = "DS 099-2026-EJEMPLO"
DECREED = date(2026, 3, 19)
HOLIDAY = "02/04/2026"  # Jueves Santo


def test_every_step_that_plans_a_day_knows_the_decreed_days():
    """These steps plan the days of the diagrams; a seat in a session was planned before."""
    planning = {
        step.id
        for step in forms.steps().values()
        if set(step.gives) & set(records.DAYS) and not step.id.startswith("choose_")
    }
    assert len(planning) == 5
    assert {one for one in planning if "days_off" not in forms.steps()[one].needs} == set()


def decree(walk: Walk) -> None:
    """Make a Thursday a day off."""
    with walk.writing() as session:
        session.add(NonWorkingDay(on=DECREED, scope="national", norm=NORM))
        calendar.forget_decreed_days(session)


def test_training_on_a_decreed_day_is_said_and_goes_on_once_confirmed(walk: Walk):
    decree(walk)
    walk.begin_at("training")
    task = walk.draft("plan_training")
    client = walk.browser("administrator")
    page = f"/tareas/{task}/tecnico"
    data: dict[str, Any] = {
        "technical-0-begins-date": "19/03/2026",
        "technical-0-begins-time": "09:00",
        "technical-0-minutes": "90",
        "technical-0-place": "Auditorio",
        "technical-0-topic": "Uso de la plataforma",
        "action": "next",
    }
    refused = client.post(page, data=data)
    assert refused.status_code == 422
    assert "El jueves 19 de marzo de 2026 no es día hábil" in refused.text
    assert f"Sí, es a propósito el jueves 19 de marzo de 2026 ({NORM})" in refused.text
    confirmed = client.post(page, data=data | {"technical-0-on_purpose": "2026-03-19"})
    assert confirmed.status_code == 303
    review = client.get(f"/tareas/{task}/revisar").text
    assert f"Sí, es a propósito el jueves 19 de marzo de 2026 ({NORM})" in review


def test_a_session_is_published_on_a_holiday_only_when_that_is_meant(walk: Walk):
    client = walk.browser("sip")
    data = {
        "topic": "thematic", "on": HOLIDAY, "hour": "10:00", "minutes": "60",
        "link": "https://reuniones.example.org/uno", "seats": "20",
    }  # fmt: skip
    refused = client.post("/sesiones/nueva", data=data)
    assert refused.status_code == 422
    assert "no es día hábil" in refused.text
    answer = client.post("/sesiones/nueva", data=data | {"on_purpose": "2026-04-02"})
    assert answer.status_code == 303
    assert walk.one(select(func.count(InductionSession.id))) == 1
    row = walk.one(select(InductionSession))
    assert 'value="2026-04-02" checked' in client.get(f"/sesiones/{row.id}/cambiar").text
    # Another day off needs another confirmation.
    moved = client.post(f"/sesiones/{row.id}/cambiar", data=data | {"on": "03/04/2026"})
    assert moved.status_code == 422


def test_a_session_that_was_not_changed_is_not_said_to_be(walk: Walk):
    client = walk.browser("sip")
    data = {
        "topic": "thematic", "on": "06/04/2026", "hour": "10:00", "minutes": "60",
        "link": "https://reuniones.example.org/uno", "seats": "20",
    }  # fmt: skip
    client.post("/sesiones/nueva", data=data)
    client.get("/sesiones")
    row = walk.one(select(InductionSession))
    client.post(f"/sesiones/{row.id}/cambiar", data=data)
    page = client.get("/sesiones").text
    assert "No cambiaste nada" in page
    assert "banner--success" not in page
