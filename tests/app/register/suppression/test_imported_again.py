"""An import of the same rows does not bring suppressed data back."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.base.models import Suppression, Visit
from app.onboarding.batches import doing
from app.register.importing.known import Known
from app.register.suppression import reviews
from tests.app.onboarding.batches.baseline import exported
from tests.app.register.importing.past_files import official, row, table
from tests.app.register.importing.past_imports import imported, visits
from tests.app.register.suppression.suppressing import NAME, Suppressing, night
from tests.app.register.suppression.test_followed import NUMBER, places_of
from tests.app.visited import lima
from tests.app.walk import Walk
from tests.conftest import MONDAY, Clock

ENTRY: dict[str, Any] = {"entry_at": lima("2026-03-02 07:15"), "official": "Rojas"}


@pytest.mark.nightly
@pytest.mark.postgresql
def test_the_same_rows_imported_again_stay_suppressed(visited: Suppressing, clock: Clock):
    clock.set(MONDAY)
    number = f"DNI {NUMBER}"
    rows = [row(), row(Visitante=NAME.upper(), Documento_del_visitante=number)]
    imported(visited, official(rows), "visitas.xlsx")
    visit_id = visited.all(select(Visit.id).order_by(Visit.id))[1]
    night(visited.app)
    assert {"visit", "visit_subject"} <= places_of(visited, visit_id)
    visited.suppress(visit_id, "visitor")
    for content in (table(rows), official(rows), table([*rows, row(Hora_Ingreso="11:00")])):
        imported(visited, content)
    clock.forward(days=1)
    night(visited.app)
    assert places_of(visited, visit_id) == set()
    assert len(visits(visited)) == 3
    row_of_visit = visited.row(visit_id)
    assert (row_of_visit.state, row_of_visit.submission) == ("suppressed", None)
    [marks] = visited.all(select(Suppression.marks))
    assert [len(one) for one in marks or ()] == [32, 32]


@pytest.mark.nightly
def test_a_visit_of_the_desk_stays_suppressed_when_a_file_has_it(visited: Suppressing):
    visit_id = visited.visit(name=NAME, **ENTRY)
    visited.correct(visit_id, visitor_name="OTRA INVENTADA EVA")
    visited.suppress(visit_id, "visitor")
    of_visit = {"Fecha_de_Visita": "02/03/2026", "Hora_Ingreso": "07:15", "Hora_Salida": ""}
    for document in ("", "DNI *****501", "DNI 00000501"):
        for name in (NAME, "OTRA INVENTADA EVA"):  # also as it was before the correction
            found = row(Visitante=name, Documento_del_visitante=document, **of_visit)
            imported(visited, table([found]))
    assert [one.visitor_name for one in visits(visited)] == [""]


@pytest.mark.nightly
def test_a_later_export_of_all_entities_brings_nothing_back(
    app, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(doing, "AT_ONCE", 300.0)
    walk = Walk(app)
    exported.catalogue(walk)
    browser = walk.browser("sip")
    exported.bring_in(browser, exported.read(browser, [exported.visit("SUMUE", NAME)]))
    with walk.writing() as session:
        visit = session.scalars(select(Visit).filter_by(visitor_name=NAME)).one()
        reviews.hide(session, visit, ground="minor", actor_id=None)
        reviews.suppress(session, visit, ["visitor"], actor_id=None)
    rows = [exported.visit("SUMUE", NAME), exported.visit("SUMUE", "HUAMÁN INVENTADO LUIS")]
    page = exported.bring_in(browser, exported.read(browser, rows))
    assert "1\N{NO-BREAK SPACE}visita importada" in page
    names = [one.visitor_name for one in exported.visits(walk, "E90012")]
    assert sorted(names) == ["", "HUAMÁN INVENTADO LUIS"]


def test_a_suppression_that_ends_while_an_import_reads_is_known_to_it(visited: Suppressing):
    """An import reads what is there in several queries, and a suppression may end between two."""
    visit_id = visited.visit(name=NAME, **ENTRY)
    with visited.writing() as session:
        visit = session.get_one(Visit, visit_id)
        names = ("visit_on", "entry_at", "visitor_name", "official_name", "document_number")
        said = {name: getattr(visit, name) for name in names}
        known = Known(session, visit.register)
        reviews.hide(session, visit, ground="minor", actor_id=None)
        reviews.suppress(session, visit, ["visitor"], actor_id=None)
        assert known.sort_out([said]) == [True]
