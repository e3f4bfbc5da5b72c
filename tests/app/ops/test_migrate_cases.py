"""`zaguan migrate-cases`: the table, what it moves, and when it refuses."""

from __future__ import annotations

from datetime import timedelta

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from app.base import calendar
from app.base.models import ProcessInstance, PutIntoForce
from app.ops.cli import migrating
from tests.app.walk import Walk, deploy, texts


class Operated:
    """An installation with two cases and a second version, and the command."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.ids = [walk.begin(code=f"E9000{number}") for number in (1, 2)]
        self.former = self.versions()

    def put(self, file: str, old: str, new: str, *, in_force: bool = True) -> str:
        """Store a version with one text changed; return its name."""
        assert old in texts()[file]
        with self.walk.writing() as session:
            row = deploy(session, {file: texts()[file].replace(old, new)})
            one = row.id if in_force else min(self.former)
            later = calendar.now() + timedelta(seconds=1)
            session.add(PutIntoForce(deployment_id=one, at=later))
            return row.hash[:12]

    def run(self, *arguments: str) -> Result:
        """Run the command."""
        return CliRunner().invoke(migrating.migrate_cases, arguments)

    def versions(self) -> set[int]:
        """Return the versions of the cases."""
        return set(self.walk.all(select(ProcessInstance.deployment_id)))


@pytest.fixture
def operated(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> Operated:
    monkeypatch.setattr(migrating, "installed", lambda: walk.app)
    return Operated(walk)


NAME = ("designation.bpmn", "Designar al administrador (", "Nombrar al administrador (")


@pytest.mark.nightly("servers")
def test_a_rehearsal_prints_the_table_and_moves_nothing(operated: Operated):
    name = operated.put(*NAME)
    done = operated.run(name, "--rehearse")
    assert done.exit_code == 0
    assert "2\xa0casos ensayados.\nPasa con cambios: 2\n" in done.stdout
    assert "     2  «Designar al administrador" in done.stdout
    assert "0 of 2 cases" in done.stderr
    assert operated.versions() == operated.former


@pytest.mark.nightly("servers")
def test_what_passes_is_moved_in_the_filter(operated: Operated):
    operated.put(*NAME)
    assert operated.run("in-force", "--process", "upkeep").exit_code == 1
    assert operated.versions() == operated.former
    done = operated.run("in-force", "--region", "Lima", "--kind", "changes")
    assert done.exit_code == 0
    assert done.stdout.endswith("Pasó a la versión: 2\n")
    assert operated.versions().isdisjoint(operated.former)


@pytest.mark.nightly("servers")
def test_a_legal_term_needs_a_person_and_another_one(operated: Operated):
    old = 'deadlines_answer_rectification_days">\n          <text>10'
    operated.put("deadlines.dmn", old, f"{old}0")
    done = operated.run("in-force")
    assert done.exit_code == 1
    assert "second person" in done.stderr
    assert operated.versions() == operated.former


@pytest.mark.nightly("servers")
def test_a_version_that_is_not_in_force_takes_no_case(operated: Operated):
    name = operated.put(*NAME, in_force=False)
    done = operated.run(name)
    assert done.exit_code == 1
    assert "in force" in done.stderr
    assert operated.versions() == operated.former


def test_a_target_that_is_no_version_is_refused(operated: Operated):
    assert operated.run("feedbeef").exit_code == 1
