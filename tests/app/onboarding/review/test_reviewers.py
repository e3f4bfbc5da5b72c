"""The workbench of a review: who else is at it, and the people of a training in full."""

from __future__ import annotations

import re

import pytest

from app.base.models import User
from tests.app.walk import Walk
from tests.conftest import Clock


@pytest.mark.nightly
def test_reviewers_of_one_step_learn_of_each_other(filed: Walk, clock: Clock):
    other = filed.person("40000066", "sip")
    address = f"/tareas/{filed.task('record_reception').id}/respuesta"
    mine, theirs = filed.browser("sip"), filed.browser_of(other)
    assert "tiene abierto este paso" not in mine.get(address).text
    mine.post(address, data={"cut": "2026-1", "action": "save"})
    name = filed.get(User, filed.people["sip"]).full_name
    page = theirs.get(address).text
    assert f"{name} tiene abierto este paso" in page
    assert f"El borrador lo guardó {name}" in page
    mine.get(address)
    assert len(filed.entries("review.opened")) == 2, "once per reviewer in half an hour"
    clock.forward(minutes=31)
    assert "tiene abierto este paso" not in theirs.get(address).text
    assert len(filed.entries("review.opened")) == 3


@pytest.mark.nightly
def test_the_people_of_a_training_are_searched_on_a_separate_page(walk: Walk, clock: Clock):
    walk.begin_at("training")
    walk.answer("plan_training")
    clock.forward(days=40)
    walk.tick()
    walk.answer("report_training")
    address = f"/tareas/{walk.task('review_training').id}"
    sip = walk.browser("sip")
    assert ": <strong>Asistió</strong>" in sip.get(f"{address}/respuesta").text
    everybody = sip.get(f"{address}/asistentes").text
    assert everybody.count('data-label="Asistencia"') > 2
    assert "DNI *****" in everybody
    observed = re.findall(rf'href="({address}\?observar=person\.\d+)"', everybody)
    assert len(set(observed)) == everybody.count('data-label="Asistencia"')
    begun = sip.get(observed[-1]).location
    number = observed[-1].rpartition(".")[2]
    assert f'value="person.{number}"' in sip.get(begun).text
    assert 'data-label="Asistencia"' not in sip.get(f"{address}/asistentes?estado=absent").text
    assert sip.get(f"{address}/asistentes?estado=tarde").status_code == 404
