"""The page of the reminders by the ladder in force and by that of an offered version."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

import pytest

from app.base.models import Deployment, User
from app.cases import processes
from tests.app.cases.reminders.other_ladders import late, version
from tests.app.cases.reminders.reminded import Days
from tests.app.walk import texts
from workflows.definition import Definition


@pytest.fixture
def days(days: Days) -> Days:
    """Return the installation with a Gestor and an auditor."""
    for number, role in (("40000025", "superuser"), ("40000026", "auditor")):
        days.people[role] = days.person(number, role)
    return days


def offered(days: Days, texts: Mapping[str, str]) -> str:
    """Store a version that is not in force; return the address of its page."""
    hash_ = Definition.parse(texts).hash
    with days.writing() as session:
        session.add(Deployment(hash=hash_, texts=dict(texts)))
    return f"/proceso/versiones/{hash_[:12]}/recordatorios"


def text_of(days: Days, address: str, role: str = "superuser") -> str:
    answer = days.browser(role).get(address)
    assert answer.status_code == 200
    words = re.sub(r"<[^>]+>", " ", answer.text)
    return " ".join(words.replace("\N{NO-BREAK SPACE}", " ").split())


@pytest.mark.nightly
def test_the_differences_are_in_words_and_by_day(days: Days):
    late(days)
    days.change_task("designate_administrator", reminded_on=date(2026, 2, 26))
    address = offered(days, version({"-15": "-11", "-1": "-13", "-3": "-14"}))
    text = text_of(days, address)
    assert "El primer día, el lunes 2 de marzo de 2026, habría 2 correos en vez de ninguno." in text
    assert "habría 2 recordatorios en vez de ninguno de días que ya pasaron" in text
    assert "El día con más correos sería el lunes 2 de marzo de 2026, con 2 correos" in text
    assert "1 entidad recibiría más recordatorios que hoy." in text
    assert "03/03/2026 hoy 0 → y con la otra 1 hoy 0 → y con la otra 1" in text
    for name in ("Con atraso", "A quien le corresponde", "Administrador alterno"):
        assert name in text


@pytest.mark.nightly
def test_a_ladder_that_sends_nothing_more_is_a_sentence_too(days: Days):
    late(days)
    days.change_task("designate_administrator", reminded_on=date(2026, 2, 26))
    with days.writing() as session:
        processes.deploy(session, version({"-15": "-11", "-1": "-13", "-3": "-14"}))
    text = text_of(days, f"/proceso/versiones/{Definition.parse(texts()).hash[:12]}/recordatorios")
    assert "El primer día, el lunes 2 de marzo de 2026, habría 0 correos en vez de 2." in text
    assert "habría 0 recordatorios en vez de 2 de días que ya pasaron" in text


@pytest.mark.nightly
def test_the_entities_with_the_largest_differences_are_links(days: Days):
    late(days)
    answer = days.browser("auditor").get(offered(days, version({"-1": "-13"})))
    assert 'href="/entidades/E90001"' in answer.text


@pytest.mark.nightly
def test_the_same_ladder_is_one_sentence(days: Days):
    late(days)
    other = offered(days, texts() | {"deadlines.dmn": texts()["deadlines.dmn"] + "\n"})
    text = text_of(days, other)
    assert "tiene la misma escalera de recordatorios que la versión en vigor" in text
    assert "Esta versión trae otros plazos" in text
    assert "El primer día" not in text
    in_force = f"/proceso/versiones/{Definition.parse(texts()).hash[:12]}/recordatorios"
    assert "es la que está en vigor: no cambia ningún recordatorio" in text_of(days, in_force)


@pytest.mark.nightly
def test_a_ladder_that_sends_the_same_says_so(days: Days):
    late(days)
    table = texts()["reminders.dmn"].replace("Llega la tarea", "La tarea llega")
    text = text_of(days, offered(days, texts() | {"reminders.dmn": table}))
    assert "en estos días enviaría lo mismo que la escalera en vigor" in text
    assert "Esta versión tiene los mismos plazos" in text


@pytest.mark.parametrize("hash_", ["0" * 12, "1", "in-force", "%25"])
def test_what_is_no_hash_of_a_version_is_not_found(days: Days, hash_):
    address = f"/proceso/versiones/{hash_}/recordatorios"
    assert days.browser("superuser").get(address).status_code == 404


def test_reminders_that_reach_nobody_are_counted(days: Days):
    late(days)
    with days.writing() as session:
        session.get_one(User, days.people["preparer"]).wants_digest = False
    text = text_of(days, offered(days, version({"-1": "-13"})))
    assert re.search(
        r"Habría \d+ recordatorios en vez de \d+ que no llegan a nadie: la persona", text
    )
