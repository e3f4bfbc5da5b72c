"""A deployed version."""

from tests.workflows import small
from tests.workflows.real import FOLDER
from workflows.definition import Definition, read_folder


def test_only_its_texts_identify_a_version():
    turned = dict(reversed(small.TEXTS.items()))
    assert Definition.parse(turned) is Definition.parse(small.TEXTS)
    changed = {**small.TEXTS, "designation.bpmn": small.TEXTS["designation.bpmn"] + "\n"}
    assert Definition.parse(changed).hash != Definition.parse(small.TEXTS).hash
    moved = {"a.dmn": small.TEXTS["deadlines.dmn"]}
    assert Definition.parse(moved).hash != Definition.parse({"b.dmn": moved["a.dmn"]}).hash


def test_a_folder_is_read_by_name(tmp_path):
    (tmp_path / "b.dmn").write_text("ñ", encoding="utf-8")
    (tmp_path / "a.bpmn").write_text("a")
    (tmp_path / "README.md").write_text("c")
    assert list(read_folder(tmp_path).items()) == [("a.bpmn", "a"), ("b.dmn", "ñ")]


def test_a_definition_lists_what_it_requires_of_the_code(definition):
    assert definition.user_tasks.keys() == small.CONTRACT.steps.keys()
    assert definition.service_tasks.keys() == small.CONTRACT.service_tasks.keys()
    assert definition.stages == ("designation", "induction")
    assert definition.process_of("call_entity") == "follow_up"
    assert definition.processes["follow_up"] == "Seguimiento"


def test_timers_are_distinguished_by_what_they_wait_for():
    real = Definition.parse(read_folder(FOLDER))
    assert real.counting_timers["designation_overdue"] == 45
    assert real.counting_timers["confirm_register_lapses"] == 60
    assert real.hosts["confirm_register_lapses"] == "confirm_register"
    assert real.hosts["correct_designation_lapses"] == "correct_designation"
    assert "correct_designation_lapses" not in real.counting_timers
    assert "last_training_arrives" not in real.counting_timers
    assert real.counting_timers.keys() <= real.elements
