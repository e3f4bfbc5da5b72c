"""The proposals that come of a baseline, and who publishes where."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
import python_calamine
from sqlalchemy import select

from app.base import calendar
from app.base.models import BatchRow, Entity
from app.register import quality
from app.register.registers import environments, publishing
from tests.app import cast
from tests.app.onboarding.batches.baseline.exported import (
    bring_in,
    catalogue,
    number_of,
    read,
    upload,
    visit,
    visits,
)
from tests.app.register.importing.past_files import official
from tests.app.walk import Walk, sample_pdf
from tests.conftest import Clock

pytestmark = pytest.mark.nightly

EVIDENCE = (
    "Plataforma oficial: 1\N{NO-BREAK SPACE}visita, del 05/02/2025 al 05/02/2025, "
    "corte al 28/02/2026"
)


@pytest.fixture
def walk(app, clock: Clock) -> Walk:
    """Return an installation in which two entities publish on the official platform."""
    walk = Walk(app)
    catalogue(walk)
    sip = walk.browser("sip")
    bring_in(sip, read(sip, [visit("SUMUE"), visit("MINEJEM")]))
    return walk


def test_a_proposal_has_its_evidence_and_its_stages(walk: Walk):
    page = walk.browser("sip").get("/linea-base/propuestas").text
    assert page.count(EVIDENCE) == 2
    assert "6\N{NO-BREAK SPACE}etapas, de «" in page
    assert "Sin iniciar" in page


def test_the_chosen_proposals_lead_into_the_batch_of_validations(walk: Walk):
    sip, address = walk.browser("sip"), "/entidades/lotes/elegidas/convalidacion"
    assert f'action="{address}"' in sip.get("/linea-base/propuestas").text
    assert "1\N{NO-BREAK SPACE}entidad elegida" in sip.post(address, data={"codigo": "E90012"}).text
    answer = sip.post(
        address,
        data={
            "codigo": "E90012",
            "enviado": "1",
            "stage": "production",
            "reason": "Publica desde 2025",
            "document": (io.BytesIO(sample_pdf()), "sustento.pdf"),
        },
    )
    assert answer.status_code == 303, answer.text
    page = sip.get(str(answer.location)).text
    assert "Superintendencia de Muestras" in page
    assert "Falta o está mal:" in page
    with walk.reading() as session:
        row = session.scalars(select(BatchRow).order_by(BatchRow.batch_id.desc())).first()
        assert row is not None
        assert row.data["reference"] == EVIDENCE


def test_the_proposals_are_a_template_to_complete(walk: Walk):
    content = walk.browser("sip").get("/linea-base/propuestas.xlsx").data
    sheet = python_calamine.load_workbook(io.BytesIO(content)).get_sheet_by_name("Entidades")
    headings, *rows = sheet.to_python()
    cells = [dict(zip(headings, row, strict=True)) for row in rows]
    assert [row["Código"] for row in cells] == ["E90011", "E90012"]
    assert {(row["Etapa cumplida"], row["Documento"]) for row in cells} == {("6", EVIDENCE)}
    assert {row["Salida en vivo"] for row in cells} == {""}, "a person knows that day"


def test_list_programme_and_coverage_distinguish_the_places(walk: Walk):
    sip, everyone = walk.browser("sip"), walk.app.test_client()
    listed = sip.get("/entidades?publica=plataforma-oficial&estado=todos").text
    assert "Superintendencia de Muestras" in listed
    assert "Municipalidad Distrital de Repetida" not in listed
    nowhere = sip.get("/entidades?publica=ninguna-parte&estado=todos").text
    assert "Municipalidad Distrital de Repetida" in nowhere
    assert "Superintendencia de Muestras" not in nowhere
    programme = sip.get("/programa").text
    assert re.search(r'publica=plataforma-oficial[^"]*">2</a>', programme)
    assert re.search(r'publica=ninguna-parte[^"]*">3</a>', programme)
    coverage = everyone.get("/cobertura").text
    places = dict(re.findall(r"<div><dt>([^<]+)</dt><dd>(?:<a[^>]+>)?(\d+)", coverage))
    assert places == {
        "Zaguán": "0",
        "La plataforma oficial": "2",
        "Un sistema propio": "0",
        "Ninguna parte que sepamos": "3",
    }
    assert "Superintendencia" in everyone.get("/cobertura?publica=plataforma-oficial").text
    assert "Superintendencia" not in everyone.get("/cobertura?publica=zaguan").text
    assert everyone.get("/cobertura?publica=nada").status_code == 404


def test_list_programme_and_coverage_count_the_same(walk: Walk):
    """With an extinct and an inactive entity that publish, and one that publishes here."""
    with walk.writing() as session:
        found = {one.code: one for one in session.scalars(select(Entity))}
        found["E90011"].active, found["E90011"].extinct_on = False, date(2026, 2, 1)
        found["E90013"].active = False
        for code in ("E90013", "E90014"):
            environments.open_register(session, found[code], "production", None)
    sip, everyone = walk.browser("sip"), walk.app.test_client()
    coverage = everyone.get("/cobertura").text
    assert "Ministerio de Ejemplos" in coverage, "what an extinct entity published stays"
    programme = sip.get("/programa").text
    expected = {"zaguan": 1, "plataforma-oficial": 1, "sistema-propio": 0, "ninguna-parte": 1}
    for value, place in publishing.PLACES.items():
        count = expected[value]
        listed = sip.get(f"/entidades?estado=todos&publica={value}").text
        total = re.search(r'role="status"><strong>(\d+)', listed)
        assert total is not None
        assert int(total[1]) == count, value
        assert re.search(rf">{place.label}</th><td[^>]*><[^>]+>{count}<", programme), value
        assert re.search(rf"<dt>{place.label}</dt><dd>(?:<a[^>]+>)?{count}\D", coverage), value
        if value != publishing.NOWHERE:
            rows = everyone.get(f"/cobertura?publica={value}").text
            assert rows.count('<th scope="row">') == count, value


def test_a_newer_export_moves_the_cut_off_and_removes_nothing(walk: Walk):
    sip = walk.browser("sip")
    for visitor, cut_off_on in (("B", "28/02/2026"), ("C", "01/03/2026"), ("D", "27/02/2026")):
        rows = [visit("SUMUE"), visit("SUMUE", f"SALAS INVENTADA {visitor}")]
        answer = upload(sip, official(rows), cut_off_on=cut_off_on)
        bring_in(sip, str(answer.location))
    assert [(one.visitor_name[-1], str(one.cut_off_on)) for one in visits(walk, "E90012")] == [
        ("A", "2026-02-28"),
        ("B", "2026-02-28"),
        ("C", "2026-03-01"),
        ("D", "2026-02-27"),
    ]
    page = sip.get("/linea-base/propuestas").text
    newest = EVIDENCE.replace("1\N{NO-BREAK SPACE}visita", "2\N{NO-BREAK SPACE}visitas")
    assert newest.replace("28/02/2026", "01/03/2026") in page


def test_imported_visits_do_not_fill_silent_days(walk: Walk):
    with walk.writing() as session:
        entity = cast.entity_of(session, "E90013")
        register = environments.open_register(session, entity, "production", None)
        register.opened_at = calendar.midnight(date(2025, 1, 1))
        register_id = register.id
    sip = walk.browser("sip")
    place = read(sip, [visit("Repetida de Lima")])
    number = number_of(walk, "Repetida de Lima")
    sip.post(f"{place}/nombres/{number}", data={"entidad": "E90013"})
    bring_in(sip, place)
    with walk.reading() as session:
        figures = quality.figures_of(session, date(2025, 2, 1))[register_id]
    assert (figures.visits, figures.silent_days) == (0, figures.working_days)
