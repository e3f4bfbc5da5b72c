"""The forms that a validation asks for, filled from what is known of an entity and what is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

import forms
from app.base import calendar
from app.cases.processes.case_admin import LEFT_BY
from forms import Step, StepForm
from forms.drafts import as_formdata, errors_of

#: Sentences about what is missing that one row of a page is told; its report has all.
MOST_TOLD = 6

Read = Callable[[str], Any]


def filled(
    stages: Sequence[str], read: Read, said: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[str, Step, StepForm]]:
    """The forms of some stages in their order, judged: stage, step, form.

    `read` gives a record by its name; a form sees what those before it answered. `said` is what
    the row answers, by step and field.
    """
    left: dict[str, Any] = {}
    for stage in stages:
        for name in LEFT_BY[stage][0]:
            step = forms.steps()[name]
            given = {need: left[need] if need in left else read(need) for need in step.needs}
            form = _form(
                step,
                given | {"today": calendar.today(), "validating": True},
                said.get(name, {}),
            )
            if form.validate():
                left |= form.answer()
            yield stage, step, form


def _form(step: Step, given: Mapping[str, Any], said: Mapping[str, Any]) -> StepForm:
    values = dict(step.form.prefill(given))
    for name, value in said.items():
        if isinstance(value, Mapping):
            values[name] = _over(values.get(name) or {}, value)
        elif value not in ("", None, []):
            values[name] = value
    return step.form(MultiDict(as_formdata(step.form, values)), given=given)


def _over(known: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """A group as it is known, with what is said of it; of another person nothing is known."""
    number = said.get("document_number")
    if number and number != known.get("document_number"):
        known = {}
    return {**known, **{name: value for name, value in said.items() if value not in ("", None)}}


def lacking(judged: Sequence[tuple[str, Step, StepForm]]) -> list[str]:
    """What is wrong with some of these forms, in sentences; empty for nothing."""
    found: dict[tuple[str, str], None] = {}
    for _, _, form in judged:
        for name, sentence in errors_of(form).items():
            top = name.partition("-")[0]
            group = form[top].label.text if top in form and top != name else ""
            found[group, sentence] = None
    told, last = [], ""
    for group, sentence in found:
        told.append(f"{group}: {sentence}" if group not in ("", last) else sentence)
        last = group
    return told


def in_short(sentences: Sequence[str]) -> str:
    """The first of some sentences, and how many more there are."""
    told, more = list(sentences[:MOST_TOLD]), len(sentences) - MOST_TOLD
    if more > 0:
        rest = (
            "Y falta un dato más, que está"
            if more == 1
            else f"Y faltan {more} datos más, que están"
        )
        told.append(f"{rest} en el informe.")
    return " ".join(told)
