"""Forms of steps, filled as in the application: from a draft, with one stored document."""

from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Any

from werkzeug.datastructures import MultiDict

from forms import FileInfo, Step, StepForm
from forms.drafts import as_formdata
from forms.examples import SAMPLE_FILE, Example

TODAY = date(2026, 11, 24)
SAMPLE = FileInfo(SAMPLE_FILE, "firmado.pdf", 120_000, "application/pdf", 2)


def given_of(step: Step, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything that a step reads: None where an example says nothing."""
    return {**dict.fromkeys(step.needs), "today": TODAY, **given}


def values_of(step: Step, example: Example) -> Mapping[str, Any]:
    """Return the answer of an example."""
    return example.values(given_of(step, example.given), Random(2026))


def fill(step: Step, values: Mapping[str, Any], given: Mapping[str, Any]) -> StepForm:
    """Return the step's form with an answer."""
    draft = as_formdata(step.form, values)
    return step.form(MultiDict(draft), given=given_of(step, given), files={SAMPLE.id: SAMPLE})
