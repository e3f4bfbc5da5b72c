"""Two simultaneous registrations of one departure: one wins, and the register stays valid."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import PostHolder, ProcessInstance
from tests.app.cases.changes import changing
from tests.app.cases.changes.changing import FIRST, SECOND
from tests.app.together import together
from tests.app.walk import Walk

pytestmark = pytest.mark.postgresql


@pytest.fixture
def live(walk: Walk) -> Walk:
    return changing.live(walk)


def leave(walk: Walk, role: str, number: str) -> int:
    """Post the page of a person of the register; return the status."""
    of_person = PostHolder.document_number == number
    one = walk.one(select(PostHolder).where(of_person))
    day = f"{calendar.today():%d/%m/%Y}"
    answer = walk.browser(role).post(
        f"/entidades/E90001/personal/{one.id}/ya-no-trabaja",
        data={"last_day": day, "reason": "moved"},
    )
    return answer.status_code


def changes(walk: Walk) -> int:
    """Return the number of changes that were registered."""
    query = select(ProcessInstance).where(ProcessInstance.process == "change_personnel")
    return len(walk.all(query))


@pytest.mark.nightly
def test_of_the_last_two_operators_one_stays(live: Walk):
    answers = together(
        lambda: leave(live, "administrator", FIRST["document_number"]),
        lambda: leave(live, "alternate", SECOND["document_number"]),
    )
    assert sorted(answers) == [303, 422]
    assert len(changing.operators(live)) == 1
