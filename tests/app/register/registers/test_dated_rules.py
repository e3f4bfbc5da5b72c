"""The dated rules: values that norms set from a day on, without changing the past."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import CorrectedRule, DatedRule, LogEntry, Visit
from app.register.facts.values import Refused
from app.register.registers import rules
from app.register.visits import recording
from tests.app.posted import refuses
from tests.app.together import together
from tests.app.visited import Visited
from tests.conftest import Clock
from tests.pages import CheckingClient

ADDRESS = "/reglas"
NORM = "Directiva 009-2026-PCM/SIP"
GOOD = {"value": "document_publication.full", "from_on": "02/03/2026", "norm": NORM}


@pytest.fixture
def keeper(visited: Visited) -> CheckingClient:
    """Return the superuser's browser."""
    return visited.browser("superuser")


def values(visited: Visited) -> dict[str, list[tuple[date, str]]]:
    """Return all rows, the newest first."""
    with visited.reading() as session:
        return {
            name: [(row.from_on, row.value) for row in rules.all_values(session, name)]
            for name in rules.RULES
        }


def test_the_page_shows_each_value_in_force_its_day_and_its_norm(keeper: CheckingClient):
    page = keeper.get(ADDRESS).text
    for text in (
        "Registro extemporáneo",
        "Publicación del documento del visitante",
        "DS 120-2019-PCM",
        "12 de julio de 2019",
        "23 de julio de 2026",
        "De segunda mano",
        "Rige hoy",
        "Por regir",
    ):
        assert text in page, text
    assert 'href="/reglas"' in keeper.get("/mas").text


def test_a_value_from_today_on_is_in_force_at_once_everywhere(
    visited: Visited, keeper: CheckingClient
):
    visited.visit(document_number="45678901")
    answer = keeper.post(ADDRESS, data=GOOD)
    assert answer.status_code == 303
    assert "rige desde el 2 de marzo de 2026" in keeper.get(ADDRESS).text
    assert visited.read(rules.documents_are_public)
    assert visited.read(rules.value_on, "document_publication", date(2026, 3, 1)) == "masked"
    entry = visited.one(select(LogEntry).where(LogEntry.kind == "rule.set"))
    assert entry.actor_id == visited.people["superuser"]
    assert entry.data == {
        "rule": "document_publication",
        "before": "masked",
        "value": "full",
        "from_on": "2026-03-02",
        "norm": NORM,
    }


def test_a_future_value_applies_from_its_day(
    visited: Visited, keeper: CheckingClient, clock: Clock
):
    keeper.post(ADDRESS, data=GOOD | {"from_on": "10/03/2026"})
    assert not visited.read(rules.documents_are_public)
    clock.set(calendar.midnight(date(2026, 3, 10)))
    assert visited.read(rules.documents_are_public)


def test_an_impossible_value_is_refused_and_changes_nothing(
    visited: Visited, keeper: CheckingClient, subtests: pytest.Subtests
):
    before = values(visited)
    wrong = [
        ({"from_on": "01/03/2026"}, "Ese día ya pasó"),
        ({"value": "document_publication.masked"}, "no cambia nada"),
        ({"value": "late_entry.after_exit"}, "no cambia nada"),
    ]
    refuses(subtests, keeper, ADDRESS, GOOD, wrong)
    assert values(visited) == before


def test_a_value_in_force_today_is_final_and_a_future_one_is_not(
    visited: Visited, keeper: CheckingClient
):
    keeper.post(ADDRESS, data=GOOD)
    again = keeper.post(ADDRESS, data=GOOD | {"value": "document_publication.masked"})
    assert again.status_code == 422
    assert "Ya hay un valor que rige desde hoy" in again.text
    ahead = GOOD | {"from_on": "10/03/2026", "value": "document_publication.masked"}
    assert keeper.post(ADDRESS, data=ahead).status_code == 303
    count = len(values(visited)["document_publication"])
    ahead |= {"value": "document_publication.full", "norm": "Otra norma"}
    assert keeper.post(ADDRESS, data=ahead).status_code == 303
    rows = values(visited)["document_publication"]
    assert len(rows) == count, "it was replaced"
    assert rows[0] == (date(2026, 3, 10), "full")


def test_the_past_is_never_rewritten(visited: Visited, keeper: CheckingClient, clock: Clock):
    before = values(visited)
    keeper.post(ADDRESS, data=GOOD)
    clock.forward(days=1)
    late = {"value": "late_entry.after_day", "norm": NORM, "from_on": "03/03/2026"}
    assert visited.browser("superuser").post(ADDRESS, data=late).status_code == 303
    for name, rows in before.items():
        assert set(rows) < set(values(visited)[name])


@pytest.mark.postgresql
def test_two_users_who_set_the_same_day_at_once_set_it_once(visited: Visited):
    def set_it(value: str) -> str:
        with visited.writing() as session:
            day = calendar.today() + timedelta(days=5)
            rules.set_value(
                session, "document_publication", value, day, NORM, visited.people["superuser"]
            )
        return value

    together(lambda: set_it("full"), lambda: set_it("full"))
    query = select(DatedRule).where(DatedRule.from_on == date(2026, 3, 7))
    assert len(visited.all(query)) == 1


# Corrections -------------------------------------------------------------------------------------

CORRECTED = {
    "from_on": "24/07/2026",
    "norm": "Directiva 003-2026-PCM/SIP",
    "source": "El Peruano del 24 de julio de 2026",
    "reason": "Se leyó la norma publicada",
}


def directive(visited: Visited) -> DatedRule:
    with visited.reading() as session:
        found = rules.all_values(session, "late_entry")[0]
        session.expunge(found)
        return found


def test_the_directive_counts_from_the_day_of_its_resolution_and_says_how_that_is_known(
    visited: Visited,
):
    row = directive(visited)
    assert (row.from_on, row.second_hand) == (date(2026, 7, 23), True)
    assert "secundarias" in row.source
    assert visited.read(rules.value_on, "late_entry", date(2026, 7, 22)) == "after_exit"
    assert visited.read(rules.value_on, "late_entry", date(2026, 7, 23)) == "after_day"


def test_the_gestor_corrects_day_norm_and_source_and_the_log_has_both_values(
    visited: Visited, keeper: CheckingClient
):
    row = directive(visited)
    address = f"{ADDRESS}/{row.id}/corregir"
    assert f'href="{address}"' in keeper.get(ADDRESS).text
    assert 'value="23/07/2026"' in keeper.get(address).text
    answer = keeper.post(address, data=CORRECTED)
    assert answer.status_code == 303
    page = keeper.get(ADDRESS).text
    assert "24 de julio de 2026" in page
    assert "El Peruano del 24 de julio de 2026" in page
    assert "De segunda mano" not in page
    (entry,) = visited.all(select(LogEntry).where(LogEntry.kind == "rule.corrected"))
    assert entry.actor_id == visited.people["superuser"]
    assert entry.data["changed"] == {
        "from_on": ["2026-07-23", "2026-07-24"],
        "source": [row.source, CORRECTED["source"]],
        "second_hand": [True, False],
    }
    page = " ".join(keeper.get("/registro-de-cambios").text.split())
    assert "Se corrigió una regla: Registro extemporáneo" in page
    assert "desde: 23 de julio de 2026 → 24 de julio de 2026" in page
    assert CORRECTED["reason"] in page


def test_an_impossible_correction_or_one_without_a_change_is_not_stored(
    visited: Visited, keeper: CheckingClient, subtests: pytest.Subtests
):
    row = directive(visited)
    wrong = [
        ({"from_on": "12/07/2019"}, "ya tiene otro valor desde ese día"),
        ({"reason": "corto"}, "al menos 10"),
    ]
    refuses(subtests, keeper, f"{ADDRESS}/{row.id}/corregir", CORRECTED, wrong)
    assert directive(visited).from_on == row.from_on
    assert keeper.get(f"{ADDRESS}/999/corregir").status_code == 404
    same = {
        "from_on": "23/07/2026",
        "norm": row.norm,
        "source": row.source,
        "second_hand": "y",
        "reason": "No cambia nada de nada",
    }
    assert keeper.post(f"{ADDRESS}/{row.id}/corregir", data=same).status_code == 303
    assert not visited.all(select(CorrectedRule))


def test_recorded_visits_keep_the_rule_and_the_norm_of_their_time(
    visited: Visited, keeper: CheckingClient, clock: Clock
):
    clock.set(calendar.midnight(date(2026, 7, 25)) + timedelta(hours=9))
    before = visited.visit(ago=30, stayed=10, observation="")
    row = directive(visited)
    clock.forward(minutes=5)
    answer = visited.browser("superuser").post(
        f"{ADDRESS}/{row.id}/corregir", data=CORRECTED | {"from_on": "01/08/2026"}
    )
    assert answer.status_code == 303
    clock.forward(minutes=5)
    with visited.writing() as session:
        visit = session.get_one(Visit, before)
        assert visit.observation == ""
        recording.correct(
            session,
            visit,
            reason="Salió un poco antes",
            actor_id=visited.people["operator"],
            seen=visit.versions,
            exit_at=visit.exit_at - timedelta(minutes=2),
        )
    visit = visited.row(before)
    assert (visit.observation, visit.norm_version) == ("", "Directiva 003-2026-PCM/SIP")
    with pytest.raises(Refused, match="fuera de tiempo"):
        visited.visit(ago=30, stayed=10, document_number="00000502")
