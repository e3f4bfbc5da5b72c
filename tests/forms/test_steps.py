"""Every step keeps its promises: its examples are accepted and refused as stated."""

import ast
import json

import pytest
from werkzeug.datastructures import MultiDict

from forms import HERE, steps
from forms.drafts import as_formdata, errors_of
from tests.forms.filled import fill, given_of, values_of

STEPS = steps()
ACCEPTS = [
    pytest.param(step, example, id=f"{step.id}-{number}-{example.outcome}")
    for step in STEPS.values()
    for number, example in enumerate(step.accepts)
]
REFUSES = [
    pytest.param(step, refusal, id=f"{step.id}-{number}")
    for step in STEPS.values()
    for number, refusal in enumerate(step.refuses)
]


@pytest.mark.parametrize(("step", "example"), ACCEPTS)
def test_accepted_examples_are_valid_and_give_their_records(step, example):
    form = fill(step, values_of(step, example), example.given)
    assert form.validate(), errors_of(form)
    assert errors_of(form) == {}
    assert form.outcome() == example.outcome
    assert example.outcome in step.form.outcomes
    answer = form.answer()
    assert set(answer) == set(step.gives)
    assert json.loads(json.dumps(answer)) == answer
    assert isinstance(form.reason(), str)


@pytest.mark.parametrize(("step", "refusal"), REFUSES)
def test_refused_examples_say_how_to_correct_them(step, refusal):
    form = fill(step, refusal.data, refusal.given)
    assert not form.validate()
    errors = errors_of(form)
    for name, fragment in refusal.errors.items():
        assert fragment in errors.get(name, ""), (name, errors)
    assert not form.is_valid
    assert any(form.faults_on(page) for page in form.screens()), "its page is not done"


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_a_step_has_a_complete_folder(step):
    assert step.ask.endswith(".")
    assert "\n" not in step.ask
    assert set(step.ask.format(entity="Entidad").split("{")[1:]) == set()
    assert step.lacks.startswith(("Falta ", "Faltan "))
    assert "\n" not in step.lacks
    assert step.lacks[-1].isalnum()
    assert step.form.heading
    assert step.form.button
    assert not step.form.heading.endswith(".")
    assert len(step.refuses) >= 3
    assert all(refusal.name and refusal.errors for refusal in step.refuses)
    assert {example.outcome for example in step.accepts} == set(step.form.outcomes)
    assert all(
        example.given.keys() <= {*step.needs, *step.shows, "today"} for example in step.accepts
    )


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_every_field_is_on_exactly_one_page_and_has_a_label(step):
    form = step.form()
    names = [name for page in step.form.screens() for name in page.fields]
    assert len(names) == len(set(names))
    assert set(names) == {field.short_name for field in form}
    assert all(field.label.text for field in form)


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_a_step_can_be_shown_before_anything_is_known(step):
    given = given_of(step, {})
    started = as_formdata(step.form, step.form.prefill(given))
    form = step.form(MultiDict(started), given=given)
    form.validate()
    errors_of(form)
    form.draft_answer()


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_hostile_answers_are_refused_or_treated_as_text_and_never_break_a_step(step):
    example = step.accepts[0]
    keys = [key for key, _ in as_formdata(step.form, values_of(step, example))]
    for value in ("\x00", "x" * 5000, "-1", "{{7*7}}", "[[1]]", "٣", "\u202e"):
        given = given_of(step, example.given)
        form = step.form(MultiDict([(key, value) for key in keys]), given=given)
        form.validate()
        errors_of(form)


def test_steps_do_not_import_each_other():
    for step in STEPS:
        for name in imports_of(HERE / step / "__init__.py"):
            parts = name.split(".")
            assert parts[0] != "app"
            assert parts[:1] != ["forms"] or len(parts) == 1 or parts[1] not in STEPS, (step, name)


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
            yield node.module or ""
