"""The forms of a validation, filled from the records of an entity and the answers of a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

import forms
from app.base import calendar
from app.cases.processes.case_admin import LEFT_BY
from forms import Step, StepForm
from forms.drafts import as_formdata, errors_of

#: The most sentences about missing data in the message of a row; the report has all.
MOST_SENTENCES = 6

Read = Callable[[str], Any]


def filled(
    stages: Sequence[str], read: Read, answers: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[str, Step, StepForm]]:
    """Yield the forms of some stages in their order, validated: stage, step, form.

    `read` returns a record by its name. A form sees the answers of the forms before it. `answers`:
    the answers of the row, by step and field.
    """
    left: dict[str, Any] = {}
    for stage in stages:
        for name in LEFT_BY[stage][0]:
            step = forms.steps()[name]
            given = {need: left[need] if need in left else read(need) for need in step.needs}
            form = _form(
                step,
                given | {"today": calendar.today(), "validating": True},
                answers.get(name, {}),
            )
            if form.validate():
                left |= form.answer()
            yield stage, step, form


def _form(step: Step, given: Mapping[str, Any], answers: Mapping[str, Any]) -> StepForm:
    values = dict(step.form.prefill(given))
    for name, value in answers.items():
        if isinstance(value, Mapping):
            values[name] = _over(values.get(name) or {}, value)
        elif value not in ("", None, []):
            values[name] = value
    return step.form(MultiDict(as_formdata(step.form, values)), given=given)


def _over(known: Mapping[str, Any], answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return a group of fields as recorded, with the answers over it. A new person starts empty."""
    number = answers.get("document_number")
    if number and number != known.get("document_number"):
        known = {}
    return {**known, **{name: value for name, value in answers.items() if value not in ("", None)}}


def lacking(judged: Sequence[tuple[str, Step, StepForm]]) -> list[str]:
    """Return the faults of these forms, in sentences."""
    found: dict[tuple[str, str], None] = {}
    for _, _, form in judged:
        for name, sentence in errors_of(form).items():
            top = name.partition("-")[0]
            group = form[top].label.text if top in form and top != name else ""
            found[group, sentence] = None
    sentences, last = [], ""
    for group, sentence in found:
        sentences.append(f"{group}: {sentence}" if group not in ("", last) else sentence)
        last = group
    return sentences


def in_short(sentences: Sequence[str]) -> str:
    """Return the first sentences, and how many more there are."""
    shown, more = list(sentences[:MOST_SENTENCES]), len(sentences) - MOST_SENTENCES
    if more > 0:
        rest = (
            "Y falta un dato más, que está"
            if more == 1
            else f"Y faltan {more} datos más, que están"
        )
        shown.append(f"{rest} en el informe.")
    return " ".join(shown)
