"""Coverage: the entities that publish, since when, and the counts of the last thirty days."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest

from app.base import calendar
from app.base.models import Record
from app.cases import progress_file
from app.register.registers import counts, coverage, empty_days, environments
from app.register.registers.coverage import Coverage
from tests.app import cast
from tests.app.register.search import sought
from tests.app.visited import CODE, Visited
from tests.conftest import Clock
from tests.statements import statements

pytestmark = pytest.mark.postgresql


def of(visited: Visited, code: str = CODE) -> Coverage:
    with visited.reading() as session:
        [found] = [one for one in coverage.publishing(session) if one.entity.code == code]
        return found


def page(visited: Visited, status: int = 200, **args: Any) -> str:
    answer = visited.browser().get("/cobertura", query_string=args)
    assert answer.status_code == status
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


@pytest.mark.nightly
def test_it_counts_what_is_public_in_the_last_thirty_days(visited: Visited):
    visited.visit()
    visited.visit(entry_at=calendar.midnight(date(2026, 2, 1)), observation="late")
    visited.visit(entry_at=calendar.midnight(date(2026, 1, 31)), observation="late")
    visited.visit("demo")
    wrong, hidden = visited.visit(), visited.visit()
    visited.annul(wrong)
    visited.reserve(hidden)
    found = of(visited)
    assert (found.visits, found.reserved) == (2, 1)
    assert (found.first_visit, found.last_visit) == (date(2026, 1, 31), date(2026, 3, 2))
    assert found.publishes


def test_it_counts_days_without_visits_and_who_is_not_registered(visited: Visited):
    boss = visited.people["administrator"]
    with visited.writing() as session:
        register = visited.register(session)
        for day in (date(2026, 2, 20), date(2026, 2, 23), date(2026, 1, 5)):
            empty_days.declare(session, register, day, boss)
        withdrawn = empty_days.declare(session, register, date(2026, 2, 24), boss)
        empty_days.withdraw(session, withdrawn.id, reason="Hubo una", actor_id=boss)
        for number, (on, amount, is_total) in enumerate(
            [
                (date(2026, 3, 2), 3, False),
                (date(2026, 3, 2), 10, True),
                (date(2026, 3, 2), 2, False),
                (date(2026, 1, 2), 40, True),
            ]
        ):
            counts.add(
                session,
                register,
                on=on,
                reason="payment",
                amount=amount,
                submission=f"count {number}",
                actor_id=boss,
                is_total=is_total,
            )
    found = of(visited)
    assert (found.without_visits, found.unregistrable) == (2, 12)
    assert found.publishes
    assert found.last_visit is None


def test_an_open_register_without_content_does_not_publish_yet(visited: Visited):
    visited.visit()
    with visited.writing() as session:
        other = cast.entity(session, "E90002", name="Ministerio de Muestra")
        environments.open_register(session, other, "production", None)
        third = cast.entity(session, "E90003", name="Solo en demo")
        environments.open_register(session, third, "demo", None)
    assert not of(visited, "E90002").publishes
    said = page(visited)
    assert "Todavía no publica" in said
    assert "Zaguán 2 entidades" in said.replace("\N{NO-BREAK SPACE}", " ")
    assert "Entidades que existen hoy, por el lugar de su registro; publica la que" in said
    assert "1 entidad publica de 2 con registro, con 1 visita en 30 días" in said
    assert "Solo en demo" not in said


def test_visits_from_before_the_opening_are_marked(visited: Visited):
    with visited.writing() as session:
        register = visited.register(session)
        old = calendar.midnight(date(2024, 5, 6))
        sought.add(session, register, iter([sought.row(entry_at=old, source="imported")]))
    assert of(visited).has_older
    assert "01/01/2025 con visitas desde el 06/05/2024" in page(visited)


@pytest.mark.nightly
def test_it_can_be_searched_and_put_in_order(visited: Visited):
    with visited.writing() as session:
        for number, (name, ago) in enumerate((("Alfa", 2), ("Beta", 1), ("Gamma", 40)), start=2):
            place = cast.entity(session, f"E9000{number}", name=name)
            register = environments.open_register(session, place, "production", None)
            at = calendar.now() - timedelta(days=ago)
            rows = [sought.row(entry_at=at)] * (3 - number % 2)
            sought.add(session, register, iter(rows))

    def names(**args: Any) -> list[str]:
        said = page(visited, **args)
        places = {name: said.find(f" {name} Ejemplo") for name in ("Alfa", "Beta", "Gamma")}
        return sorted((name for name in places if places[name] > 0), key=places.__getitem__)

    assert names() == ["Alfa", "Beta", "Gamma"]
    assert names(orden="ultima") == ["Beta", "Alfa", "Gamma"]
    assert names(orden="visitas") == ["Alfa", "Beta", "Gamma"]
    assert names(q="beta") == ["Beta"]
    assert names(q="e90004") == ["Gamma"]
    assert "Ninguna entidad coincide" in page(visited, q="zzz")


def test_an_impossible_query_is_no_error(visited: Visited):
    for args, status in [
        ({"orden": "otro"}, 404),
        ({"pagina": "2"}, 404),
        ({"pagina": "x"}, 400),
        ({"q": "x" * 10_000}, 200),
        ({"q": "a\x00b"}, 200),
        ({"q": "% ' _"}, 200),
    ]:
        page(visited, status, **args)


def test_it_takes_a_fixed_number_of_statements(visited: Visited):
    sent_by = []
    for number in range(2, 6):
        with visited.writing() as session:
            place = cast.entity(session, f"E9000{number}")
            register = environments.open_register(session, place, "production", None)
            sought.add(session, register, iter([sought.row()]))
        with statements(visited.engine) as sent:
            page(visited)
        sent_by.append(len(sent))
    assert set(sent_by) == {sent_by[0]}
    assert sent_by[0] <= 8


def test_the_first_page_leads_to_what_is_published_and_what_the_register_is(visited: Visited):
    answer = visited.browser().get("/registro-de-visitas")
    assert answer.status_code == 200
    for what in (
        "Plataforma oficial",
        "enmascarado",
        "Ley 28024",
        'href="/datos"',
        "Nada se borra",
    ):
        assert what in answer.text
    html = visited.browser().get("/").text
    for path in ("/visitas", "/cobertura", "/datos", "/actos", "/decisores"):
        assert f'href="{path}"' in html


@pytest.mark.nightly
def test_it_publishes_since_the_day_of_going_live(visited: Visited, clock: Clock):
    visited.visit()
    assert of(visited).since == date(2025, 1, 1), "the day on which its register was opened"
    with visited.writing() as session:
        register = visited.register(session)
        for day in ("2026-02-20", "2026-02-24"):  # the newest counts
            data = {"go_live_on": day, "link": "https://example.pe"}
            session.add(
                Record(entity_id=register.entity_id, name="production", data=data, at=clock.moment)
            )
            session.flush()
    assert of(visited).since == date(2026, 2, 24)
    shown = page(visited)
    assert "24/02/2026" in shown
    assert "01/01/2025" not in shown
    rows = csv.DictReader(io.StringIO(visited.browser().get("/cobertura.csv").text))
    assert [row["publica_desde"] for row in rows] == ["2026-02-24T00:00:00-05:00"]
    with visited.reading() as session:
        text = progress_file.to_csv(session, calendar.today()).decode("utf-8-sig")
    (line,) = [one for one in csv.DictReader(io.StringIO(text)) if one["codigo"] == CODE]
    assert line["publica_desde"] == "2026-02-24"
