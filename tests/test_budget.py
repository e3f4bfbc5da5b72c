"""The weight of the product and of its tests stays within docs/budget.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import budget


@pytest.mark.guard("every file is counted", always=True)
def test_every_room_is_within_its_limit():
    found, limits = budget.weights(), budget.limits()
    assert found.keys() == limits.keys()
    assert {room: weight for room, weight in found.items() if weight > limits[room]} == {}


def test_explanations_are_free_and_long_strings_count_by_their_words():
    short = 'def name(x):\n    return x + "a"\n'
    explained = f'"""A module."""\n\n\n# Why.\n{short}'.replace(
        "x):\n", 'x):\n    """Return it."""\n'
    )
    assert budget.weight_of_python(short) == budget.weight_of_python(explained) == 10
    text = "select one, two from table where id = 1 order by number"
    assert budget.weight_of_python(f'x = "{text}"\n') == 2 + budget.weight_of_text(f'"{text}"')


@pytest.mark.parametrize(
    ("path", "room"),
    [
        ("app/cases/arrivals.py", "app/cases"),
        ("app/web/templates/base.html", "app/web"),
        ("forms/plan_training/page.html", "forms"),
        ("deploy/install", "deploy"),
        ("tests/conftest.py", "tests"),
        ("bpmn/training.bpmn", ""),
        ("docs/budget.toml", ""),
        ("app/base/db/migrations/versions/first.py", ""),
    ],
)
def test_the_room_of_a_file(path: str, room: str):
    assert budget.room_of(Path(path)) == room


def test_limits_are_only_lowered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "budget.toml"
    file.write_text('# Why.\n[tokens]\n"forms" = 10\n"app/web" = 10\n')
    monkeypatch.setattr(budget, "LIMITS", file)
    monkeypatch.setattr(budget, "weights", lambda: {"forms": 7, "app/web": 12})
    budget.lower()
    assert file.read_text() == '# Why.\n[tokens]\n"forms" = 7\n"app/web" = 10\n'
