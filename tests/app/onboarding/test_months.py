"""Month against month, from paths that a test makes."""

from __future__ import annotations

from datetime import date

from app.onboarding.programme import burn_up, months
from app.onboarding.programme.cases import Path


def test_this_month_is_compared_with_the_same_days_of_the_month_before():
    begun = [path_from(date(2026, 2, day), date(2026, 2, day)) for day in (1, 20, 28)] + [
        path_from(date(2026, 3, 1), None)
    ]
    found = months.compared(begun, date(2026, 3, 30))
    assert (found.until, found.now, found.before) == (date(2026, 2, 28), (1, 0, 0), (3, 0, 3))
    found = months.compared(begun, date(2026, 3, 19))
    assert (found.until, found.before) == (date(2026, 2, 19), (1, 0, 1))


def test_the_planned_ends_go_on_after_today():
    today = date(2026, 3, 30)
    begun = [
        path_from(date(2026, 1, 5), date(2026, 3, 2), date(2026, 3, 20)),
        path_from(date(2026, 2, 5), None, date(2026, 3, 31)),
        path_from(date(2026, 2, 5), None, date(2026, 5, 31)),
        path_from(date(2026, 2, 5), None, date(2028, 1, 1)),
    ]
    ahead = months.ahead(begun, today)
    assert [(one.name, one.planned_so_far) for one in ahead[:3]] == [
        ("abril de 2026", 2),
        ("mayo de 2026", 3),
        ("junio de 2026", 3),
    ]
    assert len(ahead) == months.MOST_AHEAD
    assert months.ahead(begun[:2], today) == []
    drawn = burn_up.burn_up(months.months(begun, today), ahead)
    planned, ended = (line.split() for line in (drawn.planned, drawn.ended))
    assert len(ended) == months.SHOWN
    assert len(planned) == months.SHOWN + months.MOST_AHEAD
    assert ended[-1].startswith(f"{drawn.today},")
    assert planned[-1] > planned[months.SHOWN]  # further to the right
    assert len(drawn.months) <= burn_up.MOST_NAMES
    assert "debían ser 1, y al terminar marzo de 2027, 3." in drawn.about


def path_from(started: date, done: date | None, planned: date | None = None) -> Path:
    return Path(1, "", (), (), done, (), (), "", done is not None, started, planned or started)
