"""Free texts are public: none contains the number of a person."""

from __future__ import annotations

from typing import Any

import pytest

from tests.app.register.desk import desks
from tests.app.register.desk.test_corrections import correct
from tests.app.register.interest_acts.acting import ACTS, REASON, Acting, corrected, record
from tests.app.visited import CODE
from tests.conftest import Clock

NUMBER = "00000777"
SAID = f"Cita de la señora de DNI {NUMBER}"


@pytest.fixture
def visited(app: Any, clock: Clock) -> Acting:
    return Acting(app)


def everything_public(visited: Acting, code: str) -> str:
    """Return the pages and files that contain a visit."""
    public, found = visited.browser(), ""
    for address in ("/visitas", f"/visita/{code}", f"/visitas/{CODE}.csv", "/datos/cambios.json"):
        with public.get(address) as answer:
            found += answer.get_data(as_text=True)
    return found


def test_at_the_desk_a_number_of_a_document_in_a_text_is_hidden_and_others_stay(visited: Acting):
    texts = {"motive": SAID, "place": f"Oficina 201 (DNI {NUMBER})"}
    assert desks.enter(visited, desks.filled(**texts)).status_code == 303
    [row] = desks.rows(visited)
    assert row.motive.endswith("DNI *****777")
    public = everything_public(visited, row.code)
    assert NUMBER not in public
    assert "*****777" in public
    motive = "Expediente 20260012, pago de S/ 15000000"
    desks.enter(visited, desks.filled(motive=motive))
    assert desks.rows(visited)[-1].motive == motive


def test_a_correction_hides_it_and_is_refused_with_it_as_reason(visited: Acting):
    visit_id = visited.visit()
    for reason in [f"El DNI correcto es {NUMBER}", "El carné es 001234567 y no el otro"]:
        answer = correct(visited, visit_id, motive="Otro asunto", reason=reason)
        assert answer.status_code == 422
        assert "No escribas aquí ningún número de documento" in answer.text
        assert visited.row(visit_id).motive == "Coordinación de un convenio"
    assert correct(visited, visit_id, motive=SAID, place=f"DNI {NUMBER}").status_code == 303
    assert NUMBER not in everything_public(visited, visited.row(visit_id).code)
    assert visited.row(visit_id).place == "DNI *****777"


def test_the_texts_of_an_act_hide_it(visited: Acting, clock: Clock):
    desk = visited.browser("administrator")
    code = record(desk, matter=SAID, documents=f"Copia del DNI {NUMBER}")
    clock.forward(minutes=1)
    assert corrected(desk, code, 1, decision_sought=SAID).status_code == 303
    assert desk.get(f"{ACTS}/{code}").status_code == 200
    for row in visited.acts():
        assert NUMBER not in row.matter + row.documents + row.decision_sought
    assert NUMBER not in visited.browser().get(f"/acto/{code}").text
    assert REASON in visited.browser().get(f"/acto/{code}").text
