"""A signed file in the draft of its step, and the papers whose drafts have one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Draft, FileUse, User
from app.cases.papers.preflight import reading
from app.onboarding.review.signing.recognising import Arrived
from app.onboarding.review.signing.waiting import Waiting
from app.onboarding.tasks import taking
from app.onboarding.tasks.loading import TaskPage
from app.onboarding.tasks.papers import uploaded
from forms.fields.documents import Verdict

FIELD = "document"
#: Values of a draft that another file makes void.
ANEW = frozenset({FIELD, "decision", f"as_is_{FIELD}"})
#: Fields that the page has itself.
TYPED = frozenset({"number", "signed_on"})


@dataclass(frozen=True)
class Unpacked:
    """A file of a ZIP, as an upload of a page."""

    stream: IO[bytes]
    verdict: Verdict


@dataclass(frozen=True)
class Ready:
    """A paper whose signed file is there: what is still asked, and what deserves a look.

    `number`: None if the step asks for none. `lacks`: what only the page of its step can ask.
    """

    waiting: Waiting
    number: str | None
    signed_on: date
    findings: list[str]
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
    pages = arrived.facts["pages"] if arrived.facts else None
    with arrived.path.open("rb") as stream:
        unpacked = Unpacked(stream, Verdict("", pages, arrived.facts))
        info = uploaded.keeper(task_page)(unpacked, waiting.paper.kind)
    left = [pair for pair in task_page.pairs if pair[0] not in ANEW]
    decided = [("decision", "signed")] if "decision" in task_page.blank_form else []
    taking.save_draft(task_page, [*decided, (FIELD, info.id), *left])
    uploaded.judge_drafted(task_page)
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
    form: Any = task_page.judged_form
    use = _held(session, task_page)
    facts = reading.facts_of(session, use) if use is not None else None
    signatures = facts["signatures"] if facts else []
    moments = [one["signed_at"] for one in signatures if one["signed_at"]]
    last = calendar.lima_day(datetime.fromisoformat(moments[-1])) if moments else calendar.today()
    errors = {name: texts for name, texts in form.errors.items() if name not in TYPED}
    return Ready(
        waiting=waiting,
        number=str(form["number"].data or "") if "number" in form else None,
        signed_on=form["signed_on"].data or min(last, calendar.today()),
        findings=[_said(finding) for finding in (use.findings if use else None) or ()],
        unusual=form.unusual_facts(),
        lacks=[str(text) for texts in errors.values() for text in texts],
    )


def _said(finding: Mapping[str, Any]) -> str:
    """Return a stored finding in one line: the verdict, what was found, and what to do."""
    advice = finding["advice"] if finding["stops"] else ""
    word = f"{finding['word']}." if finding["word"] else ""
    return " ".join(filter(None, (word, finding["text"], advice)))
