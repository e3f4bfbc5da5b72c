"""The engine reports the drawn path on which a step opened."""

import pytest

from tests.workflows import reached, real
from tests.workflows.walking import Walk
from workflows.paths import stops_of

#: What is left after the last notice is not called about: two gateways ask the same in a row.
IMPOSSIBLE = {("warning_term_passes", "call_entity")}


def drawn(process: str) -> set[tuple[str, str]]:
    """Return the drawn paths into the steps of a process, through gateways."""
    definition = real.definition()
    stops = stops_of(definition, process)
    return {
        (stop.node.id, way.to) for stop in stops for way in stop.ways
        if way.to in definition.user_tasks
    }  # fmt: skip


@pytest.mark.nightly("walkers")
@pytest.mark.parametrize("process", reached.processes())
def test_the_engine_opens_each_step_by_every_drawn_path_and_no_other(process):
    purposes = ("onboarding", "redesignation") if process == "designation" else ("onboarding",)
    opened = {
        way
        for purpose in purposes
        for place in reached.places(process, purpose)
        for way in place.opened
        if real.definition().user_tasks[way[1]].process == process
    }
    assert opened == drawn(process) - IMPOSSIBLE


def test_a_step_opened_by_a_return_has_no_source():
    walk = Walk(real.definition(), "training").all("plan_training").wake()
    walk.do("report_training", "reported")
    walk.happenings.clear()
    walk.send_back("plan_training")
    opened = [one for one in walk.happenings if one.kind == "opened"]
    assert [(one.element, one.source) for one in opened] == [("plan_training", "")]
