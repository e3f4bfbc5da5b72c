"""Steps that present papers say where, and give the texts to copy there."""

from __future__ import annotations

from typing import Any

import pytest

import forms
from tests.app.walk import Walk

ADDRESS = "https://mesadepartes.example.pe/pcm"
#: Step → the steps that lead a case to it.
WAYS: dict[str, list[tuple[str, str]]] = {
    "file_designation": [("designate_administrator", ""), ("list_personnel", "")],
    "correct_designation": [
        ("designate_administrator", ""),
        ("list_personnel", ""),
        ("file_designation", ""),
        ("record_reception", "observed"),
    ],
    "file_personnel": [("update_personnel", "")],
    "correct_personnel": [
        ("update_personnel", ""),
        ("file_personnel", ""),
        ("record_personnel_reception", "observed"),
    ],
}


def test_every_step_that_presents_papers_is_tested_here():
    presenting = {
        step.id for step in forms.steps().values() if {"filed", "corrected"} & step.outcomes
    }
    assert presenting == set(WAYS)


@pytest.mark.nightly
@pytest.mark.parametrize("address", [ADDRESS, ""])
@pytest.mark.parametrize("step", WAYS)
def test_a_presenting_step_says_where_and_what_to_copy(walk: Walk, step: str, address: str):
    walk.app.config["MESA_DE_PARTES"] = address
    walk.begin() if "designation" in step else walk.begin_at("resubmission")
    for one, outcome in WAYS[step]:
        walk.answer(one, outcome)
    by: Any = "preparer" if "designation" in step else "administrator"
    page = walk.browser(by).get(f"/tareas/{walk.task(step).id}/presentar").text
    assert "Textos para copiar en la mesa de partes digital" in page
    assert "Asunto" in page
    assert (f'href="{ADDRESS}"' in page) is bool(address)
    assert ("Referencia" in page) is step.startswith("correct_")


@pytest.mark.nightly
@pytest.mark.parametrize("step", ["file_designation", "correct_personnel"])
def test_a_presenting_step_has_the_words_of_its_letter(walk: Walk, step: str):
    kind = "oficio_designacion" if "designation" in step else "carta_presentacion"
    walk.begin() if "designation" in step else walk.begin_at("resubmission")
    for one, outcome in WAYS[step]:
        walk.answer(one, outcome)
    by: Any = "preparer" if "designation" in step else "administrator"
    browser, task = walk.browser(by), walk.task(step).id
    page = "firmar" if step.startswith("file_") else "presentar"
    assert f'href="texto/{kind}"' in browser.get(f"/tareas/{task}/{page}").text
    shown = browser.get(f"/tareas/{task}/texto/{kind}").text
    assert "De mi consideración:" in shown
    assert "[número]" in shown
    assert browser.get(f"/tareas/{task}/texto/sip_rvl_002").status_code == 404
    walk.answer(step)
    assert browser.get(f"/tareas/{task}/texto/{kind}").status_code == 404
