"""The declared shapes of records are those of the answers of all examples."""

from __future__ import annotations

from collections.abc import Mapping
from types import UnionType
from typing import Any, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

import pytest

from forms import case_documents as documents
from forms import change_documents, control_documents, records, register_documents, steps
from tests.forms.filled import fill, values_of

#: Record -> the shape in which a step gives it; it may also be None.
SHAPES: Mapping[str, Any] = {
    "entity": records.Entity,
    "authority": records.Authority,
    "administrator": records.Administrator,
    "roster": list[records.RosterRow],
    "filing": records.FilingAct,
    "decision_makers": list[records.Post],
    "thematic_session": records.InductionSession,
    "technical_session": records.InductionSession,
    "thematic_attendance": documents.InductionAttendance,
    "technical_attendance": documents.InductionAttendance,
    "training": documents.Training,
    "training_report": documents.TrainingReport,
    "training_review": documents.Review,
    "demo_load": documents.DemoLoad,
    "demo_evidence": documents.DemoNotes,
    "demo_validation": documents.DemoValidation,
    "demo_review": documents.Review,
    "production": documents.Production,
    "production_evidence": documents.ProductionEvidence,
    "production_review": documents.Review,
    "interest_acts": documents.InterestActs,
    "decision_review": documents.DecisionReview,
    "decision_training": documents.DecisionTraining,
    "closing": documents.Closing,
    "certificate": documents.Certificate,
    "unblocking": documents.Unblocking,
    "call": documents.Call,
    "letter": documents.Letter,
    "control_notice": control_documents.ControlNotice,
    "authority_change": documents.AuthorityChange,
    "authority_change_review": documents.Review,
    "personnel_change": change_documents.PersonnelChange,
    "register_review": change_documents.RegisterReview,
    "post_review": documents.DecisionReview,
    "register_answer": register_documents.RegisterAnswer,
    "register_attention": documents.Review,
}


EXAMPLES = [
    pytest.param(step, example, id=f"{step.id}-{number}")
    for step in steps().values()
    for number, example in enumerate(step.accepts)
]


def problems(value: Any, shape: Any, path: str) -> list[str]:
    """Return where a value differs from a shape."""
    if shape is Any:
        return []
    if is_typeddict(shape):
        return problems_of_document(value, shape, path)
    origin, parts = get_origin(shape), get_args(shape)
    if origin in (Union, UnionType):
        return [] if any(not problems(value, part, path) for part in parts) else [path]
    if origin is list and isinstance(value, list):
        return [p for n, one in enumerate(value) for p in problems(one, parts[0], f"{path}[{n}]")]
    if origin is dict and isinstance(value, dict):
        return [p for key, one in value.items() for p in problems(one, parts[1], f"{path}.{key}")]
    return [] if type(value) is shape else [f"{path}: {value!r} is no {shape}"]


def problems_of_document(value: Any, shape: Any, path: str) -> list[str]:
    """Return where a mapping differs from a TypedDict."""
    if not isinstance(value, dict):
        return [f"{path}: {value!r} is no mapping"]
    fields = get_type_hints(shape, include_extras=True)
    optional = {k for k, hint in fields.items() if get_origin(hint) is NotRequired}
    needed = set() if not shape.__total__ else fields.keys() - optional
    found = [f"{path}.{key} is missing" for key in needed - value.keys()]
    found += [f"{path}.{key} is not declared" for key in value.keys() - fields.keys()]
    for key in value.keys() & fields.keys():
        hint = get_args(fields[key])[0] if key in optional else fields[key]
        found += problems(value[key], hint, f"{path}.{key}")
    return found


def test_every_given_record_has_a_shape_and_another_shape_is_found():
    assert {name for step in steps().values() for name in step.gives} == SHAPES.keys()
    for value in [
        {"decision": "accepted", "reason": ""},
        {"decision": "accepted", "reason": "", "on": 3},
        {"decision": "accepted", "reason": "", "on": "2026-11-24", "who": "1"},
        [],
    ]:
        assert problems(value, documents.Review, "training_review")


@pytest.mark.parametrize(("step", "example"), EXAMPLES)
def test_answers_have_the_declared_shapes(step, example):
    form = fill(step, values_of(step, example), example.given)
    assert form.validate()
    found = [
        problem
        for name, value in form.answer().items()
        if value is not None
        for problem in problems(value, SHAPES[name], name)
    ]
    assert found == []


def test_a_designation_without_an_end_of_the_link_is_recorded_as_in_earlier_releases():
    step = steps()["designate_administrator"]
    by_name = {example.name: example for example in step.accepts}

    def recorded(name: str) -> Mapping[str, Any]:
        example = by_name[name]
        form = fill(step, values_of(step, example), example.given)
        assert form.validate()
        answer: Mapping[str, Any] = form.answer()["administrator"]
        return answer

    assert "link_until_on" not in recorded("con alterno")["holder"]
    ending = recorded("el vínculo del administrador termina hoy")
    assert ending["holder"]["link_until_on"] == "2026-11-24"
    assert "link_until_on" not in ending["alternate"]
