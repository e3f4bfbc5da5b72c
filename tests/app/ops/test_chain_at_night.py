"""The chain of hashes at night, on the command line, and through merges, restores and upgrades."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app.base import calendar, files
from app.base.db import chain
from app.base.db.chain import closing
from app.base.models import (
    Entity,
    FileUse,
    IssuedPaper,
    JobRun,
    LogEntry,
    PaperAct,
    StoredFile,
    VisitVersion,
)
from app.ops import backup, worker
from app.ops.worker.jobs import JOBS
from app.ops.worker.turns import turn
from tests.app.base.test_chain import CODE, Chained
from tests.app.ops.test_backup import NewInstallation, new_installation
from tests.app.walk import sample_pdf
from tests.conftest import Clock
from tests.databases import ON_SQLITE, behind_the_back

pytestmark = pytest.mark.postgresql

__all__ = ["new_installation"]

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def chained(app: Flask, clock: Clock) -> Chained:
    """Return an installation whose issued paper has a stored file."""
    made = Chained(app)
    with made.app.app_context(), behind_the_back(app) as session:
        owner = files.Owner(session.scalars(select(Entity.id)).one())
        pdf = io.BytesIO(sample_pdf())
        use = files.keep(session, pdf, media_type="application/pdf", owner=owner)
        session.flush()
        paper = session.get_one(IssuedPaper, CODE)
        paper.file_id, paper.sha256 = use.id, use.sha256
    return made


def night(chained: Chained, clock: Clock) -> tuple[dict[str, int], dict[str, int]]:
    """Run the night's job a day later. Return its counts, and those of what is stuck."""
    clock.forward(days=1)
    turn(chained.app, JOBS["nightly"])
    with chained.reading() as session:
        run = session.get_one(JobRun, "nightly")
        assert run.error == ""
        return run.result, {one.kind: one.count for one in worker.read(session).stuck}


@pytest.mark.nightly("servers")
def test_the_night_closes_and_names_a_paper_that_was_changed(chained: Chained, clock: Clock):
    counts, stuck = night(chained, clock)
    assert counts["rows_chained"] > 5
    assert (counts["chain_faults"], counts["papers_read"]) == (0, 1)
    assert not stuck.keys() & {"chain_broken", "files_damaged"}
    sha256 = chained.get(IssuedPaper, CODE).sha256
    with behind_the_back(chained.app) as session:
        session.execute(update(IssuedPaper).values(sha256="0" * 64))
    with chained.app.app_context():
        path = files.path_of(sha256)
        path.write_bytes(path.read_bytes()[:-1] + b"?")
    counts, stuck = night(chained, clock)
    assert counts["chain_faults"] == stuck["chain_broken"] == 2
    assert stuck["files_damaged"] == 1
    with chained.reading() as session:
        assert list(map(str, chain.read(session).faults)) == [
            f"issued_paper {CODE} names another file than the one stored for it",
            f"issued_paper {CODE} is not as it was when closing 1 entered it",
        ]
        assert session.get_one(StoredFile, sha256).damage == "changed"
        assert session.scalars(select(FileUse.sha256)).one() == sha256


#: Table → a statement that changes one byte of a row of it.
ONE_BYTE = {
    "visit_version": update(VisitVersion).values(number=2),
    "log": update(LogEntry).where(LogEntry.kind == "entity.noted").values(kind="entity.noteD"),
    "issued_paper": update(IssuedPaper).values(document="Oficio"),
    "paper_act": update(PaperAct).values(number="13-2026"),
}


@pytest.mark.nightly("servers")
@pytest.mark.parametrize("table", ONE_BYTE)
def test_one_changed_byte_is_named_by_the_night_and_the_status(
    chained: Chained, clock: Clock, run: Run, monkeypatch: pytest.MonkeyPatch, table: str
):
    with chained.writing() as session:
        session.get_one(IssuedPaper, CODE).add_act(calendar.now(), number="12-2026")
    assert night(chained, clock)[0]["chain_faults"] == 0
    with behind_the_back(chained.app) as session:
        assert session.execute(ONE_BYTE[table]).rowcount == 1  # type: ignore[attr-defined]
    counts, stuck = night(chained, clock)
    assert counts["chain_faults"] == stuck["chain_broken"] == 1
    monkeypatch.setenv("ZAGUAN_DATABASE_URL", chained.app.config["DATABASE_URL"])
    code, said, _ = run("status")
    assert code == 1
    assert "the chain of hashes does not fit in 1 places" in said
    assert re.search(rf"^    {table} \w+ is not as it was when closing 1 entered it$", said, re.M)


@pytest.mark.nightly("servers")
@ON_SQLITE
def test_the_status_names_a_missing_trigger(
    chained: Chained, run: Run, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ZAGUAN_DATABASE_URL", chained.app.config["DATABASE_URL"])
    assert "protection of the log" not in run("status")[1]
    with chained.engine.begin() as connection:
        connection.exec_driver_sql("drop trigger protected_log_delete")
    code, said, _ = run("status")
    assert code == 1
    assert "    The trigger protected_log_delete is missing" in said


@pytest.mark.nightly("servers")
@ON_SQLITE
def test_the_command_prints_a_hash_and_checks_a_noted_one(
    chained: Chained, run: Run, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ZAGUAN_DATABASE_URL", chained.app.config["DATABASE_URL"])
    assert run("chain") == (0, "Chain of hashes: no closing yet.\n", "")
    chained.close()
    code, noted, _ = run("chain")
    assert (code, noted.partition(":")[0]) == (0, "1")
    noted = noted.strip()
    assert run("chain", "--expect", noted)[1].endswith("All of it fits.\n")
    assert noted in run("status")[1]
    other = noted[:-1] + ("0" if noted[-1] != "0" else "1")
    code, _, said = run("chain", "--expect", other)
    assert (code, said) == (1, "closing 1 does not have the noted hash\n")
    assert run("chain", "--expect", "1:abc")[0] == 2
    with behind_the_back(chained.app) as session:
        session.execute(update(VisitVersion).values(act="exit"))
    code, _, said = run("chain", "--check")
    assert code == 1
    assert said.startswith("visit_version ")


@pytest.mark.nightly("servers")
def test_a_backup_restored_into_another_cluster_verifies_and_goes_on(
    chained: Chained, tmp_path: Path, new_installation: NewInstallation
):
    chained.close()
    chained.visit(name="Otra Inventada Eva")
    with behind_the_back(chained.app) as session:  # as if its numbers were higher
        closing.state(session).bound = 10**12
        newest = select(func.max(VisitVersion.id)).scalar_subquery()
        of_newest = update(VisitVersion).where(VisitVersion.id == newest)
        session.execute(of_newest.values(written_in=10**12 + 1))
    backup.back_up(chained.app, tmp_path / "backup")
    other = new_installation()
    backup.restore(other, tmp_path / "backup")
    restored = Chained.on(other)
    assert restored.faults() == []
    assert restored.close() > 0
    restored.visit(name="Tercera Inventada Sol")
    assert restored.close() > 0
    assert restored.newest() == 3
    assert restored.faults() == []


@pytest.mark.nightly("servers")
def test_the_newest_closing_is_a_figure_for_monitors(chained: Chained):
    chained.app.config["METRICS_TOKEN"] = "a token of the tests"
    headers = {"Authorization": "Bearer a token of the tests"}

    def figures() -> list[str]:
        text = chained.app.test_client().get("/metricas", headers=headers).text
        return re.findall(r"^zaguan_chain_info\{.*$", text, re.MULTILINE)

    assert figures() == []
    chained.close()
    newest = chained.read(chain.read)
    assert figures() == [f'zaguan_chain_info{{hash="{newest.hash}",number="1"}} 1.0']
