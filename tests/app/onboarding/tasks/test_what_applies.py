"""Conditional questions without a script, and drafts that are saved while their reader types."""

from __future__ import annotations

import re
from random import Random
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.base.models import Record
from forms.drafts import as_formdata
from tests.app.walk import Walk, step_named

STEP = "designate_administrator"
OPEN = 'id="applies-alternate" data-when="has_alternate" data-values="yes">'


def with_alternate() -> list[tuple[str, str]]:
    """Return the draft of a designation with an alternate."""
    step = step_named(STEP)
    example = step.accepts[0]
    return as_formdata(step.form, example.values(example.given, Random(7)))


@pytest.mark.nightly
def test_the_fields_of_the_alternate_are_on_the_next_page_after_a_yes(begun: Walk):
    task = begun.task(STEP).id
    client, url = begun.browser("preparer"), f"/tareas/{task}/alterno"
    assert OPEN not in client.get(url).text
    answer = client.post(url, data={"has_alternate": "yes", "action": "next"})
    assert answer.location == f"{url}#applies-alternate"
    assert OPEN in client.get(url).text
    typed = {"has_alternate": "yes", "alternate-given_names": "Alberto", "shown": "alternate"}
    assert client.post(url, data=typed | {"action": "next"}).status_code == 422
    # Back, and no alternate after all: nothing more is asked, and nothing of it is reviewed.
    answer = client.post(url, data={"has_alternate": "no", "action": "next"})
    assert answer.location == f"/tareas/{task}/alcance"
    assert "Alberto" in client.get(url).text, "in the closed part, for a change of mind"
    review = client.get(f"/tareas/{task}/revisar").text
    assert "Administrador alterno" not in review
    assert "Alberto" not in review


@pytest.mark.nightly
def test_a_changed_section_leads_back_to_the_review_and_the_answer_has_no_alternate(begun: Walk):
    task = begun.task(STEP).id
    client, review = begun.browser("preparer"), f"/tareas/{task}/revisar"
    filled = with_alternate()
    for page in step_named(STEP).form.screens():
        client.post(f"/tareas/{task}/{page.key}", data=as_posted(filled))
    links = re.findall(r'href="(\w+)\?volver=revisar"', client.get(review).text)
    assert links == [page.key for page in step_named(STEP).form.screens()]
    changed = f"/tareas/{task}/alterno?volver=revisar"
    assert "Guardar y volver a la revisión" in client.get(changed).text
    without = as_posted([pair for pair in filled if pair[0] != "has_alternate"])
    assert client.post(changed, data=without | {"has_alternate": "no"}).location == review
    assert client.post(review, data={"action": "submit"}).status_code == 303
    draft = begun.draft_of(task)
    assert draft is not None
    assert not [key for key, _ in draft.pairs if key.startswith("alternate")]
    written = begun.one(select(Record).where(Record.name == "administrator"))
    assert written.data["alternate"] is None


def as_posted(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Return a draft as a browser posts it."""
    return dict(pairs) | {"action": "next"}


def autosave(client: FlaskClient, url: str, revision: int, **typed: str) -> Any:
    """Post a page as its script does while the reader types."""
    data = {"action": "autosave", "revision": str(revision)} | typed
    return client.post(url, data=data, headers={"HX-Request": "true"})


@pytest.mark.nightly
def test_a_page_saves_itself_but_never_over_a_newer_draft(begun: Walk):
    begun.people["second"] = begun.person("40000041", "preparer", "E90001")
    url = f"/tareas/{begun.task(STEP).id}/alterno"
    one, other = begun.browser("preparer"), begun.browser("second")
    first = autosave(one, url, 0, has_alternate="no")
    assert first.json["at"] == "08:00"
    again = autosave(one, url, first.json["revision"], has_alternate="no")
    assert again.json == first.json, "nothing changed, nothing is written"
    stale = autosave(other, url, 0, has_alternate="yes")
    assert (stale.status_code, stale.json["newer"]) == (409, "lo guardó Persona Ejemplo 011")
    own = autosave(one, url, 0, has_alternate="yes")
    assert own.json["newer"] == "lo guardaste en otra ventana"
    draft = begun.draft_of(begun.task(STEP).id)
    assert draft is not None
    assert ["has_alternate", "no"] in draft.pairs
    signed_out = autosave(begun.app.test_client(), url, 0, has_alternate="yes")
    assert (signed_out.status_code, bool(signed_out.headers["HX-Redirect"])) == (204, True)
    begun.answer(STEP)
    assert autosave(one, url, first.json["revision"], has_alternate="no").status_code == 409


def test_a_half_typed_person_of_a_roster_is_saved_once(begun: Walk):
    begun.answer(STEP)
    task = begun.task("list_personnel").id
    url, client = f"/tareas/{task}/personal", begun.browser("preparer")
    assert 'id="roster-uno" open' in client.get(url).text, "a first row to fill in"
    saved = autosave(client, url, 0, **{"roster-given_names": "Rosa"})
    assert 'value="Rosa"' in client.get(url).text
    data = {"roster-given_names": "Rosa María", "revision": saved.json["revision"]}
    client.post(url, data=data | {"action": "roster:roster:add"})
    draft = begun.draft_of(task)
    assert draft is not None
    assert [key for key, _ in draft.pairs] == ["roster"]
