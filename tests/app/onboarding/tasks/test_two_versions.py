"""Two users write in one draft: what an older page sends never replaces what was saved."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from tests.app.walk import Walk

pytestmark = pytest.mark.nightly

OLD = {"revision": "0", "action": "save"}


@pytest.fixture
def reviewed(walk: Walk) -> Walk:
    """Return a case under review by two people, `sip` and `other`."""
    walk.begin_filed()
    walk.answer("record_reception")
    walk.people["other"] = walk.person("40000077", "sip")
    return walk


def observation(number: int, paper: str, text: str) -> dict[str, str]:
    name = f"observations-{number}"
    return {"result": "observed", f"{name}-paper": paper, f"{name}-text": text}


def test_observations_of_both_stand_one_after_the_other(reviewed: Walk):
    url = f"/tareas/{reviewed.task('review_designation').id}/respuesta"
    one, other = reviewed.browser("sip"), reviewed.browser("other")
    one.post(url, data=OLD | observation(0, "sip_rvl_001", "De la primera persona."))
    answer = other.post(url, data=OLD | observation(0, "sip_rvl_002", "De la segunda persona."))
    assert answer.location == url
    page = other.get(url).text
    texts = re.findall(r'name="observations-\d-text"[^>]*>\s*([^<]+)<', page)
    assert [text.strip() for text in texts] == ["De la primera persona.", "De la segunda persona."]
    assert "Mientras escribías, este borrador lo guardó Persona Ejemplo" in page
    assert "están juntos" in page
    # The same page again adds nothing.
    other.post(url, data=OLD | observation(0, "sip_rvl_002", "De la segunda persona."))
    assert other.get(url).text.count("De la segunda persona.") == 1


def test_an_observation_begun_on_an_older_page_keeps_those_of_the_other(reviewed: Walk):
    url = f"/tareas/{reviewed.task('review_designation').id}/respuesta"
    one, other = reviewed.browser("sip"), reviewed.browser("other")
    one.post(url, data=OLD | observation(0, "sip_rvl_001", "De la primera persona."))
    answer = other.post(url, data={"revision": "0", "action": "observe:page.sip_rvl_001.1"})
    assert answer.location == f"{url}#observations-1-text"
    assert "De la primera persona." in other.get(url).text


def revision_on(page: str) -> str:
    found = re.search(r'name="revision" value="(\d+)"', page)
    assert found
    return found[1]


def conflict(reviewed: Walk, client: FlaskClient, url: str) -> str:
    reviewed.browser("sip").post(url, data=OLD | {"result": "accepted"})
    answer = client.post(url, data=OLD | observation(0, "sip_rvl_002", "Falta un sello."))
    assert answer.status_code == 409
    return answer.text


def test_two_values_of_one_field_are_both_shown_and_nothing_is_saved(reviewed: Walk):
    task = reviewed.task("review_designation").id
    url, client = f"/tareas/{task}/respuesta", reviewed.browser("other")
    page = conflict(reviewed, client, url)
    shown = re.sub(r"<[^>]+>|\s+", " ", page[page.index('id="dos-versiones"') :])
    assert re.search(r"Guardado: +Dar conformidad +Enviaste: +Observar", re.sub(" +", " ", shown))
    assert "Falta un sello." in page
    assert "data-autosave" not in page
    assert page.index('href="#dos-versiones"') < page.index("<h1")
    draft = reviewed.draft_of(task)
    assert draft is not None
    assert ["result", "accepted"] in draft.pairs
    # From this page, which shows both, it is saved.
    chosen = {"revision": revision_on(page), "action": "save"}
    saved = client.post(url, data=chosen | observation(0, "sip_rvl_002", "Falta un sello."))
    assert saved.status_code == 303
    assert "dos-versiones" not in client.get(url).text
    assert "Falta un sello." in client.get(url).text


def test_a_value_that_an_older_page_left_blank_stays(reviewed: Walk):
    task = reviewed.task("review_designation").id
    url = f"/tareas/{task}/respuesta"
    reviewed.browser("sip").post(url, data=OLD | {"result": "not_presented", "text": "Falta todo."})
    answer = reviewed.browser("other").post(url, data=OLD | {"text": ""})
    assert answer.status_code == 303
    draft = reviewed.draft_of(task)
    assert draft is not None
    assert {("result", "not_presented"), ("text", "Falta todo.")} <= set(map(tuple, draft.pairs))


def test_the_same_button_twice_is_no_other_version(reviewed: Walk):
    url, client = (
        f"/tareas/{reviewed.task('review_designation').id}/respuesta",
        reviewed.browser("sip"),
    )
    client.post(url, data=OLD | {"result": "observed"})
    added = observation(0, "sip_rvl_001", "Falta.") | {
        "revision": "1",
        "action": "add:observations",
    }
    for _ in range(2):
        assert client.post(url, data=added).status_code == 303
    page = client.get(url).text
    assert "en otra ventana" not in page
    assert len(set(re.findall(r'name="(observations-\d)-text"', page))) == 2
