"""Render pages of steps as the application does, without a task in the database."""

from collections.abc import Mapping
from datetime import date
from types import SimpleNamespace
from typing import Any

from flask import Flask, render_template

from forms import Page, Step, StepForm
from forms.drafts import errors_of

PLACE = SimpleNamespace(name="Entidad de Ejemplo", code="E1", url="/entidades/E1")
TASK = SimpleNamespace(due_in=2, due_on=date(2026, 11, 26), due_kind="legal")


def draw(
    site: Flask,
    step: Step,
    form: StepForm,
    page: Page,
    given: Mapping[str, Any],
    task: Any = TASK,
) -> str:
    """Return a page of a form, with its errors."""
    return _drawn(site, step.template or "tasks/step.html", step, form, given, page, task)


def draw_review(site: Flask, step: Step, form: StepForm, given: Mapping[str, Any]) -> str:
    """Return the page that shows all answers before they are sent."""
    return _drawn(site, "tasks/review.html", step, form, given, None)


def _drawn(
    site: Flask,
    template: str,
    step: Step,
    form: StepForm,
    given: Mapping[str, Any],
    page: Page | None,
    task: Any = TASK,
) -> str:
    with site.test_request_context():
        return render_template(
            template,
            task=task,
            step=step,
            form=form,
            page=page,
            pages=[(one, "todo") for one in form.screens()],
            review=len(form.screens()) > 1 or form.is_confirmed(),
            entity=PLACE,
            errors=errors_of(form, page),
            reason="",
            given=given,
            task_id=1,
            papers_url="/tareas/1/papel/",
        )
