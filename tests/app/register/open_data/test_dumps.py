"""The finished files: the rows of the live export, made at night, served whole and in parts."""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from flask import Flask
from sqlalchemy import select

from app.base import db
from app.base.models import Visit
from app.ops.worker import open_data
from app.ops.worker.jobs import JOBS
from app.ops.worker.standing import read as standing
from app.ops.worker.turns import turn
from app.people import downloads
from app.register.export import dumping, dumps, parquet
from app.register.facts.shapes import OPEN
from app.register.visits import reserved
from app.register.visits.reserved import Authorisation
from tests.app.visited import Visited, lima
from tests.conftest import MONDAY, Clock

Entry = dict[str, Any]


@pytest.fixture
def visited(app: Flask, clock: Clock) -> Visited:
    """Return a register with three visits in February and one in March, which is under way."""
    visited = Visited(app)
    clock.set(lima("2026-02-10 12:00"))
    for ago, name in ((3, "Quispe Inventada Ana"), (2, "Ñahui Çelik «Eva»"), (1, "Otra, Luz")):
        visited.visit(ago=ago, name=name)
    clock.set(MONDAY)
    visited.visit(ago=1, name="Mamani Muestra Luz")
    return visited


def night(visited: Visited) -> dict[str, Entry]:
    """Run the job; return the manifest's files by name."""
    turn(visited.app, JOBS[open_data.NAME])
    return files(visited)


def files(visited: Visited) -> dict[str, Entry]:
    return {one["nombre"]: one for one in manifest(visited)["archivos"]}


def manifest(visited: Visited) -> Any:
    answer = visited.browser().get("/datos/archivos.json")
    assert answer.status_code == 200
    return answer.json


def fetched(visited: Visited, name: str, **headers: str) -> bytes:
    with visited.browser().get(f"/datos/archivos/{name}", headers=headers) as answer:
        assert answer.status_code in (200, 206)
        content: bytes = answer.data
        return content


def live(visited: Visited, address: str) -> bytes:
    with visited.browser().get(address) as answer:
        content: bytes = answer.data
        return content


def late(visited: Visited) -> None:
    """Record a visit of February in March."""
    visited.visit(ago=20 * 24 * 60, stayed=5, name="Tarde Ejemplo", observation="late")


def stored(visited: Visited) -> set[str]:
    return {path.name for path in (visited.app.config["DATA"] / dumps.FOLDER).iterdir()}


def test_before_the_first_night_there_is_an_empty_manifest(visited: Visited):
    assert (manifest(visited)["al"], manifest(visited)["archivos"]) == (None, [])
    assert visited.browser().get("/datos/archivos/visitas.csv.gz").status_code == 404
    assert "Archivos ya hechos" not in visited.browser().get("/datos").text


@pytest.mark.nightly
@pytest.mark.postgresql
def test_files_have_the_rows_and_texts_of_the_live_export(visited: Visited):
    made = night(visited)
    assert list(made) == [
        f"visitas{month}.{ending}"
        for month in ("", "-2026-02")
        for ending in ("csv.gz", "jsonl.gz", "parquet")
    ], "March is under way"
    for name, days in (("visitas", ""), ("visitas-2026-02", "&desde=2026-02-01&hasta=2026-02-28")):
        exported = live(visited, f"/visitas.csv?forma=abierto{days}")
        assert gzip.decompress(fetched(visited, f"{name}.csv.gz")) == exported
        lines = gzip.decompress(fetched(visited, f"{name}.jsonl.gz")).decode().splitlines()
        rows = json.loads(live(visited, f"/visitas.json?{days}"))
        assert [json.loads(line) for line in lines] == rows
        assert len(rows) == (3 if days else 4)


@pytest.mark.nightly
@pytest.mark.postgresql
def test_parquet_has_the_types_and_the_order_of_the_rows(visited: Visited, tmp_path: Path):
    night(visited)
    (tmp_path / "all.parquet").write_bytes(fetched(visited, "visitas.parquet"))
    with duckdb.connect() as reader:
        rows = reader.execute(f"select * from '{tmp_path}/all.parquet'")
        kinds = {name: str(kind) for name, kind, *_ in rows.description}
        found = [dict(zip(kinds, row, strict=True)) for row in rows.fetchall()]
    assert list(kinds) == [column.name for column in OPEN]
    names = {column.name: column.kind for column in OPEN}
    assert {kinds[name] for name, kind in names.items() if kind == "date"} == {"DATE"}
    assert {kinds[name] for name, kind in names.items() if kind == "integer"} == {"BIGINT"}
    assert kinds["registrado"] == "TIMESTAMP WITH TIME ZONE"
    written = json.loads(live(visited, "/visitas.json"))
    assert [row["codigo"] for row in found] == [row["codigo"] for row in written]
    assert [row["visitante"] for row in found] == [row["visitante"] for row in written]
    assert found[0]["fecha_visita"].isoformat() == written[0]["fecha_visita"]


@pytest.mark.nightly
def test_the_manifest_says_what_each_file_is(visited: Visited):
    made = night(visited)
    assert manifest(visited) | {"archivos": []} == {
        "version": "1.0.0",
        "al": "2026-03-02T08:00:00-05:00",
        "documentos": "enmascarados",
        "licencia": {
            "name": "ODC-By-1.0",
            "title": "Open Data Commons Attribution License 1.0",
            "path": "https://opendatacommons.org/licenses/by/1-0/",
        },
        "esquema": "http://localhost/datos/esquema.json",
        "archivos": [],
    }
    for name, entry in made.items():
        content = fetched(visited, name)
        assert (entry["bytes"], entry["sha256"]) == (
            len(content), hashlib.sha256(content).hexdigest(),
        )  # fmt: skip
        assert entry["direccion"] == f"http://localhost/datos/archivos/{name}"
    month, whole = made["visitas-2026-02.parquet"], made["visitas.csv.gz"]
    assert (month["periodo"], month["desde"], month["hasta"], month["filas"]) == (
        "2026-02", "2026-02-10", "2026-02-10", 3,
    )  # fmt: skip
    assert (whole["periodo"], whole["desde"], whole["hasta"], whole["filas"]) == (
        "todo", "2026-02-10", "2026-03-02", 4,
    )  # fmt: skip
    page = visited.browser().get("/datos").text
    assert "Archivos ya hechos" in page
    assert "/datos/archivos/visitas-2026-02.csv.gz" in page
    assert "Febrero de 2026" in page


def test_a_file_is_served_by_its_name_in_parts_one_at_a_time_and_only_if_it_changed(
    visited: Visited,
):
    made = night(visited)
    name = "visitas.csv.gz"
    content = fetched(visited, name)
    get = visited.browser().get
    tag = f'"{made[name]["sha256"]}"'
    with get(f"/datos/archivos/{name}") as whole:
        assert whole.headers["ETag"] == tag
        assert whole.headers["Access-Control-Allow-Origin"] == "*"
        assert whole.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert "Content-Encoding" not in whole.headers
        assert whole.headers["Content-Length"] == str(len(content))
    with get(f"/datos/archivos/{name}", headers={"Range": "bytes=10-19", "If-Range": tag}) as part:
        assert (part.status_code, part.data) == (206, content[10:20])
        assert part.headers["Content-Range"] == f"bytes 10-19/{len(content)}"
    with get(f"/datos/archivos/{name}", headers={"Range": "bytes=9-", "If-Range": '"x"'}) as anew:
        assert (anew.status_code, anew.data) == (200, content), "another version: all of it"
    with get(f"/datos/archivos/{name}", headers={"Range": f"bytes={len(content)}-"}) as beyond:
        assert beyond.status_code == 416
    with get(f"/datos/archivos/{name}", headers={"If-None-Match": tag}) as same:
        assert (same.status_code, same.data) == (304, b"")
    with visited.browser().head(f"/datos/archivos/{name}") as head:
        assert (head.status_code, head.content_length) == (200, len(content))
    for name in ("manifest.json", "..%2Fsecret-key", next(iter(stored(visited))), "visitas.csv"):
        assert visited.browser().get(f"/datos/archivos/{name}").status_code == 404
    with downloads._here:
        assert visited.browser().get("/datos/archivos/visitas.csv.gz").status_code == 503
    assert fetched(visited, "visitas.csv.gz")
    assert fetched(visited, "visitas.csv.gz"), "the first one gave its place back"


@pytest.mark.nightly
def test_a_month_is_made_again_when_its_visits_change(visited: Visited, clock: Clock):
    first = night(visited)
    clock.forward(days=1)
    assert night(visited)["visitas-2026-02.parquet"] == first["visitas-2026-02.parquet"]
    late(visited)
    clock.forward(days=1)
    second = night(visited)
    for ending in ("csv.gz", "jsonl.gz", "parquet"):
        name = f"visitas-2026-02.{ending}"
        assert second[name]["sha256"] != first[name]["sha256"]
        assert second[name]["filas"] == 4
        assert second[name]["hecho"] > first[name]["hecho"]
    assert len(stored(visited)) == len(second) + 2, (
        "old files are deleted; there are a manifest and a lock"
    )


@pytest.mark.nightly
@pytest.mark.postgresql
def test_a_visit_that_is_no_longer_public_is_gone_with_the_next_run(visited: Visited, clock: Clock):
    night(visited)
    with visited.writing() as session:
        [row] = session.scalars(select(Visit).where(Visit.visitor_name == "Otra, Luz"))
        why = Authorisation("Carmen Mamani Muestra", "Norma inventada", date(2026, 12, 1))
        reserved.reserve(session, row, why, actor_id=visited.people["superuser"])
    clock.forward(days=1)
    made = night(visited)
    assert made["visitas-2026-02.csv.gz"]["filas"] == 2
    for name in ("visitas.csv.gz", "visitas-2026-02.jsonl.gz"):
        assert "Otra, Luz" not in gzip.decompress(fetched(visited, name)).decode()


@pytest.mark.nightly
def test_the_job_runs_once_a_night_and_where_files_are_missing(visited: Visited, clock: Clock):
    engine = visited.engine
    with visited.app.app_context():
        assert open_data.is_due(engine)
        night(visited)
        assert not open_data.is_due(engine)
        (visited.app.config["DATA"] / dumps.FOLDER / dumps.MANIFEST).unlink()
        assert open_data.is_due(engine), "a restored installation has none"
        night(visited)
        clock.forward(days=1)
        assert open_data.is_due(engine)


@pytest.mark.guard("a disk fills while files are written")
@pytest.mark.parametrize("part", ["_write", "publish", "_to_parquet"])
def test_a_full_disk_fails_the_job_and_leaves_the_files_of_before(
    visited: Visited, clock: Clock, monkeypatch: pytest.MonkeyPatch, part: str
):
    before, there = night(visited), stored(visited)
    late(visited)
    clock.forward(days=1)

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(dumping, part, full)
        assert night(visited) == before
        assert stored(visited) == there
    with visited.reading() as session:
        [found] = [one for one in standing(session).stuck if one.job == open_data.NAME]
        run = standing(session).jobs[open_data.NAME].run
    assert found.kind == "job_failed"
    assert "could not be written" in run.error
    assert "No space left" in run.error
    assert night(visited)["visitas-2026-02.csv.gz"]["filas"] == 4, "the next turn succeeds"


def test_what_the_process_of_parquet_says_is_the_reason(
    visited: Visited, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    child = tmp_path / "child.py"
    child.write_text("raise SystemExit('IO Error: the disk is full')")
    monkeypatch.setattr(dumping, "TO_PARQUET", child)
    with visited.app.app_context(), pytest.raises(dumping.NotMade, match="the disk is full"):
        dumping.make(visited.engine, dumps.folder(), db.never)
    assert files(visited) == {}


@pytest.mark.nightly
@pytest.mark.parametrize("looks", [2, 4])
def test_a_stopped_run_leaves_the_files_of_before(
    visited: Visited, monkeypatch: pytest.MonkeyPatch, looks: int
):
    before = night(visited)
    late(visited)
    checks: list[int] = []

    def stop() -> bool:
        checks.append(1)
        return len(checks) > looks

    with visited.app.app_context():
        assert dumping.make(visited.engine, dumps.folder(), stop) is None
    assert files(visited) == before


@pytest.mark.nightly
def test_a_run_that_was_killed_leaves_nothing_in_the_way(visited: Visited):
    building = visited.app.config["DATA"] / dumps.FOLDER / dumping.BUILDING
    building.mkdir(parents=True)
    (building / "2026-02.csv.gz").write_bytes(b"half")
    assert gzip.decompress(fetched(visited, next(iter(night(visited)))))
    assert not building.exists()


@pytest.mark.nightly
@pytest.mark.postgresql
def test_a_register_without_visits_has_files_without_rows(app: Flask, clock: Clock, tmp_path: Path):
    made = night(visited := Visited(app))
    assert [one["filas"] for one in made.values()] == [0, 0, 0]
    assert gzip.decompress(fetched(visited, "visitas.jsonl.gz")) == b""
    (tmp_path / "none.parquet").write_bytes(fetched(visited, "visitas.parquet"))
    with duckdb.connect() as reader:
        assert reader.execute(f"select count(*) from '{tmp_path}/none.parquet'").fetchone() == (0,)


def test_parquet_is_made_from_json_lines_alone(tmp_path: Path):
    source, target = tmp_path / "it's.jsonl.gz", tmp_path / "it's.parquet"
    source.write_bytes(gzip.compress(b'{"a \\"b\\"": "x", "n": null}\n'))
    fields = [('a "b"', "string"), ("n", "integer")]
    order = {"fields": fields, "files": [([str(source)], str(target))], "spill": str(tmp_path)}
    parquet.main(io.StringIO(json.dumps(order)))
    with duckdb.connect() as reader:
        found = reader.execute("select * from read_parquet($1)", [str(target)]).fetchall()
    assert found == [("x", None)]


@pytest.mark.nightly
def test_where_nginx_can_read_the_files_the_answer_says_where(visited: Visited, tmp_path: Path):
    folder = tmp_path / "for nginx"
    folder.mkdir(mode=0o750)
    folder.chmod(0o750)
    visited.app.config["OPEN_DATA"] = str(folder)
    made = night(visited)
    there = folder / f"{made['visitas.parquet']['sha256'][:16]}-visitas.parquet"
    assert there.stat().st_mode & 0o777 == 0o640
    with visited.browser().get("/datos/archivos/visitas.parquet") as answer:
        assert answer.headers["X-Accel-Redirect"] == f"/_open-data/{there.name}"
        assert (answer.status_code, answer.data) == (200, b"")
    assert visited.browser().get("/datos/archivos/otro.parquet").status_code == 404
