"""The programme, for the PCM: where all entities stand, how long it takes, and who holds them."""

from flask import Flask
from sqlalchemy.orm import Session

from app.base import calendar
from app.cases import custody
from app.onboarding.entity_list.filters import STAGES
from app.onboarding.programme import answers, cases, lists, pages


def init_app(app: Flask) -> None:
    """Register the pages."""
    for part in (pages, lists):
        app.register_blueprint(part.blueprint)


def count_all(session: Session) -> int:
    """Count what the pages of all cases show, so that the first page of a process need not.

    Return the number of paths. Processes that are forked later have the counts, too.
    """
    every = cases.cases(session)
    cases.members(session, every)
    for stage in STAGES:
        answers.answered(session, stage, every)
    known = [(path, working) for _, path, working in every if path]
    return len(custody.clocks_of_known(session, known, calendar.now()))
