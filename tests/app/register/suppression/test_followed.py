"""A suppression followed through tables, files, feed, searches and answers: no name stays."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.db import chain
from app.base.models import Visit
from app.ops import backup, setup
from app.ops.worker import nightly, open_data
from app.ops.worker.jobs import JOBS
from app.ops.worker.turns import turn
from app.register.export import dumping, dumps
from app.register.facts.values import Visitor
from app.register.suppression import listed, reviews
from app.register.visits import planned, recording
from app.register.visits.planned import Arrival, Plan
from tests.app.ops.test_backup import NewInstallation, new_installation
from tests.app.register.desk.desks import filled
from tests.app.register.importing.past_files import official, row
from tests.app.register.importing.past_imports import imported
from tests.app.register.interest_acts.acting import Acting, record
from tests.app.register.open_data.test_changes import Mirror
from tests.app.register.suppression import traces
from tests.app.register.suppression.test_listed import list_of
from tests.app.register.suppression.test_reviews import of
from tests.app.visited import SITE, Visited, lima
from tests.conftest import MONDAY, Clock

__all__ = ["new_installation"]

#: Invented, and in no other place of the tests.
SURNAME = "Zumaetaficticia"
NAME = f"{SURNAME} Inventada Eva"
NUMBER = "00000577"
TRACES = (SURNAME.lower(), NUMBER)
#: What is searched for; a page repeats it.
PART = "zumaeta"
ADDRESSES = (
    "/visitas",
    f"/visitas?q={PART}",
    "/visitas.csv",
    "/datos/cambios.json?updated_since=2026-01-01T00:00:00Z",
    "/datos/archivos/visitas.csv.gz",
    "/datos/archivos/visitas-2026-02.csv.gz",
    "/datos/archivos/visitas.jsonl.gz",
    "/datos/archivos/visitas.parquet",
    "/visitas.json",
    "/visitas.xlsx",
    "/visitas/E90001",
    "/visitas/E90001.csv",
    "/visitas/E90001/2026-02.csv",
    "/actos",
    f"/actos?q={PART}",
    "/actos.csv",
    "/actos/E90001.json",
)
#: Feeds and lists of corrections, which never name a visitor.
UNNAMED = ("/correcciones", "/correcciones.atom", "/visitas/E90001.atom")
HERE = "/registro/E90001/produccion"
FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def visited(app: Any, clock: Clock) -> Acting:
    """Return a register with a visit of February that was planned, corrected and has an act."""
    clock.set(lima("2026-02-10 09:00"))
    made = Acting(app)
    made.commit(listed.begin)
    return made


def planned_visit(visited: Acting, clock: Clock) -> int:
    """Record the visit of a person in every way in which a name is stored; return its id."""
    with visited.writing() as session:
        register = visited.register(session)
        official = visited.official(session, "Mamani")
        visitor = Visitor(NAME, "DNI", NUMBER, "private", f"Empresa de {NAME}", "")
        at = calendar.now() + timedelta(hours=1)
        plan = Plan(visitor, official, "work", f"Pedido de {NAME}", SITE, f"Con {NAME}", at)
        row = planned.plan(session, register, plan, submission="plan", actor_id=None)
        clock.forward(hours=1)
        arrival = Arrival(NAME, "DNI", NUMBER)
        visit, _ = planned.arrive(session, register, row, arrival, actor_id=None)
        visit_id = visit.id
    desk = visited.browser("operator")
    acted = {"actor_name": NAME, "document_number": NUMBER, "third_name": f"Socia de {NAME}"}
    record(desk, visited.attached(visit_id), on="10/02/2026", matter=f"De {NAME}", **acted)
    with visited.writing() as session:
        visit = session.get_one(Visit, visit_id)
        reason = f"No vino {NAME} sola"
        recording.correct(
            *(session, visit),
            reason=reason,
            actor_id=None,
            seen=visit.versions,
            place=f"{NAME}, 2",
        )
    purpose = {"purpose": f"Ver si vino {NAME}"}
    read = visited.browser("sgtd").post(of(visited, visit_id, "/documento"), data=purpose)
    assert read.status_code == 200
    return visit_id


def answers(visited: Visited, visit_id: int) -> Iterator[tuple[str, str]]:
    """Yield the answers of the public and of the people of the register that had the name."""
    code = visited.row(visit_id).code
    for who, address in (
        *(("", address) for address in (*ADDRESSES, f"/visita/{code}", *UNNAMED)),
        *(("administrator", of(visited, visit_id, rest)) for rest in ("", "/ocultar")),
        ("administrator", f"{HERE}/agenda?dia=2026-02-10"),
        ("administrator", f"{HERE}/visitas?dia=2026-02-10"),
        ("administrator", f"{HERE}/visitas?q={PART}"),
        ("administrator", f"{HERE}/actos"),
        ("administrator", "/entidades/E90001/historial"),
        ("auditor", "/registro-de-cambios"),
    ):
        answer = visited.browser(who).get(address, follow_redirects=True)
        yield address, traces.said(answer)
    form = filled({"document_number": NUMBER, "surnames": "", "given_names": ""})
    yield (
        "visitante",
        visited.browser("operator").post(f"{HERE}/visitante", data=form, headers=FRAGMENT).text,
    )


def places_of(visited: Visited, visit_id: int) -> set[str]:
    """Return the places of the installation that have the name or the number of the person."""
    inside = (*traces.rows(visited), *traces.files(visited.app))
    return traces.found((*inside, *answers(visited, visit_id)), TRACES)


def night(visited: Visited) -> None:
    turn(visited.app, JOBS[open_data.NAME])
    turn(visited.app, JOBS[nightly.NAME])


def suppress(visited: Visited, visit_id: int) -> None:
    with visited.writing() as session:
        visit = session.get_one(Visit, visit_id)
        reviews.hide(session, visit, ground="minor", actor_id=None)
        reviews.suppress(
            session, visit, ["visitor", "represented", "motive", "place"], actor_id=None
        )


@pytest.mark.guard("a name is followed through the whole dump")
@pytest.mark.postgresql
def test_no_name_is_left_anywhere(visited: Acting, clock: Clock):
    visit_id = planned_visit(visited, clock)
    mirror = Mirror(visited)
    mirror.follow()
    code = visited.row(visit_id).code
    assert SURNAME in repr(mirror.visits[code])
    clock.set(MONDAY)
    night(visited)
    before = places_of(visited, visit_id)
    tables = {"visit", "visit_subject", "visit_version", "interest_act", "planned_visit", "log"}
    assert before >= tables
    assert before >= {f"/visita/{code}", *ADDRESSES[1:], "visitante"}
    assert any(place.endswith(".parquet") for place in before - {*ADDRESSES})
    suppress(visited, visit_id)
    clock.forward(days=1)
    night(visited)
    assert places_of(visited, visit_id) == set()
    assert mirror.follow() == 1
    assert code not in mirror.visits  # its tombstone came
    with visited.reading() as session:
        assert chain.read(session).number == 2
    assert list(chain.check_all(visited.engine)) == []


@pytest.mark.guard("backups are made and restored")
@pytest.mark.postgresql
def test_no_name_is_left_in_a_backup_made_since_and_after_a_restore_of_an_older_one(
    visited: Acting, clock: Clock, tmp_path: Path, new_installation: NewInstallation
):
    visit_id = planned_visit(visited, clock)
    clock.set(MONDAY)
    night(visited)
    older, since = tmp_path / "older", tmp_path / "since"
    backup.back_up(visited.app, older)
    assert traces.found(traces.in_folders([older]), TRACES)
    suppress(visited, visit_id)
    clock.forward(days=1)
    night(visited)
    visited.read(listed.write)
    backup.back_up(visited.app, since)
    assert traces.found(traces.in_folders([since]), TRACES) == set()
    for folder in (older, since):
        app = new_installation()
        backup.restore(app, folder)
        list_of(app).write_bytes(list_of(visited.app).read_bytes())
        setup.suppress_again(app)
        restored = Visited(app)
        night(restored)
        assert places_of(restored, visit_id) == set(), folder
        assert list(chain.check_all(app.extensions["engine"])) == []


@pytest.mark.nightly
@pytest.mark.postgresql
def test_no_name_is_left_of_a_visit_that_was_imported(visited: Acting, clock: Clock):
    clock.set(MONDAY)
    number = f"DNI {NUMBER}"
    rows = [row(), row(Visitante=NAME.upper(), Documento_del_visitante=number)]
    imported(visited, official(rows), "visitas.xlsx")
    visit_id = visited.all(select(Visit.id).order_by(Visit.id))[1]
    night(visited)
    assert {"visit", "visit_subject"} <= places_of(visited, visit_id)
    suppress(visited, visit_id)
    clock.forward(days=1)
    night(visited)
    assert places_of(visited, visit_id) == set()


@pytest.mark.nightly
def test_finished_files_with_a_hidden_visit_are_withheld_until_they_are_made_anew(
    visited: Acting, clock: Clock
):
    visit_id = visited.visit(name=NAME)
    clock.set(MONDAY)
    turn(visited.app, JOBS[open_data.NAME])
    clock.forward(hours=1)
    browser = visited.browser()
    with browser.get("/datos/archivos/visitas-2026-02.csv.gz") as answer:
        assert SURNAME in gzip.decompress(answer.data).decode()
    with visited.writing() as session:
        visit = session.get_one(Visit, visit_id)
        reviews.hide(session, visit, ground="minor", actor_id=None)
    for name in ("visitas.csv.gz", "visitas-2026-02.csv.gz"):
        assert browser.get(f"/datos/archivos/{name}").status_code == 404
    assert json.loads(browser.get("/datos/archivos.json").data)["archivos"] == []
    clock.forward(minutes=5)
    turn(visited.app, JOBS[open_data.NAME])
    with browser.get("/datos/archivos/visitas.csv.gz") as answer:
        assert SURNAME not in gzip.decompress(answer.data).decode()
    with visited.app.app_context():
        paths = [path for path in dumps.folder().iterdir() if path.suffix == ".gz"]
    assert all(SURNAME not in gzip.decompress(path.read_bytes()).decode() for path in paths)


@pytest.mark.nightly
def test_files_of_a_restored_database_are_withheld_when_a_list_comes_after_them(
    visited: Acting, clock: Clock, tmp_path: Path, new_installation: NewInstallation
):
    visit_id = visited.visit(name=NAME)
    clock.set(MONDAY)
    backup.back_up(visited.app, tmp_path / "backup")
    suppress(visited, visit_id)
    visited.read(listed.write)
    clock.forward(hours=1)
    other = new_installation()
    backup.restore(other, tmp_path / "backup")
    turn(other, JOBS[open_data.NAME])
    browser = Visited(other).browser()
    with browser.get("/datos/archivos/visitas.csv.gz") as answer:
        assert SURNAME in gzip.decompress(answer.data).decode()
    clock.forward(hours=1)
    list_of(other).write_bytes(list_of(visited.app).read_bytes())
    setup.suppress_again(other)
    for name in ("visitas.csv.gz", "visitas-2026-02.csv.gz"):
        assert browser.get(f"/datos/archivos/{name}").status_code == 404
    clock.forward(minutes=5)
    turn(other, JOBS[open_data.NAME])
    with browser.get("/datos/archivos/visitas.csv.gz") as answer:
        assert SURNAME not in gzip.decompress(answer.data).decode()


@pytest.mark.nightly
def test_a_visit_that_is_hidden_while_the_files_are_made_is_in_none(
    visited: Acting, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    visit_id = visited.visit(name=NAME)
    clock.set(MONDAY)
    publish = dumping.publish

    def hide_and_publish(*given: Any) -> None:
        suppress(visited, visit_id)
        publish(*given)

    with monkeypatch.context() as patched:
        patched.setattr(dumping, "publish", hide_and_publish)
        turn(visited.app, JOBS[open_data.NAME])
    browser = visited.browser()
    assert browser.get("/datos/archivos/visitas.csv.gz").status_code == 404
    clock.forward(minutes=5)
    turn(visited.app, JOBS[open_data.NAME])
    with browser.get("/datos/archivos/visitas.csv.gz") as answer:
        assert SURNAME not in gzip.decompress(answer.data).decode()
