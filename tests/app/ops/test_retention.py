"""What is stored for how long: a table, which the night applies and operations.md names."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from app.administration.breaches import acts as breaches
from app.base import calendar, db
from app.base.config.retention import RULES
from app.base.files import integrity
from app.base.models import (
    DataBreach,
    Incoming,
    Mail,
    PasskeyChallenge,
    RightsRequest,
    StoredFile,
    User,
    Visit,
)
from app.ops import after_restore, backup
from app.ops.worker import nightly, retention
from app.register.suppression import listed, requests, reviews
from tests.app.installed import Installed
from tests.app.register.importing.past_files import table
from tests.app.register.importing.past_imports import FOUR, checked, imported, visits
from tests.app.register.suppression import traces
from tests.app.visited import Visited
from tests.conftest import Clock
from tests.tree import ROOT


def night(visited: Installed) -> dict[str, int]:
    """Run the parts of the night that remove; return their counts."""
    engine = visited.engine
    endings = ("_removed", "_emptied")
    parts = {name: part for name, part in nightly.PARTS.items() if name.endswith(endings)}
    with visited.app.app_context():
        return {name: part(engine, db.never) for name, part in parts.items()}


def with_bytes(visited: Visited) -> int:
    """Return how many stored files have their bytes."""
    with visited.reading() as session:
        names = session.scalars(select(StoredFile.sha256)).all()
        return sum(integrity.path_of(one).is_file() for one in names)


def test_operations_names_each_length():
    text = (ROOT / "docs/operations.md").read_text("utf-8")
    section = text.partition("## Retention")[2].partition("\n## ")[0]
    named = re.findall(r"^\| `(\w+)` \| (\d+) \|", section, re.MULTILINE)
    assert named == [(name, str(rule.days)) for name, rule in RULES.items()]


def test_each_rule_is_applied_by_the_night():
    applied = {
        *retention.STATEMENTS,
        *("demo_visits", "planned_visits", "visit_files"),
    }
    assert applied == set(RULES)
    assert {f"{name}_removed" for name in retention.STATEMENTS} <= set(nightly.PARTS)


def test_the_page_of_rights_names_each_length(visited: Visited):
    page = visited.browser().get("/derechos").text
    assert all(rule.what in page for rule in RULES.values())


@pytest.mark.nightly("servers")
@pytest.mark.postgresql
def test_a_file_of_visits_goes_30_days_after_its_use_and_its_hash_stays(
    visited: Visited, clock: Clock, tmp_path: Path
):
    imported(visited, table(FOUR))
    folder = tmp_path / "backup"
    backup.back_up(visited.app, folder)
    there = with_bytes(visited)
    clock.forward(days=29)
    assert night(visited)["visit_files_removed"] == 0
    clock.forward(days=2)
    assert night(visited)["visit_files_removed"] == 1
    assert with_bytes(visited) == there - 1
    removed = visited.all(select(StoredFile.sha256).where(StoredFile.removed_at.is_not(None)))
    assert visited.read(integrity.damaged) == []
    assert len(removed) == 1
    assert list(folder.rglob(removed[0]))
    report = backup.back_up(visited.app, folder)
    assert (report.missing, list(report.damaged)) == ([], [])
    assert not list(folder.rglob(removed[0]))  # nor is it in the backup any more
    visited.commit(listed.begin)
    assert after_restore.run(visited.app).faults == []
    assert night(visited)["visit_files_removed"] == 0
    assert len(visits(visited)) == 3  # nothing public is erased


@pytest.mark.nightly("servers")
def test_the_same_file_uploaded_again_is_stored_again(visited: Visited, clock: Clock):
    address = checked(visited, table(FOUR))
    there = with_bytes(visited)
    clock.forward(days=31)
    night(visited)
    assert with_bytes(visited) == there - 1
    answer = visited.browser("administrator").post(f"{address}/confirmar")
    assert answer.status_code == 422
    assert "El archivo ya se eliminó, por su plazo: súbelo otra vez." in answer.text
    imported(visited, table(FOUR))
    assert with_bytes(visited) == there + 1  # with another report
    assert len(visits(visited)) == 3


@pytest.mark.nightly("servers")
def test_the_file_of_a_suppressed_visit_goes_the_same_night(visited: Visited):
    imported(visited, table(FOUR))
    with visited.writing() as session:
        visit = session.scalars(select(Visit).order_by(Visit.id)).first()
        assert visit is not None
        reviews.hide(session, visit, ground="minor", actor_id=None)
        reviews.suppress(session, visit, ["visitor"], actor_id=None)
    assert night(visited)["visit_files_removed"] == 1


@pytest.mark.nightly("servers")
def test_received_mails_and_requests_are_emptied_and_stay_counted(visited: Visited, clock: Clock):
    with visited.writing() as session:
        now = calendar.now()
        for number, days in enumerate((364, 366)):
            session.add(
                Incoming(
                    digest=f"{number}",
                    kind="unknown",
                    sender="ana@example.org",
                    body="Un texto",
                    received_at=now - timedelta(days=days),
                )
            )
        wanted = requests.Wanted("access", "Ana Ejemplo", "ana@example.org", "", False)
        made = requests.receive(session, visited.register(session), None, wanted)
        requests.answer(session, made, outcome="granted", text="Aquí están.", actor_id=None)
        session.execute(update(Mail).values(state="sent"))
    assert night(visited)["received_mails_removed"] == 1
    clock.forward(days=731)
    done = night(visited)
    assert (done["received_mails_removed"], done["rights_requests_removed"]) == (1, 1)
    assert done["rights_mails_removed"] == 2
    (row,) = visited.all(select(RightsRequest))
    assert (row.name, row.email, row.answer, row.state) == ("", "", "", "granted")
    assert [one.body for one in visited.all(select(Incoming))] == ["", ""]
    everywhere = {place for place, said in traces.rows(visited) if "ana@example.org" in said}
    assert everywhere == set()
    assert night(visited)["rights_requests_removed"] == 0


def test_challenges_that_nobody_used_go_and_notified_incidents_are_emptied(
    visited: Visited, clock: Clock
):
    with visited.writing() as session:
        owner = session.scalars(select(User).order_by(User.id)).all()[0]
        session.add(
            PasskeyChallenge(
                user_id=owner.id, purpose="use", challenge="YQ", made_at=calendar.now()
            )
        )
        today, now = calendar.today(), calendar.now()
        said = breaches.Said("Se perdió una lista.", "", today, today, now)
        for number in range(2):
            entity = visited.register(session).entity
            made = breaches.report(session, entity, said, submission=f"{number}", actor_id=owner.id)
        breaches.notify(session, made, at=now, to="Autoridad, EXP-1", actor_id=owner.id)
    clock.forward(days=2)
    assert night(visited)["challenges_removed"] == 1
    clock.forward(days=1460)
    done = night(visited)
    assert (done["challenges_removed"], done["breaches_removed"]) == (0, 1)
    rows = visited.all(select(DataBreach).order_by(DataBreach.id))
    assert [(one.description, one.notified_to) for one in rows] == [
        ("Se perdió una lista.", ""),
        ("", "Autoridad, EXP-1"),
    ]
