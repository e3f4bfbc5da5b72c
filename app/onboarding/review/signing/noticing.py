"""What is unusual about a signature that is about to be registered, and who has seen it.

The page shows the notes of each paper. Registering needs the digest of those that were shown: other
values bring other notes, which are shown before anything is registered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from app.onboarding.review.signing.waiting import SIGNED
from app.onboarding.tasks.loading import TaskPage
from app.onboarding.unusual import numbers
from forms.drafts import Pair

#: Fields that the page has itself.
TYPED = frozenset({"number", "signed_on"})


def filled(task_page: TaskPage, typed: Mapping[str, str]) -> list[Pair]:
    """Return the draft of a step with the number and the day that were typed."""
    left = [pair for pair in task_page.pairs if pair[0] not in TYPED]
    return [*left, *((name, text) for name, text in typed.items() if text)]


def notes_of(task_page: TaskPage) -> list[str]:
    """Return what is unusual about the signature in the draft; less if the form has errors."""
    form: Any = task_page.judged_form
    if not form.is_valid:
        found: list[str] = form.unusual_facts()
        return found
    number, _ = form.signed_marks()[SIGNED[task_page.task.step]]
    (name,) = task_page.step.gives
    return [*form.unusual(), *numbers.of_number(task_page.case, name, number)]


def digest(notes: Sequence[str]) -> str:
    """Return what the tick of a reader who saw these notes holds; "" for no notes."""
    text = "\n".join(notes)
    return hashlib.sha256(text.encode()).hexdigest()[:16] if notes else ""
