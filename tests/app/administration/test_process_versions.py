"""The page Proceso: versions, live cases on each, and what differs, in words and on the drawing."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from app.administration.process_versions import comparing, reading
from app.base.models import Deployment
from app.cases import processes
from tests.app.walk import Walk, texts
from tests.pages import CheckingClient
from workflows.definition import Definition


def put(walk: Walk, changed: dict[str, str]) -> str:
    """Put a version into force; return its address."""
    with walk.writing() as session:
        return processes.deploy(session, {**texts(), **changed}).hash[:12]


def in_words(page: str) -> str:
    """Return the text of a page on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def replaced(file: str, *changes: tuple[str, str]) -> dict[str, str]:
    text = texts()[file]
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return {file: text}


RENAMED = replaced(
    "designation.bpmn",
    ('name="Revisar la designación"', 'name="Examinar la designación"'),
)


@pytest.mark.nightly
def test_the_list_has_each_version_with_its_situation_and_cases_and_the_first_has_no_changes(
    walk: Walk, gestor: CheckingClient
):
    (only,) = walk.all(select(Deployment))
    page = gestor.get(f"/proceso/versiones/{only.hash[:12]}").text
    assert "Qué camb" not in page
    first = put(walk, {})
    second = put(walk, RENAMED)
    page = gestor.get("/proceso").text
    assert page.index(second) < page.index(first)
    assert in_words(page).count("En vigor") == 1
    assert "Anterior" in page
    with walk.writing() as session:
        processes.deploy(session)
    assert "por un comando: «Vino con Zaguán»" in gestor.get("/proceso").text


@pytest.mark.nightly
def test_a_version_says_what_differs_in_words(walk: Walk, gestor: CheckingClient):
    former = put(walk, {})
    current = put(walk, RENAMED)
    row = "Sin efecto Revisar la designación Examinar la designación"
    page = in_words(gestor.get(f"/proceso/versiones/{current}").text)
    assert "Qué cambió con respecto a la versión anterior" in page
    assert f"Nombre de «Examinar la designación» Designación del administrador {row}" in page
    page = in_words(gestor.get(f"/proceso/versiones/{former}").text)
    assert "Qué cambió desde esta versión hasta la que está en vigor" in page
    assert row in page


@pytest.mark.nightly
def test_the_drawings_mark_what_changed_by_shape_and_word(walk: Walk, gestor: CheckingClient):
    put(walk, {})
    current = put(walk, RENAMED)
    page = gestor.get(f"/proceso/versiones/{current}/diagramas/designation").text
    for key, name in (("removed", "Revisar la designación"), ("added", "Examinar la designación")):
        node = page[page.index(f'id="diagrama-{key}-review_designation"') :]
        node = node[: node.index('<g class="diagram__node')]
        assert "Cambia" in node
        assert "<path" in node
        assert name in in_words(node)
    assert gestor.get(f"/proceso/versiones/{current}/diagramas/training").status_code == 404
    assert gestor.get(f"/proceso/versiones/{current}/diagramas/nada").status_code == 404


def test_what_was_removed_is_marked_on_the_old_drawing():
    step = "choose_thematic_session"
    new = Definition.parse(texts())
    text = texts()["induction.bpmn"]
    text = text.replace(f'"{step}"', '"old_step"').replace(f">{step}<", ">old_step<")
    old = Definition.parse({**texts(), "induction.bpmn": text})
    made = comparing.pictures(old, new, "induction")
    for title, key, word in (
        ("Como estaba", "removed-old_step", "Quitado"),
        ("Como queda", f"added-{step}", "Agregado"),
    ):
        assert f'id="diagrama-{key}"' in made[title]
        assert word in made[title]


@pytest.mark.nightly
def test_live_cases_are_counted_by_version_and_process_and_lead_to_entities(
    walk: Walk, gestor: CheckingClient
):
    walk.begin()
    first = put(walk, {})
    put(walk, RENAMED)
    page = gestor.get("/proceso").text
    assert f"/entidades?version={first}.onboarding&amp;estado=todos" in page
    assert "E90001" in gestor.get(f"/entidades?version={first}.onboarding&estado=todos").text
    with walk.reading() as session:
        found = {one.short: one.total for one in reading.versions(session)}
    assert found[first] == 1
    assert sorted(found.values()) == [0, 1]


def test_an_address_of_no_version_is_404(walk: Walk, gestor: CheckingClient):
    for address in ["abc", "0" * 12, "%00", "ABCDEF123456", "9" * 200]:
        assert gestor.get(f"/proceso/versiones/{address}").status_code == 404
