"""People who are not registered: counted by reason, never named."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from app.base import calendar
from app.base.models import Unregistrable
from app.register.facts.values import Refused
from app.register.registers import counts
from tests.app.together import together
from tests.app.visited import Visited
from tests.conftest import Clock

P = "/registro/E90001/produccion/no-registrables"
TODAY = date(2026, 3, 2)


def of(visited: Visited, on: date = TODAY, environment: str = "production") -> dict[str, int]:
    """Return the counts of that day that are not zero."""
    with visited.reading() as session:
        found = counts.of_day(session, visited.register(session, environment), on)
        assert list(found) == list(counts.REASONS)
        return {reason: count for reason, count in found.items() if count}


def counted(visited: Visited) -> int:
    return visited.one(select(func.count()).select_from(Unregistrable))


def test_one_more_is_one_more_however_often_it_is_sent(visited: Visited):
    operator = visited.browser("operator")
    for _ in range(2):
        one = {"submission": "first-page", "one": "payment"}
        assert operator.post(P, data=one).status_code == 303
    operator.post(P, data={"submission": "first-page", "one": "minor"})
    operator.post(P, data={"submission": "second-page", "one": "payment"})
    assert of(visited) == {"payment": 2, "minor": 1}
    assert of(visited, environment="demo") == {}


@pytest.mark.postgresql
def test_two_desks_count_at_the_same_time(visited: Visited):
    desks = [visited.browser(who) for who in ("operator", "operator2")]
    together(
        *(
            lambda d=desk, n=n: [
                d.post(P, data={"submission": f"desk-{n}-{k}", "one": "query"}) for k in range(5)
            ]
            for n, desk in enumerate(desks)
        )
    )
    assert of(visited) == {"query": 10}


def test_the_total_of_a_day_replaces_what_was_counted_and_goes_on_from_there(visited: Visited):
    operator = visited.browser("operator")
    for number in range(3):
        operator.post(P, data={"submission": f"a-page-{number}", "one": "payment"})
    total = {"submission": "total-page", "on": "02/03/2026", "payment": "40", "minor": "0"}
    assert operator.post(P, data=total).status_code == 303
    operator.post(P, data={"submission": "next-page", "one": "payment"})
    assert of(visited) == {"payment": 41}
    operator.post(P, data=total | {"submission": "total-again", "payment": "38"})
    assert of(visited) == {"payment": 38}
    yesterday = {"submission": "yesterday", "on": "01/03/2026", "support": "7"}
    operator.post(P, data=yesterday)
    assert of(visited, TODAY - timedelta(days=1)) == {"support": 7}
    assert of(visited) == {"payment": 38}


@pytest.mark.nightly
def test_an_impossible_declaration_is_refused_with_a_sentence(visited: Visited):
    operator = visited.browser("operator")
    total = {"submission": "total-page", "on": "02/03/2026", "payment": "40"}
    wrong = (
        ({"on": "03/03/2026"}, "El día no puede ser después de hoy."),
        ({"on": "01/01/2020"}, "el registro todavía no estaba abierto"),
        ({"on": ""}, "Escribe el día."),
        ({"payment": "-1"}, "escribe un número entero"),
        ({"payment": "1.5"}, "escribe un número entero"),
        ({"payment": "100001"}, "escribe un número entero"),
        ({"payment": "9" * 10_000}, "caracteres como máximo"),
        ({"payment": "٣"}, "escribe un número entero"),
        ({"one": "other"}, "Elige un motivo de la lista."),
    )
    for changed, sentence in wrong:
        answer = operator.post(P, data=total | changed)
        assert answer.status_code == 422, changed
        assert sentence in answer.text, changed
    for token in ("", "<b>", "x" * 10_000):
        assert operator.post(P, data=total | {"submission": token}).status_code == 400
    nothing = operator.post(
        P, data={"submission": "nothing-page", "on": "02/03/2026"}, follow_redirects=True
    )
    assert "No escribiste ningún número" in nothing.text
    assert counted(visited) == 0
    with visited.writing() as session, pytest.raises(Refused):
        counts.add(
            session,
            visited.register(session),
            on=TODAY,
            reason="payment",
            amount=-3,
            submission="x",
            actor_id=None,
        )


@pytest.mark.nightly
def test_a_month_is_counted_by_day(visited: Visited, clock: Clock):
    clock.set(calendar.midnight(date(2026, 3, 10)) + timedelta(hours=9))
    operator = visited.browser("operator")
    for day in ("28/02/2026", "01/03/2026", "09/03/2026"):
        token = f"page-{day.replace('/', '-')}"
        operator.post(P, data={"submission": token, "on": day, "query": "3", "minor": "1"})
    with visited.reading() as session:
        found = counts.of_month(session, visited.register(session), date(2026, 3, 31))
        assert {on: sum(day.values()) for on, day in found.items()} == {
            date(2026, 3, 1): 4,
            date(2026, 3, 9): 4,
        }
    assert "28/02/2026" in operator.get(f"{P}?mes=2026-02").text
    page = operator.get(P).text
    assert "28/02/2026" not in page
    assert "09/03/2026" in page
    for month in ("2026-13", "hoy", "9999-99", "\x00"):
        assert operator.get(P, query_string={"mes": month}).status_code == 200


def test_reviewers_see_the_counts_and_count_nobody(visited: Visited):
    auditor = visited.browser("auditor")
    assert "+1" not in auditor.get(P).text
    assert auditor.post(P, data={"submission": "a-page-1", "one": "query"}).status_code == 404
