"""The signature of a paper is registered: its step is answered, in a separate transaction."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from app.base.models import User
from app.cases import processes
from app.cases.papers.issued import series
from app.onboarding.review.signing import noticing, waiting
from app.onboarding.review.signing.staging import has_signed
from app.onboarding.review.signing.waiting import Waiting
from app.onboarding.tasks import taking
from app.onboarding.tasks.loading import TaskPage
from app.people import access
from forms.conditions import without_idle
from forms.drafts import Pair, errors_of

TAKEN = "Otra persona lo registró o lo cambió mientras tanto."
CHANGED = "El documento cambió mientras tanto: mira el que vale ahora y decide otra vez."
UNSIGNED = "Todavía no se subió su documento firmado."
LOOK = "Mira lo que se advierte de este documento, márcalo y regístralo otra vez."
STUCK = "El proceso no puede continuar por ahora. Ábrelo en su paso."


def register(
    session: Session, user: User, one: Waiting, typed: Mapping[str, str], seen: str
) -> str:
    """Answer the step of a paper with its number and day; return what is wrong, "" if nothing.

    `seen`: the digest of the notes that the user saw. The draft has the signed file. The caller
    commits if nothing is wrong, and rolls back otherwise.
    """
    task_page = TaskPage.of(session, one.task.id, user)
    if not has_signed(task_page.pairs):
        return UNSIGNED
    return _answer(task_page, one, noticing.filled(task_page, typed), seen)


def give_back(session: Session, user: User, one: Waiting, why: str) -> str:
    """Answer the step of a paper with a return; as `register`."""
    task_page = TaskPage.of(session, one.task.id, user)
    return _answer(task_page, one, [("decision", "returned"), ("why", why)])


def _answer(task_page: TaskPage, one: Waiting, pairs: list[Pair], seen: str | None = None) -> str:
    """Answer a step with a draft; return what is wrong, "" if nothing."""
    session, task_id, user = task_page.session, task_page.task.id, task_page.user
    try:
        taking.save_draft(task_page, pairs)
        form = task_page.form
        if not form.validate():
            return " ".join(dict.fromkeys(errors_of(form).values()))
        if seen is not None and noticing.digest(noticing.notes_of(task_page)) != seen:
            return LOOK
        taking.save_draft(task_page, without_idle(form, pairs))
        if not waiting.still_waits(session, one):
            return CHANGED
        processes.complete(session, task_id, task_page.step, task_page.judged_form, user.id)
    except (taking.Overtaken, processes.TaskTaken, processes.TermLapsed):
        return TAKEN
    except access.duties.Barred:
        return "No puedes decidir este: interviniste antes en el expediente."
    except series.NumberTaken as taken:
        return f"El número {taken} ya es de otra constancia."
    except processes.TooDeep:
        return STUCK
    return ""
