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
from app.onboarding.review.signing import noticing
from app.onboarding.review.signing.noticing import TYPED
from app.onboarding.review.signing.recognising import Arrived
from app.onboarding.review.signing.waiting import Waiting
from app.onboarding.tasks import taking
from app.onboarding.tasks.loading import TaskPage
from app.onboarding.tasks.papers import uploaded
from forms.fields.documents import Verdict
from forms.fields.rules import AS_IS

FIELD = "document"
#: Values of a draft that another file makes void.
ANEW = frozenset({FIELD, "decision", f"{AS_IS}{FIELD}"})


@dataclass(frozen=True)
class Unpacked:
    """A file of a ZIP, as an upload of a page."""

    stream: IO[bytes]
    verdict: Verdict


@dataclass(frozen=True)
class Ready:
    """A paper whose signed file is there: what is still asked, and what deserves a look.

    `number`, `signed_on`: as posted or known; `number` is None if the step asks for none. `seen`:
    the digest of the unusual notes. `lacks`: what only the page of its step can ask.
    """

    waiting: Waiting
    number: str | None
    signed_on: str
    findings: list[str]
    unusual: list[str]
    seen: str
    lacks: list[str]


def stage(session: Session, user: User, waiting: Waiting, arrived: Arrived) -> bool:
    """Put a signed file into the draft of its step; return False if it is there already.

    Raise `taking.Overtaken` if another user saved the draft at the same moment.
    """
    task_page = TaskPage.of(session, waiting.task.id, user)
    held = _held(session, task_page)
    is_held = held is not None and held.sha256 == arrived.sha256
    if is_held and has_signed(task_page.pairs):
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


def ready(
    session: Session, user: User, papers: Sequence[Waiting], posted: Mapping[str, str]
) -> list[Ready]:
    """Return the papers with a signed file in the draft of their step, with what was posted."""
    there = signed_of(session, papers)
    return [_ready(session, user, one, posted) for one in papers if one.task.id in there]


def signed_of(session: Session, papers: Sequence[Waiting]) -> set[int]:
    """Return the ids of the tasks whose draft has a signed file."""
    ids = [one.task.id for one in papers]
    drafts = session.scalars(select(Draft).where(Draft.task_id.in_(ids)))
    return {draft.task_id for draft in drafts if has_signed(draft.pairs)}


def has_signed(pairs: Sequence[Sequence[str]]) -> bool:
    """Return whether a draft has a signed file, and does not return the paper."""
    returns = any((key, value) == ("decision", "returned") for key, value in pairs)
    return not returns and any(key == FIELD and value for key, value in pairs)


def _ready(session: Session, user: User, waiting: Waiting, posted: Mapping[str, str]) -> Ready:
    task_page = TaskPage(session, waiting.task, user)
    form: Any = task_page.judged_form
    use = _held(session, task_page)
    day = form["signed_on"].data or _last_signature(session, use)
    typed = {"signed_on": day.strftime("%d/%m/%Y")}
    if "number" in form:
        typed["number"] = str(form["number"].data or waiting.paper.number)
    typed |= {name: posted[key] for name in typed if (key := f"{name}-{waiting.task.id}") in posted}
    errors = {name: texts for name, texts in form.errors.items() if name not in TYPED}
    task_page.show_pairs(noticing.filled(task_page, typed))
    notes = noticing.notes_of(task_page)
    return Ready(
        waiting=waiting,
        number=typed.get("number"),
        signed_on=typed["signed_on"],
        findings=[_said(finding) for finding in (use.findings if use else None) or ()],
        unusual=notes,
        seen=noticing.digest(notes),
        lacks=[str(text) for texts in errors.values() for text in texts],
    )


def _last_signature(session: Session, use: FileUse | None) -> date:
    """Return the day of the last signature in a file; today if it says none, or a later one."""
    facts = reading.facts_of(session, use) if use is not None else None
    moments = [one["signed_at"] for one in facts["signatures"]] if facts else []
    known = [datetime.fromisoformat(one) for one in moments if one]
    today = calendar.today()
    return min(calendar.lima_day(known[-1]), today) if known else today


def _said(finding: Mapping[str, Any]) -> str:
    """Return a stored finding in one line: the verdict, what was found, and what to do."""
    advice = finding["advice"] if finding["stops"] else ""
    word = f"{finding['word']}." if finding["word"] else ""
    return " ".join(filter(None, (word, finding["text"], advice)))
