"""The term in which the PCM answers a question: a row of `deadlines.dmn`, in working days."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from app.base import calendar
from app.base.definitions import definition_of, in_force
from app.base.models import Question
from workflows.decisions import decide_one

#: The name of its row.
STEP = "answer_question"
#: What the PCM has to do with a question, as steps are named.
NAME = "Responder una consulta"


def days(session: Session) -> int:
    """Return the working days of the term by the version in force."""
    row = decide_one(definition_of(in_force(session)), "deadlines", {"step": STEP})
    return int(row["days"])


def due(session: Session, question: Question, at: datetime) -> tuple[int | None, date | None]:
    """Return the working days left (0 on the last day, negative when late) and the last day.

    Return None if the question waits for no answer.
    """
    if question.state != "waiting" or question.due_at is None:
        return None, None
    working = calendar.calendar_of(session, question.entity)
    left = working.days_left(question.due_at, at)
    if at >= question.due_at:
        left = min(left, -1)  # late already, although no working day has passed since
    return left, calendar.last_day(question.due_at)


def start(session: Session, question: Question, at: datetime) -> None:
    """Start the term: the question waits for the PCM from this moment on."""
    question.state, question.closed_at = "waiting", None
    question.waiting_since_at, question.counted_on = at, calendar.lima_day(at)
    question.term_days, question.reminded_on = days(session), None
    question.next_reminder_at = at
    count(session, question)


def count(session: Session, question: Question) -> None:
    """Compute the due date from the term, by the entity's calendar as it is now."""
    working = calendar.calendar_of(session, question.entity)
    question.due_at = calendar.end_of(working.add(question.counted_on, question.term_days))
