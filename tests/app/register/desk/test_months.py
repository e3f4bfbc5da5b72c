"""A month of an entity as a file: whole, exact at its limits, at a permanent address."""

from __future__ import annotations

import json

from tests.app.visited import CODE, Visited, lima


def names(visited: Visited, month: str) -> list[str]:
    with visited.browser().get(f"/visitas/{CODE}/{month}.json") as answer:
        assert answer.status_code == 200
        return [row["visitante"] for row in json.loads(answer.data)]


def test_a_month_begins_and_ends_in_lima(visited: Visited):
    for name, moment in {
        "Última de enero": "2026-01-31 23:59",
        "Primera de febrero": "2026-02-01 00:00",
        "Última de febrero": "2026-02-28 23:59",
        "Primera de marzo": "2026-03-01 00:00",
    }.items():
        visited.visit(name=name, entry_at=lima(moment), observation="late")
    assert names(visited, "2026-02") == ["Última de febrero", "Primera de febrero"]
    assert names(visited, "2026-01") == ["Última de enero"]
    assert names(visited, "2026-03") == ["Primera de marzo"]
    assert names(visited, "2025-12") == []


def test_a_month_is_whole_whatever_else_the_address_says_with_all_endings_and_both_shapes(
    visited: Visited,
):
    visited.visit(name="Quispe Inventada Ana")
    with visited.browser().get(f"/visitas/{CODE}/2026-03.csv?q=nadie&desde=2026-03-09") as answer:
        assert "Quispe Inventada Ana" in answer.get_data(as_text=True)
        assert (
            'filename="visitas-E90001-2026-03-oficial.csv"'
            in (answer.headers["Content-Disposition"])
        )
    for ending in ("csv", "json", "xlsx"):
        for form in ("oficial", "abierto"):
            with visited.browser().get(f"/visitas/{CODE}/2026-03.{ending}?forma={form}") as answer:
                assert answer.status_code == 200
                assert len(answer.data) > 100


def test_only_months_that_have_begun_are_found(visited: Visited):
    wrong = "2026-13 2026-00 2026-3 26-03 2026-03-01 ２０２６-03 marzo 1999-12 2026-04 3026-01 -1"
    for month in wrong.split():
        assert visited.browser().get(f"/visitas/{CODE}/{month}.csv").status_code == 404
