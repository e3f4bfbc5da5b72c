"""All that the form and the database know to be unusual about an answer, for one or for many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.base.models import Filing, Task, User
from app.cases.case import Case
from app.onboarding.unusual import filings, people
from app.people import access
from forms import StepForm
from forms.shapes.filing_review import ReviewStep


def of(
    case: Case, task: Task, form: StepForm, answered: Iterable[Filing], granted: Iterable[User]
) -> Iterator[str]:
    """Yield what is unusual about a valid answer.

    `answered`: the presentations that it changes; `granted`: who gets a function by it.
    """
    yield from form.unusual()
    for filing in answered:
        yield from filings.of(case, task, form, filing)
    if isinstance(form, ReviewStep) and form.has_roster():
        yield from people.of_roster(case.session, form.given.get("roster") or [])
    if task.role not in access.ENTITY_ROLES:
        yield from people.of_grants(case, granted)
