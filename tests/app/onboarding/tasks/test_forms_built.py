"""How many times a request builds the form of its step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from forms import StepForm
from tests.app.walk import Walk, step_named

FIRST = "designate_administrator"


@pytest.fixture
def built(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Begin a case; return a function that counts its first step's forms since its last call."""
    walk.begin()
    form_class = step_named(FIRST).form
    form_class.screens()
    form_class.absorbs()
    forms: list[StepForm] = []
    original = StepForm.__init__

    def counted(self: StepForm, *args: Any, **values: Any) -> None:
        if type(self) is form_class:
            forms.append(self)
        original(self, *args, **values)

    monkeypatch.setattr(StepForm, "__init__", counted)

    def count() -> int:
        found = len(forms)
        forms.clear()
        return found

    return count


def test_the_review_and_its_answer_build_the_form_once(walk: Walk, built: Callable[[], int]):
    task_id = walk.draft(FIRST)
    browser = walk.browser("preparer")
    built()
    assert browser.get(f"/tareas/{task_id}/revisar").status_code == 200
    assert built() == 1
    answer = browser.post(f"/tareas/{task_id}/revisar", data={"action": "submit"})
    assert (answer.status_code, built()) == (303, 1)


def test_a_page_is_shown_with_one_form_and_a_validated_copy(walk: Walk, built: Callable[[], int]):
    task_id = walk.draft(FIRST)
    pages = step_named(FIRST).form.screens()
    assert len(pages) > 1
    built()
    assert walk.browser("preparer").get(f"/tareas/{task_id}/{pages[0].key}").status_code == 200
    assert built() == 2


def test_a_posted_page_builds_three_forms(walk: Walk, built: Callable[[], int]):
    """Count them: one gives the case's pages, one reads the post, one checks the draft."""
    task_id = walk.draft(FIRST)
    page = step_named(FIRST).form.screens()[0]
    browser = walk.browser("preparer")
    built()
    answer = browser.post(f"/tareas/{task_id}/{page.key}", data={"action": "next"})
    assert answer.status_code == 422, "its fields are empty now"
    assert built() == 3
