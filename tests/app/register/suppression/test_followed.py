"""A suppression followed through tables, files, feed, searches and answers: no name stays."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.base import calendar
from app.base.db import chain
from app.ops import backup, setup
from app.ops.backup import stored
from app.ops.worker import open_data
from app.ops.worker.jobs import JOBS
from app.ops.worker.turns import turn
from app.register.export import dumping, dumps
from app.register.facts.values import Visitor
from app.register.suppression import list_file, listed
from app.register.visits import planned
from app.register.visits.planned import Arrival, Plan
from tests.app.ops.test_backup import NewInstallation, new_installation
from tests.app.register.desk.desks import filled
from tests.app.register.interest_acts.acting import record
from tests.app.register.open_data.test_changes import Mirror
from tests.app.register.suppression import traces
from tests.app.register.suppression.suppressing import (
    BASE,
    NAME,
    SURNAME,
    Suppressing,
    list_of,
    night,
)
from tests.app.visited import SITE, Visited, lima
from tests.conftest import MONDAY, Clock

__all__ = ["new_installation"]

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
FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def visited(app: Any, clock: Clock) -> Suppressing:
    """Return a register that begins in February."""
    clock.set(lima("2026-02-10 09:00"))
    return Suppressing(app)


def planned_visit(visited: Suppressing, clock: Clock) -> int:
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
    visited.correct(visit_id, f"No vino {NAME} sola", place=f"{NAME}, 2")
    purpose = {"purpose": f"Ver si vino {NAME}"}
    read = visited.browser("sgtd").post(visited.of(visit_id, "/documento"), data=purpose)
    assert read.status_code == 200
    return visit_id


def answers(visited: Visited, visit_id: int) -> Iterator[tuple[str, str]]:
    """Yield the answers of the public and of the people of the register that had the name."""
    code = visited.row(visit_id).code
    for who, address in (
        *(("", address) for address in (*ADDRESSES, f"/visita/{code}", *UNNAMED)),
        *(("administrator", f"{BASE}/visitas/{code}{rest}") for rest in ("", "/ocultar")),
        ("administrator", f"{BASE}/agenda?dia=2026-02-10"),
        ("administrator", f"{BASE}/visitas?dia=2026-02-10"),
        ("administrator", f"{BASE}/visitas?q={PART}"),
        ("administrator", f"{BASE}/actos"),
        ("administrator", "/entidades/E90001/historial"),
        ("auditor", "/registro-de-cambios"),
    ):
        answer = visited.browser(who).get(address, follow_redirects=True)
        yield address, traces.said(answer)
    form = filled({"document_number": NUMBER, "surnames": "", "given_names": ""})
    yield (
        "visitante",
        visited.browser("operator").post(f"{BASE}/visitante", data=form, headers=FRAGMENT).text,
    )


def places_of(visited: Visited, visit_id: int) -> set[str]:
    """Return the places of the installation that have the name or the number of the person."""
    inside = (*traces.rows(visited), *traces.files(visited.app))
    return traces.found((*inside, *answers(visited, visit_id)), TRACES)


@pytest.mark.guard("a name is followed through the whole dump")
@pytest.mark.postgresql
def test_no_name_is_left_anywhere(visited: Suppressing, clock: Clock):
    visit_id = planned_visit(visited, clock)
    mirror = Mirror(visited)
    mirror.follow()
    code = visited.row(visit_id).code
    assert SURNAME in repr(mirror.visits[code])
    clock.set(MONDAY)
    night(visited.app)
    before = places_of(visited, visit_id)
    tables = {"visit", "visit_subject", "visit_version", "interest_act", "planned_visit", "log"}
    assert before >= tables
    assert before >= {f"/visita/{code}", *ADDRESSES[1:], "visitante"}
    assert any(place.endswith(".parquet") for place in before - {*ADDRESSES})
    visited.suppress(visit_id)
    clock.forward(days=1)
    night(visited.app)
    assert places_of(visited, visit_id) == set()
    assert mirror.follow() == 1
    assert code not in mirror.visits  # its tombstone came
    with visited.reading() as session:
        assert chain.read(session).number == 2
    assert list(chain.check_all(visited.engine)) == []


@pytest.mark.guard("backups are made and restored")
@pytest.mark.postgresql
def test_no_name_is_left_in_a_backup_made_since_and_after_a_restore_of_an_older_one(
    visited: Suppressing,
    clock: Clock,
    tmp_path: Path,
    new_installation: NewInstallation,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    visit_id = planned_visit(visited, clock)
    clock.set(MONDAY)
    night(visited.app)
    older, since = tmp_path / "older", tmp_path / "since"
    copy = stored.copy

    def suppress_and_copy(*given: Any) -> Any:
        visited.suppress(visit_id)
        return copy(*given)

    with monkeypatch.context() as patched:
        patched.setattr(stored, "copy", suppress_and_copy)
        backup.back_up(visited.app, older)
    assert traces.found(traces.in_folders([older]), TRACES)
    clock.forward(days=1)
    night(visited.app)
    visited.read(listed.write)
    backup.back_up(visited.app, since)
    assert traces.found(traces.in_folders([since]), TRACES) == set()
    for folder in (older, since):
        assert not list(folder.rglob(list_file.NAME))
        app = new_installation()
        backup.restore(app, folder)
        restored = Visited(app)
        assert (restored.row(visit_id).visitor_name == NAME) == (folder == older)
        with pytest.raises(setup.CannotSetUp, match="no-suppressions"):
            setup.suppress_again(app)
        list_of(app).write_bytes(list_of(visited.app).read_bytes())
        capsys.readouterr()
        setup.suppress_again(app)
        again = restored.row(visit_id).versions
        setup.suppress_again(app)  # at each later start
        assert ("as the list says: 1." in capsys.readouterr().out) == (folder == older)
        row = restored.row(visit_id)
        assert (row.state, row.audience, row.versions) == ("suppressed", "public", again)
        page = restored.browser().get(f"/visita/{row.code}").text
        assert "Los datos de esta visita se suprimieron" in page
        night(app)
        assert places_of(restored, visit_id) == set(), folder
        assert list(chain.check_all(app.extensions["engine"])) == []


def published(visited: Visited, name: str = "visitas.csv.gz") -> str:
    """Return a finished file; "" while it is withheld."""
    with visited.browser().get(f"/datos/archivos/{name}") as answer:
        if answer.status_code == 200:
            return gzip.decompress(answer.data).decode()
        assert answer.status_code == 404
    return ""


@pytest.mark.nightly
@pytest.mark.parametrize("when", ["after they are made", "meanwhile", "before a restore"])
def test_finished_files_with_a_hidden_visit_are_withheld_until_they_are_made_anew(
    visited: Suppressing,
    clock: Clock,
    tmp_path: Path,
    new_installation: NewInstallation,
    monkeypatch: pytest.MonkeyPatch,
    when: str,
):
    visit_id = visited.visit(name=NAME)
    clock.set(MONDAY)
    place: Visited = visited
    publish = dumping.publish
    if when == "before a restore":
        backup.back_up(visited.app, tmp_path / "backup")
        visited.suppress(visit_id)
        visited.read(listed.write)
        app = new_installation()
        backup.restore(app, tmp_path / "backup")
        place = Visited(app)

    def hide_and_publish(*given: Any) -> None:
        if when == "meanwhile":
            visited.hide(visit_id)
        publish(*given)

    with monkeypatch.context() as patched:
        patched.setattr(dumping, "publish", hide_and_publish)
        turn(place.app, JOBS[open_data.NAME])
    names = ("visitas.csv.gz", "visitas-2026-02.csv.gz")
    if when != "meanwhile":
        assert all(SURNAME in published(place, name) for name in names)
        clock.forward(hours=1)
    if when == "before a restore":
        list_of(place.app).write_bytes(list_of(visited.app).read_bytes())
        setup.suppress_again(place.app)
    elif when == "after they are made":
        visited.hide(visit_id)
    assert [published(place, name) for name in names] == ["", ""]
    assert json.loads(place.browser().get("/datos/archivos.json").data)["archivos"] == []
    clock.forward(minutes=5)
    turn(place.app, JOBS[open_data.NAME])
    assert SURNAME not in (published(place) or SURNAME)
    with place.app.app_context():
        paths = [path for path in dumps.folder().iterdir() if path.suffix == ".gz"]
    assert all(SURNAME not in gzip.decompress(path.read_bytes()).decode() for path in paths)
