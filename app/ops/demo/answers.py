"""Answer a step as a page would: draft, documents, validated form, act."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from app.base.files import Owner
from app.cases import processes
from app.onboarding.tasks.loading import TaskPage
from app.onboarding.tasks.taking import save_draft
from app.ops.demo import documents
from forms import Step
from forms.drafts import Pair, as_formdata, errors_of, find
from forms.examples import SAMPLE_FILE, Example


class NotAccepted(Exception):
    """An example was refused in this case; the message names step and fields."""


def example(step: Step, wanted: str) -> Example:
    """Return the example with an outcome or name; the first one for "" and for unknown names.

    Examples that are computed for the case are preferred to fixed ones.
    """
    found = [one for one in step.accepts if wanted and wanted in (one.name, one.outcome)]
    found.sort(key=lambda one: (one.name != wanted, not callable(one.data)))
    return found[0] if found else step.accepts[0]


def values_for(task_page: TaskPage, wanted: str, random: Random) -> dict[str, Any]:
    """Return the plain values of an answer."""
    return dict(example(task_page.step, wanted).values(task_page.given, random))


def write(task_page: TaskPage, values: Mapping[str, Any]) -> None:
    """Save a draft of the task, with a document for each document of the example."""
    pairs: list[Pair] = []
    for key, value in as_formdata(task_page.step.form, values):
        pairs.append((key, bring(task_page, key) if value == SAMPLE_FILE else value))
    save_draft(task_page, pairs)


def send(task_page: TaskPage) -> str:
    """Answer the task with its draft. Return the outcome.

    Raises NotAccepted, and what `processes.complete` raises.
    """
    form = task_page.form
    if not form.validate():
        raise NotAccepted(f"{task_page.task.step}: {errors_of(form)}")
    processes.complete(
        task_page.session, task_page.task.id, task_page.step, form, task_page.user.id
    )
    return form.outcome()


def bring(task_page: TaskPage, key: str) -> str:
    """Upload a PDF to the task. Return its id."""
    task = task_page.task
    owner = Owner(task.entity_id, task.instance_id, task.id, task_page.user.id)
    use = documents.keep_pdf(
        task_page.session, owner, find(task_page.step.form(given=task_page.given), key).paper
    )
    task_page.case.log("file.uploaded", name=use.name, file=use.id)
    task_page.files[use.id] = use
    return use.id
