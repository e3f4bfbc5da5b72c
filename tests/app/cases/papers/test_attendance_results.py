"""The attendance after it was reported, on paper: by group or session, with counts and reasons."""

from __future__ import annotations

from datetime import date

import pypdfium2
import pytest

from app.base.models import Entity
from app.cases.papers.printed import attendance_results
from forms.shapes.attendance import attendees
from forms.shapes.attendance_results import (
    AttendanceResults,
    decision_results,
    induction_results,
    training_results,
)
from forms.shapes.loading import invented_roster
from tests.app.walk import Walk
from tests.conftest import Clock

ENTITY = Entity(code="E00275", name="Entidad de Ejemplo", ruc="", ubigeo="150101")


def text_of(results: AttendanceResults | None, *, is_masked: bool = False) -> str:
    assert results
    content = attendance_results.render(ENTITY, results, date(2026, 11, 24), is_masked=is_masked)
    with pypdfium2.PdfDocument(content) as document:
        pages = [page.get_textpage().get_text_bounded() for page in document]
    return " ".join(" ".join(pages).split())


def reported() -> AttendanceResults | None:
    there = {"status": "present", "reason": ""}
    people = [one | there for one in attendees(invented_roster(2, 2))]
    people[0] |= {"status": "leave", "reason": "Vacaciones", "surnames": "#panic[x]"}
    people[1] |= {"status": "absent"}
    sessions = [{"group": "technical", "on": f"2026-09-{day}"} for day in ("09", "02")]
    return training_results({"people": people, "sessions": sessions})


def test_a_training_has_its_sessions_counts_and_reasons_by_group():
    text = text_of(reported())
    for words in (
        "Sesiones 2 de setiembre de 2026; 9 de setiembre de 2026",
        "Personas 3 Asistieron 1 No asistieron 1 Con licencia, vacaciones o descanso médico 1",
        "Asistencia 1 de 2 sin licencia",
        "Personas 2 Asistieron 2 No asistieron 0",
        "Vacaciones",
        "#panic[x]",
        "DNI 00000201",
    ):
        assert words in text, words


def test_documents_are_masked_for_users_of_the_pcm():
    text = text_of(reported(), is_masked=True)
    assert "DNI *****201" in text
    assert "00000201" not in text


def test_decision_makers_are_listed_by_the_session_that_they_attended():
    person, other = attendees(invented_roster(2, 0))[:2]
    common = {"reason": "", "posts": ["Alcalde", "Presidente del comité"]}
    text = text_of(
        decision_results(
            {
                "held_on": "2026-10-05",
                "topic": "La Ley 28024",
                "people": [
                    person | common | {"status": "present", "held_on": "2026-10-01"},
                    other | common | {"status": "absent", "held_on": "2026-10-05"},
                ],
                "file": None,
            }
        )
    )
    first, second = text.split("Sesión del 5 de octubre de 2026")
    assert "Sesión del 1 de octubre de 2026" in first
    assert person["document_number"] in first
    assert other["document_number"] in second
    assert "Alcalde; Presidente" not in text
    assert "Alcalde, Presidente del comité" in " ".join(second.split())


@pytest.mark.parametrize(("attended", "share"), [(True, "1 de 1"), (False, "0 de 1")])
def test_an_induction_says_when_it_began_and_what_is_pending(attended: bool, share: str):
    (person,) = attendees(invented_roster(1, 0))[:1]
    people = [person | {"role": "administrator", "attended": attended}]
    results = induction_results(
        "Inducción temática",
        {"at": "2026-09-02T15:00:00+00:00", "people": people, "note": "Enviar las láminas."},
    )
    text = text_of(results)
    for words in ("2 de setiembre de 2026, 10:00", "Administrador", "Enviar las láminas.", share):
        assert words in text, words


def test_a_group_in_which_everybody_was_on_leave_expected_nobody():
    (person,) = attendees(invented_roster(1, 0))[:1]
    people = [{**person, "status": "leave", "reason": "Licencia"}]
    results = training_results({"people": people, "sessions": []})
    assert "No se esperaba a nadie" in text_of(results)


@pytest.mark.nightly
def test_it_can_be_printed_once_it_was_reported_and_by_its_reviewer(walk: Walk, clock: Clock):
    walk.begin_at("training")
    clock.forward(days=30)
    walk.answer("plan_training")
    clock.forward(days=30)
    walk.tick()
    report = walk.task("report_training").id
    place = f"/tareas/{report}/resultado-de-la-asistencia"
    client = walk.browser("administrator")
    assert client.get(place).status_code == 404
    walk.answer("report_training")
    planned = place.replace(str(report), str(walk.task("plan_training").id))
    assert client.get(planned).status_code == 404
