"""The slips of attendance: of all who attended a session, and of an entity's own training."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pikepdf
import pytest

from app.cases.papers.printed import attendance_slips
from app.cases.papers.printed.attendance_slips import Slip
from app.onboarding.induction_sessions.attendance import slips
from tests.app.onboarding.attended import hold
from tests.app.onboarding.batches.batched import confirm
from tests.app.walk import Walk
from tests.conftest import Clock

ANA = {
    "document_type": "DNI",
    "document_number": "00000123",
    "given_names": "Ana Persona",
    "surnames": "Quispe Ejemplo",
}


def test_a_slip_is_a_page_with_the_person_the_entity_and_the_session():
    made = [Slip(ANA, "Entidad de prueba", "Inducción temática", "", "9 de marzo de 2026")] * 2
    content = attendance_slips.render(made, "E90001", date(2026, 3, 10), is_masked=True)
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert len(pdf.pages) == 2
        assert str(pdf.docinfo["/Title"]).startswith("Constancia de asistencia")


@pytest.mark.nightly
def test_a_session_has_a_slip_for_each_person_who_attended(
    walk: Walk, clock: Clock, printed: list[dict[str, Any]]
):
    held = hold(walk, clock, 2)
    client, url = walk.browser("sip"), f"{held.url}/constancias.pdf"
    assert client.get(url).status_code == 404
    assert "constancias.pdf" not in client.get(held.url).text
    confirm(client, held.freeze(client, E90001="attended", E90002="absent"), 2)
    assert "constancias.pdf" in client.get(held.url).text
    answer = client.get(url)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    (sheet,) = printed
    assert len(sheet["slips"]) == 2  # the administrator and the alternate
    for one in sheet["slips"]:
        assert one["session"] == "Inducción temática"
        assert "*" in one["document"]
    assert client.get("/sesiones/999/asistencia/constancias.pdf").status_code == 404


@pytest.mark.nightly
def test_the_administrator_makes_the_slips_of_the_training(
    walk: Walk, clock: Clock, printed: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
):
    walk.begin_at("training")
    walk.answer("plan_training")
    clock.forward(days=60)
    walk.tick()
    report = walk.task("report_training").id
    client, url = walk.browser("administrator"), f"/tareas/{report}/constancias-de-asistencia"
    assert client.get(url).status_code == 404
    walk.answer("report_training")
    assert url in client.get(f"/tareas/{report}", follow_redirects=True).text
    page = client.get(url).text
    count = page.count("?persona=")
    assert count > 1
    assert client.get(f"{url}.pdf?persona=1").status_code == 200
    assert client.get(f"{url}.pdf?desde=2").status_code == 200
    assert [len(sheet["slips"]) for sheet in printed] == [1, count - 1]
    assert "*" not in printed[0]["slips"][0]["document"]
    for beyond in (f"persona={count + 1}", "desde=0", "persona=-1"):
        assert client.get(f"{url}.pdf?{beyond}").status_code == 404
    for role in ("sip", "preparer"):
        assert walk.browser(role).get(url).status_code == 404
    monkeypatch.setattr(slips, "MOST", 2)
    assert "De la 1 a la 2 (PDF)" in client.get(url).text


@pytest.mark.nightly
def test_the_slips_of_a_long_session_are_files_in_turn(
    walk: Walk, clock: Clock, printed: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(slips, "MOST", 3)
    held = hold(walk, clock, 2)
    client, url = walk.browser("sip"), f"{held.url}/constancias.pdf"
    confirm(client, held.freeze(client, E90001="attended", E90002="attended"), 2)
    page = client.get(held.url).text
    for words in ("asistieron, de la 1 a la 3 (PDF)", "asistieron, de la 4 a la 4 (PDF)"):
        assert words in page
    assert client.get(url).status_code == 200
    assert client.get(f"{url}?desde=4").status_code == 200
    assert [len(sheet["slips"]) for sheet in printed] == [3, 1]
    assert client.get(f"{url}?desde=5").status_code == 404
