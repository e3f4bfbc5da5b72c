"""A signed file in the draft of its step, and the papers whose drafts have one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar, files
from app.base.files import Owner
from app.base.models import Draft, FileUse, User
from app.cases.papers.preflight import reading
from app.onboarding.review.signing.recognising import Arrived
from app.onboarding.review.signing.waiting import Waiting
from app.onboarding.tasks import taking
from app.onboarding.tasks.loading import TaskPage

FIELD = "document"
#: Fields that the page asks for.
ASKED = frozenset({"number", "signed_on"})
WORDS = {"valid": "VÁLIDO", "undetermined": "INDETERMINADO", "invalid": "NO VÁLIDO"}


@dataclass(frozen=True)
class Ready:
    """A paper whose signed file is there: what is still asked, and what deserves a look.

    `number`: None if the step asks for none. `lacks`: what only the page of its step can ask.
    """

    waiting: Waiting
    number: str | None
    signed_on: date
    signatures: list[str]
    unusual: list[str]
    lacks: list[str]


def stage(session: Session, user: User, waiting: Waiting, arrived: Arrived) -> bool:
    """Put a signed file into the draft of its step; return False if it is there already.

    Raise `taking.Overtaken` if another user saved the draft at the same moment.
    """
    task_page = TaskPage.of(session, waiting.task.id, user)
    held = _held(session, task_page)
    if held is not None and held.sha256 == arrived.sha256:
        return False
    task = task_page.task
    with arrived.path.open("rb") as stream:
        use = files.keep(
            session,
            stream,
            paper=waiting.paper.kind,
            media_type="application/pdf",
            owner=Owner(task.entity_id, task.instance_id, task.id, user.id),
            pages=arrived.facts["pages"] if arrived.facts else None,
        )
    task_page.case.log("file.uploaded", name=files.title_of(use), file=use.id)
    if arrived.facts is not None:
        reading.store(session, use.sha256, arrived.facts)
    kept = [pair for pair in task_page.pairs if pair[0] not in (FIELD, "decision")]
    decided = [("decision", "signed")] if "decision" in task_page.blank_form else []
    taking.save_draft(task_page, [*decided, (FIELD, use.id), *kept])
    return True


def _held(session: Session, task_page: TaskPage) -> FileUse | None:
    if task_page.draft is None:
        return None
    file_id = dict(task_page.pairs).get(FIELD, "")
    return session.get(FileUse, file_id) if file_id else None


def ready(session: Session, user: User, papers: Sequence[Waiting]) -> list[Ready]:
    """Return the papers with a signed file in the draft of their step."""
    ids = [one.task.id for one in papers]
    drafts = {
        draft.task_id for draft in session.scalars(select(Draft).where(Draft.task_id.in_(ids)))
        if any(key == FIELD and value for key, value in draft.pairs)
    }  # fmt: skip
    return [_ready(session, user, one) for one in papers if one.task.id in drafts]


def _ready(session: Session, user: User, waiting: Waiting) -> Ready:
    task_page = TaskPage(session, waiting.task, user)
    form, use = task_page.judged_form, _held(session, task_page)
    facts = reading.facts_of(session, use) if use is not None else None
    signatures = facts["signatures"] if facts else []
    moments = [one["signed_at"] for one in signatures if one["signed_at"]]
    last = calendar.lima_day(datetime.fromisoformat(moments[-1])) if moments else calendar.today()
    errors = {name: texts for name, texts in form.errors.items() if name not in ASKED}
    return Ready(
        waiting=waiting,
        number=str(form["number"].data or "") if "number" in form else None,
        signed_on=form["signed_on"].data or min(last, calendar.today()),
        signatures=[
            f"{one['name'] or 'Firma sin nombre'}: {WORDS[one['word']]}" for one in signatures
        ],
        unusual=form.unusual_facts(),
        lacks=[str(text) for texts in errors.values() for text in texts],
    )
