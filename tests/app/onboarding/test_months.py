"""Month against month, from paths that a test makes."""

from __future__ import annotations

from datetime import date

from app.onboarding.programme import months
from app.onboarding.programme.cases import Path


def test_this_month_is_compared_with_the_same_days_of_the_month_before():
    begun = [path_from(date(2026, 2, day), date(2026, 2, day)) for day in (1, 20, 28)] + [
        path_from(date(2026, 3, 1), None)
    ]
    found = months.compared(begun, date(2026, 3, 30))
    assert (found.until, found.now, found.before) == (date(2026, 2, 28), (1, 0, 0), (3, 0, 3))
    found = months.compared(begun, date(2026, 3, 19))
    assert (found.until, found.before) == (date(2026, 2, 19), (1, 0, 1))


def path_from(started: date, done: date | None) -> Path:
    return Path(1, "", (), (), done, (), (), "", done is not None, started, started)
