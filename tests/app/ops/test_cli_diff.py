"""`zaguan diff`: two versions compared, with the exit status of diff."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app import create_app
from app.base import db
from app.base.models import Deployment
from app.cases import processes
from tests.app.people.things_of_versions import longer_term
from tests.app.walk import BPMN

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of the project's diagrams with one term changed."""
    made = tmp_path / "changed"
    made.mkdir()
    for name, text in longer_term().items():
        (made / name).write_text(text, "utf-8")
    return made


def test_the_same_folders_do_not_differ(run: Run):
    assert run("diff", str(BPMN), str(BPMN)) == (0, "", "")


@pytest.mark.nightly("servers")
def test_different_folders_are_listed_and_exit_with_1(run: Run, folder: Path):
    code, out, _ = run("diff", str(BPMN), str(folder))
    assert code == 1
    assert out.endswith(": Días hábiles · 5 · 6\n")
    assert len(out.splitlines()) == 1
    file = folder / "training.bpmn"
    text = file.read_text("utf-8").replace("<bpmn:documentation>", "<bpmn:documentation>Antes: ")
    file.write_text(text, "utf-8")
    remark = run("diff", str(BPMN), str(folder))[1].splitlines()[-1]
    assert remark.startswith("Capacitación del personal · Notas")
    assert remark.endswith(" [sin efecto]")


@pytest.mark.parametrize("content", ["no es un diagrama", ""])
def test_what_is_no_version_is_trouble(run: Run, tmp_path: Path, content: str):
    if content:
        (tmp_path / "designation.bpmn").write_text(content, "utf-8")
    code, out, err = run("diff", str(BPMN), str(tmp_path))
    assert (code, out) == (2, "")
    assert err


def test_an_installation_that_is_not_set_up_is_trouble(run: Run):
    assert run("diff", "in-force", str(BPMN))[0] == 2


@pytest.mark.nightly("servers")
def test_stored_versions_go_by_number_hash_and_in_force(run: Run, folder: Path):
    run("migrate")
    app: Flask = create_app()
    with app.app_context(), db.writing(app) as session:
        processes.deploy(session)
        processes.deploy(session, longer_term())
        first, second = session.scalars(select(Deployment).order_by(Deployment.id)).all()
        names = [str(first.id), first.hash, first.hash[:7]]
        newest = [str(second.id), second.hash[:12], "in-force", str(folder)]
    app.extensions["engine"].dispose()
    for old in names:
        assert run("diff", old, str(BPMN))[0] == 0
        for new in newest:
            code, out, _ = run("diff", old, new)
            assert code == 1
            assert len(out.splitlines()) == 1
    for unknown in ("9999", "abc", "0" * 64, "en-vigor"):
        assert run("diff", unknown, str(BPMN))[0] == 2
