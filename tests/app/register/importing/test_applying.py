"""The import of past visits, once and whole: the same file again, two at once, a process that
dies."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import PastImport, Register, Visit, VisitVersion
from app.register import importing
from app.register.facts.shapes import OFFICIAL, select_of
from app.register.importing import applying, running
from app.register.registers import environments
from app.register.visits import writing
from tests.app import cast
from tests.app.register.importing.past_files import HEADINGS, official, row, table
from tests.app.register.importing.past_imports import FOUR, amount, checked, imported, visits
from tests.app.together import exit_code, forked, together
from tests.app.visited import Visited

pytestmark = pytest.mark.postgresql


def test_rows_that_files_share_are_imported_once(visited: Visited):
    imported(visited, table(FOUR[:2]))
    page = imported(visited, table(FOUR))
    assert "Importamos 1\N{NO-BREAK SPACE}visita." in page
    page = imported(visited, official(FOUR), "otra vez.xlsx")
    assert "Importamos 0\N{NO-BREAK SPACE}visitas." in page
    assert len(visits(visited)) == 3


def test_visits_that_look_the_same_or_are_of_namesakes_are_several(visited: Visited):
    imported(visited, table([row(), row()]))
    assert len(visits(visited)) == 2
    imported(visited, table([row(), row(), row()]))
    assert len(visits(visited)) == 3
    imported(visited, table([row(Documento_del_visitante="DNI 00000777")]))
    assert len(visits(visited)) == 4


@pytest.mark.nightly
def test_a_row_corrected_since_is_not_imported_again(visited: Visited):
    imported(visited, table([row()]))
    [visit] = visits(visited)
    visited.correct(visit.id, visitor_name="QUISPE INVENTADA ANITA")
    imported(visited, table([row()]))
    assert len(visits(visited)) == 1


def exported(session: Session, register: Register) -> list[dict[str, Any]]:
    """Return the *oficial* rows of a register, by their headings."""
    shown = select_of(OFFICIAL, full=False, guarded=True)
    rows = session.execute(shown.where(Visit.register_id == register.id).order_by(Visit.rank))
    return [dict(zip(HEADINGS, row, strict=True)) for row in rows]


@pytest.mark.nightly
def test_a_visit_recorded_here_is_not_imported_from_its_export(visited: Visited):
    visited.visit(ago=90, stayed=30, observation="late")
    with visited.reading() as session:
        content = table(exported(session, visited.register(session)))
    page = imported(visited, content)
    assert "Importamos 0\N{NO-BREAK SPACE}visitas." in page
    assert len(visits(visited)) == 1


@pytest.mark.nightly
def test_the_official_csv_is_imported_unchanged(visited: Visited):
    visited.visit(ago=90, stayed=30, observation="late", motive="=HYPERLINK('http://example.pe')")
    visited.visit(official="Gárate", kind="public", entity="Ministerio de Ejemplo - Lima")
    visited.visit(document_type="CE", document_number="000000502", category="interests")
    visited.visit(place="", kind="private", entity="Empresa Inventada S.A.C.")
    with visited.writing() as session:
        here = visited.register(session)
        twin = cast.entity(session, "E90007", name=here.entity.name)
        there = environments.open_register(session, twin, "production", None)
        before = exported(session, here)
        export = importing.read_export(table(before), "visitas.csv")
        report = applying.bring_in(
            session, there, export, source="imported", at=calendar.now(), by_id=None
        )
        assert report.visits == 4
        assert exported(session, there) == before


@pytest.mark.nightly
def test_a_masked_number_is_stored_and_distinguishes_nobody(visited: Visited):
    imported(visited, table([row(Documento_del_visitante="DNI *****501")]))
    [visit] = visits(visited)
    assert (visit.document_number, visit.visitor_key) == ("*****501", "")
    imported(visited, table([row()]))
    assert len(visits(visited)) == 1


@pytest.mark.nightly
def test_changes_since_the_dry_run_are_reported(visited: Visited):
    address = checked(visited, table(FOUR))
    imported(visited, table(FOUR[:1]))
    browser = visited.browser("administrator")
    browser.post(f"{address}/confirmar")
    page = browser.get(address).text
    assert "Importamos 2\N{NO-BREAK SPACE}visitas. El registro había cambiado" in page
    assert "La revisión había contado 3\N{NO-BREAK SPACE}visitas" in page
    assert len(visits(visited)) == 3


@pytest.mark.nightly
def test_confirming_again_does_no_harm(visited: Visited):
    address = checked(visited, table(FOUR))
    browser = visited.browser("administrator")
    browser.post(f"{address}/confirmar")
    browser.post(f"{address}/confirmar")
    assert "ya se había importado" in browser.get(address).text
    assert len(visits(visited)) == 3


@pytest.mark.nightly
def test_two_files_that_overlap_confirmed_at_once_add_each_visit_once(visited: Visited):
    addresses = [checked(visited, table(FOUR)), checked(visited, table(FOUR[1:]))]
    browsers = [visited.browser("administrator") for _ in addresses]
    answers = together(
        *(
            lambda browser=browser, address=address: browser.post(f"{address}/confirmar")
            for browser, address in zip(browsers, addresses, strict=True)
        )
    )
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(visits(visited)) == 3


@pytest.mark.nightly
def test_a_process_killed_in_the_middle_leaves_nothing(
    visited: Visited, monkeypatch: pytest.MonkeyPatch
):
    rows = [row(Hora_Ingreso=f"{n // 60:02}:{n % 60:02}", Hora_Salida="") for n in range(1200)]
    rows = [one | {"Visitante": f"QUISPE {letter}"} for letter in "ABCD" for one in rows]
    address = checked(visited, table(rows))
    run_id = int(address.rpartition("/")[2])

    def confirm() -> None:
        with visited.writing() as session:
            export = running.read_again(session, session.get_one(PastImport, run_id))
            running.confirm(session, visited.register(session), run_id, None, export)

    def confirm_and_die() -> None:
        batches = []
        write = writing._add

        def dying(*args: Any) -> list[int]:
            batches.append(write(*args))
            if len(batches) == 2:
                os.kill(os.getpid(), signal.SIGKILL)
            return batches[-1]

        monkeypatch.setattr(writing, "_add", dying)  # in the process that dies alone
        confirm()

    before = visited.get(PastImport, run_id).summary
    assert exit_code(forked(visited.app, confirm_and_die)) == -signal.SIGKILL
    assert amount(visited, Visit) == amount(visited, VisitVersion) == 0
    run = visited.get(PastImport, run_id)
    assert (run.state, run.summary) == ("checked", before)
    confirm()
    assert amount(visited, Visit) == 4800
