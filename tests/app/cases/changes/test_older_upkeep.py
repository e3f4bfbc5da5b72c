"""A cycle of upkeep of an older release continues in the two steps of its diagram."""

from __future__ import annotations

from app.base import calendar
from app.base.models import Deployment
from app.cases import processes
from forms.shapes.loading import invented_roster
from tests.app.cases.changes import changing
from tests.app.cases.changes.changing import FIRST, SECOND, numbers
from tests.app.walk import Walk
from tests.releases import frozen
from tests.tree import ROOT
from workflows.definition import Definition

RELEASE = ROOT / "tests" / "releases" / "0.5.0.json.gz"
ROSTER = invented_roster(operators=2)


def deploy_release(walk: Walk) -> None:
    """Put the diagrams and tables of release 0.5.0 into force."""
    (row,) = frozen.read(RELEASE)["tables"]["deployment"]
    texts = row["texts"]
    with walk.writing() as session:
        hash_ = Definition.parse(texts).hash
        session.add(Deployment(hash=hash_, texts=texts, deployed_at=calendar.now()))


def test_a_cycle_of_an_older_release_ends_in_its_own_steps(walk: Walk):
    changing.live(walk)
    deploy_release(walk)
    cycle = walk.begin("upkeep")
    with walk.reading() as session:
        processes.check_live(session)
    assert walk.open_steps(cycle) == ["review_personnel_roster"]
    rows = [row for row in ROSTER if row["document_number"] != FIRST["document_number"]]
    answer = {"roster": rows, "confirmed": True}
    changing.send(walk, cycle, answer, "review_personnel_roster")
    assert changing.operators(walk) == numbers(SECOND), "the roster counts at once, as before"
    changing.send(walk, cycle, {"state": "same"}, "review_decision_makers")
    assert walk.row(cycle).end == "upkeep_done"
