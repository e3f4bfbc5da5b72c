"""The stored state of an instance."""

import json
import zlib

import pytest

from tests.workflows.walking import Walk
from workflows.instance import Instance
from workflows.state import FORMAT_WITH_GONE, UnknownState, timers


def document(walk: Walk):
    return json.loads(zlib.decompress(walk.instance.dump()))


def test_the_state_holds_nothing_of_the_definition(onboarding):
    text = zlib.decompress(onboarding.instance.dump()).decode()
    assert "working_days" not in text
    assert "Designar al administrador" not in text


def test_only_an_open_task_has_its_id_in_the_state(onboarding):
    walk = onboarding.do("designate")
    keyed = [row for row in document(walk)["tasks"] if len(row) > 4]
    assert [(row[0], row[4]) for row in keyed] == [("file", walk.task("file").id)]


def test_saving_twice_gives_the_same_bytes(onboarding):
    walk = onboarding.do("designate")
    assert walk.instance.dump() == walk.reload().instance.dump()


def test_children_come_back_in_their_order(onboarding):
    walk = onboarding.all("designate done", "file filed", "review observed").wait(5)
    walk.all("designate done", "file filed", "review accepted")
    before = [[c.task_spec.name for c in t.children] for t in walk.instance._tasks()]
    again = Instance.load(walk.instance.definition, walk.instance.dump(), walk.world)
    assert [[c.task_spec.name for c in t.children] for t in again._tasks()] == before


def test_timers_read_from_the_state_match_those_of_the_instance(onboarding):
    met: set[str] = set()
    for acts in ((), ("designate done",), ("file filed", "review observed")):
        onboarding.all(*acts)
        found = timers(onboarding.instance.dump())
        assert found == {one.element: one.at for one in onboarding.instance.waiting()}
        met |= found.keys()
    assert len(met) > 1
    with pytest.raises(UnknownState):
        timers(b"")


@pytest.mark.parametrize("version", [0, FORMAT_WITH_GONE + 1, "1", None])
def test_a_state_of_another_format_is_refused(onboarding, version):
    changed = document(onboarding) | {"format": version}
    data = zlib.compress(json.dumps(changed).encode())
    with pytest.raises(UnknownState, match="format"):
        Instance.load(onboarding.instance.definition, data, onboarding.world)


@pytest.mark.parametrize("data", [b"", b"text", zlib.compress(b"text"), zlib.compress(b"[]")])
def test_bytes_that_are_no_state_are_refused(onboarding, data):
    with pytest.raises(UnknownState):
        Instance.load(onboarding.instance.definition, data, onboarding.world)


def test_a_state_of_another_definition_is_refused(onboarding):
    changed = document(onboarding)
    changed["tasks"][2][0] = "a_step_that_is_not_drawn"
    data = zlib.compress(json.dumps(changed).encode())
    with pytest.raises(UnknownState):
        Instance.load(onboarding.instance.definition, data, onboarding.world)
